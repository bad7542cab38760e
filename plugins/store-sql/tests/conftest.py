"""Fresh databases for the tests: a SQLite file, a PostgreSQL schema, a MariaDB database."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from runyard.settings import Settings
from runyard.uris import Uri
from runyard_store_sql.engine import Database, close_engine, open_engine
from runyard_store_sql.schema import metadata

DATABASES = [
    "sqlite",
    pytest.param("postgres", marks=pytest.mark.postgres),
    pytest.param("mariadb", marks=pytest.mark.mariadb),
]


@pytest.fixture(params=DATABASES)
def database_uri(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URI of an empty database, on every kind of database in turn."""
    yield from fresh_database(request.param, tmp_path)


@pytest.fixture(scope="module", params=DATABASES)
def _module_database(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, Database]]:
    for uri in fresh_database(request.param, tmp_path_factory.mktemp("database")):
        database = open_engine(Uri.parse(uri), Settings())
        yield uri, database
        close_engine(database)


@pytest.fixture
def emptied_uri(_module_database: tuple[str, Database]) -> str:
    """The URI of a database that is made once for each module and emptied for each test, which is faster."""
    uri, database = _module_database
    database.write(_empty)
    return uri


def _empty(connection: sa.Connection) -> None:
    # Keys stay: processes remember their numbers.
    for table in reversed(metadata.sorted_tables):
        if table.name not in {"experiments", "keys"}:
            connection.execute(table.delete())
    experiments = metadata.tables["experiments"]
    connection.execute(experiments.delete().where(experiments.c.id != 0))
    connection.execute(experiments.update().values(name="Default", active_name="Default", deleted_time=None))


def fresh_database(kind: str, tmp_path: Path) -> Iterator[str]:
    """The URI of an empty database of one kind, dropped afterwards."""
    if kind == "sqlite":
        yield f"sqlite:///{tmp_path / 'runyard.db'}"
        return
    variable = f"RUNYARD_TEST_{kind.upper()}"
    server = os.environ.get(variable)
    if not server:
        pytest.skip(f"no {kind} server: set {variable} (see CONTRIBUTING.md)")
    driver = {"postgres": "postgresql+psycopg", "mariadb": "mariadb+pymysql"}[kind]
    url = sa.make_url(server).set(drivername=driver)
    name = f"runyard_{uuid.uuid4().hex[:12]}"
    admin = sa.create_engine(url, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    try:
        yield sa.make_url(server).set(database=name).render_as_string(hide_password=False)
    finally:
        with admin.connect() as connection:
            force = " WITH (FORCE)" if kind == "postgres" else ""
            connection.exec_driver_sql(f"DROP DATABASE {name}{force}")
        admin.dispose()
