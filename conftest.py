"""What all tests share: a test that needs a component is never skipped where components are required."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

COMPONENTS = ("postgres", "mariadb", "mlflow", "openssl", "torch")
DRIVERS = {"postgres": "postgresql+psycopg", "mariadb": "mariadb+pymysql"}


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
    call: pytest.CallInfo[None],  # noqa: ARG001 - named by pytest
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    needs = [name for name in COMPONENTS if item.get_closest_marker(name)]
    if report.skipped and needs and os.environ.get("RUNYARD_REQUIRE_COMPONENTS"):
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} was skipped for lack of {' and '.join(needs)}: {report.longrepr}"
    return report


@pytest.fixture(scope="session")
def fresh_database() -> Callable[[str, Path], AbstractContextManager[str]]:
    """Makes an empty database of a kind (sqlite, in the folder given, postgres, mariadb); it is dropped afterwards."""
    return _fresh_database


@contextmanager
def _fresh_database(kind: str, folder: Path) -> Iterator[str]:
    import sqlalchemy as sa

    if kind == "sqlite":
        yield f"sqlite:///{folder / 'runyard.db'}"
        return
    variable = f"RUNYARD_TEST_{kind.upper()}"
    server = os.environ.get(variable)
    if not server:
        pytest.skip(f"no {kind} server: set {variable} (see CONTRIBUTING.md)")
    name = f"runyard_{uuid.uuid4().hex[:12]}"
    admin = sa.create_engine(sa.make_url(server).set(drivername=DRIVERS[kind]), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    try:
        yield sa.make_url(server).set(database=name).render_as_string(hide_password=False)
    finally:
        with admin.connect() as connection:
            force = " WITH (FORCE)" if kind == "postgres" else ""
            connection.exec_driver_sql(f"DROP DATABASE {name}{force}")
        admin.dispose()


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests read no setting of the person who runs them."""
    for name in list(os.environ):
        if name.startswith(("RUNYARD_", "MLFLOW_")) and not name.startswith(("RUNYARD_TEST_", "RUNYARD_REQUIRE_")):
            monkeypatch.delenv(name)
