"""Each test of the tracking contract about experiments and runs catches a store that is wrong in just its point."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import attrs
import pytest

from runyard.entities import (
    LifecycleStage,
    Run,
    RunStatus,
    RunUpdate,
)
from runyard.errors import AlreadyExists, InvalidInput, InvalidState, NotFound
from runyard.testing.contracts.tracking import (
    ExperimentsContract,
    RunsContract,
    ThreadsContract,
)
from runyard.testing.doubles import assert_caught, assert_each_has_a_double
from runyard.testing.memory.tracking import MemoryTrackingStore
from runyard.testing.memory.tracking_core import PlainTrackingStore
from runyard.testing.wrong import Method, evolve, given, ignore, refuse, result, swallow, wrong

Factory = Callable[[], PlainTrackingStore]
STORE = MemoryTrackingStore


def with_info(**changes: Any) -> Callable[[Run], Run]:
    return lambda run: attrs.evolve(run, info=attrs.evolve(run.info, **changes))


def experiment_alone(stage: LifecycleStage) -> Method:
    """Deletes or restores an experiment and forgets its runs."""

    def call(store: Any, original: Method, experiment_id: str) -> None:
        before = {run_id: state.stage for run_id, state in store._runs.items()}
        original(experiment_id)
        for run_id, kept in before.items():
            store._runs[run_id].stage = kept

    return call


def taken(match: Callable[[Any, str], bool]) -> Method:
    """Takes names for taken or free by another rule."""

    def call(store: Any, original: Method, name: str) -> None:
        if any(match(state, name) for state in store._experiments.values()):
            raise AlreadyExists(name)

    return call


ANY_NAME = wrong(STORE, _check_name_is_free=ignore)
NO_NAME_TWICE = wrong(STORE, _check_name_is_free=taken(lambda state, name: state.name == name))


def first_deleted(store: Any, original: Method, name: str) -> Any:
    named = [state.to_experiment() for state in store._experiments.values() if state.name == name]
    return named[0] if named else None


def tag_by_tag(store: Any, original: Method, experiment_id: str, tags: dict[str, str]) -> None:
    for key, value in tags.items():
        original(experiment_id, {key: value})


def only_these_tags(store: Any, original: Method, experiment_id: str, tags: dict[str, str]) -> None:
    store._experiments[experiment_id].tags.clear()
    original(experiment_id, tags)


EXPERIMENTS: dict[str, Factory] = {
    "test_the_default_experiment_has_id_0": wrong(STORE, get_experiment=result(evolve(name="default"))),
    "test_the_default_experiment_can_be_deleted_and_restored": wrong(
        STORE, delete_experiment=refuse(InvalidState("never"), lambda store, experiment_id: experiment_id == "0")
    ),
    "test_an_experiment_reads_back_as_it_was_created": wrong(
        STORE, create_experiment=lambda store, original, name, tags=None, **named: original(name, **named)
    ),
    "test_an_experiment_knows_when_it_was_created_and_changed": wrong(
        STORE, create_experiment=result(evolve(creation_time=None))
    ),
    "test_each_experiment_has_its_own_id_and_artifact_location": wrong(
        STORE, create_experiment=result(evolve(artifact_location="s3://one/for-all"))
    ),
    "test_the_name_of_an_active_experiment_is_taken": ANY_NAME,
    "test_the_name_of_a_deleted_experiment_is_free": NO_NAME_TWICE,
    "test_names_are_compared_by_code_points": wrong(
        STORE, _check_name_is_free=taken(lambda state, name: state.name.strip() == name.strip())
    ),
    "test_a_bad_name_is_refused": wrong(STORE, create_experiment=swallow(InvalidInput)),
    "test_the_longest_name_is_kept_whole": wrong(STORE, create_experiment=given(lambda name: name[:255])),
    "test_an_experiment_that_does_not_exist_is_not_found": wrong(
        STORE, get_experiment=lambda store, original, experiment_id: original("0")
    ),
    "test_a_deleted_experiment_can_still_be_read": wrong(
        STORE,
        get_experiment=refuse(
            NotFound("deleted"),
            lambda store, experiment_id: store._experiments[experiment_id].stage is LifecycleStage.DELETED,
        ),
    ),
    "test_of_deleted_experiments_of_one_name_the_last_one_is_found": wrong(STORE, get_experiment_by_name=first_deleted),
    "test_deleting_an_experiment_deletes_its_runs": wrong(
        STORE, delete_experiment=experiment_alone(LifecycleStage.DELETED)
    ),
    "test_an_experiment_is_deleted_only_once": wrong(STORE, delete_experiment=swallow(NotFound)),
    "test_restoring_an_experiment_restores_all_its_runs": wrong(
        STORE, restore_experiment=experiment_alone(LifecycleStage.ACTIVE)
    ),
    "test_an_active_experiment_cannot_be_restored": wrong(STORE, restore_experiment=swallow(NotFound)),
    "test_an_experiment_whose_name_is_taken_by_now_cannot_be_restored": ANY_NAME,
    "test_an_experiment_can_be_renamed": wrong(STORE, rename_experiment=ignore),
    "test_an_experiment_cannot_take_the_name_of_another": ANY_NAME,
    "test_an_experiment_can_take_the_name_of_a_deleted_one": NO_NAME_TWICE,
    "test_a_deleted_experiment_cannot_be_renamed": wrong(STORE, rename_experiment=swallow(InvalidState)),
    "test_renaming_to_a_bad_name_is_refused": wrong(STORE, rename_experiment=swallow(InvalidInput)),
    "test_changing_an_experiment_that_does_not_exist_is_not_found": wrong(
        STORE, delete_experiment_tag=swallow(NotFound)
    ),
    "test_experiment_tags_are_set_replaced_and_deleted": wrong(STORE, set_experiment_tags=only_these_tags),
    "test_tags_of_a_deleted_experiment_cannot_change": wrong(STORE, set_experiment_tags=swallow(InvalidState)),
    "test_the_longest_experiment_tag_is_kept_whole": wrong(
        STORE,
        set_experiment_tags=lambda store, original, experiment_id, tags: original(
            experiment_id, {key: value[:5_000] for key, value in tags.items()}
        ),
    ),
    "test_bad_experiment_tags_are_refused_whole": wrong(STORE, set_experiment_tags=tag_by_tag),
}


def create_or_rename(store: Any, original: Method, start: Any) -> Run:
    original(start)
    store.update_run(RunUpdate(start.run_id, run_name=start.run_name))
    return store.get_run(start.run_id)  # type: ignore[no-any-return]


def create_or_restore(store: Any, original: Method, start: Any) -> Run:
    original(start)
    store.restore_run(start.run_id)
    return store.get_run(start.run_id)  # type: ignore[no-any-return]


def create_in_default(store: Any, original: Method, start: Any) -> Any:
    return original(attrs.evolve(start, experiment_id="0", experiment_name=None))


def create_then_tag(store: Any, original: Method, start: Any) -> Any:
    original(attrs.evolve(start, tags={}))
    store.log_batch(start.run_id, tags=start.tags)
    return store.get_run(start.run_id)


def any_of_that_name(store: Any, original: Method, start: Any) -> Any:
    for state in store._experiments.values():
        if state.name == start.experiment_name:
            return state
    return original(start)


def update_for_show(store: Any, original: Method, update: RunUpdate) -> Any:
    return attrs.evolve(original(RunUpdate(update.run_id)), status=update.status, end_time=update.end_time)


def update_without_tag(store: Any, original: Method, update: RunUpdate) -> Any:
    tag = store._runs[update.run_id].tags["mlflow.runName"]
    info = original(update)
    store._runs[update.run_id].tags["mlflow.runName"] = tag
    return info


def log_without_name(store: Any, original: Method, run_id: str, **named: Any) -> None:
    name = store._runs[run_id].run_name
    original(run_id, **named)
    store._runs[run_id].run_name = name


def delete_what_was_logged(store: Any, original: Method, run_id: str) -> None:
    original(run_id)
    store._runs[run_id].params.clear()


def delete_with_children(store: Any, original: Method, run_id: str) -> None:
    original(run_id)
    for state in store._runs.values():
        if state.tags.get("mlflow.parentRunId") == run_id:
            original(state.run_id)


def is_deleted(store: Any, run_id: str, *rest: Any, **named: Any) -> bool:
    return run_id in store._runs and store._runs[run_id].stage is LifecycleStage.DELETED


RUNS: dict[str, Factory] = {
    "test_a_run_reads_back_as_it_was_created": wrong(STORE, create_run=given(evolve(tags={}))),
    "test_artifacts_of_a_run_lie_below_its_experiment": wrong(
        STORE, create_run=result(with_info(artifact_uri="s3://bucket/r1"))
    ),
    "test_creating_a_run_again_changes_nothing": wrong(STORE, create_run=create_or_rename),
    "test_an_id_that_a_run_of_another_experiment_has_is_refused": wrong(
        STORE, create_run=given(evolve(experiment_id="0"))
    ),
    "test_creating_a_deleted_run_again_gives_it_deleted": wrong(STORE, create_run=create_or_restore),
    "test_a_run_in_an_experiment_that_does_not_exist_is_not_found": wrong(STORE, create_run=create_in_default),
    "test_a_run_in_a_deleted_experiment_is_refused": wrong(
        STORE, _active_experiment=lambda store, original, experiment_id: store._experiment(experiment_id)
    ),
    "test_a_run_needs_either_the_id_or_the_name_of_an_experiment": wrong(STORE, create_run=swallow(InvalidInput)),
    "test_an_experiment_given_by_name_is_created_where_it_is_missing": wrong(STORE, create_run=create_in_default),
    "test_a_deleted_experiment_of_that_name_is_not_used_for_a_run": wrong(STORE, _experiment_of=any_of_that_name),
    "test_a_bad_run_id_is_refused": wrong(STORE, create_run=swallow(InvalidInput)),
    "test_the_longest_run_id_is_kept_whole": wrong(
        STORE, create_run=given(lambda start: attrs.evolve(start, run_id=start.run_id[:32]))
    ),
    "test_run_ids_are_compared_by_code_points": wrong(
        STORE,
        create_run=given(lambda start: attrs.evolve(start, run_id=start.run_id.lower())),
        get_run=given(str.lower),
    ),
    "test_a_run_with_bad_tags_is_not_created": wrong(STORE, create_run=create_then_tag),
    "test_a_run_that_does_not_exist_is_not_found": wrong(STORE, get_run=swallow(NotFound)),
    "test_a_run_is_ended": wrong(STORE, update_run=update_for_show),
    "test_a_run_takes_every_status": wrong(
        STORE,
        update_run=given(
            lambda update: (
                attrs.evolve(update, status=RunStatus.RUNNING) if update.status is RunStatus.SCHEDULED else update
            )
        ),
    ),
    "test_an_update_leaves_alone_what_it_does_not_name": wrong(
        STORE, update_run=given(lambda update: attrs.evolve(update, status=update.status or RunStatus.RUNNING))
    ),
    "test_a_new_name_also_sets_the_tag": wrong(STORE, update_run=update_without_tag),
    "test_the_name_tag_also_sets_the_name": wrong(STORE, log_batch=log_without_name),
    "test_a_deleted_run_can_still_be_read_and_comes_back_as_it_was": wrong(STORE, delete_run=delete_what_was_logged),
    "test_a_deleted_run_says_when_it_was_deleted": wrong(STORE, get_run=result(with_info(deleted_time=None))),
    "test_deleting_and_restoring_a_run_again_is_no_error": wrong(
        STORE, delete_run=refuse(InvalidState("gone"), is_deleted)
    ),
    "test_deleting_one_run_leaves_the_others": wrong(STORE, delete_run=delete_with_children),
    "test_a_deleted_run_cannot_be_written_to": wrong(STORE, log_inputs=swallow(InvalidState)),
    "test_writing_to_a_run_that_does_not_exist_is_not_found": wrong(STORE, delete_run=swallow(NotFound)),
}


class ForgetsSome(MemoryTrackingStore):
    def __init__(self) -> None:
        super().__init__()
        self.calls = itertools.count(1)

    def log_batch(self, run_id: str, **named: Any) -> None:
        if next(self.calls) % 7:
            super().log_batch(run_id, **named)


def new_experiment_each_time(store: Any, original: Method, start: Any) -> Any:
    return store._experiments[store.create_experiment(start.experiment_name).experiment_id]


THREADS: dict[str, Factory] = {
    "test_one_name_is_given_to_one_experiment": ANY_NAME,
    "test_an_experiment_given_by_name_is_created_once": wrong(
        STORE, _check_name_is_free=ignore, _experiment_of=new_experiment_each_time
    ),
    "test_one_run_is_created_once": wrong(
        STORE, create_run=refuse(AlreadyExists("there"), lambda store, start: start.run_id in store._runs)
    ),
    "test_nothing_that_is_logged_is_lost": ForgetsSome,
}


CONTRACTS: list[tuple[type, dict[str, Factory]]] = [
    (ExperimentsContract, EXPERIMENTS),
    (RunsContract, RUNS),
    (ThreadsContract, THREADS),
]


@pytest.mark.parametrize(
    ("contract", "test"), [(contract, test) for contract, doubles in CONTRACTS for test in doubles]
)
def test_each_test_catches_its_wrong_double(contract: type, test: str) -> None:
    assert_caught(contract, test, dict(CONTRACTS)[contract][test])


@pytest.mark.parametrize(("contract", "doubles"), CONTRACTS)
def test_no_test_lacks_a_wrong_double(contract: type, doubles: dict[str, Factory]) -> None:
    assert_each_has_a_double(contract, doubles)
