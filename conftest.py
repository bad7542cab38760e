"""What all tests share: a test that needs a component is never skipped where components are required."""

from __future__ import annotations

import os
from collections.abc import Generator

import pytest

COMPONENTS = ("postgres", "mariadb", "mlflow")


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


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests read no setting of the person who runs them."""
    for name in list(os.environ):
        if name.startswith(("RUNYARD_", "MLFLOW_")) and not name.startswith(("RUNYARD_TEST_", "RUNYARD_REQUIRE_")):
            monkeypatch.delenv(name)
