"""Active runs of threads, asyncio tasks, hosts and processes keep apart."""

from __future__ import annotations

import asyncio
import multiprocessing
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import runyard as ry
from runyard.host import Host, default_host, set_default_host
from runyard.settings import Settings
from runyard.tracking.client import Client


def test_each_thread_has_its_own_active_run(host: Host) -> None:
    barrier = threading.Barrier(4)

    def work(number: int) -> str:
        assert ry.active_run() is None
        with ry.start_run(run_name=f"run-{number}") as run:
            barrier.wait()
            ry.log_param("number", number)
            barrier.wait()
            active = ry.active_run()
            assert active is not None
            assert active.info.run_id == run.info.run_id
        return run.info.run_id

    with ry.start_run() as outer, ThreadPoolExecutor(4) as threads:
        ids = list(threads.map(work, range(4)))
        active = ry.active_run()
        assert active is outer

    assert [ry.get_run(run_id).data.params["number"] for run_id in ids] == ["0", "1", "2", "3"]
    assert all("mlflow.parentRunId" not in ry.get_run(run_id).data.tags for run_id in ids)


def test_each_asyncio_task_has_its_own_stack_above_the_common_run(host: Host) -> None:
    async def work(number: int) -> str:
        with ry.start_run(nested=True) as run:
            await asyncio.sleep(0)
            ry.log_param("number", number)
            await asyncio.sleep(0)
            active = ry.active_run()
            assert active is run
        return run.info.run_id

    async def main() -> list[str]:
        return await asyncio.gather(*(work(number) for number in range(4)))

    with ry.start_run() as outer:
        ids = asyncio.run(main())
        assert ry.active_run() is outer

    assert [ry.get_run(run_id).data.params["number"] for run_id in ids] == ["0", "1", "2", "3"]
    assert {ry.get_run(run_id).data.tags["mlflow.parentRunId"] for run_id in ids} == {outer.info.run_id}


def test_a_run_ended_elsewhere_is_no_longer_active_here(host: Host) -> None:
    run = ry.start_run()
    thread = threading.Thread(target=run.__exit__, args=(None, None, None))
    thread.start()
    thread.join()

    assert ry.active_run() is None
    assert ry.get_run(run.info.run_id).info.status == "FINISHED"


def test_many_threads_log_to_one_run_and_nothing_is_lost(host: Host) -> None:
    with ry.start_run() as run:
        with ThreadPoolExecutor(8) as threads:
            for number in range(8):
                for step in range(50):
                    threads.submit(ry.log_metric, f"m{number}", float(step), step, run_id=run.info.run_id)
        client = ry.Client()
        assert [len(client.get_metric_history(run.info.run_id, f"m{number}")) for number in range(8)] == [50] * 8


def test_a_library_with_its_own_host_touches_no_default(embedded: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    untouched = Host(Settings(), discover=False)
    earlier = set_default_host(untouched)
    try:
        client = Client(host=embedded)
        experiment_id = client.create_experiment("library")
        run = client.create_run(experiment_id, run_name="embedded")
        client.log_param(run.info.run_id, "a", 1)
        client.log_metric(run.info.run_id, "loss", 0.5)
        client.set_terminated(run.info.run_id)

        assert client.get_run(run.info.run_id).data.params == {"a": "1"}
        assert default_host() is untouched
        assert untouched._stores == {}
        assert ry.active_run() is None
    finally:
        set_default_host(earlier)


def test_two_hosts_in_one_process_keep_apart(host: Host, embedded: Host) -> None:
    with ry.start_run() as run:
        ry.log_param("a", 1)

    assert Client(host=embedded).search_runs(["0"]).items == []
    assert len(Client(host=host).search_runs([run.info.experiment_id])) == 1


def _log_in_child(run_id: str) -> None:
    ry.log_metric("from_child", 1.0)
    ry.flush()
    active = ry.active_run()
    assert active is not None
    assert active.info.run_id == run_id


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_forked_child_logs_to_the_run_it_inherits(tmp_path: Path) -> None:
    host = Host(Settings(data_dir=str(tmp_path / "data")))
    earlier = set_default_host(host)
    try:
        with ry.start_run() as run:
            ry.log_metric("from_parent", 1.0)
            child = multiprocessing.get_context("fork").Process(target=_log_in_child, args=(run.info.run_id,))
            child.start()
            child.join(30)
            assert child.exitcode == 0
            assert ry.get_run(run.info.run_id).info.status == "RUNNING"
        assert ry.get_run(run.info.run_id).data.metrics == {"from_parent": 1.0, "from_child": 1.0}
    finally:
        set_default_host(earlier)
        host.close()
