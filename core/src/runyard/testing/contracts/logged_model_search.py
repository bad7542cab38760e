"""How tracking stores search that keep logged models."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from typing import Any

import attrs
import pytest

from runyard.entities import LoggedModelStatus, ModelMetric, ViewType
from runyard.errors import InvalidInput
from runyard.protocols.logged_models import LoggedModelOrder, LoggedModelQuery
from runyard.query import Target, parse_filter, parse_order
from runyard.testing.contracts.logged_models import ModelStore
from runyard.testing.contracts.tracking_steps import new_run

ALL = ["bee", "cat", "ant", "dog"]  # newest first


class LoggedModelSearchContract:
    """Search for logged models. Fixture: `store`, fresh but for the experiment Default."""

    def test_models_of_an_experiment_are_found_newest_first(self, store: ModelStore) -> None:
        _fill(store)
        other = store.create_experiment("other").experiment_id
        store.create_logged_model(other, name="eel")
        assert _names(store) == ALL
        assert _names(store, experiment_ids=[other]) == ["eel"]
        assert set(_names(store, experiment_ids=[other, "0"])) == {*ALL, "eel"}

    def test_no_models_are_in_an_experiment_that_does_not_exist(self, store: ModelStore) -> None:
        _fill(store)
        assert _names(store, experiment_ids=["999999", "nowhere", ""]) == []
        assert _names(store, experiment_ids=[]) == []

    def test_a_model_that_is_found_is_whole(self, store: ModelStore) -> None:
        _fill(store)
        found = store.search_logged_models(LoggedModelQuery(experiment_ids=["0"], filter=_read("name = 'ant'")))
        assert list(found) == [store.get_logged_model("m-3")]
        assert found[0].metrics

    @pytest.mark.parametrize(
        ("condition", "expected"),
        [
            ("name = 'ant'", {"ant"}),
            ("name != 'ant'", {"bee", "cat", "dog"}),
            ("attributes.name LIKE '%a%'", {"ant", "cat"}),
            ("name ILIKE '%A%'", {"ant", "cat"}),
            ("name =~ '^[ab]'", {"ant", "bee"}),
            ("name IN ('ant', 'dog')", {"ant", "dog"}),
            ("model_id = 'm-1'", {"bee"}),
            ("model_type = 'tree'", {"ant", "bee"}),
            ("model_type IS NULL", {"dog"}),
            ("model_type NOT IN ('tree')", {"cat"}),
            ("status = 'READY'", {"ant"}),
            ("status = 'LOGGED_MODEL_READY'", {"ant"}),
            ("status IN ('FAILED', 'PENDING')", {"bee", "cat", "dog"}),
            ("source_run_id = 'r1'", {"ant", "cat"}),
            ("creation_timestamp > 0 AND creation_time < 99999999999999", set(ALL)),
            ("last_updated_timestamp < 1", set()),
        ],
    )
    def test_models_are_found_by_attributes(self, store: ModelStore, condition: str, expected: set[str]) -> None:
        _fill(store)
        assert set(_names(store, filter=_read(condition))) == expected

    @pytest.mark.parametrize(
        ("condition", "expected"),
        [
            ("params.lr = '0.10'", {"bee"}),
            ("params.lr = 0.1", {"ant", "bee"}),
            ("param.lr >= 0.1", {"ant", "bee", "cat"}),
            ("params.lr IS NULL", {"dog"}),
            ("params.lr LIKE '0.1%'", {"ant", "bee"}),
            ("tags.team = 'x'", {"ant"}),
            ("tag.team IS NOT NULL", {"ant", "bee"}),
            ("NOT tags.team = 'x'", {"bee", "cat", "dog"}),
            ("tags.team != 'x'", {"bee"}),
        ],
    )
    def test_models_are_found_by_params_and_tags(self, store: ModelStore, condition: str, expected: set[str]) -> None:
        _fill(store)
        assert set(_names(store, filter=_read(condition))) == expected

    @pytest.mark.parametrize(
        ("condition", "expected"),
        [
            ("name = 'ant' OR name = 'bee' AND params.lr = 0.1", {"ant", "bee"}),
            ("(name = 'ant' OR name = 'bee') AND tags.team = 'x'", {"ant"}),
            ("NOT (name = 'ant' OR metrics.acc > 0.5)", {"cat", "dog"}),
        ],
    )
    def test_conditions_on_models_can_be_joined(self, store: ModelStore, condition: str, expected: set[str]) -> None:
        _fill(store)
        assert set(_names(store, filter=_read(condition))) == expected

    @pytest.mark.parametrize(
        ("condition", "expected"),
        [
            ("metrics.acc > 0.8", {"ant"}),  # an earlier point, too
            ("metric.acc = 0.7", {"ant", "bee"}),
            ("NOT metrics.acc = 0.7", {"cat", "dog"}),
            ("metrics.acc IS NOT NULL", {"ant", "bee", "cat"}),
            ("metrics.acc IS NULL", {"dog"}),
            ("metrics.acc != 0.7", {"ant", "cat"}),
            ("metrics.acc <= inf", {"ant", "bee"}),
            ("metrics.`val/loss.min` < 1", {"bee"}),
            ("metrics.acc IN (0.9, 0.6)", {"ant"}),
        ],
    )
    def test_a_condition_on_a_metric_holds_where_any_point_meets_it(
        self, store: ModelStore, condition: str, expected: set[str]
    ) -> None:
        _fill(store)
        assert set(_names(store, filter=_read(condition))) == expected

    @pytest.mark.parametrize(
        ("condition", "datasets", "expected"),
        [
            ("metrics.acc > 0.8", [("iris", "a")], {"ant"}),
            ("metrics.acc > 0.8", [("wine", None)], set()),
            ("metrics.acc = 0.7", [("wine", None)], {"ant", "bee"}),
            ("metrics.acc = 0.7", [("wine", "d")], {"bee"}),
            ("metrics.acc > 0", [("wine", "d"), ("iris", None)], {"ant", "bee"}),
            ("metrics.acc IS NULL", [("iris", None)], {"bee", "cat", "dog"}),
            ("name = 'ant' OR metrics.acc = 0.7", [("wine", "d")], {"ant", "bee"}),
        ],
    )
    def test_data_sets_narrow_conditions_on_metrics(
        self, store: ModelStore, condition: str, datasets: list[tuple[str, str | None]], expected: set[str]
    ) -> None:
        _fill(store)
        assert set(_names(store, filter=_read(condition), datasets=datasets)) == expected

    @pytest.mark.parametrize(
        ("condition", "datasets", "expected"),
        [
            ("", [("iris", None)], {"ant"}),
            ("", [("wine", None)], {"ant", "bee"}),
            ("name != 'ant'", [("wine", None)], {"bee"}),
            ("", [("wine", "a")], set()),
        ],
    )
    def test_data_sets_alone_find_what_was_measured_on_them(
        self, store: ModelStore, condition: str, datasets: list[tuple[str, str | None]], expected: set[str]
    ) -> None:
        _fill(store)
        assert set(_names(store, filter=_read(condition), datasets=datasets)) == expected

    def test_a_data_set_to_search_by_needs_a_name(self, store: ModelStore) -> None:
        with pytest.raises(InvalidInput):
            _names(store, datasets=[("", "a")])

    @pytest.mark.parametrize(
        ("order", "expected"),
        [
            (["name"], ["ant", "bee", "cat", "dog"]),
            (["attributes.name DESC"], ["dog", "cat", "bee", "ant"]),
            (["model_type"], ["cat", "bee", "ant", "dog"]),
            (["model_type DESC", "name"], ["ant", "bee", "cat", "dog"]),
            (["creation_time"], ALL[::-1]),
            (["last_updated_timestamp DESC"], ["ant", "bee", "cat", "dog"]),
            (["params.lr DESC"], ["cat", "bee", "ant", "dog"]),
            (["tags.team"], ["ant", "bee", "cat", "dog"]),
        ],
    )
    def test_models_are_ordered(self, store: ModelStore, order: list[str], expected: list[str]) -> None:
        _fill(store)
        assert _names(store, order_by=_order(order)) == expected

    @pytest.mark.parametrize(
        ("direction", "expected"), [("ASC", ["ant", "bee", "cat", "dog"]), ("DESC", ["bee", "ant", "cat", "dog"])]
    )
    def test_models_are_ordered_by_the_latest_point_of_a_metric(
        self, store: ModelStore, direction: str, expected: list[str]
    ) -> None:
        _fill(store)
        # The last of its points by time has a step before the others' and is written first.
        store.log_model_metrics("r1", [ModelMetric("m-3", "acc", 0.1, 50, 0), ModelMetric("m-3", "acc", 0.95, 40, 99)])
        assert _names(store, order_by=_order([f"metrics.acc {direction}"])) == expected

    @pytest.mark.parametrize(
        ("dataset", "expected"),
        [
            (("wine", None), ["bee", "ant", "cat", "dog"]),
            (("wine", "c"), ["ant", "bee", "cat", "dog"]),
            (("iris", "a"), ["ant", "bee", "cat", "dog"]),
            ((None, "d"), ["bee", "cat", "ant", "dog"]),
        ],
    )
    def test_an_order_by_a_metric_can_be_of_one_data_set(
        self, store: ModelStore, dataset: tuple[str | None, str | None], expected: list[str]
    ) -> None:
        _fill(store)
        assert _names(store, order_by=_order(["metrics.acc"], *dataset)) == expected

    def test_two_orders_by_a_metric_are_told_apart_by_their_data_sets(self, store: ModelStore) -> None:
        _fill(store)
        order = [*_order(["metrics.acc"], "iris"), *_order(["metrics.acc DESC"], "wine"), *_order(["name DESC"])]
        assert _names(store, order_by=order) == ["ant", "bee", "dog", "cat"]

    @pytest.mark.parametrize("size", [1, 2, 3])
    @pytest.mark.parametrize(
        "order", [[], ["metrics.acc"], ["metrics.acc DESC"], ["model_type", "tags.team DESC"], ["status"]]
    )
    def test_pages_of_models_leave_none_out(self, store: ModelStore, order: list[str], size: int) -> None:
        _fill(store)
        store.create_logged_model("0", name="eel", model_type="tree")
        query = LoggedModelQuery(experiment_ids=["0"], order_by=_order(order))
        assert _paged(store, query, size) == _names(store, order_by=_order(order))

    def test_a_model_that_is_made_between_two_pages_moves_none(self, store: ModelStore) -> None:
        _fill(store)
        query = LoggedModelQuery(experiment_ids=["0"], max_results=2)
        first = store.search_logged_models(query)
        store.create_logged_model("0", name="eel")
        second = store.search_logged_models(attrs.evolve(query, page_token=first.token))
        assert [model.name for model in (*first, *second)] == ALL
        assert second.token is None

    def test_a_page_token_of_another_search_for_models_is_refused(self, store: ModelStore) -> None:
        _fill(store)
        query = LoggedModelQuery(experiment_ids=["0"], max_results=1)
        token = store.search_logged_models(query).token
        others: list[dict[str, Any]] = [
            {"filter": _read("name != 'x'")},
            {"order_by": _order(["name"])},
            {"order_by": _order(["creation_timestamp DESC"])},
            {"datasets": [("iris", None)]},
            {"experiment_ids": ["0", "1"]},
            {"view": ViewType.ALL},
        ]
        for changes in others:
            with pytest.raises(InvalidInput):
                store.search_logged_models(attrs.evolve(query, page_token=token, **changes))

    def test_a_page_token_of_another_data_set_of_an_order_is_refused(self, store: ModelStore) -> None:
        _fill(store)
        query = LoggedModelQuery(experiment_ids=["0"], max_results=1, order_by=_order(["metrics.acc"], "iris"))
        token = store.search_logged_models(query).token
        other = attrs.evolve(query, page_token=token, order_by=_order(["metrics.acc"], "wine"))
        with pytest.raises(InvalidInput):
            store.search_logged_models(other)

    @pytest.mark.parametrize("token", ["x", "é", "bnVsbA==", "WzFd", "."])
    def test_a_bad_page_token_of_models_is_refused(self, store: ModelStore, token: str) -> None:
        _fill(store)
        for experiment in ("0", "999999"):
            with pytest.raises(InvalidInput):
                store.search_logged_models(LoggedModelQuery(experiment_ids=[experiment], page_token=token))

    @pytest.mark.parametrize("max_results", [0, -1])
    def test_a_page_of_models_has_room(self, store: ModelStore, max_results: int) -> None:
        with pytest.raises(InvalidInput):
            store.search_logged_models(LoggedModelQuery(experiment_ids=["0"], max_results=max_results))

    def test_deleted_models_are_found_where_they_are_asked_for(self, store: ModelStore) -> None:
        _fill(store)
        experiment = store.create_experiment("gone").experiment_id
        store.create_logged_model(experiment, name="eel")
        store.delete_experiment(experiment)
        store.delete_logged_model("m-1")
        both = ["0", experiment]
        assert set(_names(store, experiment_ids=both)) == {"ant", "cat", "dog"}
        assert set(_names(store, experiment_ids=both, view=ViewType.DELETED_ONLY)) == {"bee", "eel"}
        assert set(_names(store, experiment_ids=both, view=ViewType.ALL)) == {*ALL, "eel"}


def _fill(store: ModelStore) -> None:
    """Four models, the last of `ALL` first."""
    for run_id in ("r1", "r2"):
        new_run(store, run_id)
    lr = {"ant": "0.1", "bee": "0.10", "cat": "0.5"}
    types = {"ant": "tree", "bee": "tree", "cat": "net"}
    teams = {"ant": "x", "bee": "y"}
    runs = {"ant": "r1", "bee": "r2", "cat": "r1"}
    for name, model_id in (("dog", "m-2"), ("ant", "m-3"), ("cat", "m-4"), ("bee", "m-1")):
        store.create_logged_model(
            "0",
            model_id=model_id,
            name=name,
            model_type=types.get(name),
            source_run_id=runs.get(name),
            params={"lr": lr[name]} if name in lr else {},
            tags={"team": teams[name]} if name in teams else {},
        )
        time.sleep(0.002)
    store.finalize_logged_model("m-3", LoggedModelStatus.READY)
    points = [
        ModelMetric("m-3", "acc", 0.9, 10, 1, dataset_name="iris", dataset_digest="a"),
        ModelMetric("m-3", "acc", 0.6, 20, 2, dataset_name="iris", dataset_digest="b"),
        ModelMetric("m-3", "acc", 0.7, 30, 3, dataset_name="wine", dataset_digest="c"),
        ModelMetric("m-1", "acc", 0.7, 10, 1, dataset_name="wine", dataset_digest="d"),
        ModelMetric("m-4", "acc", math.nan, 10, 1),
        ModelMetric("m-1", "val/loss.min", 0.5, 10, 1),
    ]
    store.log_model_metrics("r1", points)


def _read(text: str) -> Any:
    return parse_filter(text, Target.LOGGED_MODELS)


def _order(texts: Sequence[str], name: str | None = None, digest: str | None = None) -> list[LoggedModelOrder]:
    return [
        LoggedModelOrder(order=order, dataset_name=name, dataset_digest=digest)
        for order in parse_order(texts, Target.LOGGED_MODELS)
    ]


def _names(store: ModelStore, **query: Any) -> list[str]:
    query = {"experiment_ids": ["0"], **query}
    return [model.name for model in store.search_logged_models(LoggedModelQuery(**query))]


def _paged(store: ModelStore, query: LoggedModelQuery, size: int) -> list[str]:
    names: list[str] = []
    token: str | None = None
    for _ in range(20):
        page = store.search_logged_models(attrs.evolve(query, max_results=size, page_token=token))
        names += [model.name for model in page]
        token = page.token
        if token is None:
            break
    return names
