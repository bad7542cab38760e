"""What every tracking store does when several threads use it."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from runyard.entities import Metric
from runyard.errors import AlreadyExists
from runyard.protocols.tracking import TrackingStore
from runyard.testing.contracts.tracking_steps import new_run, run_start

THREADS = 6


def in_threads(action: Callable[[int], object]) -> list[BaseException | None]:
    """What an action raises in each of several threads; None where it succeeds."""
    with ThreadPoolExecutor(THREADS) as pool:
        return [future.exception() for future in [pool.submit(action, number) for number in range(THREADS)]]


class ThreadsContract:
    """One store, several threads. Fixture: `store`, fresh but for the experiment Default."""

    def test_one_name_is_given_to_one_experiment(self, store: TrackingStore) -> None:
        raised = in_threads(lambda _: store.create_experiment("contested"))
        assert raised.count(None) == 1
        assert all(error is None or isinstance(error, AlreadyExists) for error in raised), raised

    def test_an_experiment_given_by_name_is_created_once(self, store: TrackingStore) -> None:
        raised = in_threads(lambda number: store.create_run(run_start(f"r{number}", experiment_name="shared")))
        assert raised == [None] * THREADS
        assert len({store.get_run(f"r{number}").info.experiment_id for number in range(THREADS)}) == 1

    def test_one_run_is_created_once(self, store: TrackingStore) -> None:
        raised = in_threads(lambda number: store.create_run(run_start("r1", run_name=f"name {number}")))
        assert raised == [None] * THREADS
        run = store.get_run("r1")
        assert run.info.run_name == run.data.tags["mlflow.runName"]

    def test_nothing_that_is_logged_is_lost(self, store: TrackingStore) -> None:
        new_run(store, "r1")

        def log(number: int) -> None:
            for step in range(20):
                store.log_batch(
                    "r1",
                    metrics=[Metric("shared", float(number), number, step), Metric(f"m{number}", 1.0, 1, step)],
                    params={f"p{number}.{step}": "1"},
                    tags={f"t{number}.{step}": "1"},
                )

        assert in_threads(log) == [None] * THREADS
        data = store.get_run("r1").data
        assert len(store.read_metric("r1", "shared")) == 20 * THREADS
        assert data.metrics["shared"] == THREADS - 1
        assert len(data.params) == 20 * THREADS
        assert len(data.tags) == 20 * THREADS + 1
