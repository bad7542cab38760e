"""What tracking stores do that sample curves, keep heartbeats or purge."""

from __future__ import annotations

import itertools
import math
import time
from typing import Protocol

import pytest

from runyard.entities import Metric, RunStatus, RunUpdate, ViewType
from runyard.errors import InvalidInput, InvalidState, NotFound
from runyard.protocols.tracking import (
    ExperimentQuery,
    KeepsHeartbeats,
    Purges,
    RunQuery,
    SamplesMetrics,
    TrackingStore,
)
from runyard.query import Comparison, Filter, Identifier, Kind, Operator
from runyard.testing.contracts.tracking_steps import dataset_input, log_curve, new_run

HOUR = 3_600_000
CURVE = [(step, 1_000 + step, math.sin(step / 50) * step) for step in range(5_000)]


class SamplingStore(TrackingStore, SamplesMetrics, Protocol):
    """Both at once."""


class BeatingStore(TrackingStore, KeepsHeartbeats, Protocol):
    """Both at once."""


class PurgingStore(TrackingStore, Purges, Protocol):
    """Both at once."""


class SamplingContract:
    """Long curves as few points. Fixture: `store`, fresh but for the experiment Default."""

    def test_the_store_says_that_it_samples_metrics(self, store: SamplingStore) -> None:
        assert isinstance(store, SamplesMetrics)

    @pytest.mark.parametrize("max_points", [1, 2, 3, 4, 5, 100, 999])
    def test_a_long_curve_becomes_few_points_of_its_own(self, store: SamplingStore, max_points: int) -> None:
        new_run(store, "r1")
        log_curve(store, "r1", "m", CURVE)
        found = list(store.sample_metric("r1", "m", max_points=max_points))
        assert 1 <= len(found) <= max_points
        assert set(found) <= set(CURVE)
        assert found == sorted(found)

    @pytest.mark.parametrize("max_points", [2, 3, 10, 1_000])
    def test_first_and_last_are_kept(self, store: SamplingStore, max_points: int) -> None:
        new_run(store, "r1")
        log_curve(store, "r1", "m", CURVE)
        found = list(store.sample_metric("r1", "m", max_points=max_points))
        assert (found[0], found[-1]) == (CURVE[0], CURVE[-1])

    @pytest.mark.parametrize("max_points", [10, 1_000])
    def test_the_extremes_are_kept(self, store: SamplingStore, max_points: int) -> None:
        new_run(store, "r1")
        spikes = [(2_345, 3_345, 1e6), (3_456, 4_456, -1e6)]
        log_curve(store, "r1", "m", [*CURVE, *spikes])
        assert set(spikes) <= set(store.sample_metric("r1", "m", max_points=max_points))

    def test_many_points_show_the_whole_course_of_a_curve(self, store: SamplingStore) -> None:
        new_run(store, "r1")
        log_curve(store, "r1", "m", CURVE)
        steps = [step for step, _, _ in store.sample_metric("r1", "m", max_points=200)]
        assert len(steps) >= 50
        assert max(after - before for before, after in itertools.pairwise(steps)) <= 250

    def test_a_short_curve_is_given_whole(self, store: SamplingStore) -> None:
        new_run(store, "r1")
        log_curve(store, "r1", "m", CURVE[:100])
        assert list(store.sample_metric("r1", "m", max_points=100)) == CURVE[:100]

    def test_only_points_between_the_steps_are_given(self, store: SamplingStore) -> None:
        new_run(store, "r1")
        log_curve(store, "r1", "m", CURVE)
        assert list(store.sample_metric("r1", "m", max_points=50, start_step=100, end_step=120)) == CURVE[100:121]
        assert list(store.sample_metric("r1", "m", max_points=50, start_step=4_990)) == CURVE[4_990:]
        assert list(store.sample_metric("r1", "m", max_points=50, end_step=9)) == CURVE[:10]
        found = list(store.sample_metric("r1", "m", max_points=50, start_step=1_000, end_step=4_000))
        assert (found[0], found[-1]) == (CURVE[1_000], CURVE[4_000])
        assert len(found) <= 50
        assert list(store.sample_metric("r1", "m", max_points=50, start_step=6_000)) == []

    def test_nan_hides_no_extreme(self, store: SamplingStore) -> None:
        new_run(store, "r1")
        holes = [(step, timestamp, math.nan if step % 2 else value) for step, timestamp, value in CURVE]
        log_curve(store, "r1", "m", [*holes, (2_345, 1, 1e6)])
        found = list(store.sample_metric("r1", "m", max_points=100))
        assert len(found) <= 100
        assert (2_345, 1, 1e6) in found

    def test_the_infinities_are_extremes(self, store: SamplingStore) -> None:
        new_run(store, "r1")
        spikes = [(2_345, 1, math.inf), (3_456, 1, -math.inf)]
        log_curve(store, "r1", "m", [*CURVE, *spikes])
        assert set(spikes) <= set(store.sample_metric("r1", "m", max_points=100))

    def test_a_metric_that_was_never_logged_gives_no_points(self, store: SamplingStore) -> None:
        new_run(store, "r1")
        assert list(store.sample_metric("r1", "m", max_points=10)) == []

    def test_sampling_a_run_that_does_not_exist_is_not_found(self, store: SamplingStore) -> None:
        with pytest.raises(NotFound):
            store.sample_metric("nowhere", "m", max_points=10)

    def test_fewer_than_one_point_is_refused(self, store: SamplingStore) -> None:
        new_run(store, "r1")
        log_curve(store, "r1", "m", CURVE[:10])
        with pytest.raises(InvalidInput):
            store.sample_metric("r1", "m", max_points=0)


