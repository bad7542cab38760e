"""What every tracking store does with params, tags and inputs."""

from __future__ import annotations

import pytest

from runyard.entities import Metric
from runyard.errors import InvalidInput, NotFound
from runyard.protocols.tracking import TrackingStore
from runyard.testing.contracts.tracking_steps import dataset_input, new_run

ODD_TEXTS = [
    "",
    " lead and trail ",
    "quote ' double \" back \\ tick `",
    "100% _under_ :colon ?mark",
    "line\nbreak\ttab",
    "漢字 🚂 é",
    "NULL",
    "1e999",
    "<b>&amp;</b>",
]


class LoggingContract:
    """Batches of params, tags and metrics. Fixture: `store`, fresh but for the experiment Default."""

    def test_what_is_logged_reads_back(self, store: TrackingStore) -> None:
        new_run(store, "r1")
        store.log_batch("r1", metrics=[Metric("loss", 0.5, 10, 1)], params={"lr": "0.1"}, tags={"note": "hi"})
        data = store.get_run("r1").data
        assert list(data.latest_metrics) == [Metric("loss", 0.5, 10, 1)]
        assert dict(data.params) == {"lr": "0.1"}
        assert data.tags.get("note") == "hi"

    def test_an_empty_batch_is_no_error(self, store: TrackingStore) -> None:
        before = new_run(store, "r1")
        store.log_batch("r1")
        assert store.get_run("r1").info == before.info

    def test_runs_do_not_share_what_they_log(self, store: TrackingStore) -> None:
        new_run(store, "r1")
        new_run(store, "r2")
        store.log_batch("r1", metrics=[Metric("m", 1.0, 1, 0)], params={"p": "1"}, tags={"t": "1"})
        data = store.get_run("r2").data
        assert (data.metrics, dict(data.params), "t" in data.tags) == ({}, {}, False)

    @pytest.mark.parametrize("text", ODD_TEXTS)
    def test_odd_texts_read_back_unchanged(self, store: TrackingStore, text: str) -> None:
        new_run(store, "r1")
        store.log_batch("r1", params={"p": text}, tags={"t": text})
        data = store.get_run("r1").data
        assert (data.params.get("p"), data.tags.get("t")) == (text, text)

    @pytest.mark.parametrize("key", ["k" * 250, "a/b.c-d_e f:g", "größe", "漢" * 250])
    def test_every_allowed_key_reads_back_unchanged(self, store: TrackingStore, key: str) -> None:
        new_run(store, "r1")
        store.log_batch("r1", metrics=[Metric(key, 1.0, 1, 0)], params={key: "1"}, tags={key: "1"})
        data = store.get_run("r1").data
        assert (data.metrics, dict(data.params), data.tags.get(key)) == ({key: 1.0}, {key: "1"}, "1")

    def test_keys_are_compared_by_code_points(self, store: TrackingStore) -> None:
        keys = ["key", "Key", "key ", "kéy"]
        new_run(store, "r1")
        numbered = {key: str(number) for number, key in enumerate(keys)}
        metrics = [Metric(key, float(number), 1, 0) for number, key in enumerate(keys)]
        store.log_batch("r1", metrics=metrics, params=numbered, tags=numbered)
        data = store.get_run("r1").data
        assert dict(data.params) == numbered
        assert {key: data.tags.get(key) for key in keys} == numbered
        assert data.metrics == {key: float(number) for number, key in enumerate(keys)}

    @pytest.mark.parametrize("character", ["x", "漢", "🚂"])
    def test_the_longest_values_are_kept_whole(self, store: TrackingStore, character: str) -> None:
        new_run(store, "r1")
        store.log_batch("r1", params={"p": character * 6_000}, tags={"t": character * 8_000})
        data = store.get_run("r1").data
        assert data.params.get("p") == character * 6_000
        assert data.tags.get("t") == character * 8_000

    @pytest.mark.parametrize(
        "bad",
        [
            {"params": {"p": "x" * 6_001}},
            {"tags": {"t": "x" * 8_001}},
            {"params": {"p" * 251: "1"}},
            {"params": {"a//b": "1"}},
            {"params": {"p": "NUL \0"}},
            {"tags": {"t": "half a \ud83d pair"}},
            {"tags": {"../t": "1"}},
            {"metrics": [Metric("m#", 1.0, 1, 0)]},
            {"metrics": [Metric("m", True, 1, 0)]},
            {"metrics": [Metric("m", 1.0, -1, 0)]},
            {"metrics": [Metric("m", 1.0, 1, 2**63)]},
        ],
        ids=[
            "param too long",
            "tag too long",
            "key too long",
            "path in a param",
            "NUL",
            "half a surrogate pair",
            "path in a tag",
            "character in a metric",
            "bool as a metric",
            "negative time",
            "step beyond 64 bits",
        ],
    )
    def test_a_batch_with_bad_input_is_refused_whole(self, store: TrackingStore, bad: dict[str, object]) -> None:
        new_run(store, "r1")
        good: dict[str, object] = {"metrics": [Metric("a", 1.0, 1, 0)], "params": {"a": "1"}, "tags": {"a": "1"}}
        for kind, addition in bad.items():
            good[kind] = [*good[kind], *addition] if kind == "metrics" else {**good[kind], **addition}  # type: ignore[misc,dict-item]
        with pytest.raises(InvalidInput):
            store.log_batch("r1", **good)  # type: ignore[arg-type]
        data = store.get_run("r1").data
        assert (data.metrics, dict(data.params), "a" in data.tags) == ({}, {}, False)

    def test_a_param_may_be_logged_again_with_the_same_value(self, store: TrackingStore) -> None:
        new_run(store, "r1")
        store.log_batch("r1", params={"p": "1"})
        store.log_batch("r1", params={"p": "1", "q": "2"})
        assert dict(store.get_run("r1").data.params) == {"p": "1", "q": "2"}

    @pytest.mark.parametrize("changed", ["2", "", "1 ", "1.0"])
    def test_a_batch_that_changes_a_param_is_refused_whole(self, store: TrackingStore, changed: str) -> None:
        new_run(store, "r1")
        store.log_batch("r1", params={"p": "1"})
        with pytest.raises(InvalidInput, match="p"):
            store.log_batch("r1", metrics=[Metric("a", 1.0, 1, 0)], params={"n": "1", "p": changed}, tags={"a": "1"})
        data = store.get_run("r1").data
        assert (data.metrics, dict(data.params), "a" in data.tags) == ({}, {"p": "1"}, False)

    def test_a_tag_is_replaced_by_a_later_one(self, store: TrackingStore) -> None:
        new_run(store, "r1", tags={"t": "1"})
        store.log_batch("r1", tags={"t": "2", "u": "1"})
        store.log_batch("r1", tags={"t": "3"})
        tags = store.get_run("r1").data.tags
        assert (tags.get("t"), tags.get("u")) == ("3", "1")

    def test_a_tag_is_deleted(self, store: TrackingStore) -> None:
        new_run(store, "r1", tags={"t": "1", "u": "2"})
        store.delete_tag("r1", "t")
        tags = store.get_run("r1").data.tags
        assert ("t" in tags, tags.get("u")) == (False, "2")

    def test_deleting_a_tag_that_is_not_there_is_not_found(self, store: TrackingStore) -> None:
        new_run(store, "r1")
        new_run(store, "r2", tags={"t": "1"})
        with pytest.raises(NotFound, match="t"):
            store.delete_tag("r1", "t")

    def test_a_big_batch_is_taken_whole(self, store: TrackingStore) -> None:
        new_run(store, "r1")
        params = {f"p{number}": str(number) for number in range(1_200)}
        tags = {f"t{number}": str(number) for number in range(1_200)}
        metrics = [Metric(f"m{number % 50}", float(number), number, number) for number in range(3_000)]
        store.log_batch("r1", metrics=metrics, params=params, tags=tags)
        data = store.get_run("r1").data
        assert dict(data.params) == params
        assert tags.items() <= dict(data.tags).items()
        assert data.metrics == {f"m{number}": 2950.0 + number for number in range(50)}


