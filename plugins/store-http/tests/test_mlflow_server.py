"""What holds against MLflow's own server, which chooses ids itself and lacks what is only ours.

Of the contracts, these do not hold there: infinities come back as the greatest float; names of deleted experiments stay
taken, and a name that is taken is told as bad input on a rename; a run has the id that the server chose; no time of
deletion; no history, so no earlier state of an alias; a `#` in the path of an artifact is refused; the number of a
deleted version of a deleted model is used again; a batch beyond MLflow's limits is not all or nothing.
"""

from __future__ import annotations

import io
import math
import uuid
from collections.abc import Callable, Iterator

import pytest

from runyard.entities import (
    Batch,
    LoggedModelStatus,
    Metric,
    MetricColumns,
    ModelInput,
    ModelMetric,
    ModelOutput,
    RunStart,
    RunStatus,
    RunUpdate,
)
from runyard.errors import InvalidInput, InvalidState, NotFound, NotSupported
from runyard.protocols.logged_models import LoggedModelQuery
from runyard.protocols.registry import ModelQuery
from runyard.protocols.tracking import RunQuery
from runyard.query import Identifier, Kind, Target, parse_filter, parse_order
from runyard.settings import Settings
from runyard.testing.contracts.artifacts import ArtifactStoreContract
from runyard.testing.contracts.tracking_steps import dataset_input
from runyard.uris import Uri
from runyard_store_http.artifacts import HttpArtifactStore
from runyard_store_http.artifacts import open_store as open_artifacts
from runyard_store_http.registry import HttpRegistryStore
from runyard_store_http.registry import open_store as open_registry
from runyard_store_http.tracking import HttpTrackingStore, open_store

pytestmark = pytest.mark.mlflow


@pytest.fixture
def settings(mlflow_url: str) -> Settings:
    return Settings(environ={}, tracking_uri=mlflow_url)


@pytest.fixture
def store(settings: Settings) -> Iterator[HttpTrackingStore]:
    store = open_store(Uri.parse(settings.tracking_uri), settings)
    yield store
    store.close()


@pytest.fixture
def registry(settings: Settings) -> HttpRegistryStore:
    return open_registry(Uri.parse(settings.tracking_uri), settings)


@pytest.fixture
def experiment_id(store: HttpTrackingStore) -> str:
    return store.create_experiment(f"x {uuid.uuid4().hex}").experiment_id


def start(experiment_id: str, **tags: str) -> RunStart:
    return RunStart(uuid.uuid4().hex, "brave-ant", "ann", 1_700_000_000_000, experiment_id=experiment_id, tags=tags)


class TestIds:
    def test_a_run_is_known_by_both_ids_to_every_process(
        self, store: HttpTrackingStore, experiment_id: str, settings: Settings
    ) -> None:
        asked = start(experiment_id)
        run = store.create_run(asked)
        assert run.info.run_id != asked.run_id
        other = open_store(Uri.parse(settings.tracking_uri), settings)
        other.log_batch(asked.run_id, metrics=[Metric("m", 1.0, 1)], params={"p": "1"})
        assert other.get_run(asked.run_id).info.run_id == run.info.run_id
        assert store.get_run(run.info.run_id).data.metrics == {"m": 1.0}

    def test_a_run_that_is_made_again_is_the_same(
        self, store: HttpTrackingStore, experiment_id: str, settings: Settings
    ) -> None:
        asked = start(experiment_id)
        made = [store.create_run(asked), store.create_run(asked)]
        made.append(open_store(Uri.parse(settings.tracking_uri), settings).create_run(asked))
        assert len({run.info.run_id for run in made}) == 1
        assert len(store.search_runs(RunQuery(experiment_ids=[experiment_id]))) == 1

    def test_a_nested_run_names_the_server_s_id_of_its_parent(
        self, store: HttpTrackingStore, experiment_id: str
    ) -> None:
        parent = start(experiment_id)
        made = store.create_run(parent)
        child = store.create_run(start(experiment_id, **{"mlflow.parentRunId": parent.run_id}))
        assert child.data.tags["mlflow.parentRunId"] == made.info.run_id

    def test_an_id_that_nobody_knows_is_not_found(self, store: HttpTrackingStore) -> None:
        with pytest.raises(NotFound):
            store.get_run(uuid.uuid4().hex)


