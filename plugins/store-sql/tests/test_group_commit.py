"""What several threads log at once is one transaction, and each has its own errors."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import attrs
import pytest
import sqlalchemy as sa
from sqlalchemy import event

from runyard.entities import Metric, RunStatus, RunUpdate
from runyard.errors import InvalidInput, InvalidState, NotFound, RunyardError, Unavailable
from runyard.settings import Settings
from runyard.testing.contracts.tracking_steps import new_run
from runyard.uris import Uri
from runyard_store_sql import staging
from runyard_store_sql.engine import Database
from runyard_store_sql.group_commit import GroupCommit
from runyard_store_sql.schema import metric_blocks, staged_points
from runyard_store_sql.tracking import SqlTrackingStore, open_store

PATIENCE = 10.0

Call = tuple[str, Mapping[str, object]]  # a run, and what is logged to it


@pytest.fixture
def store(emptied_uri: str, tmp_path: Path) -> Iterator[SqlTrackingStore]:
    store = open_store(Uri.parse(emptied_uri), Settings(root=tmp_path))
    yield store
    store.close()


@attrs.define
class Slow:
    """Performs groups of numbers when it may; a negative number spoils its group."""

    may_go: threading.Event = attrs.field(factory=threading.Event)
    groups: list[list[int]] = attrs.field(factory=list)
    begun: threading.Event = attrs.field(factory=threading.Event)

    def __call__(self, items: Sequence[int]) -> None:
        self.begun.set()
        assert self.may_go.wait(PATIENCE)
        if any(item < 0 for item in items):
            raise Unavailable(f"cannot write {list(items)}")
        self.groups.append(list(items))


def submitted(group_commit: GroupCommit[int], slow: Slow, numbers: Sequence[int]) -> dict[int, BaseException | None]:
    """What is raised for each number; the first is on its way before the others come."""
    with ThreadPoolExecutor(len(numbers)) as pool:
        futures = {}
        for count, number in enumerate(numbers):
            futures[number] = pool.submit(group_commit.submit, number)
            assert slow.begun.wait(PATIENCE)
            until = time.monotonic() + PATIENCE
            while len(group_commit._waiting) < count and time.monotonic() < until:
                time.sleep(0.001)
        slow.may_go.set()
        return {number: future.exception(PATIENCE) for number, future in futures.items()}


def test_those_who_come_meanwhile_are_one_group() -> None:
    slow = Slow()
    assert set(submitted(GroupCommit(slow), slow, range(8)).values()) == {None}
    assert slow.groups == [[0], [1, 2, 3, 4, 5, 6, 7]]


def test_an_item_that_spoils_its_group_is_told_to_the_one_who_brought_it() -> None:
    slow = Slow()
    raised = submitted(GroupCommit(slow), slow, [0, 1, -2, 3, -4])
    assert [number for number, error in raised.items() if error is not None] == [-2, -4]
    assert str(raised[-2]) == "cannot write [-2]"
    assert slow.groups == [[0], [1], [3]]


def test_after_an_error_the_next_one_is_written() -> None:
    slow = Slow()
    slow.may_go.set()
    group_commit = GroupCommit(slow)
    with pytest.raises(Unavailable):
        group_commit.submit(-1)
    group_commit.submit(2)
    assert slow.groups == [[2]]


def test_one_thread_alone_never_waits() -> None:
    slow = Slow()
    slow.may_go.set()
    group_commit = GroupCommit(slow)
    for number in range(100):
        group_commit.submit(number)
    assert slow.groups == [[number] for number in range(100)]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
def test_a_child_does_not_wait_for_the_threads_of_its_parent() -> None:
    slow = Slow()
    group_commit = GroupCommit(slow)
    thread = threading.Thread(target=group_commit.submit, args=(1,))
    thread.start()
    assert slow.begun.wait(PATIENCE)
    child = os.fork()
    if not child:
        slow.may_go.set()
        group_commit.submit(2)
        os._exit(0 if slow.groups == [[2]] else 1)
    _, status = os.waitpid(child, 0)
    slow.may_go.set()
    thread.join(PATIENCE)
    assert (status, slow.groups) == (0, [[1]])


def in_threads(store: SqlTrackingStore, calls: Sequence[Call]) -> list[RunyardError | None]:
    """What is raised for each call of log_batch, all of them at once."""
    barrier = threading.Barrier(len(calls))

    def log(call: Call) -> RunyardError | None:
        barrier.wait(PATIENCE)
        try:
            store.log_batch(call[0], **call[1])  # type: ignore[arg-type]
        except RunyardError as error:
            return error
        return None

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(log, calls))


def test_each_call_is_all_or_nothing_and_spoils_no_other(store: SqlTrackingStore) -> None:
    for run_id in ("r1", "r2", "deleted"):
        new_run(store, run_id)
    store.delete_run("deleted")
    store.log_batch("r1", params={"p": "1"})
    for turn in range(5):
        good: list[Call] = [
            (run_id, {"metrics": [Metric(f"m{number}", 1.0, turn, turn)], "params": {f"p{turn}{number}": "1"}})
            for number, run_id in enumerate(("r1", "r2", "r1", "r2"))
        ]
        bad: list[Call] = [
            ("r1", {"metrics": [Metric("bad", 1.0, 1, turn)], "params": {f"q{turn}": "1", "p": "2"}}),
            ("r1", {"params": {"p": "3"}, "tags": {"b": "1"}}),
            ("deleted", {"metrics": [Metric("bad", 1.0, 1, turn)]}),
            ("none", {"tags": {"b": "1"}}),
        ]
        raised = in_threads(store, [*good, *bad])
        assert raised[:4] == [None] * 4
        assert [type(error) for error in raised[4:]] == [InvalidInput, InvalidInput, InvalidState, NotFound]
    for run_id, numbers in (("r1", (0, 2)), ("r2", (1, 3))):
        data = store.get_run(run_id).data
        assert set(data.metrics) == {f"m{number}" for number in numbers}
        assert "b" not in data.tags
        new = {key for key in data.params if key != "p"}
        assert new == {f"p{turn}{number}" for turn in range(5) for number in numbers}
        assert all(len(store.read_metric(run_id, f"m{number}")) == 5 for number in numbers)


def test_of_two_values_of_a_param_one_is_taken(store: SqlTrackingStore) -> None:
    new_run(store, "r1")
    for turn in range(10):
        calls: list[Call] = [
            ("r1", {"params": {f"p{turn}": str(number), f"own{turn}{number}": "1"}}) for number in range(6)
        ]
        raised = in_threads(store, calls)
        assert raised.count(None) == 1
        found = store.get_run("r1").data.params
        assert found[f"p{turn}"] == str(raised.index(None))
        assert [f"own{turn}{number}" in found for number in range(6)] == [error is None for error in raised]


def test_what_one_thread_logs_stays_in_its_order(store: SqlTrackingStore) -> None:
    new_run(store, "r1")

    def log(number: int) -> None:
        for step in range(20):
            store.log_batch("r1", tags={f"t{number}": str(step)}, metrics=[Metric("m", step, number, step)])

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(log, range(6)))
    tags = store.get_run("r1").data.tags
    assert [tags[f"t{number}"] for number in range(6)] == ["19"] * 6
    assert len(store.read_metric("r1", "m")) == 120


def test_a_call_that_the_database_refuses_is_refused_alone(
    store: SqlTrackingStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A database may refuse for reasons of its own, such as a trigger."""
    for number in range(4):
        new_run(store, f"r{number}")
    real = staging.add

    def refuse(connection: sa.Connection, batches: Sequence[tuple[int, staging.Batch]]) -> None:
        if any(batch.points.values[0] == 13 for _, batch in batches):
            raise InvalidInput("no 13 here")
        real(connection, batches)

    monkeypatch.setattr(staging, "add", refuse)
    for turn in range(5):
        calls: list[Call] = [(f"r{n}", {"metrics": [Metric("m", 13 if n == 2 else n, turn, turn)]}) for n in range(4)]
        assert [error and str(error) for error in in_threads(store, calls)] == [None, None, "no 13 here", None]
    assert [len(store.read_metric(f"r{number}", "m")) for number in range(4)] == [5, 5, 0, 5]


