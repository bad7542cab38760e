"""A real server with real data, and pages of it in a browser that must not complain."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page

from runyard.testing.server import RunningServer, running_server

sys.path.insert(0, str(Path(__file__).parent))  # tests are no package

import seed
from opening import OpenPage


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, chromium: Browser) -> Iterator[RunningServer]:
    """One server for a module; nobody changes what is in it but by adding runs."""
    folder = tmp_path_factory.mktemp("site")
    seed.seed(folder)
    with running_server(folder) as server:
        yield server


@pytest.fixture
def open_page(chromium: Browser, site: RunningServer) -> Iterator[OpenPage]:
    """Opens pages; at the end none of them may have logged an error or failed to fetch something."""
    problems: list[str] = []
    contexts = []

    def open_it(
        path: str,
        *,
        theme: str = "light",
        width: int = 1280,
        height: int = 800,
        expected: str = "",
        who: tuple[str, str] | None = None,
    ) -> Page:
        def console(message: ConsoleMessage) -> None:
            if message.type in {"error", "warning"} and not (expected and expected in message.text):
                problems.append(f"{message.type}: {message.text}")

        context = chromium.new_context(
            viewport={"width": width, "height": height},
            color_scheme="dark" if theme == "dark" else "light",
            http_credentials={"username": who[0], "password": who[1]} if who else None,
            reduced_motion="reduce",  # what only fades in would be looked at while its contrast is low
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(30_000)
        page.on("console", console)
        page.on("pageerror", lambda error: problems.append(f"error: {error}"))
        page.goto(f"{site.url}{path}")
        return page

    yield open_it
    for context in contexts:
        context.close()
    assert problems == []


@pytest.fixture(scope="session")
def axe() -> str:
    """The script that looks for what keeps people out."""
    script = Path(__file__).parents[1] / "web" / "node_modules" / "axe-core" / "axe.min.js"
    if not script.is_file():
        pytest.skip(f"{script} is missing: make ui")
    return script.read_text(encoding="utf-8")
