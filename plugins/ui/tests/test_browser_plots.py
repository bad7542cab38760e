"""Parallel coordinates, scatter and bars: the same runs as the table, and what is drawn as a file."""

from __future__ import annotations

import csv
import re
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from opening import OpenPage
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SWEEP = "2"


def saved(page: Page, what: str) -> Path:
    page.get_by_role("button", name="Save the chart").first.click()
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
    assert svg.tag == "{http://www.w3.org/2000/svg}svg"
    assert len(svg.findall(".//{http://www.w3.org/2000/svg}text")) > 5
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
