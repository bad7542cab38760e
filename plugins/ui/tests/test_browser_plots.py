"""Curves, parallel coordinates, scatter and bars: the runs of the table, and what is drawn as a file and a table."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen
from xml.etree import ElementTree as ET

import pytest
import seed
from opening import OpenPage
from playwright.sync_api import Locator, Page, expect

from runyard.testing.server import RunningServer

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SWEEP = "2"
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def odd(site: RunningServer) -> str:
    """An experiment whose runs have an outlier, NaN, infinities, and a metric and a param that one alone has."""
    experiment: str = post(site, "experiments/create", {"name": "odd"})["experiment_id"]
    for number in range(4):
        odd_run(site, experiment, number)
    return experiment


def odd_run(site: RunningServer, experiment: str, number: int) -> None:
    created = post(
        site, "runs/create", {"experiment_id": experiment, "run_name": f"odd-{number}", "start_time": number}
    )
    curves: dict[str, list[float | str]] = {key: [1 - step / 100 for step in range(100)] for key in ("loss", "error")}
    if number == 0:
        curves["loss"][10:14] = ["NaN", "NaN", "Infinity", "-Infinity"]
    if number == 1:
        curves["loss"][50] = 90.0
        curves["score"] = [0.5]
    metrics = [
        {"key": key, "value": value, "step": step, "timestamp": step * 1_000}
        for key, values in curves.items()
        for step, value in enumerate(values)
    ]
    params = {"lr": str(10.0**-number), "a_rather_long_name": str(number)} | ({"only_here": "x"} if number == 2 else {})
    more = {"params": [{"key": key, "value": value} for key, value in params.items()]}
    post(site, "runs/log-batch", {"run_id": created["run"]["info"]["run_id"], "metrics": metrics, **more})


def post(site: RunningServer, path: str, body: Any) -> Any:
    headers = {"Content-Type": "application/json"}
    with urlopen(Request(f"{site.url}/api/2.0/mlflow/{path}", json.dumps(body).encode(), headers)) as answer:
        return json.load(answer)


def chart(page: Page, metric: str) -> Locator:
    return page.get_by_role("figure", name=metric, exact=True)


def saved(page: Page, what: str, figure: Locator | None = None) -> Path:
    (figure or page).get_by_role("button", name="Save the chart").first.click()
    with page.expect_download() as download:
        page.get_by_role("dialog", name="Save the chart").get_by_role("button", name=what).click()
    return download.value.path()


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_a_brush_on_an_axis_filters_the_rows_and_is_in_the_address(open_page: OpenPage) -> None:
    page = open_page(f"/experiments/{SWEEP}?tab=parallel")
    strip = page.locator("[data-axis='params.lr']")
    box = strip.bounding_box()
    assert box is not None
    across = box["x"] + box["width"] / 2
    page.mouse.move(across, box["y"] + 2)
    page.mouse.down()
    page.mouse.move(across, box["y"] + box["height"] / 2, steps=4)
    page.mouse.up()
    page.wait_for_url("**brush=params.lr:*")
    text = page.get_by_text(re.compile(r"^\d+ of 70 runs$"))
    expect(text).to_be_visible()
    shown = int(text.inner_text().split()[0])
    assert 0 < shown < 70
    found = re.search(r"brush=params\.lr:([\d.e-]+)\.\.([\d.e-]+)", page.url)
    assert found is not None
    rows = rows_of(saved(page, "CSV"))
    assert len(rows) == shown
    assert all(float(found[1]) <= float(row["params.lr"]) <= float(found[2]) for row in rows)
    expect(page.get_by_role("grid")).to_have_attribute("aria-rowcount", str(shown + 1))
    page.get_by_role("button", name=re.compile("^lr: ")).click()
    expect(page.get_by_text("70 runs", exact=True).first).to_be_visible()
    page.go_back()
    expect(text).to_be_visible()


def test_axes_are_moved_and_their_scales_chosen(open_page: OpenPage) -> None:
    page = open_page(f"/experiments/{SWEEP}?tab=parallel&axes=params.lr,params.solver,metrics.val_acc")
    names = page.get_by_role("button", name=re.compile("^Axis "))
    expect(names).to_have_text(["lr", "solver", "val_acc"])
    names.first.press("ArrowRight")
    page.wait_for_url("**axes=params.solver,params.lr,metrics.val_acc*")
    expect(names).to_have_text(["solver", "lr", "val_acc"])
    page.get_by_role("button", name="Scale of lr").click()
    expect(page.get_by_role("button", name="Log", exact=True)).to_have_attribute("aria-pressed", "true")
    page.get_by_role("button", name="Linear").click()
    page.wait_for_url("**scales=linear:params.lr*")
    page.get_by_role("button", name="What matters").click()
    expect(page.get_by_role("table", name="What goes with val_acc").get_by_role("row")).to_have_count(2)


def test_a_run_under_the_pointer_is_the_one_in_the_table(open_page: OpenPage) -> None:
    page = open_page(f"/experiments/{SWEEP}?tab=scatter")
    scatter = page.get_by_role("figure", name="Scatter").locator("[class*=over]")
    expect(scatter).to_be_visible()
    box = scatter.bounding_box()
    assert box is not None
    hovered = page.locator("[role=row][data-hovered=true]")
    for share in range(5, 95, 4):
        for height in range(5, 95, 8):
            page.mouse.move(box["x"] + box["width"] * share / 100, box["y"] + box["height"] * height / 100)
            if hovered.count():
                page.mouse.down()
                page.mouse.up()
                page.wait_for_url("**sel=*")
                expect(page.get_by_text("1 run selected")).to_be_visible()
                return
    pytest.fail("no run is under any of the places")


def test_the_pareto_front_holds_whom_nobody_beats(open_page: OpenPage) -> None:
    page = open_page(f"/experiments/{SWEEP}?tab=scatter&px=metrics.val_loss&py=metrics.val_acc")
    runs = [(float(row["metrics.val_loss"]), float(row["metrics.val_acc"])) for row in rows_of(saved(page, "CSV"))]
    page.get_by_role("button", name="Pareto front").click()
    page.wait_for_url("**pareto=1*")
    best = {(x, y) for x, y in runs if not any((a <= x and b >= y) and (a, b) != (x, y) for a, b in runs)}
    noun = "run" if len(best) == 1 else "runs"
    expect(page.get_by_text(f"{len(best)} {noun} on the Pareto front, of 70")).to_be_visible()
    rows = rows_of(saved(page, "CSV"))
    assert {(float(row["metrics.val_loss"]), float(row["metrics.val_acc"])) for row in rows} == best


@pytest.mark.parametrize("tab", ["parallel", "scatter", "bar"])
def test_a_picture_is_saved_as_svg_and_png(open_page: OpenPage, tab: str) -> None:
    page = open_page(f"/experiments/{SWEEP}?tab={tab}")
    expect(page.locator("figure canvas").first).to_be_visible()
    svg = ET.parse(saved(page, "SVG")).getroot()
    assert svg.tag == f"{SVG}svg"
    assert len(svg.findall(f".//{SVG}text")) > 5
    assert saved(page, "PNG").read_bytes().startswith(b"\x89PNG")


def test_groups_have_their_means_in_the_table_and_a_band_in_charts(open_page: OpenPage) -> None:
    page = open_page(f"/experiments/{SWEEP}")
    page.get_by_label("Group runs by").select_option("params.solver")
    page.wait_for_url("**group=params.solver*")
    groups = page.locator("[role=row][data-group]")
    expect(groups).to_have_count(3)
    sizes = [int(text) for text in groups.locator("[role=rowheader] small").all_inner_texts()]
    assert sum(sizes) == 70
    chart = page.get_by_role("figure", name="val_acc")
    expect(chart).to_contain_text("mean of 70 runs in 3 groups, band: least to greatest")
    names = groups.locator("[role=rowheader] b").all_inner_texts()
    for name, size in zip(names, sizes, strict=True):
        expect(chart).to_contain_text(f"{name} ({size})")
    page.get_by_label("Band of a group").select_option("std")
    expect(chart).to_contain_text("one standard deviation")
    groups.first.get_by_role("button").click()
    page.wait_for_url(f"**open={names[0]}*")
    expect(page.get_by_role("grid")).to_have_attribute("aria-rowcount", str(3 + sizes[0] + 1))
    expect(page.get_by_role("row").filter(has=page.get_by_role("link")).first).to_be_visible()
    page.go_back()
    expect(page.get_by_role("grid")).to_have_attribute("aria-rowcount", "4")


def test_a_chart_is_saved_and_read_as_a_table(open_page: OpenPage, axe: str) -> None:
    page = open_page(f"/experiments/{SWEEP}?tab=charts&smooth=0.6&base={seed.run_id(60)}")
    accuracy = chart(page, "val_acc")
    expect(accuracy).to_contain_text("1,140 points · smoothed, weight 0.6, raw faint")
    rows = rows_of(saved(page, "CSV", accuracy))
    assert len(rows) == 1_140
    assert list(rows[0]) == ["run_id", "run_name", "step", "val_acc", "val_acc smoothed"]
    drawing = ET.parse(saved(page, "SVG", accuracy)).getroot()
    texts = [text.text for text in drawing.findall(f".//{SVG}text")]
    assert {"val_acc", "mlp-69", "0.2"} < set(texts)
    assert len(drawing.findall(f".//{SVG}path")) > 40  # twenty lines, raw and smoothed
    assert saved(page, "PNG", accuracy).read_bytes().startswith(b"\x89PNG")

    accuracy.get_by_role("button", name="Show the numbers").press("Enter")
    table = accuracy.get_by_role("table", name="val_acc of 20 curves in view")
    expect(table.get_by_role("row")).to_have_count(21)
    last = [float(row["val_acc"]) for row in rows if row["run_name"] == "mlp-60"][-1]
    cells = table.get_by_role("row").filter(has=page.get_by_role("rowheader", name="mlp-60")).get_by_role("cell")
    assert float(cells.nth(2).inner_text()) == pytest.approx(last, rel=1e-5)
    accuracy.get_by_label("Which numbers of val_acc").select_option(label="Points of mlp-69")
    expect(accuracy.get_by_role("table", name="val_acc of mlp-69, 30 points that are drawn")).to_be_visible()
    page.evaluate(axe)
    found = page.evaluate("axe.run()")["violations"]
    assert [one["id"] for one in found if one["impact"] in {"serious", "critical"}] == []


def test_runs_and_groups_that_are_shown_are_told_apart(open_page: OpenPage) -> None:
    page = open_page(f"/experiments/{SWEEP}?top=50", height=1_900)
    swatches = page.locator("[role=row] [data-sign]")
    expect(swatches).to_have_count(50)
    assert len(set(signs(swatches))) == 50
    page.get_by_label("Group runs by").select_option("params.solver")
    expect(chart(page, "val_acc").locator("li")).to_have_count(3)
    found = signs(page.locator("[role=row] [data-sign]"))
    assert len(set(found)) == 3
    assert all(sign.endswith("  none") for sign in found)  # solid, without a mark
    assert signs(chart(page, "val_acc").locator("li [data-sign]")) == found


def signs(swatches: Locator) -> list[str]:
    found: list[str] = swatches.evaluate_all("all => all.map(one => one.dataset.sign)")
    return found


def test_charts_move_together_and_say_what_they_leave_out(open_page: OpenPage, odd: str) -> None:
    page = open_page(f"/experiments/{odd}?tab=charts")
    loss, error = chart(page, "loss"), chart(page, "error")
    expect(loss).to_contain_text("400 points · 2 NaN · 2 infinite")
    page.get_by_role("button", name="Ignore outliers").click()
    page.wait_for_url("**outliers=ignore*")
    expect(loss).to_contain_text("1 value beyond the y axis")
    page.get_by_label("Smooth", exact=True).fill("30")
    page.wait_for_url("**smooth=0.3*")
    with page.expect_request("**/metrics/series") as request:
        page.get_by_label("How curves are smoothed").select_option("mean")
    assert json.loads(request.value.post_data or "")["smooth"]["method"] == "mean"
    page.wait_for_url("**smooth=mean:*")
    expect(loss).to_contain_text(re.compile(r"smoothed, mean of \d+, raw faint"))

    over = loss.locator(".u-over")
    box = over.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] * 0.2, box["y"] + box["height"] * 0.25)
    expect(error).to_contain_text("step 20")  # the cursor of the other chart
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.6, box["y"] + 50, steps=4)
    page.mouse.up()
    page.wait_for_url("**zoom=*")
    for one in (loss, error):
        expect(one).to_contain_text("points in view")
    again = open_page(f"/experiments/{odd}?" + page.url.partition("?")[2])
    expect(chart(again, "error")).to_contain_text("points in view · smoothed, mean of")
    over.dblclick()
    for one in (loss, error):
        expect(one).not_to_contain_text("in view")
    page.go_back()
    expect(loss).to_contain_text("points in view")
    page.get_by_label("The x axis", exact=True).select_option("metric:error")
    page.wait_for_url("**x=metric:error*")
    assert "zoom=" not in page.url  # which was one of steps
    expect(loss).to_contain_text("400 points · 2 NaN")


def test_the_first_axes_are_those_that_most_runs_have_and_can_be_read_on_a_phone(open_page: OpenPage, odd: str) -> None:
    page = open_page(f"/experiments/{odd}?tab=parallel", width=390, height=844)
    names = page.get_by_role("button", name=re.compile("^Axis "))
    expect(names).to_have_text(["a_rather_long_name", "lr", "loss", "error"])
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    widths = names.locator("span").evaluate_all("all => all.map(one => [one.scrollWidth, one.clientWidth])")
    assert all(inside <= outside for inside, outside in widths)
    figure = page.get_by_role("figure", name="Parallel coordinates")
    figure.get_by_role("button", name="Show the numbers").click()
    expect(figure.get_by_role("row")).to_have_count(5)
    expect(figure.get_by_role("columnheader").first).to_have_text("run_name")


def test_bars_of_groups_have_the_spread_of_their_runs(open_page: OpenPage) -> None:
    page = open_page(f"/experiments/{SWEEP}?tab=bar&bar=metrics.val_loss")
    figure = page.get_by_role("figure", name="Bars")
    expect(figure).to_contain_text("70 runs")
    runs = rows_of(saved(page, "CSV", figure))
    page.get_by_label("Group runs by").select_option("params.hidden")
    page.get_by_label("Band of a group").select_option("std")
    expect(figure).to_contain_text("4 groups of 70 runs: mean and one standard deviation")
    groups = rows_of(saved(page, "CSV", figure))
    assert sum(int(group["runs"]) for group in groups) == 70
    values = [float(run["metrics.val_loss"]) for run in runs]
    mean = sum(float(group["mean"]) * int(group["runs"]) for group in groups) / 70
    assert mean == pytest.approx(sum(values) / 70)
    assert min(float(group["min"]) for group in groups) == min(values)
    figure.get_by_role("button", name="Box").click()
    page.wait_for_url("**box=1*")
    texts = [text.text for text in ET.parse(saved(page, "SVG", figure)).getroot().findall(f".//{SVG}text")]
    assert {f"{group['group']} ({group['runs']})" for group in groups} < set(texts)
    figure.get_by_role("button", name="Show the numbers").click()
    expect(figure.get_by_role("row")).to_have_count(5)
