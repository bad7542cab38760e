"""What the web UI costs with 100,000 runs, 100 curves of 10,000 points, and one of a million.

    make ui; python benchmarks/bench_ui.py [--browser /usr/bin/chromium] [--keep FOLDER]

Needs Chromium. `--keep` keeps the database, so that the next measurement need not build it. Times are CPU ms of the
page's main thread, the least of three; all painting is by software. Nobody else may be busy meanwhile: a core that is
shared with others is slower, which its CPU time does not tell.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable
from pathlib import Path

from many_runs import CURVES, DATABASE, LONG, RUNS, build
from page_costs import brings_all_runs, cost_of_moving, measuring, script_sizes, spent
from playwright.sync_api import Browser, Page, sync_playwright

from runyard.testing.server import running_server

REPEATS = 3
FRAMES = 60
SCROLL = """async ([pixels, frames]) => {
  const grid = document.querySelector("[role=grid]");
  grid.scrollTo(0, 0);
  for (let at = 1; at <= frames; at++) {
    grid.scrollTo(0, at * pixels);
    await new Promise((drawn) => requestAnimationFrame(drawn));
  }
}"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--browser", default="/usr/bin/chromium")
    parser.add_argument("--keep", type=Path, help="a folder for the database")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.keep or Path(temporary)
        folder.mkdir(exist_ok=True)
        uri = f"sqlite:///{folder / DATABASE}" if (folder / DATABASE).exists() else build(folder)
        with running_server(folder, "--backend-store-uri", uri) as server, sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=options.browser, args=["--no-sandbox", "--disable-gpu"]
            )
            print(f"{'':<58}{'aim':>10}{'result':>12}")
            report(lambda: table(browser, server.url))
            report(lambda: curves(browser, server.url))
            report(lambda: long_curve(browser, server.url))
            browser.close()


Measured = list[tuple[str, float, float]]
"""What was measured, the most it may be, and how much it was."""


def report(measure: Callable[[], Measured]) -> None:
    for same in zip(*(measure() for _ in range(REPEATS)), strict=True):
        what, aim, _ = same[0]
        result = min(result for _, _, result in same)
        print(f"{what:<58}{aim:>10,.0f}{result:>12,.1f}  {'reached' if result <= aim else 'MISSED'}", flush=True)


def table(browser: Browser, url: str) -> Measured:
    page = opened(browser)
    sizes = script_sizes(page)
    developer = measuring(page)
    with page.expect_event("requestfinished", brings_all_runs, timeout=60_000):
        page.goto(f"{url}/experiments/1?tab=table")
    page.wait_for_timeout(1_000)
    usable = spent(developer)
    found: Measured = [
        ("first load of the runs table, scripts, kB", 200, sum(sizes.values()) / 1_000),
        (f"{RUNS:,} runs, until the table can be used, ms", 600, usable * 1_000),
        ("elements", 2_500, page.evaluate("document.querySelectorAll('*').length")),
    ]
    before = spent(developer)
    page.get_by_role("columnheader", name="acc5").get_by_role("button").click()
    page.locator("[role=columnheader][aria-sort=descending]", has_text="acc5").wait_for()
    page.wait_for_timeout(500)
    found.append(("sorting them, ms", 300, (spent(developer) - before) * 1_000))
    for pixels in (120, 600):
        page.evaluate(SCROLL, [pixels, FRAMES])
        before = spent(developer)
        page.evaluate(SCROLL, [pixels, FRAMES])
        found.append(
            (f"scrolling {pixels} pixels a frame, ms a frame", 16, (spent(developer) - before) / FRAMES * 1_000)
        )
    page.context.close()
    return found


def curves(browser: Browser, url: str) -> Measured:
    page = opened(browser)
    page.goto(f"{url}/experiments/2?tab=table&top={CURVES}")
    page.get_by_text(f"{CURVES} runs", exact=True).wait_for()
    drawn, _ = draw(page)
    box = page.locator(".u-over").bounding_box()
    assert box is not None
    hovered = cost_of_moving(page, measuring(page), box)
    page.context.close()
    return [
        (f"{CURVES} curves of 10,000 points in one chart, ms", 300, drawn * 1_000),
        ("moving the pointer over them, ms", 16, hovered * 1_000),
    ]


def long_curve(browser: Browser, url: str) -> Measured:
    page = opened(browser)
    page.goto(f"{url}/experiments/3?tab=table")
    page.get_by_text("1 run", exact=True).wait_for()
    drawn, size = draw(page)
    page.context.close()
    return [(f"a curve of {LONG:,} points, ms", 150, drawn * 1_000), ("its bytes, KiB", 64, size / 1_024)]


def draw(page: Page) -> tuple[float, int]:
    """Turn to the charts; seconds and bytes until the curves are drawn."""
    developer = measuring(page)
    page.wait_for_timeout(500)
    before = spent(developer)
    with page.expect_event("requestfinished", lambda request: request.url.endswith("/metrics/series")) as finished:
        page.get_by_role("button", name="Charts", exact=True).click()
    page.wait_for_timeout(1_000)
    return spent(developer) - before, finished.value.sizes()["responseBodySize"]


def opened(browser: Browser) -> Page:
    return browser.new_context(viewport={"width": 1440, "height": 900}).new_page()


if __name__ == "__main__":
    main()
