"""Very many runs and points cost in the web UI what was promised: bytes, elements and the processor's time."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from runyard.testing.server import RunningServer, running_server

sys.path.insert(0, str(Path(__file__).parents[1] / "benchmarks"))

from many_runs import CURVES, SPREAD, build, spread
from page_costs import brings_all_runs, cost_of_moving, measuring, script_sizes, spent

pytestmark = [pytest.mark.browser, pytest.mark.slow]

JS_BYTES = 200_000  # on the wire, at the first page with data
ELEMENTS = 2_500
SECONDS = 0.6  # of the page's main thread, until the whole table is there
CURVES_SECONDS = 0.3  # until they are drawn in one chart
HOVER_SECONDS = 0.025  # for each move of the pointer, painted without a graphics card; half where few others are busy
PARALLEL_SECONDS = 1.2  # until all runs are drawn on nine axes, the plot's own scripts among them


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, chromium: Browser) -> Iterator[RunningServer]:
    folder = tmp_path_factory.mktemp("budget")
    with running_server(folder, "--backend-store-uri", build(folder)) as server:
        yield server


@pytest.fixture
def spread_site(site: RunningServer, tmp_path: Path) -> Iterator[RunningServer]:
    """A server with the same runs, of many experiments in place of one."""
    with running_server(tmp_path, "--backend-store-uri", spread(site.data.parent, tmp_path)) as server:
        yield server


def test_many_runs_cost_few_bytes_elements_and_seconds(chromium: Browser, site: RunningServer) -> None:
    look_at_all_runs(chromium, f"{site.url}/experiments/1?tab=table")


def test_the_same_runs_of_many_experiments_cost_no_more(chromium: Browser, spread_site: RunningServer) -> None:
    look_at_all_runs(chromium, f"{spread_site.url}/workspace?exp={','.join(map(str, SPREAD))}&tab=table")


def look_at_all_runs(chromium: Browser, address: str) -> None:
    context = chromium.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    developer = measuring(page)
    sizes = script_sizes(page)
    # Nothing asks the page meanwhile, for answering would count as well.
    with page.expect_event("requestfinished", brings_all_runs, timeout=60_000):
        page.goto(address)
    page.wait_for_timeout(1_000)
    measured = spent(developer)
    expect(page.get_by_text("100,000 runs", exact=True)).to_be_visible()
    assert page.evaluate("document.querySelectorAll('*').length") <= ELEMENTS
    assert sum(sizes.values()) <= JS_BYTES
    assert measured <= SECONDS

    grid = page.get_by_role("grid")
    assert grid.get_attribute("aria-rowcount") == "100001"
    page.get_by_role("columnheader", name="acc4").get_by_role("button").click()
    expect(page.get_by_role("columnheader", name="acc4")).to_have_attribute("aria-sort", "descending")
    place = page.get_by_role("columnheader", name="acc4").get_attribute("aria-colindex")
    shown = page.locator(f"[role=row][aria-rowindex='2'] [aria-colindex='{place}']").inner_text()
    assert shown.endswith("1")
    grid.evaluate("grid => grid.scrollTo(0, 1_500_000)")
    expect(page.locator("[role=row][aria-rowindex='50002']")).to_be_visible()
    assert page.evaluate("document.querySelectorAll('*').length") <= ELEMENTS
    context.close()


def test_a_hundred_curves_are_drawn_and_hovered_in_time(chromium: Browser, site: RunningServer) -> None:
    context = chromium.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.goto(f"{site.url}/experiments/2?tab=table&top={CURVES}")
    expect(page.get_by_text(f"{CURVES} runs", exact=True)).to_be_visible()
    developer = measuring(page)
    before = spent(developer)
    with page.expect_event("requestfinished", lambda request: request.url.endswith("/metrics/series")):
        page.get_by_role("button", name="Charts", exact=True).click()
    page.wait_for_timeout(1_000)
    drawn = spent(developer) - before
    box = page.locator(".u-over").bounding_box()
    assert box is not None
    hovered = cost_of_moving(page, developer, box)
    expect(page.get_by_role("figure", name="loss")).to_contain_text("of 1,000,000 points, extremes kept")
    expect(page.get_by_role("figure", name="loss")).to_contain_text("curve-")
    context.close()
    assert (drawn <= CURVES_SECONDS, hovered <= HOVER_SECONDS) == (True, True), (drawn, hovered)


def test_parallel_coordinates_of_all_runs_are_drawn_in_time(chromium: Browser, site: RunningServer) -> None:
    context = chromium.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    with page.expect_event("requestfinished", brings_all_runs, timeout=60_000):
        page.goto(f"{site.url}/experiments/1?tab=table")
    expect(page.get_by_text("100,000 runs", exact=True)).to_be_visible()
    developer = measuring(page)
    before = spent(developer)
    axes = ",".join([*(f"params.param{key}" for key in range(1, 4)), *(f"metrics.acc{key}" for key in range(4, 10))])
    page.evaluate("axes => { history.pushState(null, '', `${location.pathname}?tab=parallel&axes=${axes}`) }", axes)
    figure = page.get_by_role("figure", name="Parallel coordinates")
    page.wait_for_timeout(2_000)
    drawn = spent(developer) - before
    expect(figure).to_contain_text("100,000 runs, drawn as their density")
    box = figure.locator("[class*=over]").bounding_box()
    assert box is not None
    hovered = cost_of_moving(page, developer, box)
    context.close()
    assert (drawn <= PARALLEL_SECONDS, hovered <= HOVER_SECONDS) == (True, True), (drawn, hovered)
