"""Changes of the registry at the same time, from several processes, after failures and with clocks that go back."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from runyard.entities import ModelStage, RegistryChange
from runyard.errors import AlreadyExists, RunyardError
from runyard.protocols.registry import ModelQuery
from runyard.registry_history import replay
from runyard.settings import Settings
from runyard.uris import Uri
from runyard_store_sql import registry_history, tokens
from runyard_store_sql.registry import SqlRegistryStore, open_store

CREATE_VERSIONS = """
import sys
from runyard.settings import Settings
from runyard.uris import Uri
from runyard_store_sql.registry import open_store
store = open_store(Uri.parse(sys.argv[1]), Settings())
print(*(store.create_model_version("m", "s3://b").version for _ in range(16)))
"""


@pytest.fixture
def store(emptied_uri: str, tmp_path: Path) -> Iterator[SqlRegistryStore]:
    opened = open_store(Uri.parse(emptied_uri), Settings(root=tmp_path))
    yield opened
    opened.close()


def model_with_versions(store: SqlRegistryStore, count: int) -> None:
    store.create_registered_model("m")
    for number in range(count):
        store.create_model_version("m", f"s3://b/{number + 1}")


def test_processes_get_distinct_numbers(store: SqlRegistryStore, emptied_uri: str) -> None:
    store.create_registered_model("m")
    command = [sys.executable, "-c", CREATE_VERSIONS, emptied_uri]
    processes = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    printed = [process.communicate(timeout=120)[0] for process in processes]
    assert sorted(int(number) for line in printed for number in line.split()) == list(range(1, 33))


def test_one_of_many_gets_a_name(store: SqlRegistryStore) -> None:
    def create(number: int) -> bool:
        try:
            store.create_registered_model("m", description=str(number))
        except AlreadyExists:
            return False
        return True

    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(create, range(8))) == 1
    assert [event.change for event in store.history("m")] == [RegistryChange.CREATED, RegistryChange.DESCRIPTION]


def test_history_fits_together_when_many_change_at_once(store: SqlRegistryStore) -> None:
    model_with_versions(store, 4)

    def change(number: int) -> None:
        version = number % 4 + 1
        store.set_registered_model_alias("m", "prod", version)
        store.transition_model_version_stage("m", version, ModelStage.PRODUCTION, archive_existing_versions=True)

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(change, range(24)))
    events = list(store.history("m"))
    moves = [(event.old, event.new) for event in events if event.change is RegistryChange.ALIAS]
    assert [old for old, _ in moves] == [None, *(new for _, new in moves[:-1])]
    times = [event.timestamp for event in events]
    assert times == sorted(times)
    state = replay(events)
    assert state.aliases == store.get_registered_model("m").aliases
    assert {number: version.stage for number, version in state.versions.items()} == {
        number: store.get_model_version("m", number).current_stage for number in (1, 2, 3, 4)
    }


def test_a_change_whose_history_cannot_be_written_does_not_happen(
    store: SqlRegistryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    model_with_versions(store, 2)
    store.set_registered_model_alias("m", "prod", 1)
    before = store.get_registered_model("m"), store.get_model_version("m", 1), list(store.history("m"))

    def fail(*_: object, **__: object) -> None:
        raise RunyardError("no room")

    monkeypatch.setattr(registry_history.Change, "note", fail)
    changes: list[Callable[[], object]] = [
        lambda: store.set_registered_model_alias("m", "prod", 2),
        lambda: store.delete_registered_model_alias("m", "prod"),
        lambda: store.transition_model_version_stage("m", 1, ModelStage.STAGING),
        lambda: store.update_model_version("m", 1, description="d"),
        lambda: store.update_registered_model("m", description="d"),
        lambda: store.create_model_version("m", "s3://b/3"),
        lambda: store.delete_model_version("m", 1),
        lambda: store.rename_registered_model("m", "n"),
        lambda: store.delete_registered_model("m"),
        lambda: store.create_registered_model("n"),
    ]
    for change in changes:
        with pytest.raises(RunyardError, match="no room"):
            change()
    monkeypatch.undo()
    assert (store.get_registered_model("m"), store.get_model_version("m", 1), list(store.history("m"))) == before
    assert store.create_model_version("m", "s3://b/3").version == 3
    store.create_registered_model("n")


def test_a_clock_that_goes_back_keeps_the_order_of_changes(
    store: SqlRegistryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    times = iter([5_000, 4_000, 3_000, 6_000, 2_000, 1_000, 7_000])
    monkeypatch.setattr(registry_history, "now", lambda: next(times))
    store.create_registered_model("m")
    store.create_model_version("m", "s3://b/1")
    store.set_registered_model_alias("m", "prod", 1)
    store.update_model_version("m", 1, description="d")
    store.delete_registered_model("m")
    store.create_registered_model("m")
    assert [event.timestamp for event in store.history("m")] == [5_000, 5_000, 5_000, 6_000, 6_000, 6_000, 6_000, 6_000]


def test_numbers_that_no_version_can_have_are_not_found(store: SqlRegistryStore) -> None:
    model_with_versions(store, 1)
    for number in (0, -1, 2**31, 2**63, 10**30):
        with pytest.raises(RunyardError, match="no version"):
            store.get_model_version("m", number)
        assert list(store.history("m", version=number)) == []


def test_a_page_token_from_elsewhere_is_refused(store: SqlRegistryStore) -> None:
    model_with_versions(store, 1)
    for place in (["m", 10**30], ["m\0", 1], ["\ud800", 1], ["m", True], [1, "m"]):
        with pytest.raises(RunyardError):
            store.search_model_versions(ModelQuery(page_token=tokens.write(place)))
    with pytest.raises(RunyardError):
        store.history("m", page_token=tokens.write([10**30]))


def test_a_page_may_be_as_large_as_one_likes(store: SqlRegistryStore) -> None:
    model_with_versions(store, 1)
    assert len(store.search_model_versions(ModelQuery(max_results=10**30))) == 1
    assert len(store.history("m", max_results=10**30)) == 2
