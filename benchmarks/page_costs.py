"""What a page costs in a browser: bytes, and the processor's time of its main thread."""

from __future__ import annotations

from playwright.sync_api import CDPSession, FloatRect, Page, Request


def cost_of_moving(page: Page, developer: CDPSession, box: FloatRect) -> float:
    """Seconds for a move of the pointer over a chart: of the cheapest ten in a row, for others are busy too."""
    costs = []
    for start in range(4):
        before = spent(developer)
        for move in range(10):
            page.mouse.move(
                box["x"] + box["width"] * (0.1 + start / 5 + move / 60),
                box["y"] + box["height"] * (0.4 + move % 7 / 20),
            )
            page.wait_for_timeout(20)
        costs.append((spent(developer) - before) / 10)
    return min(costs)


def measuring(page: Page) -> CDPSession:
    """Tells from now on what the page's main thread costs: the processor's time, whoever else is busy."""
    developer = page.context.new_cdp_session(page)
    developer.send("Performance.enable", {"timeDomain": "threadTicks"})
    return developer


def spent(developer: CDPSession) -> float:
    """Seconds of the main thread so far."""
    measured = {one["name"]: one["value"] for one in developer.send("Performance.getMetrics")["metrics"]}
    return float(measured["TaskDuration"])


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
