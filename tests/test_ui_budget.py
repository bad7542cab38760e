"""A hundred thousand runs in the web UI cost what was promised: bytes, elements and the processor's time."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser, Page, Request, expect

from runyard.settings import Settings
from runyard.testing.server import RunningServer, running_server
from runyard.uris import Uri
from runyard_store_sql import schema
from runyard_store_sql.engine import close_engine, open_engine

pytestmark = [pytest.mark.browser, pytest.mark.slow]

RUNS, PARAMS, METRICS = 100_000, 3, 6
START = 1_700_000_000_000
JS_BYTES = 200_000  # on the wire, at the first page with data
ELEMENTS = 2_500
SECONDS = 0.6  # of the page's main thread, until the whole table is there


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, chromium: Browser) -> Iterator[RunningServer]:
    folder = tmp_path_factory.mktemp("budget")
    database = open_engine(Uri.parse(f"sqlite:///{folder / 'runs.db'}"), Settings())
    fill(database.engine)
    close_engine(database)
    with running_server(folder, "--backend-store-uri", f"sqlite:///{folder / 'runs.db'}") as server:
        yield server


def fill(engine: sa.Engine) -> None:
    """One experiment of many runs, written in bulk; of metrics what a table shows, without their curves."""
    schema.metadata.create_all(engine)
    chance = random.Random(7)
    runs, params = range(1, RUNS + 1), range(1, PARAMS + 1)
    metrics = range(PARAMS + 1, PARAMS + METRICS + 1)
    with engine.begin() as connection:
        about = {"id": 1, "name": "many", "active_name": "many", "artifact_location": "/artifacts/1"}
        times = {"creation_time": START, "last_update_time": START}
        connection.execute(schema.experiments.insert(), about | times)
        names = [*(f"param{key}" for key in params), *(f"acc{key}" for key in metrics)]
        connection.execute(schema.keys.insert(), [{"id": key, "name": name} for key, name in enumerate(names, 1)])
        insert(connection, schema.runs, (a_run(run) for run in runs))
        insert(connection, schema.params, (a_param(run, key, chance.random()) for run in runs for key in params))
        insert(connection, schema.metrics, (a_metric(run, key, chance.random()) for run in runs for key in metrics))


def a_run(run: int) -> tuple[Any, ...]:
    run_id, start = f"{run * 2654435761 % 2**32:08x}{run:024x}", START + run * 1_000
    return (
        *(run, run_id, 1, f"run-{run}", "ada", "FINISHED", start, start + 900),
        *(f"/artifacts/1/{run_id}", None, None, None, False),
    )


def a_param(run: int, key: int, value: float) -> tuple[Any, ...]:
    text = f"{value:.3g}"
    return run, key, text, text, float(text)


def a_metric(run: int, key: int, value: float) -> tuple[Any, ...]:
    return run, key, value, 0, START, value, 0, START, value, 0, value, 0, value, 1, 1, 0, 1, 1


def insert(connection: sa.Connection, table: sa.Table, rows: Iterable[tuple[Any, ...]]) -> None:
    marks = ", ".join("?" * len(table.c))
    connection.exec_driver_sql(f"INSERT INTO {table.name} VALUES ({marks})", list(rows))


def test_many_runs_cost_few_bytes_elements_and_seconds(chromium: Browser, site: RunningServer) -> None:
    context = chromium.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    developer = context.new_cdp_session(page)
    developer.send("Performance.enable", {"timeDomain": "threadTicks"})  # the processor's time, whoever else is busy
    sizes = script_sizes(page)
    # Nothing asks the page meanwhile, for answering would count as well.
    with page.expect_event("requestfinished", brings_all_runs, timeout=60_000):
        page.goto(f"{site.url}/experiments/1?tab=table")
    page.wait_for_timeout(1_000)
    measured = {one["name"]: one["value"] for one in developer.send("Performance.getMetrics")["metrics"]}
    expect(page.get_by_text("100,000 runs", exact=True)).to_be_visible()
    assert page.evaluate("document.querySelectorAll('*').length") <= ELEMENTS
    assert sum(sizes.values()) <= JS_BYTES
    assert measured["TaskDuration"] <= SECONDS, measured

    grid = page.get_by_role("grid")
    assert grid.get_attribute("aria-rowcount") == "100001"
    page.get_by_role("columnheader", name="acc4").get_by_role("button").click()
    expect(page.get_by_role("columnheader", name="acc4")).to_have_attribute("aria-sort", "descending")
    shown = page.locator("[role=row][aria-rowindex='2'] [aria-colindex='2']").inner_text()
    assert shown.endswith("1")
    grid.evaluate("grid => grid.scrollTo(0, 1_500_000)")
    expect(page.locator("[role=row][aria-rowindex='50002']")).to_be_visible()
    assert page.evaluate("document.querySelectorAll('*').length") <= ELEMENTS
    context.close()


def brings_all_runs(request: Request) -> bool:
    return request.url.endswith("/runs/columns") and '"limit":200}' not in (request.post_data or "")


def script_sizes(page: Page) -> dict[str, int]:
    """The bytes of each script as they came over the wire, filled while the page loads."""
    sizes: dict[str, int] = {}

    def count(request: Request) -> None:
        if request.resource_type == "script":
            sizes[request.url] = request.sizes()["responseBodySize"]

    page.on("requestfinished", count)
    return sizes
