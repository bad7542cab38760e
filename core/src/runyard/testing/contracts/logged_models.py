"""What tracking stores do that keep logged models."""

from __future__ import annotations

import math
import re
import time
from collections.abc import Callable
from typing import Any, Protocol

import pytest

from runyard.entities import (
    ChangeKind,
    LifecycleStage,
    LoggedModel,
    LoggedModelStatus,
    ModelInput,
    ModelMetric,
    ModelOutput,
    Subject,
    ViewType,
)
from runyard.errors import AlreadyExists, InvalidInput, InvalidState, NotFound
from runyard.protocols.changes import RecordsChanges
from runyard.protocols.logged_models import KeepsLoggedModels, LoggedModelQuery
from runyard.protocols.tracking import Purges, RunQuery, TrackingStore
from runyard.testing.contracts.tracking_steps import new_run

HOUR = 3_600_000
LONG = "x" * 6_001


class ModelStore(TrackingStore, KeepsLoggedModels, Protocol):
    """Both at once."""


class PurgingModelStore(ModelStore, Purges, Protocol):
    """That and deletion for good."""


class RecordingModelStore(ModelStore, RecordsChanges, Protocol):
    """That and what changed."""


CHANGES: list[Callable[[ModelStore, str], object]] = [
    lambda store, model_id: store.finalize_logged_model(model_id, LoggedModelStatus.READY),
    lambda store, model_id: store.set_logged_model_tags(model_id, {"t": "1"}),
    lambda store, model_id: store.delete_logged_model_tag(model_id, "t"),
    lambda store, model_id: store.log_logged_model_params(model_id, {"p": "1"}),
    lambda store, model_id: store.log_model_metrics("r1", [point(model_id)]),
]


def point(model_id: str = "m-1", key: str = "acc", value: float = 0.5, timestamp: int = 1, **more: Any) -> ModelMetric:
    """A point of a metric that was measured on a model."""
    return ModelMetric(model_id, key, value, timestamp, **more)