class TestRuns:
    def test_more_than_fits_into_a_request_is_logged(self, store: HttpTrackingStore, experiment_id: str) -> None:
        run_id = store.create_run(start(experiment_id)).info.run_id
        points = [Metric("m", 1 / (1 + step), step, step) for step in range(2_345)]
        params = {f"p{number}": str(number) for number in range(250)}
        store.log_batch(run_id, metrics=points, params=params, tags=params)
        data = store.get_run(run_id).data
        assert (data.params, len(data.tags)) == (params, 250 + 2)
        assert list(store.read_metric(run_id, "m")) == [(point.step, point.timestamp, point.value) for point in points]

    def test_writing_to_a_deleted_run_is_an_invalid_state(self, store: HttpTrackingStore, experiment_id: str) -> None:
        run_id = store.create_run(start(experiment_id)).info.run_id
        store.delete_run(run_id)
        with pytest.raises(InvalidState):
            store.log_batch(run_id, metrics=[Metric("m", 1.0, 1)])
        store.restore_run(run_id)
        assert store.update_run(RunUpdate(run_id, RunStatus.FINISHED, 5)).status is RunStatus.FINISHED

    def test_a_param_that_changes_and_a_value_that_would_be_cut_are_refused(
        self, store: HttpTrackingStore, experiment_id: str
    ) -> None:
        run_id = store.create_run(start(experiment_id)).info.run_id
        store.log_batch(run_id, params={"p": "1"})
        for params in ({"p": "2"}, {"q": "x" * 6_001}):
            with pytest.raises(InvalidInput):
                store.log_batch(run_id, params=params)
        assert store.get_run(run_id).data.params == {"p": "1"}

    def test_runs_are_found_in_order_with_columns(self, store: HttpTrackingStore, experiment_id: str) -> None:
        for value in (3.0, 1.0, math.nan, 2.0):
            run_id = store.create_run(start(experiment_id)).info.run_id
            store.log_batch(run_id, metrics=[Metric("m", value, 1)], params={"p": "1", "q": "2"})
        query = RunQuery(
            experiment_ids=[experiment_id],
            filter=parse_filter("metrics.m > 0 AND attributes.status = 'RUNNING'", Target.RUNS),
            order_by=parse_order(["metrics.m DESC"], Target.RUNS),
            columns=[Identifier(Kind.METRIC, "m"), Identifier(Kind.PARAM, "p")],
            max_results=2,
        )
        page = store.search_runs(query)
        assert [run.data.metrics["m"] for run in page] == [3.0, 2.0]
        assert [(run.data.params, run.data.tags) for run in page] == [({"p": "1"}, {})] * 2
        assert page.token is not None

    def test_data_sets_are_noted_and_summarized(self, store: HttpTrackingStore, experiment_id: str) -> None:
        run_id = store.create_run(start(experiment_id)).info.run_id
        item = dataset_input("iris", **{"mlflow.data.context": "training"})
        store.log_inputs(run_id, [item, item])
        assert list(store.get_run(run_id).inputs.dataset_inputs) == [item]
        (found,) = store.search_datasets([experiment_id])
        assert (found.name, found.context) == ("iris", "training")


def test_what_only_our_server_has_is_not_supported(store: HttpTrackingStore, registry: HttpRegistryStore) -> None:
    calls: list[Callable[[], object]] = [
        lambda: store.ingest(Batch("j", 1, 1)),
        lambda: store.ingested("j"),
        lambda: store.heartbeat(["r"], expires=1),
        lambda: store.sample_metric("r", "m", max_points=10),
        lambda: store.read_metrics([("r", "m")]),
        lambda: store.purge_runs(["r"]),
        store.changes,
        store.list_views,
        lambda: registry.history("m"),
        lambda: registry.get_model_version_by_alias("m", "a", at=1),
    ]
    for call in calls:
        with pytest.raises(NotSupported, match="is not a Runyard server"):
            call()


