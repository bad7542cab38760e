"""Changes are told whole and in order although transactions end in another order than they took their numbers in."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import sqlalchemy as sa

from runyard.entities import ChangeKind, Metric, Subject
from runyard.settings import Settings
from runyard.testing.contracts.tracking_steps import new_run
from runyard.uris import Uri
from runyard_store_sql import changes, registry
from runyard_store_sql.engine import Database
from runyard_store_sql.schema import changes as table
from runyard_store_sql.tracking import SqlTrackingStore, open_store

PATIENCE = 20.0


@pytest.fixture
def store(emptied_uri: str, tmp_path: Path) -> Iterator[SqlTrackingStore]:
    store = open_store(Uri.parse(emptied_uri), Settings(root=tmp_path))
    yield store
    store.close()


class Writer:
    """A transaction that has taken its number and commits when it is told to."""

    def __init__(self, database: Database, name: str) -> None:
        self._has_number = threading.Event()
        self._may_end = threading.Event()
        self._pool = ThreadPoolExecutor(1)
        self._end = self._pool.submit(self._write, database, name)

    def _write(self, database: Database, name: str) -> None:
        with database._writing.begin() as connection:
            changes.begin(connection)
            changes.note(connection, Subject.RUN, name, ChangeKind.CREATED)
            changes.flush(connection)
            self._has_number.set()
            assert self._may_end.wait(PATIENCE)

    def has_number(self) -> None:
        assert self._has_number.wait(PATIENCE)

    def end(self) -> None:
        self._may_end.set()
        self._end.result(PATIENCE)
        self._pool.shutdown()


def test_nothing_is_told_while_a_lower_number_is_on_its_way(store: SqlTrackingStore) -> None:
    database = store._database
    if database.kind == "sqlite":
        pytest.skip("SQLite has one writer at a time")
    since = store.changes().last
    first = Writer(database, "first")
    first.has_number()
    second = Writer(database, "second")
    second.has_number()  # a writer waits for no other
    second.end()
    with ThreadPoolExecutor(1) as pool:
        told = pool.submit(store.changes, since)
        with pytest.raises(TimeoutError):
            told.result(0.3)
        first.end()
        assert [one.id for one in told.result(PATIENCE).items] == ["first", "second"]


def test_what_is_kept_in_mind_is_not_used_while_somebody_holds_a_number(store: SqlTrackingStore) -> None:
    database = store._database
    new_run(store, "r1")
    with database.read() as connection:
        settled = changes.settled_number(connection)
    if database.kind == "mysql":
        assert settled is None
        return
    assert settled == store.changes().last
    if database.kind == "sqlite":
        return
    writer = Writer(database, "late")
    writer.has_number()
    with database.read() as connection:
        assert changes.settled_number(connection) is None
    writer.end()
    with database.read() as connection:
        assert changes.settled_number(connection) == store.changes().last


def test_a_transaction_that_is_taken_back_tells_of_nothing(store: SqlTrackingStore) -> None:
    since = store.changes().last

    def fail(connection: sa.Connection) -> None:
        changes.note(connection, Subject.RUN, "never", ChangeKind.CREATED)
        raise KeyError

    with pytest.raises(KeyError):
        store._database.write(fail)
    new_run(store, "r1")
    assert [one.id for one in store.changes(since).items] == ["r1"]


def test_a_registry_and_a_tracking_store_count_together_and_tell_apart(
    store: SqlTrackingStore, emptied_uri: str, tmp_path: Path
) -> None:
    models = registry.open_store(Uri.parse(emptied_uri), Settings(root=tmp_path))
    since = store.changes().last
    assert models.changes().last == since
    new_run(store, "r1")
    models.create_registered_model("m")
    new_run(store, "r2")
    runs, changed = store.changes(since), models.changes(since)
    assert [one.id for one in runs.items] == ["r1", "r2"]
    assert [one.id for one in changed.items] == ["m"]
    assert runs.items[0].number < changed.items[0].number < runs.items[1].number
    assert runs.last == changed.last
    models.close()


def test_only_the_last_changes_are_kept(store: SqlTrackingStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(changes, "KEPT", 10)
    monkeypatch.setattr(changes, "_EVERY", 0)
    since = store.changes().last
    for number in range(30):
        new_run(store, f"r{number}")
    with store._database.read() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one() <= 12
    found = store.changes(since)
    assert (found.reset, [one.id for one in found.items]) == (True, [f"r{number}" for number in range(20, 30)])
    kept = found.items[0].number
    assert not store.changes(kept).reset
    assert not store.changes(kept - 1).reset
    assert store.changes(kept - 2).reset
    assert store.changes().last == found.last


def test_numbers_are_never_used_again(store: SqlTrackingStore) -> None:
    new_run(store, "r1")
    last = store.changes().last
    store._database.write(lambda connection: connection.execute(table.delete()))
    new_run(store, "r2")
    found = store.changes(last)
    assert [(one.id, one.number > last) for one in found.items] == [("r2", True)]


def test_staged_points_are_told_when_they_are_logged(store: SqlTrackingStore) -> None:
    new_run(store, "r1")
    since = store.changes().last
    store.log_batch("r1", metrics=[Metric("m", 1.0, 1)])
    assert [one.kind for one in store.changes(since).items] == [ChangeKind.METRICS]
    since = store.changes().last
    assert len(store.read_metric("r1", "m")) == 1
    assert not store.changes(since).items