class LoggedModelsContract:
    """Models as runs produced them. Fixture: `store`, fresh but for the experiment Default."""

    def test_the_store_says_that_it_keeps_logged_models(self, store: ModelStore) -> None:
        assert isinstance(store, KeepsLoggedModels)

    def test_a_new_model_is_as_it_was_asked_for(self, store: ModelStore) -> None:
        experiment = store.create_experiment("models")
        made = store.create_logged_model(
            experiment.experiment_id,
            name="ant",
            model_type="tree",
            source_run_id="of-another-place",
            params={"lr": "0.1", "depth": "3"},
            tags={"team": "x"},
            user_id="ada",
        )
        assert re.fullmatch(r"m-[0-9a-f]{32}", made.model_id)
        assert made.artifact_uri == f"{experiment.artifact_location}/models/{made.model_id}/artifacts"
        assert abs(made.creation_timestamp - _now()) < HOUR
        assert made == LoggedModel(
            model_id=made.model_id,
            experiment_id=experiment.experiment_id,
            name="ant",
            artifact_uri=made.artifact_uri,
            creation_timestamp=made.creation_timestamp,
            last_updated_timestamp=made.creation_timestamp,
            status=LoggedModelStatus.PENDING,
            model_type="tree",
            source_run_id="of-another-place",
            creator_id="ada",
            params={"lr": "0.1", "depth": "3"},
            tags={"team": "x"},
            metrics=[],
        )
        assert store.get_logged_model(made.model_id) == made

    def test_a_model_without_a_name_gets_a_random_one(self, store: ModelStore) -> None:
        names = {store.create_logged_model("0").name for _ in range(5)}
        assert len(names) > 1
        assert all(re.fullmatch(r"[a-z]+-[a-z]+-\d+", name) for name in names)

    def test_a_model_that_is_created_again_is_the_one_there_is(self, store: ModelStore) -> None:
        made = store.create_logged_model("0", model_id="m-1", name="ant", params={"p": "1"})
        again = store.create_logged_model("0", model_id="m-1", name="bee", params={"p": "2"}, tags={"t": "1"})
        assert made.model_id == "m-1"
        assert again == made

    def test_the_id_of_another_experiments_model_is_taken(self, store: ModelStore) -> None:
        other = store.create_experiment("other")
        store.create_logged_model("0", model_id="m-1")
        with pytest.raises(AlreadyExists):
            store.create_logged_model(other.experiment_id, model_id="m-1")

    @pytest.mark.parametrize("experiment_id", ["999999", "nowhere", "00"])
    def test_a_model_needs_an_experiment_that_exists(self, store: ModelStore, experiment_id: str) -> None:
        with pytest.raises(NotFound):
            store.create_logged_model(experiment_id)

    def test_a_deleted_experiment_takes_no_new_models(self, store: ModelStore) -> None:
        experiment = store.create_experiment("gone")
        store.delete_experiment(experiment.experiment_id)
        with pytest.raises(InvalidState):
            store.create_logged_model(experiment.experiment_id)

    @pytest.mark.parametrize("name", ["", " ", "a/b", "a:b", "a.b", "50%", 'a"b', "a'b", "x" * 501, "a\0b"])
    def test_the_name_of_a_logged_model_must_be_allowed(self, store: ModelStore, name: str) -> None:
        with pytest.raises(InvalidInput):
            store.create_logged_model("0", name=name)

    @pytest.mark.parametrize("model_id", ["", "a/b", "..", "x" * 257, "é", "a\n"])
    def test_the_id_of_a_logged_model_must_be_allowed(self, store: ModelStore, model_id: str) -> None:
        with pytest.raises(InvalidInput):
            store.create_logged_model("0", model_id=model_id)

    @pytest.mark.parametrize("params", [{"": "1"}, {"a//b": "1"}, {"p": LONG}, {"p": "\0"}])
    def test_params_of_a_model_must_be_allowed(self, store: ModelStore, params: dict[str, str]) -> None:
        store.create_logged_model("0", model_id="m-1")
        with pytest.raises(InvalidInput):
            store.create_logged_model("0", params=params)
        with pytest.raises(InvalidInput):
            store.log_logged_model_params("m-1", params)

    @pytest.mark.parametrize("tags", [{"": "1"}, {"../t": "1"}, {"t": LONG + LONG}, {"t": "\0"}])
    def test_tags_of_a_model_must_be_allowed(self, store: ModelStore, tags: dict[str, str]) -> None:
        store.create_logged_model("0", model_id="m-1")
        with pytest.raises(InvalidInput):
            store.create_logged_model("0", tags=tags)
        with pytest.raises(InvalidInput):
            store.set_logged_model_tags("m-1", tags)

    @pytest.mark.parametrize("status", [LoggedModelStatus.READY, LoggedModelStatus.FAILED])
    def test_a_model_is_finalized(self, store: ModelStore, status: LoggedModelStatus) -> None:
        made = store.create_logged_model("0")
        time.sleep(0.005)
        done = store.finalize_logged_model(made.model_id, status)
        assert done.status is status
        assert done.last_updated_timestamp > made.last_updated_timestamp
        assert store.get_logged_model(made.model_id) == done

    @pytest.mark.parametrize("change", [*CHANGES, lambda store, model_id: store.delete_logged_model(model_id)])
    def test_a_model_that_does_not_exist_is_not_found(
        self, store: ModelStore, change: Callable[[ModelStore, str], object]
    ) -> None:
        new_run(store, "r1")
        for attempt in (change, lambda store, model_id: store.get_logged_model(model_id)):
            with pytest.raises(NotFound):
                attempt(store, "m-nowhere")

    @pytest.mark.parametrize("change", CHANGES)
    def test_a_deleted_model_is_not_found(self, store: ModelStore, change: Callable[[ModelStore, str], object]) -> None:
        new_run(store, "r1")
        store.create_logged_model("0", model_id="m-1", tags={"t": "1"})
        store.delete_logged_model("m-1")
        for attempt in (change, lambda store, model_id: store.get_logged_model(model_id)):
            with pytest.raises(NotFound):
                attempt(store, "m-1")

    def test_a_deleted_model_is_shown_where_that_is_allowed(self, store: ModelStore) -> None:
        store.create_logged_model("0", model_id="m-1", name="ant", tags={"t": "1"})
        assert store.get_logged_model("m-1", allow_deleted=True) == store.get_logged_model("m-1")
        store.delete_logged_model("m-1")
        found = store.get_logged_model("m-1", allow_deleted=True)
        assert (found.name, found.tags, found.lifecycle_stage) == ("ant", {"t": "1"}, LifecycleStage.DELETED)
        with pytest.raises(NotFound):
            store.get_logged_model("m-nowhere", allow_deleted=True)

    def test_a_model_may_be_deleted_twice(self, store: ModelStore) -> None:
        store.create_logged_model("0", model_id="m-1")
        store.delete_logged_model("m-1")
        (first,) = _deleted(store)
        time.sleep(0.005)
        store.delete_logged_model("m-1")
        assert _deleted(store) == [first]
        assert first.lifecycle_stage is LifecycleStage.DELETED
        assert first.deleted_time is not None
        assert abs(first.deleted_time - _now()) < HOUR

    def test_tags_of_a_model_are_replaced(self, store: ModelStore) -> None:
        store.create_logged_model("0", model_id="m-1", tags={"a": "1", "b": "1"})
        changed = store.set_logged_model_tags("m-1", {"b": "2", "c": "3"})
        assert changed.tags == {"a": "1", "b": "2", "c": "3"}
        assert store.get_logged_model("m-1") == changed

    def test_a_tag_of_a_model_is_deleted_once(self, store: ModelStore) -> None:
        store.create_logged_model("0", model_id="m-1", tags={"a": "1", "b": "1"})
        store.delete_logged_model_tag("m-1", "a")
        assert store.get_logged_model("m-1").tags == {"b": "1"}
        with pytest.raises(NotFound):
            store.delete_logged_model_tag("m-1", "a")

    def test_params_of_a_model_are_written_once(self, store: ModelStore) -> None:
        store.create_logged_model("0", model_id="m-1", params={"a": "1"})
        store.log_logged_model_params("m-1", {"a": "1", "b": "2"})
        with pytest.raises(InvalidInput):
            store.log_logged_model_params("m-1", {"c": "3", "a": "2"})
        assert store.get_logged_model("m-1").params == {"a": "1", "b": "2"}

    def test_points_of_a_model_are_kept_in_order(self, store: ModelStore) -> None:
        new_run(store, "r1")
        store.create_logged_model("0", model_id="m-1")
        points = [
            point(key="acc", value=0.1, timestamp=7, step=3),
            point(key="acc", value=-math.inf, timestamp=1, dataset_name="iris", dataset_digest="a"),
            point(key="acc", value=math.inf, timestamp=2, dataset_name="iris", dataset_digest="b"),
            point(key="acc", value=0.2, timestamp=1, step=9, dataset_name="wine"),
            point(key="acc", value=0.3, timestamp=2, step=-1, dataset_name="wine"),
            point(key="loss", value=0.3, timestamp=2, step=1),
        ]
        store.log_model_metrics("r1", [*points[3:], *points[:3]])
        store.log_model_metrics("r1", [point(key="nan", value=math.nan)])
        *found, last = store.get_logged_model("m-1").metrics
        assert found == [_of_run("r1", one) for one in points]
        assert (last.key, math.isnan(last.value)) == ("nan", True)

    def test_a_point_that_is_measured_twice_is_kept_once(self, store: ModelStore) -> None:
        new_run(store, "r1")
        store.create_logged_model("0", model_id="m-1")
        points = [point(), point(value=math.nan), point(dataset_name="iris", dataset_digest="a"), point()]
        store.log_model_metrics("r1", points)
        store.log_model_metrics("r1", points)
        assert len(store.get_logged_model("m-1").metrics) == 3

    def test_points_of_a_model_that_differ_are_kept_apart(self, store: ModelStore) -> None:
        for run_id in ("r1", "r2"):
            new_run(store, run_id)
        for model_id in ("m-1", "m-2"):
            store.create_logged_model("0", model_id=model_id)
        points = [
            point(),
            point(value=0.6),
            point(timestamp=2),
            point(step=1),
            point(dataset_name="iris"),
            point(dataset_name="iris", dataset_digest="a"),
        ]
        store.log_model_metrics("r1", [*points, point("m-2")])
        store.log_model_metrics("r2", points)
        counts = [len(store.get_logged_model(model_id).metrics) for model_id in ("m-1", "m-2")]
        assert counts == [12, 1]

    def test_points_belong_to_the_run_that_measured_them(self, store: ModelStore) -> None:
        for run_id in ("r1", "r2"):
            new_run(store, run_id)
        store.create_logged_model("0", model_id="m-1")
        store.log_model_metrics("r1", [point(run_id="r2")])
        assert [one.run_id for one in store.get_logged_model("m-1").metrics] == ["r1"]
        assert store.get_run("r1").data.metrics == {}

    def test_points_of_a_model_need_a_run_that_is_active(self, store: ModelStore) -> None:
        store.create_logged_model("0", model_id="m-1")
        with pytest.raises(NotFound):
            store.log_model_metrics("nowhere", [point()])
        new_run(store, "r1")
        store.delete_run("r1")
        with pytest.raises(InvalidState):
            store.log_model_metrics("r1", [point()])
        assert list(store.get_logged_model("m-1").metrics) == []

    def test_points_of_models_are_kept_all_or_none(self, store: ModelStore) -> None:
        new_run(store, "r1")
        store.create_logged_model("0", model_id="m-1")
        with pytest.raises(NotFound):
            store.log_model_metrics("r1", [point(), point("m-nowhere")])
        assert list(store.get_logged_model("m-1").metrics) == []

    @pytest.mark.parametrize(
        "bad",
        [
            point(key="a//b"),
            point(timestamp=-1),
            point(value="high"),  # type: ignore[arg-type]
            point(step=2**63),
            point(dataset_name="x" * 501),
            point(dataset_name="iris", dataset_digest="x" * 37),
        ],
    )
    def test_points_of_a_model_must_be_allowed(self, store: ModelStore, bad: ModelMetric) -> None:
        new_run(store, "r1")
        store.create_logged_model("0", model_id="m-1")
        with pytest.raises(InvalidInput):
            store.log_model_metrics("r1", [bad])

    def test_models_that_a_run_used_are_shown_with_it(self, store: ModelStore) -> None:
        new_run(store, "r1")
        store.log_model_inputs("r1", [ModelInput("m-b"), ModelInput("m-a")])
        store.log_model_inputs("r1", [ModelInput("m-a"), ModelInput("m-c"), ModelInput("m-c")])
        expected = [ModelInput("m-b"), ModelInput("m-a"), ModelInput("m-c")]
        (found,) = store.search_runs(RunQuery(experiment_ids=["0"]))
        assert [list(run.inputs.model_inputs) for run in (store.get_run("r1"), found)] == [expected, expected]
        assert list(found.outputs.model_outputs) == []

    def test_models_that_a_run_produced_are_shown_with_it(self, store: ModelStore) -> None:
        for run_id in ("r1", "r2"):
            new_run(store, run_id)
        store.log_model_outputs("r1", [ModelOutput("m-b", 5), ModelOutput("m-a")])
        store.log_model_outputs("r1", [ModelOutput("m-c", 1), ModelOutput("m-b", 3)])
        expected = [ModelOutput("m-b", 3), ModelOutput("m-a", 0), ModelOutput("m-c", 1)]
        found = {run.info.run_id: run for run in store.search_runs(RunQuery(experiment_ids=["0"]))}
        assert [list(run.outputs.model_outputs) for run in (store.get_run("r1"), found["r1"])] == [expected, expected]
        assert list(found["r2"].outputs.model_outputs) == []
        assert list(found["r1"].inputs.model_inputs) == []

    def test_models_of_a_run_need_a_run_that_is_active(self, store: ModelStore) -> None:
        new_run(store, "r1")
        store.delete_run("r1")
        for run_id, error in (("r1", InvalidState), ("nowhere", NotFound)):
            with pytest.raises(error):
                store.log_model_inputs(run_id, [ModelInput("m-a")])
            with pytest.raises(error):
                store.log_model_outputs(run_id, [ModelOutput("m-a")])

    @pytest.mark.parametrize(("model_id", "step"), [("", 0), ("a/b", 0), ("m-1", 2**63)])
    def test_models_of_a_run_must_be_allowed(self, store: ModelStore, model_id: str, step: int) -> None:
        new_run(store, "r1")
        with pytest.raises(InvalidInput):
            store.log_model_outputs("r1", [ModelOutput(model_id, step)])
        if not step:
            with pytest.raises(InvalidInput):
                store.log_model_inputs("r1", [ModelInput(model_id)])

    def test_a_model_of_a_deleted_experiment_is_found_by_its_id_only(self, store: ModelStore) -> None:
        experiment = store.create_experiment("gone").experiment_id
        made = store.create_logged_model(experiment, model_id="m-1")
        store.delete_experiment(experiment)
        assert _found(store, experiment) == []
        hidden = store.get_logged_model("m-1")
        assert (hidden.artifact_uri, hidden.lifecycle_stage) == (made.artifact_uri, LifecycleStage.DELETED)
        assert hidden.deleted_time == store.get_experiment(experiment).deleted_time
        store.restore_experiment(experiment)
        assert _found(store, experiment) == ["m-1"]
        assert store.get_logged_model("m-1") == made

    @pytest.mark.parametrize("change", CHANGES)
    def test_a_model_of_a_deleted_experiment_takes_no_changes(
        self, store: ModelStore, change: Callable[[ModelStore, str], object]
    ) -> None:
        new_run(store, "r1")
        experiment = store.create_experiment("gone").experiment_id
        store.create_logged_model(experiment, model_id="m-1", tags={"t": "1"})
        store.delete_experiment(experiment)
        with pytest.raises(InvalidState):
            change(store, "m-1")

    def test_a_model_that_was_deleted_before_its_experiment_stays_deleted(self, store: ModelStore) -> None:
        experiment = store.create_experiment("gone").experiment_id
        store.create_logged_model(experiment, model_id="m-1")
        store.create_logged_model(experiment, model_id="m-2")
        store.delete_logged_model("m-1")
        store.delete_experiment(experiment)
        store.restore_experiment(experiment)
        assert _found(store, experiment) == ["m-2"]

    def test_a_purged_model_is_gone(self, store: ModelStore) -> None:
        new_run(store, "r1")
        for model_id in ("m-1", "m-2"):
            store.create_logged_model("0", model_id=model_id, name="ant", params={"p": "1"}, tags={"t": "1"})
            store.log_model_metrics("r1", [point(model_id)])
        store.log_model_outputs("r1", [ModelOutput("m-1")])
        store.delete_logged_model("m-1")
        store.purge_logged_models(["m-1"])
        assert _deleted(store) == []
        assert list(store.get_run("r1").outputs.model_outputs) == [ModelOutput("m-1")]
        made = store.create_logged_model("0", model_id="m-1", name="bee")
        assert (made.name, made.params, made.tags, list(made.metrics)) == ("bee", {}, {}, [])
        assert len(store.get_logged_model("m-2").metrics) == 1

    @pytest.mark.parametrize(("other", "error"), [("m-active", InvalidState), ("m-nowhere", NotFound)])
    def test_purging_models_is_refused_whole(self, store: ModelStore, other: str, error: type[Exception]) -> None:
        store.create_logged_model("0", model_id="m-active")
        store.create_logged_model("0", model_id="m-1")
        store.delete_logged_model("m-1")
        with pytest.raises(error):
            store.purge_logged_models(["m-1", other])
        assert [model.model_id for model in _deleted(store)] == ["m-1"]

    def test_a_model_of_a_deleted_experiment_may_be_purged(self, store: ModelStore) -> None:
        experiment = store.create_experiment("gone").experiment_id
        store.create_logged_model(experiment, model_id="m-1")
        store.delete_experiment(experiment)
        store.purge_logged_models(["m-1"])
        with pytest.raises(NotFound):
            store.get_logged_model("m-1")