def test_logged_models_are_kept(store: HttpTrackingStore, experiment_id: str) -> None:
    run_id = store.create_run(start(experiment_id)).info.run_id
    model = store.create_logged_model(
        experiment_id, name="net", source_run_id=run_id, params={"a": "1"}, tags={"b": "2"}
    )
    store.log_model_metrics(run_id, [ModelMetric(model.model_id, "acc", 0.5, 1)])
    store.log_model_outputs(run_id, [ModelOutput(model.model_id, 3)])
    store.log_model_inputs(run_id, [ModelInput(model.model_id)])
    store.set_logged_model_tags(model.model_id, {"c": "3"})
    store.delete_logged_model_tag(model.model_id, "b")
    assert store.finalize_logged_model(model.model_id, LoggedModelStatus.READY).status is LoggedModelStatus.READY
    query = LoggedModelQuery(
        experiment_ids=[experiment_id], filter=parse_filter("metrics.acc > 0.1", Target.LOGGED_MODELS)
    )
    (found,) = store.search_logged_models(query)
    assert (found.name, found.params, found.tags) == ("net", {"a": "1"}, {"c": "3"})
    assert [(point.key, point.value) for point in found.metrics] == [("acc", 0.5)]
    assert store.get_run(run_id).outputs.model_outputs == [ModelOutput(model.model_id, 3)]
    with pytest.raises(NotSupported, match="chooses the ids"):
        store.create_logged_model(experiment_id, model_id="m-mine")
    store.delete_logged_model(model.model_id)
    with pytest.raises(NotFound):
        store.get_logged_model(model.model_id)


def test_models_are_registered_aliased_and_found(registry: HttpRegistryStore) -> None:
    name = f"model {uuid.uuid4().hex}"
    registry.create_registered_model(name, tags={"a": "1"}, description="what")
    version = registry.create_model_version(name, "s3://bucket/model", tags={"b": "2"})
    registry.set_registered_model_alias(name, "best", version.version)
    assert registry.get_model_version_by_alias(name, "best").source == "s3://bucket/model"
    with pytest.raises(NotFound):
        registry.get_model_version_by_alias(name, "worst")
    query = ModelQuery(
        filter=parse_filter(f"name = '{name}'", Target.VERSIONS),
        order_by=parse_order(["version_number DESC"], Target.VERSIONS),
    )
    assert [found.version for found in registry.search_model_versions(query)] == [1]
    registry.delete_model_version(name, 1)
    registry.delete_registered_model(name)
    with pytest.raises(NotFound):
        registry.get_registered_model(name)


class TestArtifacts(ArtifactStoreContract):
    @pytest.fixture
    def store(self, settings: Settings) -> HttpArtifactStore:
        return open_artifacts(Uri.parse(f"mlflow-artifacts:/{uuid.uuid4().hex}"), settings)

    def test_names_keep_their_characters(self, store: HttpArtifactStore) -> None:  # type: ignore[override]
        """As in the contract, but for `#`, which MLflow's servers refuse."""
        names = ["Größe in µm.txt", "a+b=c&d.txt", "50% (1).txt", "q?x.txt", "...", ".hidden", "日本"]
        for name in names:
            store.write(f"f o/{name}", io.BytesIO(name.encode()))
        assert {info.path for info in store.list("f o")} == {f"f o/{name}" for name in names}
        for name in names:
            with store.open(f"f o/{name}") as stream:
                assert stream.read().decode() == name


def test_a_curve_is_ordered_as_in_every_store(store: HttpTrackingStore, experiment_id: str) -> None:
    run_id = store.create_run(start(experiment_id)).info.run_id
    points = [(2, 5, 0.5), (1, 9, math.nan), (1, 9, 1.0), (-3, 7, 2.0)]
    store.log_batch(run_id, metrics=[Metric("m", value, timestamp, step) for step, timestamp, value in points])
    columns: MetricColumns = store.read_metric(run_id, "m")
    assert list(columns.steps) == [-3, 1, 1, 2]
    assert list(columns.values)[0::3] == [2.0, 0.5]
