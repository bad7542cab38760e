"""What every store does that tells what changed."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

import pytest

from runyard.entities import Batch, ChangeKind, Changes, Metric, ModelStage, RunStatus, RunUpdate, Subject
from runyard.errors import InvalidInput, NotFound, RunyardError
from runyard.protocols.changes import RecordsChanges
from runyard.protocols.registry import RegistryStore
from runyard.protocols.tracking import IngestsBatches, KeepsHeartbeats, Purges, TrackingStore
from runyard.testing.contracts.tracking_steps import columns, dataset_input, new_run, run_start
from runyard.testing.contracts.tracking_threads import THREADS, in_threads

HOUR = 3_600_000

Told = tuple[Subject, str, ChangeKind]


class ChangingStore(TrackingStore, RecordsChanges, IngestsBatches, KeepsHeartbeats, Purges, Protocol):
    """All of them at once."""


class ChangingRegistry(RegistryStore, RecordsChanges, Protocol):
    """Both at once."""


def told(changes: Changes) -> list[Told]:
    return [(one.subject, one.id, one.kind) for one in changes.items]


def of_run(run_id: str, kind: ChangeKind) -> Told:
    return Subject.RUN, run_id, kind


def of_experiment(experiment_id: str, kind: ChangeKind) -> Told:
    return Subject.EXPERIMENT, experiment_id, kind


def of_model(name: str, kind: ChangeKind) -> Told:
    return Subject.MODEL, name, kind


@contextmanager
def telling(store: RecordsChanges, *expected: Told) -> Iterator[None]:
    """Check what is told of what is done meanwhile."""
    since = store.changes().last
    yield
    found = store.changes(since)
    assert sorted(told(found)) == sorted(expected)
    assert not found.reset
    assert found.last >= since
    assert not store.changes(found.last).items


CREATED, UPDATED, METRICS = ChangeKind.CREATED, ChangeKind.UPDATED, ChangeKind.METRICS
DELETED, RESTORED = ChangeKind.DELETED, ChangeKind.RESTORED


class ChangesContract:
    """What changed. Fixture: `store`, fresh but for the experiment Default."""

    def test_the_store_says_that_it_records_changes(self, store: ChangingStore) -> None:
        assert isinstance(store, RecordsChanges)

    def test_changes_are_told_in_order_with_their_time_and_experiment(self, store: ChangingStore) -> None:
        since = store.changes().last
        before = time.time_ns() // 1_000_000
        experiment = store.create_experiment("other").experiment_id
        new_run(store, "r1", experiment_id=experiment)
        new_run(store, "r2")
        found = store.changes(since)
        assert told(found) == [
            of_experiment(experiment, CREATED),
            of_run("r1", CREATED),
            of_run("r2", CREATED),
        ]
        numbers = [one.number for one in found.items]
        assert since < numbers[0] < numbers[1] < numbers[2] == found.last
        assert [one.experiment_id for one in found.items] == [experiment, experiment, "0"]
        assert all(before <= one.timestamp <= before + HOUR for one in found.items)

    def test_without_a_number_only_the_last_one_is_told(self, store: ChangingStore) -> None:
        new_run(store, "r1")
        found = store.changes()
        assert (list(found.items), found.reset) == ([], False)
        new_run(store, "r2")
        assert store.changes().last > found.last
        assert told(store.changes(found.last)) == [of_run("r2", CREATED)]

    def test_changes_come_in_pages(self, store: ChangingStore) -> None:
        since = store.changes().last
        for number in range(5):
            new_run(store, f"r{number}")
        found = []
        for _ in range(3):
            page = store.changes(since, max_results=2)
            found.append([one.id for one in page.items])
            since = page.last
        assert found == [["r0", "r1"], ["r2", "r3"], ["r4"]]
        assert not store.changes(since, max_results=2).items

    def test_what_is_done_to_experiments_is_told(self, store: ChangingStore) -> None:
        experiment = store.create_experiment("other").experiment_id
        new_run(store, "r1", experiment_id=experiment)
        with telling(store, of_experiment(experiment, UPDATED)):
            store.rename_experiment(experiment, "better")
        with telling(store, of_experiment(experiment, UPDATED)):
            store.set_experiment_tags(experiment, {"a": "1", "b": "2"})
        with telling(store, of_experiment(experiment, UPDATED)):
            store.delete_experiment_tag(experiment, "a")
        with telling(store, of_experiment(experiment, DELETED)):
            store.delete_experiment(experiment)
        with telling(store, of_experiment(experiment, RESTORED)):
            store.restore_experiment(experiment)
        store.delete_experiment(experiment)
        with telling(store, of_experiment(experiment, DELETED)):
            store.purge_experiment(experiment)

    def test_what_is_done_to_runs_is_told(self, store: ChangingStore) -> None:
        new_run(store, "r1")
        with telling(store, of_run("r1", UPDATED)):
            store.update_run(RunUpdate("r1", status=RunStatus.FINISHED, end_time=9, run_name="new"))
        with telling(store, of_run("r1", UPDATED)):
            store.log_batch("r1", params={"p": "1"}, tags={"t": "1"})
        with telling(store, of_run("r1", UPDATED)):
            store.delete_tag("r1", "t")
        with telling(store, of_run("r1", UPDATED)):
            store.log_inputs("r1", [dataset_input(), dataset_input(digest="d2")])
        with telling(store, of_run("r1", DELETED)):
            store.delete_run("r1")
        with telling(store, of_run("r1", RESTORED)):
            store.restore_run("r1")
        store.delete_run("r1")
        with telling(store, of_run("r1", DELETED)):
            store.purge_runs(["r1"])

    def test_many_points_are_one_change(self, store: ChangingStore) -> None:
        new_run(store, "r1")
        points = [Metric(f"m{number % 7}", 1.0, 1, number) for number in range(500)]
        with telling(store, of_run("r1", METRICS)):
            store.log_batch("r1", metrics=points)
        with telling(store, of_run("r1", METRICS), of_run("r1", UPDATED)):
            store.log_batch("r1", metrics=[Metric("m", 1.0, 1)], params={"p": "1", "q": "1"}, tags={"t": "1"})

    def test_what_changes_nothing_is_not_told(self, store: ChangingStore) -> None:
        new_run(store, "r1")
        new_run(store, "gone")
        store.delete_run("gone")
        with telling(store):
            new_run(store, "r1")
            store.log_batch("r1")
            store.restore_run("r1")
            store.delete_run("gone")

    def test_what_is_refused_is_not_told(self, store: ChangingStore) -> None:
        new_run(store, "r1")
        store.log_batch("r1", params={"p": "1"})
        with telling(store):
            with pytest.raises(InvalidInput):
                store.log_batch("r1", metrics=[Metric("m", 1.0, 1)], params={"p": "2"}, tags={"t": "1"})
            with pytest.raises(NotFound):
                store.delete_tag("r1", "none")

    def test_a_run_in_a_new_experiment_tells_of_both(self, store: ChangingStore) -> None:
        since = store.changes().last
        run = store.create_run(run_start("r1", experiment_name="new"))
        found = told(store.changes(since))
        assert found == [of_experiment(run.info.experiment_id, CREATED), of_run("r1", CREATED)]

    def test_a_journal_batch_tells_once_of_each_run(self, store: ChangingStore) -> None:
        new_run(store, "known")
        new_run(store, "deleted")
        store.delete_run("deleted")
        points = columns([(step, step, 1.0) for step in range(100)])
        batch = Batch(
            "j",
            1,
            9,
            starts=[run_start("r1")],
            params=[("r1", "a", "1"), ("r1", "b", "1"), ("known", "a", "1"), ("known", "b", "1"), ("none", "a", "1")],
            tags=[("r1", "t", "1"), ("known", "t", "1"), ("known", "u", None)],
            inputs=[("known", dataset_input())],
            points={("r1", "m"): points, ("r1", "n"): points, ("known", "m"): points, ("deleted", "m"): points},
            updates=[RunUpdate("known", status=RunStatus.FINISHED)],
        )
        with telling(
            store, of_run("r1", CREATED), of_run("r1", METRICS), of_run("known", UPDATED), of_run("known", METRICS)
        ):
            store.ingest(batch)

    def test_heartbeats_are_not_told_but_death_and_revival_are(self, store: ChangingStore) -> None:
        new_run(store, "r1")
        new_run(store, "r2")
        with telling(store):
            store.heartbeat(["r1", "r2"], expires=_now() + HOUR)
        with telling(store, of_run("r1", UPDATED)):
            store.heartbeat(["r1"], expires=1)
        with telling(store, of_run("r1", UPDATED)):
            store.heartbeat(["r1", "r2"], expires=_now() + HOUR)

    def test_a_follower_misses_nothing_and_hears_nothing_twice(self, store: ChangingStore) -> None:
        new_run(store, "r1")
        since = store.changes().last
        done = threading.Event()
        heard: list[Told] = []

        def follow() -> None:
            last, is_last = since, False
            while not is_last:
                is_last = done.is_set()
                page = store.changes(last, max_results=7)
                assert not page.reset
                assert all(last < one.number <= page.last for one in page.items)
                heard.extend(told(page))
                last = page.last
                is_last = is_last and not page.items

        def write(number: int) -> None:
            for step in range(10):
                new_run(store, f"w{number}s{step}")
                store.log_batch("r1", tags={f"t{number}": str(step)})

        follower = _Caught(follow)
        follower.start()
        assert in_threads(write) == [None] * THREADS
        done.set()
        follower.join()
        assert follower.error is None
        made = [one for one in heard if one[2] is CREATED]
        assert sorted(made) == sorted(of_run(f"w{n}s{step}", CREATED) for n in range(THREADS) for step in range(10))
        assert of_run("r1", UPDATED) in heard

    def test_a_number_that_was_never_given_asks_to_read_anew(self, store: ChangingStore) -> None:
        new_run(store, "r1")
        found = store.changes(store.changes().last + 1_000)
        assert (list(found.items), found.reset) == ([], True)
        assert found.last == store.changes().last

    def test_bounds_are_kept(self, store: ChangingStore) -> None:
        with pytest.raises(InvalidInput):
            store.changes(0, max_results=0)
        with pytest.raises(InvalidInput):
            store.changes(-1)


class _Caught(threading.Thread):
    """A thread that remembers what is raised in it."""

    def __init__(self, action: Callable[[], None]) -> None:
        super().__init__()
        self._action = action
        self.error: RunyardError | None = None

    def run(self) -> None:
        try:
            self._action()
        except RunyardError as error:  # the test looks at it; anything else ends the thread and warns
            self.error = error


class RegistryChangesContract:
    """What changed in a registry. Fixture: `store`, fresh and empty."""

    def test_the_registry_says_that_it_records_changes(self, store: ChangingRegistry) -> None:
        assert isinstance(store, RecordsChanges)

    def test_what_is_done_to_models_is_told(self, store: ChangingRegistry) -> None:
        with telling(store, of_model("m", CREATED)):
            store.create_registered_model("m", tags={"a": "1"}, description="d")
        with telling(store, of_model("m", UPDATED)):
            store.update_registered_model("m", description="new")
        with telling(store, of_model("m", UPDATED)):
            store.set_registered_model_tag("m", "b", "1")
        with telling(store, of_model("m", UPDATED)):
            store.delete_registered_model_tag("m", "b")
        with telling(store, of_model("m", DELETED), of_model("n", CREATED)):
            store.rename_registered_model("m", "n")
        with telling(store, of_model("n", DELETED)):
            store.delete_registered_model("n")

    def test_what_is_done_to_versions_is_told_of_their_model(self, store: ChangingRegistry) -> None:
        store.create_registered_model("m")
        for action in (
            lambda: store.create_model_version("m", "s3://b/1", tags={"a": "1"}, description="d"),
            lambda: store.update_model_version("m", 1, description="new"),
            lambda: store.transition_model_version_stage("m", 1, ModelStage.STAGING),
            lambda: store.set_model_version_tag("m", 1, "b", "1"),
            lambda: store.delete_model_version_tag("m", 1, "b"),
            lambda: store.set_registered_model_alias("m", "best", 1),
            lambda: store.delete_registered_model_alias("m", "best"),
            lambda: store.delete_model_version("m", 1),
        ):
            with telling(store, of_model("m", UPDATED)):
                action()

    def test_changes_of_models_belong_to_no_experiment(self, store: ChangingRegistry) -> None:
        since = store.changes().last
        store.create_registered_model("m")
        assert [one.experiment_id for one in store.changes(since).items] == [None]

    def test_what_is_refused_is_not_told_of_a_model(self, store: ChangingRegistry) -> None:
        store.create_registered_model("m")
        with telling(store):
            with pytest.raises(NotFound):
                store.set_registered_model_alias("m", "best", 7)
            store.rename_registered_model("m", "m")


def _now() -> int:
    return time.time_ns() // 1_000_000