class InputsContract:
    """Data sets as inputs of runs. Fixture: `store`, fresh but for the experiment Default."""

    def test_an_input_reads_back_as_it_was_logged(self, store: TrackingStore) -> None:
        new_run(store, "r1")
        item = dataset_input(**{"mlflow.data.context": "training"})
        store.log_inputs("r1", [item])
        (found,) = store.get_run("r1").inputs.dataset_inputs
        assert found.dataset == item.dataset
        assert dict(found.tags) == {"mlflow.data.context": "training"}

    def test_inputs_keep_their_order(self, store: TrackingStore) -> None:
        new_run(store, "r1")
        store.log_inputs("r1", [dataset_input("zebra"), dataset_input("ant")])
        store.log_inputs("r1", [dataset_input("mole")])
        assert [item.dataset.name for item in store.get_run("r1").inputs.dataset_inputs] == ["zebra", "ant", "mole"]

    def test_a_data_set_of_the_same_name_and_digest_is_kept_once(self, store: TrackingStore) -> None:
        new_run(store, "r1")
        store.log_inputs("r1", [dataset_input("a", "1"), dataset_input("a", "1")])
        store.log_inputs("r1", [dataset_input("a", "1"), dataset_input("a", "2"), dataset_input("b", "1")])
        found = [(item.dataset.name, item.dataset.digest) for item in store.get_run("r1").inputs.dataset_inputs]
        assert found == [("a", "1"), ("a", "2"), ("b", "1")]

    def test_runs_may_share_a_data_set(self, store: TrackingStore) -> None:
        new_run(store, "r1")
        new_run(store, "r2")
        store.log_inputs("r1", [dataset_input(context="train")])
        store.log_inputs("r2", [dataset_input(context="test")])
        found = [store.get_run(run_id).inputs.dataset_inputs for run_id in ("r1", "r2")]
        assert [[dict(item.tags) for item in items] for items in found] == [
            [{"context": "train"}],
            [{"context": "test"}],
        ]

    def test_a_bad_data_set_is_refused_with_all_others(self, store: TrackingStore) -> None:
        new_run(store, "r1")
        with pytest.raises(InvalidInput):
            store.log_inputs("r1", [dataset_input("good"), dataset_input("n" * 501)])
        with pytest.raises(InvalidInput):
            store.log_inputs("r1", [dataset_input("good"), dataset_input("digest", "d" * 37)])
        assert len(store.get_run("r1").inputs.dataset_inputs) == 0