def _running(status: str) -> Filter:
    return Filter(f"status = '{status}'", Comparison(Identifier(Kind.ATTRIBUTE, "status"), Operator.EQ, status))


class HeartbeatsContract:
    """Runs whose process is gone. Fixture: `store`, fresh but for the experiment Default."""

    def test_the_store_says_that_it_keeps_heartbeats(self, store: BeatingStore) -> None:
        assert isinstance(store, KeepsHeartbeats)

    def test_a_run_without_heartbeats_stays_running(self, store: BeatingStore) -> None:
        new_run(store, "r1", start_time=1)
        new_run(store, "r2")
        store.heartbeat(["r2"], expires=1)
        assert store.get_run("r1").info.status is RunStatus.RUNNING

    def test_a_run_that_beats_is_running(self, store: BeatingStore) -> None:
        new_run(store, "r1")
        store.heartbeat(["r1"], expires=_now() + HOUR)
        info = store.get_run("r1").info
        assert (info.status, info.end_time) == (RunStatus.RUNNING, None)

    def test_a_run_whose_heartbeat_expired_failed_at_its_last_beat(self, store: BeatingStore) -> None:
        new_run(store, "r1")
        store.heartbeat(["r1"], expires=1)
        info = store.get_run("r1").info
        assert info.status is RunStatus.FAILED
        assert info.end_time is not None
        assert abs(info.end_time - _now()) < HOUR

    def test_search_shows_a_lost_run_as_failed(self, store: BeatingStore) -> None:
        new_run(store, "r1")
        new_run(store, "r2")
        store.heartbeat(["r1"], expires=1)
        found = {run.info.run_id: run.info.status for run in store.search_runs(RunQuery(experiment_ids=["0"]))}
        assert found == {"r1": RunStatus.FAILED, "r2": RunStatus.RUNNING}

    def test_search_finds_a_lost_run_among_the_failed(self, store: BeatingStore) -> None:
        new_run(store, "r1")
        new_run(store, "r2")
        store.heartbeat(["r1"], expires=1)
        failed = store.search_runs(RunQuery(experiment_ids=["0"], filter=_running("FAILED")))
        running = store.search_runs(RunQuery(experiment_ids=["0"], filter=_running("RUNNING")))
        assert [[run.info.run_id for run in page] for page in (failed, running)] == [["r1"], ["r2"]]

    def test_a_lost_run_that_beats_again_is_running_again(self, store: BeatingStore) -> None:
        new_run(store, "r1")
        store.heartbeat(["r1"], expires=1)
        assert store.get_run("r1").info.status is RunStatus.FAILED
        store.heartbeat(["r1"], expires=_now() + HOUR)
        info = store.get_run("r1").info
        assert (info.status, info.end_time) == (RunStatus.RUNNING, None)

    @pytest.mark.parametrize("status", [RunStatus.FINISHED, RunStatus.FAILED, RunStatus.KILLED])
    def test_a_run_that_ended_is_neither_lost_nor_revived(self, store: BeatingStore, status: RunStatus) -> None:
        new_run(store, "r1")
        store.heartbeat(["r1"], expires=1)
        store.update_run(RunUpdate("r1", status=status, end_time=77))
        store.heartbeat(["r1"], expires=_now() + HOUR)
        info = store.get_run("r1").info
        assert (info.status, info.end_time) == (status, 77)

    def test_a_lost_run_keeps_what_is_logged_to_it_still(self, store: BeatingStore) -> None:
        new_run(store, "r1")
        store.heartbeat(["r1"], expires=1)
        store.log_batch("r1", params={"p": "1"})
        assert dict(store.get_run("r1").data.params) == {"p": "1"}


