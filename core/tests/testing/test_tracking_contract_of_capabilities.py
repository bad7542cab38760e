"""Each test of the tracking contract about capabilities catches a store that is wrong in just its point."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable
from typing import Any

import attrs
import pytest

from runyard.entities import (
    LifecycleStage,
    MetricColumns,
    Page,
    Rejection,
    Run,
    RunStatus,
    RunUpdate,
)
from runyard.errors import InvalidInput, InvalidState, NotFound
from runyard.testing.contracts.tracking import (
    HeartbeatsContract,
    IngestContract,
    PurgeContract,
    SamplingContract,
)
from runyard.testing.doubles import assert_caught, assert_each_has_a_double
from runyard.testing.memory.tracking import MemoryTrackingStore
from runyard.testing.memory.tracking_core import PlainTrackingStore
from runyard.testing.wrong import Method, evolve, given, ignore, refuse, result, swallow, wrong
from runyard.uris import Uri

Factory = Callable[[], PlainTrackingStore]
STORE = MemoryTrackingStore


def with_info(**changes: Any) -> Callable[[Run], Run]:
    return lambda run: attrs.evolve(run, info=attrs.evolve(run.info, **changes))


def columns(change: Callable[[list[tuple[int, int, float]]], Iterable[tuple[int, int, float]]]) -> Method:
    """Reads other points than there are."""
    return result(lambda found: MetricColumns.from_points(list(change(list(found)))))


def without_capabilities() -> PlainTrackingStore:
    return PlainTrackingStore(Uri.parse("memory:artifacts"))


def ingest_tags_first(store: Any, original: Method, batch: Any) -> Any:
    for run_id, key, value in batch.tags:
        store._runs[run_id].change_tag(key, value)
    return original(batch)


def ingest_from_anywhere(store: Any, original: Method, batch: Any) -> Any:
    return original(attrs.evolve(batch, first=store.ingested(batch.journal_id) + 1))


def ingest_by_name(store: Any, original: Method, batch: Any) -> Any:
    for start in batch.starts:
        if start.run_id in store._runs:
            store.update_run(RunUpdate(start.run_id, run_name=start.run_name))
    return original(batch)


def overwrite_params(store: Any, original: Method, batch: Any) -> Any:
    for run_id, key, value in batch.params:
        store._runs[run_id].params[key] = value
    return original(attrs.evolve(batch, params=()))


def delete_known_tags_only(store: Any, original: Method, batch: Any) -> Any:
    missing = [
        Rejection(run_id, f"tag {key!r}", "no such tag")
        for run_id, key, value in batch.tags
        if value is None and key not in store._runs[run_id].tags
    ]
    return [*original(batch), *missing]


def delete_tags_first(batch: Any) -> Any:
    return attrs.evolve(batch, tags=sorted(batch.tags, key=lambda tag: tag[2] is not None))


def ingest_inputs_again(store: Any, original: Method, batch: Any) -> Any:
    rejections = original(attrs.evolve(batch, inputs=()))
    for run_id, item in batch.inputs:
        store._runs[run_id].inputs.append(item)
    return rejections


def ingest_replays(store: Any, original: Method, batch: Any) -> Any:
    with store.lock:
        return [] if store.ingested(batch.journal_id) >= batch.last else original(batch)


SILENT = wrong(STORE, ingest=result(lambda rejections: []))

INGEST: dict[str, Factory] = {
    "test_the_store_says_that_it_ingests_batches": without_capabilities,
    "test_a_batch_brings_a_whole_run": wrong(STORE, ingest=given(evolve(updates=()))),
    "test_a_batch_serves_several_runs": wrong(
        STORE, ingest=given(lambda batch: attrs.evolve(batch, points=dict(itertools.islice(batch.points.items(), 1))))
    ),
    "test_a_batch_creates_an_experiment_given_by_name": wrong(
        STORE,
        ingest=given(
            lambda batch: attrs.evolve(
                batch,
                starts=[attrs.evolve(start, experiment_id="0", experiment_name=None) for start in batch.starts],
            )
        ),
    ),
    "test_a_run_that_is_there_already_stays_as_it_is": wrong(STORE, ingest=ingest_by_name),
    "test_a_start_does_not_reach_a_run_of_another_experiment": wrong(
        STORE,
        ingest=given(
            lambda batch: attrs.evolve(batch, starts=[attrs.evolve(start, experiment_id="0") for start in batch.starts])
        ),
    ),
    "test_sequence_numbers_go_on_from_batch_to_batch": wrong(STORE, ingested=result(lambda number: min(number, 1))),
    "test_journals_are_counted_apart": wrong(STORE, ingest=given(evolve(journal_id="one for all"))),
    "test_a_batch_out_of_turn_is_a_conflict_and_changes_nothing": wrong(STORE, ingest=ingest_tags_first),
    "test_a_journal_begins_with_record_1": wrong(STORE, ingest=ingest_from_anywhere),
    "test_a_forgotten_journal_begins_anew": wrong(STORE, forget_journal=ignore),
    "test_a_changed_param_is_rejected_while_the_rest_is_taken": wrong(STORE, ingest=overwrite_params),
    "test_what_belongs_to_a_run_that_does_not_exist_is_rejected": SILENT,
    "test_what_belongs_to_a_deleted_run_is_rejected": wrong(STORE, ingest=ingest_tags_first),
    "test_a_start_in_an_experiment_that_cannot_take_it_is_rejected": SILENT,
    "test_of_a_tag_the_last_one_wins": wrong(
        STORE, ingest=given(lambda batch: attrs.evolve(batch, tags=batch.tags[::-1]))
    ),
    "test_a_batch_deletes_a_tag": wrong(
        STORE, ingest=given(lambda batch: attrs.evolve(batch, tags=[tag for tag in batch.tags if tag[2] is not None]))
    ),
    "test_deleting_a_tag_that_is_not_there_is_no_rejection": wrong(STORE, ingest=delete_known_tags_only),
    "test_a_tag_that_is_set_deleted_and_set_has_its_last_value": wrong(STORE, ingest=given(delete_tags_first)),
    "test_a_batch_brings_inputs_each_once": wrong(STORE, ingest=ingest_inputs_again),
    "test_the_name_tag_also_sets_the_name_and_updates_come_last": wrong(STORE, ingest=given(evolve(tags=()))),
    "test_points_of_a_batch_that_exist_already_are_kept_once": wrong(
        STORE, read_metric=columns(lambda points: sorted(points * 2))
    ),
    "test_values_beyond_the_limits_are_not_cut": wrong(
        STORE,
        ingest=given(
            lambda batch: attrs.evolve(
                batch, params=[(run_id, key, value[:6_000]) for run_id, key, value in batch.params]
            )
        ),
    ),
    "test_a_batch_that_several_threads_bring_is_taken_once": wrong(STORE, ingest=ingest_replays),
}


def every_nth(store: Any, original: Method, run_id: str, key: str, *, max_points: int, **steps: Any) -> Any:
    points = list(original(run_id, key, max_points=10**9, **steps))
    nth = -(-len(points) // max_points)
    return MetricColumns.from_points(points[::nth])


def only_the_beginning(store: Any, original: Method, run_id: str, key: str, *, max_points: int, **steps: Any) -> Any:
    points = list(original(run_id, key, max_points=10**9, **steps))
    return MetricColumns.from_points([*points[: max_points - 1], points[-1]])


def before_the_end(store: Any, original: Method, run_id: str, key: str, *, end_step: Any = None, **named: Any) -> Any:
    return original(run_id, key, end_step=None if end_step is None else end_step - 1, **named)


SAMPLING: dict[str, Factory] = {
    "test_the_store_says_that_it_samples_metrics": without_capabilities,
    "test_a_long_curve_becomes_few_points_of_its_own": wrong(
        STORE,
        sample_metric=lambda store, original, run_id, key, *, max_points: original(
            run_id, key, max_points=max_points + 2
        ),
    ),
    "test_first_and_last_are_kept": wrong(STORE, sample_metric=every_nth),
    "test_the_extremes_are_kept": wrong(STORE, sample_metric=every_nth),
    "test_many_points_show_the_whole_course_of_a_curve": wrong(STORE, sample_metric=only_the_beginning),
    "test_a_short_curve_is_given_whole": wrong(
        STORE,
        sample_metric=lambda store, original, run_id, key, *, max_points: original(
            run_id, key, max_points=max_points // 2
        ),
    ),
    "test_only_points_between_the_steps_are_given": wrong(STORE, sample_metric=before_the_end),
    "test_nan_hides_no_extreme": wrong(STORE, sample_metric=every_nth),
    "test_the_infinities_are_extremes": wrong(
        STORE, sample_metric=columns(lambda points: [point for point in points if math.isfinite(point[2])])
    ),
    "test_a_metric_that_was_never_logged_gives_no_points": wrong(
        STORE,
        sample_metric=refuse(
            NotFound("none"), lambda store, run_id, key, **rest: key not in store._runs[run_id].metrics
        ),
    ),
    "test_sampling_a_run_that_does_not_exist_is_not_found": wrong(
        STORE, sample_metric=swallow(NotFound, MetricColumns.from_points([]))
    ),
    "test_fewer_than_one_point_is_refused": wrong(
        STORE, sample_metric=swallow(InvalidInput, MetricColumns.from_points([]))
    ),
}


def beat_all(store: Any, original: Method, run_ids: Any, *, expires: int) -> None:
    original(list(store._runs), expires=expires)


def beat_without_revival(store: Any, original: Method, run_ids: Any, *, expires: int) -> None:
    original([run_id for run_id in run_ids if not store._runs[run_id].is_lost(store.clock())], expires=expires)


def beat_and_run(store: Any, original: Method, run_ids: Any, *, expires: int) -> None:
    for run_id in run_ids:
        store._runs[run_id].status = RunStatus.RUNNING
    original(run_ids, expires=expires)


HEARTBEATS: dict[str, Factory] = {
    "test_the_store_says_that_it_keeps_heartbeats": without_capabilities,
    "test_a_run_without_heartbeats_stays_running": wrong(STORE, heartbeat=beat_all),
    "test_a_run_that_beats_is_running": wrong(
        STORE, heartbeat=lambda store, original, run_ids, *, expires: original(run_ids, expires=1)
    ),
    "test_a_run_whose_heartbeat_expired_failed_at_its_last_beat": wrong(STORE, get_run=result(with_info(end_time=1))),
    "test_search_shows_a_lost_run_as_failed": wrong(
        STORE, search_runs=result(lambda page: Page([with_info(status=RunStatus.RUNNING)(run) for run in page]))
    ),
    "test_search_finds_a_lost_run_among_the_failed": wrong(STORE, search_runs=given(evolve(filter=None))),
    "test_a_lost_run_that_beats_again_is_running_again": wrong(STORE, heartbeat=beat_without_revival),
    "test_a_run_that_ended_is_neither_lost_nor_revived": wrong(STORE, heartbeat=beat_and_run),
    "test_a_lost_run_keeps_what_is_logged_to_it_still": wrong(
        STORE,
        log_batch=refuse(
            InvalidState("lost"), lambda store, run_id, **named: store._runs[run_id].is_lost(store.clock())
        ),
    ),
}


def purge_one_by_one(store: Any, original: Method, run_ids: Any) -> None:
    for run_id in run_ids:
        original([run_id])


def purge_after_deletion(store: Any, original: Method, experiment_id: str) -> None:
    if store._experiments[experiment_id].stage is LifecycleStage.ACTIVE:
        store.delete_experiment(experiment_id)
    original(experiment_id)


PURGE: dict[str, Factory] = {
    "test_the_store_says_that_it_purges": without_capabilities,
    "test_a_purged_run_is_gone": wrong(STORE, purge_runs=ignore),
    "test_a_purged_run_may_be_created_anew_and_is_empty": wrong(STORE, purge_runs=ignore),
    "test_purging_is_refused_whole_where_one_run_is_active": wrong(STORE, purge_runs=purge_one_by_one),
    "test_a_purged_experiment_is_gone_with_its_runs": wrong(STORE, _runs_of=lambda store, original, experiment_id: []),
    "test_an_active_experiment_cannot_be_purged": wrong(STORE, purge_experiment=purge_after_deletion),
    "test_purging_what_does_not_exist_is_not_found": wrong(STORE, purge_runs=purge_one_by_one),
}


CONTRACTS: list[tuple[type, dict[str, Factory]]] = [
    (IngestContract, INGEST),
    (SamplingContract, SAMPLING),
    (HeartbeatsContract, HEARTBEATS),
    (PurgeContract, PURGE),
]


@pytest.mark.parametrize(
    ("contract", "test"), [(contract, test) for contract, doubles in CONTRACTS for test in doubles]
)
def test_each_test_catches_its_wrong_double(contract: type, test: str) -> None:
    assert_caught(contract, test, dict(CONTRACTS)[contract][test])


@pytest.mark.parametrize(("contract", "doubles"), CONTRACTS)
def test_no_test_lacks_a_wrong_double(contract: type, doubles: dict[str, Factory]) -> None:
    assert_each_has_a_double(contract, doubles)
