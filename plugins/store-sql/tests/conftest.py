"""Fresh databases for the tests: a SQLite file, a PostgreSQL schema, a MariaDB database."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
import sqlalchemy as sa

from runyard.settings import Settings
from runyard.uris import Uri
from runyard_store_sql.engine import Database, close_engine, open_engine
from runyard_store_sql.schema import metadata

FreshDatabase = Callable[[str, Path], AbstractContextManager[str]]

DATABASES = [
    "sqlite",
    pytest.param("postgres", marks=pytest.mark.postgres),
    pytest.param("mariadb", marks=pytest.mark.mariadb),
]


@pytest.fixture(params=DATABASES)
def database_uri(request: pytest.FixtureRequest, fresh_database: FreshDatabase, tmp_path: Path) -> Iterator[str]:
    """The URI of an empty database, on every kind of database in turn."""
    with fresh_database(request.param, tmp_path) as uri:
        yield uri


@pytest.fixture(scope="module", params=DATABASES)
def _module_database(
    request: pytest.FixtureRequest, fresh_database: FreshDatabase, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, Database]]:
    with fresh_database(request.param, tmp_path_factory.mktemp("database")) as uri:
        database = open_engine(Uri.parse(uri), Settings())
        yield uri, database
        close_engine(database)


@pytest.fixture
def emptied_uri(_module_database: tuple[str, Database]) -> str:
    """The URI of a database that is made once for each module and emptied for each test, which is faster."""
    uri, database = _module_database
    database.write(_empty)
    database.memory.pop("logs", None)  # numbers of runs come again, and what was staged of them is gone
    return uri


def _empty(connection: sa.Connection) -> None:
    # Keys stay: processes remember their numbers. Few tables hold anything, and to ask all is one statement.
    tables = [table for table in reversed(metadata.sorted_tables) if table.name not in {"experiments", "keys"}]
    found = connection.execute(sa.select(*(sa.exists(sa.select(1).select_from(table)) for table in tables))).one()
    for table, holds_rows in zip(tables, found, strict=True):
        if holds_rows:
            connection.execute(table.delete())
    experiments = metadata.tables["experiments"]
    connection.execute(experiments.delete().where(experiments.c.id != 0))
    connection.execute(experiments.update().values(name="Default", active_name="Default", deleted_time=None))
