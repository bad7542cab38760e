"""Fresh databases for the tests: a SQLite file, a PostgreSQL schema, a MariaDB database."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

DATABASES = [
    "sqlite",
    pytest.param("postgres", marks=pytest.mark.postgres),
    pytest.param("mariadb", marks=pytest.mark.mariadb),
]


@pytest.fixture(params=DATABASES)
def database_uri(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URI of an empty database, on every kind of database in turn."""
    yield from fresh_database(request.param, tmp_path)


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