def counted(database: Database, action: str) -> list[str]:
    """Statements that begin so, from now on."""
    found: list[str] = []

    def remember(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        if statement.startswith(action):
            found.append(statement)

    event.listen(database.engine, "before_cursor_execute", remember)
    return found


def rows_of(store: SqlTrackingStore, table: sa.Table) -> int:
    with store._database.read() as connection:
        return int(connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one())


def test_points_of_many_metrics_are_staged_and_read_as_if_they_were_not(store: SqlTrackingStore) -> None:
    new_run(store, "r1")
    for step in range(3):
        metrics = [Metric(f"m{key}", key + step / 10, 100 + step, step) for key in range(50)]
        store.log_batch("r1", metrics=metrics)
        store.log_batch("r1", metrics=metrics)  # a retry
    assert (rows_of(store, staged_points), rows_of(store, metric_blocks)) == (6, 0)
    assert store.get_run("r1").data.metrics == {f"m{key}": key + 0.2 for key in range(50)}
    assert (rows_of(store, staged_points), rows_of(store, metric_blocks)) == (0, 50)
    assert list(store.read_metric("r1", "m7")) == [(step, 100 + step, 7 + step / 10) for step in range(3)]


def test_points_leave_the_stage_when_the_run_ends(store: SqlTrackingStore) -> None:
    new_run(store, "r1")
    store.log_batch("r1", metrics=[Metric("m", 1.0, 1, 1)])
    store.update_run(RunUpdate("r1", status=RunStatus.FINISHED, end_time=2))
    assert rows_of(store, staged_points) == 0
    store.log_batch("r1", metrics=[Metric("m", 2.0, 1, 2)])
    assert len(store.read_metric("r1", "m")) == 2


def test_the_stage_of_a_run_never_grows_without_bounds(
    store: SqlTrackingStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(staging, "MOST_ROWS", 10)
    monkeypatch.setattr(staging, "MOST_POINTS", 100)
    new_run(store, "r1")
    for step in range(35):
        store.log_batch("r1", metrics=[Metric("m", 1.0, 1, step)])
        assert rows_of(store, staged_points) < 10
    for step in range(35):
        store.log_batch("r1", metrics=[Metric(f"m{key}", 1.0, 1, step) for key in range(30)])
        assert rows_of(store, staged_points) < 10
    store.log_batch("r1", metrics=[Metric("large", 1.0, 1, step) for step in range(100)])
    assert rows_of(store, staged_points) < 10
    assert [len(store.read_metric("r1", key)) for key in ("m", "m7", "large")] == [35, 35, 100]


def test_a_run_that_is_erased_takes_its_staged_points_with_it(store: SqlTrackingStore) -> None:
    new_run(store, "r1")
    store.log_batch("r1", metrics=[Metric("m", 1.0, 1)])
    store.delete_run("r1")
    store.purge_runs(["r1"])
    assert rows_of(store, staged_points) == 0
    new_run(store, "r1")
    assert len(store.read_metric("r1", "m")) == 0


def test_a_group_costs_few_statements(store: SqlTrackingStore) -> None:
    for number in range(8):
        new_run(store, f"r{number}")
        store.log_batch(f"r{number}", metrics=[Metric("m", 1.0, 1)])
    found = counted(store._database, "INSERT INTO staged_points")
    calls: list[Call] = [(f"r{n}", {"metrics": [Metric("m", 1.0, 1, n)] * 100}) for n in range(8)]
    raised = in_threads(store, calls)
    assert raised == [None] * 8
    assert 1 <= len(found) <= 8


def test_numbers_beyond_64_bits_are_refused_by_name(store: SqlTrackingStore) -> None:
    new_run(store, "r1")
    for metric in (
        Metric("m", 1.0, 1, 2**63),
        Metric("m", 1.0, 2**63, 1),
        Metric("m", 1.0, -1, 1),
        Metric("m", 10**400, 1, 1),
        Metric("m", True, 1, 1),
        Metric("m", 1.0, 1, True),
    ):
        with pytest.raises(InvalidInput, match="'m'"):
            store.log_batch("r1", metrics=[Metric("good", 1.0, 1, 1), metric])
    assert not store.get_run("r1").data.metrics


def test_only_the_runs_logged_to_last_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(staging, "MOST_ROWS", 3)
    monkeypatch.setattr(staging, "MOST_RUNS", 2)
    amounts = staging.Amounts()
    assert not amounts.add(1, 1)
    assert not amounts.add(2, 1)
    assert not amounts.add(1, 1)
    assert not amounts.add(3, 1)  # in the place of 2, which was longest ago
    assert amounts.add(1, 1)
    assert not amounts.add(2, 1)
    assert not amounts.add(2, 1)