class LoggedModelPurgeContract:
    """What of logged models goes with runs and experiments. Fixture: `store`, fresh but for the experiment Default."""

    def test_a_purged_run_leaves_its_models_without_its_points(self, store: PurgingModelStore) -> None:
        for run_id in ("r1", "r2"):
            new_run(store, run_id)
        store.create_logged_model("0", model_id="m-1", source_run_id="r1")
        for run_id in ("r1", "r2"):
            store.log_model_metrics(run_id, [point()])
            store.log_model_outputs(run_id, [ModelOutput("m-1")])
        store.delete_run("r1")
        store.purge_runs(["r1"])
        kept = store.get_logged_model("m-1")
        assert (kept.source_run_id, [one.run_id for one in kept.metrics]) == ("r1", ["r2"])
        assert list(new_run(store, "r1").outputs.model_outputs) == []
        assert list(store.get_run("r2").outputs.model_outputs) == [ModelOutput("m-1")]

    def test_a_purged_experiment_takes_its_models_along(self, store: PurgingModelStore) -> None:
        experiment = store.create_experiment("gone").experiment_id
        new_run(store, "r1", experiment_id=experiment)
        store.create_logged_model(experiment, model_id="m-1")
        store.create_logged_model("0", model_id="m-2")
        store.log_model_metrics("r1", [point("m-1"), point("m-2")])
        store.delete_experiment(experiment)
        store.purge_experiment(experiment)
        with pytest.raises(NotFound):
            store.get_logged_model("m-1")
        assert list(store.get_logged_model("m-2").metrics) == []


