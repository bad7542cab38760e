"""Each test of the contracts of logged models and of data sets catches a store that is wrong in just its point."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import attrs
import pytest

from runyard.entities import LifecycleStage, LoggedModelStatus, RunInputs
from runyard.errors import AlreadyExists, InvalidInput, InvalidState, NotFound
from runyard.testing.contracts.measurements import MeasurementsContract
from runyard.testing.contracts.tracking import (
    DatasetSummariesContract,
    LoggedModelChangesContract,
    LoggedModelPurgeContract,
    LoggedModelsContract,
)
from runyard.testing.doubles import assert_caught, assert_each_has_a_double
from runyard.testing.memory.tracking import MemoryTrackingStore
from runyard.testing.memory.tracking_core import PlainTrackingStore
from runyard.testing.wrong import Method, evolve, ignore, refuse, result, swallow, wrong
from runyard.uris import Uri

Factory = Callable[[], PlainTrackingStore]
STORE = MemoryTrackingStore
CHANGING = (
    "finalize_logged_model",
    "set_logged_model_tags",
    "delete_logged_model_tag",
    "log_logged_model_params",
    "log_model_metrics",
)


def without_capabilities() -> PlainTrackingStore:
    return PlainTrackingStore(Uri.parse("memory:artifacts"))


def changed(store: Any, model_id: str, **changes: Any) -> None:
    state = store._logged_models[model_id]
    state.model = attrs.evolve(state.model, **changes)


def create_without_params(store: Any, original: Method, experiment_id: str, **named: Any) -> Any:
    return original(experiment_id, **{**named, "params": None})


def create_with_one_name(store: Any, original: Method, experiment_id: str, **named: Any) -> Any:
    return original(experiment_id, **{"name": "able-ant-1", **named})


def create_anew(store: Any, original: Method, experiment_id: str, *, model_id: Any = None, **named: Any) -> Any:
    store._logged_models.pop(model_id, None)
    return original(experiment_id, model_id=model_id, **named)


def create_anywhere(store: Any, original: Method, experiment_id: str, **named: Any) -> Any:
    return original(experiment_id if experiment_id in store._experiments else "0", **named)


def create_in_deleted(store: Any, original: Method, experiment_id: str, **named: Any) -> Any:
    return original("0", **named)


def create_with(**fixed: Any) -> Method:
    return lambda store, original, experiment_id, **named: original(experiment_id, **{**named, **fixed})


def get_deleted(store: Any, original: Method, model_id: str, **allowed: Any) -> Any:
    return store._shown(store._known(model_id))


def overwrite_params(store: Any, original: Method, model_id: str, params: Any) -> None:
    store._logged_models[model_id].params.update(params)


def keep_some_params(store: Any, original: Method, model_id: str, params: Any) -> None:
    for key, value in params.items():
        original(model_id, {key: value})


def keep_points_one_by_one(store: Any, original: Method, run_id: str, metrics: Any) -> None:
    for metric in metrics:
        original(run_id, [metric])


def keep_points_of_any_run(store: Any, original: Method, run_id: str, metrics: Any) -> None:
    if run_id in store._runs:
        store._runs[run_id].set_stage(LifecycleStage.ACTIVE, 0)
    original(run_id, metrics)


def keep_the_run_named(store: Any, original: Method, run_id: str, metrics: Any) -> None:
    for metric in metrics:
        store._logged_models[metric.model_id].add_point(metric)


def keep_points_as_they_are(store: Any, original: Method, run_id: str, metrics: Any) -> None:
    for metric in metrics:
        if metric.model_id in store._logged_models:
            store._logged_models[metric.model_id].add_point(attrs.evolve(metric, run_id=run_id))


def points(change: Callable[[Any], Any]) -> Method:
    return result(lambda model: attrs.evolve(model, metrics=change(model.metrics)))


def merged(found: Any) -> Any:
    return list({(one.key, one.value, one.timestamp, one.step, one.run_id): one for one in found}.values())


def in_any_run(store: Any, original: Method, run_id: str, models: Any) -> None:
    for model in models:
        store._runs[run_id].model_inputs[model.model_id] = model


def outputs(change: Callable[[Any], Any]) -> Method:
    return result(lambda run: attrs.evolve(run, outputs=attrs.evolve(run.outputs, model_outputs=change(run))))


def first_steps_stay(store: Any, original: Method, run_id: str, models: Any) -> None:
    known = store._runs[run_id].model_outputs
    original(run_id, [model for model in models if model.model_id not in known])


def shown_apart(store: Any, original: Method, state: Any) -> Any:
    """As if experiments had nothing to do with it."""
    return attrs.evolve(original(state), lifecycle_stage=LifecycleStage.ACTIVE, deleted_time=None)


def writable_always(store: Any, original: Method, model_id: str) -> Any:
    return store._present(model_id)


def restore_models_too(store: Any, original: Method, experiment_id: str) -> None:
    original(experiment_id)
    for model_id in store._logged_models:
        changed(store, model_id, deleted_time=None)


def delete_again(store: Any, original: Method, model_id: str) -> None:
    store._touch(store._known(model_id), deleted_time=store.clock())


def purge_all_but_points(store: Any, original: Method, model_ids: Any) -> None:
    kept = {model_id: store._logged_models[model_id] for model_id in model_ids}
    original(model_ids)
    for model_id, state in kept.items():
        store.create_logged_model("0", model_id=model_id, name="bee")
        store._logged_models[model_id].points = state.points


def purge_one_by_one(store: Any, original: Method, model_ids: Any) -> None:
    for model_id in model_ids:
        original([model_id])


SWALLOWED = swallow(InvalidInput)
LENIENT = wrong(STORE, _writable=lambda store, original, model_id: store._known(model_id), get_logged_model=get_deleted)


def ingest_without_measurements(_store: Any, original: Method, batch: Any) -> Any:
    return original(attrs.evolve(batch, measurements=()))


def ingest_all_or_none(store: Any, original: Method, batch: Any) -> Any:
    known = [point for point in batch.measurements if point.model_id in store._logged_models]
    return original(attrs.evolve(batch, measurements=batch.measurements if known == batch.measurements else ()))


MODELS: dict[str, Factory] = {
    "test_the_store_says_that_it_keeps_logged_models": without_capabilities,
    "test_a_new_model_is_as_it_was_asked_for": wrong(STORE, create_logged_model=create_without_params),
    "test_a_model_without_a_name_gets_a_random_one": wrong(STORE, create_logged_model=create_with_one_name),
    "test_a_model_that_is_created_again_is_the_one_there_is": wrong(STORE, create_logged_model=create_anew),
    "test_the_id_of_another_experiments_model_is_taken": wrong(STORE, create_logged_model=swallow(AlreadyExists)),
    "test_a_model_needs_an_experiment_that_exists": wrong(STORE, create_logged_model=create_anywhere),
    "test_a_deleted_experiment_takes_no_new_models": wrong(STORE, create_logged_model=create_in_deleted),
    "test_the_name_of_a_logged_model_must_be_allowed": wrong(STORE, create_logged_model=create_with(name="x")),
    "test_the_id_of_a_logged_model_must_be_allowed": wrong(STORE, create_logged_model=create_with(model_id="m-1")),
    "test_params_of_a_model_must_be_allowed": wrong(STORE, log_logged_model_params=SWALLOWED),
    "test_tags_of_a_model_must_be_allowed": wrong(STORE, set_logged_model_tags=SWALLOWED),
    "test_a_model_is_finalized": wrong(
        STORE,
        finalize_logged_model=lambda store, original, model_id, status: original(model_id, LoggedModelStatus.READY),
    ),
    "test_a_model_that_does_not_exist_is_not_found": wrong(STORE, **dict.fromkeys(CHANGING, swallow(NotFound))),
    "test_a_deleted_model_is_not_found": LENIENT,
    "test_a_deleted_model_is_shown_where_that_is_allowed": wrong(
        STORE, get_logged_model=lambda store, original, model_id, **allowed: original(model_id)
    ),
    "test_a_model_may_be_deleted_twice": wrong(STORE, delete_logged_model=delete_again),
    "test_tags_of_a_model_are_replaced": wrong(
        STORE, set_logged_model_tags=result(lambda model: attrs.evolve(model, tags={}))
    ),
    "test_a_tag_of_a_model_is_deleted_once": wrong(STORE, delete_logged_model_tag=swallow(NotFound)),
    "test_params_of_a_model_are_written_once": wrong(STORE, log_logged_model_params=keep_some_params),
    "test_points_of_a_model_are_kept_in_order": wrong(STORE, get_logged_model=points(lambda found: found[::-1])),
    "test_a_point_that_is_measured_twice_is_kept_once": wrong(STORE, get_logged_model=points(lambda found: found * 2)),
    "test_points_of_a_model_that_differ_are_kept_apart": wrong(STORE, get_logged_model=points(merged)),
    "test_points_belong_to_the_run_that_measured_them": wrong(STORE, log_model_metrics=keep_the_run_named),
    "test_points_of_a_model_need_a_run_that_is_active": wrong(STORE, log_model_metrics=keep_points_of_any_run),
    "test_points_of_models_are_kept_all_or_none": wrong(STORE, log_model_metrics=keep_points_one_by_one),
    "test_points_of_a_model_must_be_allowed": wrong(STORE, log_model_metrics=keep_points_as_they_are),
    "test_models_that_a_run_used_are_shown_with_it": wrong(
        STORE, get_run=result(lambda run: attrs.evolve(run, inputs=RunInputs(run.inputs.dataset_inputs)))
    ),
    "test_models_that_a_run_produced_are_shown_with_it": wrong(STORE, log_model_outputs=first_steps_stay),
    "test_models_of_a_run_need_a_run_that_is_active": wrong(STORE, log_model_inputs=in_any_run),
    "test_models_of_a_run_must_be_allowed": wrong(STORE, log_model_outputs=SWALLOWED),
    "test_a_model_of_a_deleted_experiment_is_found_by_its_id_only": wrong(STORE, _shown=shown_apart),
    "test_a_model_of_a_deleted_experiment_takes_no_changes": wrong(STORE, _writable=writable_always),
    "test_a_model_that_was_deleted_before_its_experiment_stays_deleted": wrong(
        STORE, restore_experiment=restore_models_too
    ),
    "test_a_purged_model_is_gone": wrong(STORE, purge_logged_models=purge_all_but_points),
    "test_purging_models_is_refused_whole": wrong(STORE, purge_logged_models=purge_one_by_one),
    "test_a_model_of_a_deleted_experiment_may_be_purged": wrong(
        STORE,
        purge_logged_models=refuse(
            InvalidState("active"),
            lambda store, ids: any(store._logged_models[one].model.deleted_time is None for one in ids),
        ),
    ),
}

PURGE: dict[str, Factory] = {
    "test_a_purged_run_leaves_its_models_without_its_points": wrong(STORE, _forget_points_of=ignore),
    "test_a_purged_experiment_takes_its_models_along": wrong(STORE, _forget_points_of=ignore, _forget_models_of=ignore),
}


def of_all_runs(store: Any, original: Method, experiment_ids: Any, **named: Any) -> Any:
    deleted = [state for state in store._runs.values() if state.deleted_time is not None]
    for state in deleted:
        state.set_stage(LifecycleStage.ACTIVE, 0)
    return original(experiment_ids, **named)


def of_all_experiments(store: Any, original: Method, experiment_ids: Any, **named: Any) -> Any:
    return original(list(store._experiments), **named)


DATASETS: dict[str, Factory] = {
    "test_the_store_says_that_it_summarizes_data_sets": without_capabilities,
    "test_each_data_set_and_context_is_told_once": wrong(
        STORE, search_datasets=result(lambda found: [evolve(context=None)(one) for one in found])
    ),
    "test_data_sets_are_told_in_order": wrong(
        STORE, search_datasets=result(lambda found: sorted(found, key=lambda one: one.name))
    ),
    "test_data_sets_of_other_experiments_are_left_out": wrong(STORE, search_datasets=of_all_experiments),
    "test_data_sets_of_deleted_runs_are_left_out": wrong(STORE, search_datasets=of_all_runs),
    "test_no_more_data_sets_are_told_than_asked_for": wrong(
        STORE, search_datasets=lambda store, original, ids, **named: original(ids)
    ),
}

CHANGES: dict[str, Factory] = {
    "test_what_happens_to_a_model_is_told": wrong(STORE, delete_logged_model=delete_again),
}

MEASUREMENTS: dict[str, Factory] = {
    "test_a_batch_brings_measurements_on_logged_models": wrong(STORE, ingest=ingest_without_measurements),
    "test_measurements_that_cannot_be_kept_are_rejected_alone": wrong(STORE, ingest=ingest_all_or_none),
}

CONTRACTS: list[tuple[type, dict[str, Factory]]] = [
    (LoggedModelsContract, MODELS),
    (LoggedModelPurgeContract, PURGE),
    (LoggedModelChangesContract, CHANGES),
    (DatasetSummariesContract, DATASETS),
    (MeasurementsContract, MEASUREMENTS),
]


@pytest.mark.parametrize(
    ("contract", "test"), [(contract, test) for contract, doubles in CONTRACTS for test in doubles]
)
def test_each_test_catches_its_wrong_double(contract: type, test: str) -> None:
    assert_caught(contract, test, dict(CONTRACTS)[contract][test])


@pytest.mark.parametrize(("contract", "doubles"), CONTRACTS)
def test_no_test_lacks_a_wrong_double(contract: type, doubles: dict[str, Factory]) -> None:
    assert_each_has_a_double(contract, doubles)


@pytest.mark.parametrize(
    ("test", "double"),
    [
        ("test_models_that_a_run_used_are_shown_with_it", wrong(STORE, log_model_inputs=ignore)),
        ("test_models_that_a_run_produced_are_shown_with_it", wrong(STORE, get_run=outputs(lambda run: ()))),
        (
            "test_models_that_a_run_produced_are_shown_with_it",
            wrong(
                STORE,
                get_run=outputs(lambda run: sorted(run.outputs.model_outputs, key=lambda model: str(model.model_id))),
            ),
        ),
        ("test_params_of_a_model_are_written_once", wrong(STORE, log_logged_model_params=overwrite_params)),
        (
            "test_tags_of_a_model_are_replaced",
            wrong(
                STORE, set_logged_model_tags=lambda store, original, model_id, tags: store.get_logged_model(model_id)
            ),
        ),
    ],
)
def test_other_mistakes_are_caught_too(test: str, double: Factory) -> None:
    assert_caught(LoggedModelsContract, test, double)
