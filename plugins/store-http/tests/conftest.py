"""A Runyard server in a process of its own, emptied for each test."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from runyard.settings import Settings
from runyard.testing.server import running_server
from runyard.uris import Uri
from runyard_store_http.registry import HttpRegistryStore
from runyard_store_http.registry import open_store as open_registry
from runyard_store_http.tracking import HttpTrackingStore, open_store

KEPT = {"experiments", "keys", "runyard_version"}


@pytest.fixture(scope="session")
def own_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """The URL and the database of a Runyard server."""
    with running_server(tmp_path_factory.mktemp("server")) as server:
        yield server.url, server.data / "runyard.db"


@pytest.fixture
def own_url(own_server: tuple[str, Path]) -> str:
    """The URL of a Runyard server with nothing in it but the experiment Default."""
    url, database = own_server
    _empty(database)
    return url


@pytest.fixture
def own_settings(own_url: str) -> Settings:
    return Settings(environ={}, tracking_uri=own_url)


@pytest.fixture
def own_store(own_settings: Settings) -> Iterator[HttpTrackingStore]:
    store = open_store(Uri.parse(own_settings.tracking_uri), own_settings)
    yield store
    store.close()


@pytest.fixture
def own_registry(own_settings: Settings) -> Iterator[HttpRegistryStore]:
    store = open_registry(Uri.parse(own_settings.tracking_uri), own_settings)
    yield store
    store.close()


def _empty(database: Path) -> None:
    """Delete what a test left; the server remembers the numbers of keys, so these stay."""
    with closing(sqlite3.connect(database, timeout=30)) as connection, connection:
        names = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        for name in names:
            if name not in KEPT and not name.startswith("sqlite_"):
                connection.execute(f'DELETE FROM "{name}"')
        connection.execute("DELETE FROM experiments WHERE id != 0")
        connection.execute("UPDATE experiments SET name = 'Default', active_name = 'Default', deleted_time = NULL")