class LoggedModelChangesContract:
    """What is told of changes of logged models. Fixture: `store`, fresh but for the experiment Default."""

    def test_what_happens_to_a_model_is_told(self, store: RecordingModelStore) -> None:
        new_run(store, "r1")
        start = store.changes().last
        store.create_logged_model("0", model_id="m-1")
        store.create_logged_model("0", model_id="m-1")
        store.set_logged_model_tags("m-1", {"t": "1"})
        for _ in range(2):
            store.log_model_metrics("r1", [point()])
        store.log_model_outputs("r1", [ModelOutput("m-1")])
        for _ in range(2):
            store.delete_logged_model("m-1")
        store.purge_logged_models(["m-1"])
        changes = store.changes(start).items
        assert {change.experiment_id for change in changes} == {"0"}
        assert [(change.subject, change.id, change.kind) for change in changes] == [
            (Subject.LOGGED_MODEL, "m-1", ChangeKind.CREATED),
            (Subject.LOGGED_MODEL, "m-1", ChangeKind.UPDATED),
            (Subject.LOGGED_MODEL, "m-1", ChangeKind.METRICS),
            (Subject.RUN, "r1", ChangeKind.UPDATED),
            (Subject.LOGGED_MODEL, "m-1", ChangeKind.DELETED),
            (Subject.LOGGED_MODEL, "m-1", ChangeKind.DELETED),
        ]


def _found(store: ModelStore, experiment_id: str) -> list[str]:
    return [model.model_id for model in store.search_logged_models(LoggedModelQuery(experiment_ids=[experiment_id]))]


def _deleted(store: ModelStore) -> list[LoggedModel]:
    return list(store.search_logged_models(LoggedModelQuery(experiment_ids=["0"], view=ViewType.DELETED_ONLY)))


def _of_run(run_id: str, one: ModelMetric) -> ModelMetric:
    return point(
        one.model_id,
        one.key,
        one.value,
        one.timestamp,
        step=one.step,
        run_id=run_id,
        dataset_name=one.dataset_name,
        dataset_digest=one.dataset_digest,
    )


def _now() -> int:
    return time.time_ns() // 1_000_000