class PurgeContract:
    """Deletion for good. Fixture: `store`, fresh but for the experiment Default."""

    def test_the_store_says_that_it_purges(self, store: PurgingStore) -> None:
        assert isinstance(store, Purges)

    def test_a_purged_run_is_gone(self, store: PurgingStore) -> None:
        for run_id in ("r1", "r2", "r3"):
            new_run(store, run_id)
            store.log_batch(run_id, metrics=[Metric("m", 1.0, 1, 0)], params={"p": "1"}, tags={"t": "1"})
            store.log_inputs(run_id, [dataset_input()])
        store.delete_run("r1")
        store.delete_run("r2")
        store.purge_runs(["r1", "r2"])
        found = store.search_runs(RunQuery(experiment_ids=["0"], view=ViewType.ALL))
        assert [run.info.run_id for run in found] == ["r3"]
        for run_id in ("r1", "r2"):
            with pytest.raises(NotFound):
                store.get_run(run_id)
        kept = store.get_run("r3")
        assert (dict(kept.data.params), len(kept.inputs.dataset_inputs)) == ({"p": "1"}, 1)

    def test_a_purged_run_may_be_created_anew_and_is_empty(self, store: PurgingStore) -> None:
        new_run(store, "r1", tags={"t": "1"})
        store.log_batch("r1", metrics=[Metric("m", 1.0, 1, 0)], params={"p": "1"})
        store.delete_run("r1")
        store.purge_runs(["r1"])
        run = new_run(store, "r1")
        assert (run.data.metrics, dict(run.data.params), "t" in run.data.tags) == ({}, {}, False)
        assert list(store.read_metric("r1", "m")) == []

    def test_purging_is_refused_whole_where_one_run_is_active(self, store: PurgingStore) -> None:
        new_run(store, "r1")
        new_run(store, "r2")
        store.delete_run("r1")
        with pytest.raises(InvalidState):
            store.purge_runs(["r1", "r2"])
        assert [store.get_run(run_id).info.run_id for run_id in ("r1", "r2")] == ["r1", "r2"]

    def test_a_purged_experiment_is_gone_with_its_runs(self, store: PurgingStore) -> None:
        made = store.create_experiment("gone", tags={"a": "b"})
        new_run(store, "r1", experiment_id=made.experiment_id)
        new_run(store, "r2")
        store.delete_experiment(made.experiment_id)
        store.purge_experiment(made.experiment_id)
        assert store.get_experiment_by_name("gone") is None
        names = [found.name for found in store.search_experiments(ExperimentQuery(view=ViewType.ALL))]
        assert names == ["Default"]
        with pytest.raises(NotFound):
            store.get_experiment(made.experiment_id)
        with pytest.raises(NotFound):
            store.get_run("r1")
        assert store.get_run("r2").info.run_id == "r2"

    def test_an_active_experiment_cannot_be_purged(self, store: PurgingStore) -> None:
        made = store.create_experiment("alive")
        with pytest.raises(InvalidState):
            store.purge_experiment(made.experiment_id)
        assert store.get_experiment(made.experiment_id) == made

    def test_purging_what_does_not_exist_is_not_found(self, store: PurgingStore) -> None:
        new_run(store, "r1")
        store.delete_run("r1")
        with pytest.raises(NotFound):
            store.purge_runs(["r1", "nowhere"])
        with pytest.raises(NotFound):
            store.purge_experiment("987654321")
        assert store.get_run("r1").info.run_id == "r1"


def _now() -> int:
    return time.time_ns() // 1_000_000
