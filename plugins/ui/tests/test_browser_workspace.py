"""The workspace: table and charts of the same runs, in one address, live."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.request import Request, urlopen

import pytest
import seed
import seed_search
from opening import OpenPage
from playwright.sync_api import Locator, Page, expect

from runyard.testing.server import RunningServer

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SWEEP, LONG_EXPERIMENT, SEARCH = "2", "1", "4"
BASE = seed.run_id(0)


def row(page: Page, name: str) -> Locator:
    return page.get_by_role("row").filter(has=page.get_by_role("link", name=name, exact=True))


def chart(page: Page, metric: str) -> Locator:
    return page.get_by_role("figure", name=metric)


def first_names(page: Page, count: int) -> list[str]:
    expect(page.locator("[role=row] a").first).to_be_visible()
    rows = page.locator("[role=row][aria-rowindex]")
    found = rows.evaluate_all(
        "rows => rows.map(row => [Number(row.ariaRowIndex ?? row.getAttribute('aria-rowindex')), "
        "row.querySelector('a')?.textContent]).filter(one => one[1])"
    )
    return [name for _, name in sorted(found)][:count]


def put(site: RunningServer, path: str, body: Any) -> Any:
    return post(site, path, body, method="PUT")


def post(site: RunningServer, path: str, body: Any, *, method: str = "POST") -> Any:
    headers = {"Content-Type": "application/json"}
    request = Request(f"{site.url}{path}", json.dumps(body).encode(), headers, method=method)
    with urlopen(request) as answer:
        return json.load(answer)


def test_the_first_picture_needs_no_click(open_page: OpenPage) -> None:
    page = open_page(f"/experiments/{SWEEP}?tab=table")
    expect(page.get_by_text("70 runs", exact=True)).to_be_visible()
    heads = [head.inner_text().split("\n")[0] for head in page.get_by_role("columnheader").all()]
    assert heads[:2] == ["Run", "val_acc"]
    assert {"train_loss", "val_loss", "lr", "hidden", "solver", "dropout", "Duration", "Started"} <= set(heads)
    assert not {"seed", "epochs", "batch_size"} & set(heads)
    page.get_by_role("button", name="3 params equal in all runs").click()
    expect(page.get_by_text("batch_size")).to_be_visible()


def test_sorting_filtering_and_the_baseline_are_in_the_address(open_page: OpenPage) -> None:
    page = open_page(f"/experiments/{SWEEP}")
    page.get_by_role("columnheader", name="val_acc").get_by_role("button").click()
    page.wait_for_url("**sort=-metrics.val_acc")
    best = first_names(page, 5)
    page.get_by_label("Filter runs").fill("params.solver = 'adam'")
    page.get_by_label("Filter runs").press("Enter")
    expect(page.get_by_text(re.compile(r"^\d+ runs$"))).not_to_have_text("70 runs")
    page.keyboard.press("Tab")
    page.keyboard.press("j")
    page.keyboard.press("b")
    page.wait_for_url("**base=*")
    expect(page.get_by_text("baseline", exact=True)).to_be_visible()
    expect(page.locator("[data-better=true], [data-better=false]").first).to_be_visible()
    again = open_page(page.url.partition("/experiments")[1] + page.url.partition("/experiments")[2])
    expect(again.get_by_text("baseline", exact=True)).to_be_visible()
    assert first_names(again, 10) == first_names(page, 10)
    page.go_back()
    page.go_back()
    expect(page.get_by_text("70 runs", exact=True)).to_be_visible()
    assert first_names(page, 5) == best


def test_what_is_wrong_with_a_filter_is_shown_where_it_is(open_page: OpenPage) -> None:
    page = open_page(f"/experiments/{SWEEP}", expected="status of 400")
    expect(page.get_by_role("grid")).to_be_visible()
    page.get_by_label("Filter runs").fill("params.lr = '1' and and")
    with page.expect_response(lambda answer: answer.status == 400):
        page.get_by_label("Filter runs").press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("expected a condition")
    lines = page.get_by_role("alert").inner_text().split("\n")
    assert lines[2].index("^") == lines[1].index("and and") + 4
    expect(page.get_by_role("grid")).to_be_visible()


def test_columns_are_chosen_by_name_and_value(open_page: OpenPage) -> None:
    page = open_page(f"/experiments/{SWEEP}?tab=table&cols=params.lr")
    expect(page.get_by_role("columnheader")).to_have_count(2)
    page.keyboard.press(".")
    page.get_by_label("Find a column").fill("val_")
    page.get_by_role("checkbox", name="val_loss").check()
    page.get_by_label("Which value of val_loss").select_option("min")
    page.wait_for_url("**cols=params.lr,metrics.val_loss@min")
    page.keyboard.press("Escape")
    expect(page.get_by_role("columnheader", name="val_loss min")).to_be_visible()


def test_the_table_and_the_charts_show_the_same_runs(open_page: OpenPage) -> None:
    page = open_page(f"/experiments/{SWEEP}")
    expect(chart(page, "val_acc")).to_contain_text("1,140 points")
    row(page, "mlp-69").get_by_role("button", name="Draw mlp-69").click()
    expect(chart(page, "val_acc")).to_contain_text("1,110 points")
    page.wait_for_url(f"**hide={seed.run_id(69)}")
    page.get_by_label("How many runs are drawn").select_option("5")
    expect(chart(page, "val_acc")).to_contain_text("240 points")
    over = chart(page, "val_acc").locator(".u-over")
    box = over.bounding_box()
    assert box is not None
    for share in range(5, 95, 3):
        page.mouse.move(box["x"] + box["width"] * 0.8, box["y"] + box["height"] * share / 100)
        if page.locator("[role=row][data-hovered=true]").count():
            break
    name = page.locator("[role=row][data-hovered=true] a").inner_text()
    expect(chart(page, "val_acc")).to_contain_text(name)


def test_rows_are_used_again_while_one_scrolls_and_nothing_focused_becomes_another_runs(open_page: OpenPage) -> None:
    page = open_page(f"/experiments/{SWEEP}?tab=table", height=500)
    expect(page.get_by_text("70 runs", exact=True)).to_be_visible()
    page.get_by_role("checkbox", name="Select mlp-67", exact=True).check()
    expect(page.get_by_role("button", name="Draw only these")).to_be_visible()  # the table is lower now
    elements = page.evaluate("window.first = [...document.querySelectorAll('[id^=run-]')]; first.length")
    grid = page.get_by_role("grid")
    grid.evaluate("grid => grid.scrollTo(0, 30 * 37)")
    expect(page.locator("[role=row][aria-rowindex='42']")).to_be_in_viewport()
    expect(grid).to_be_focused()
    expect(page.locator("[id^=run-]").first).to_have_attribute("aria-rowindex", "33")  # six before what is seen
    order = page.evaluate("[...document.querySelectorAll('[id^=run-]')].map((row) => Number(row.ariaRowIndex))")
    assert order == list(range(33, 33 + elements))  # as a reader reads them
    assert page.evaluate("first.filter((row) => row.isConnected).length") == elements
    assert page.locator("[role=row][aria-selected=true]").count() == 0
    grid.evaluate("grid => grid.scrollTo(0, 0)")
    expect(page.locator("[role=row][aria-selected=true] a")).to_have_text("mlp-67")


def test_one_point_in_a_million_is_seen_and_can_be_looked_at_closely(open_page: OpenPage) -> None:
    page = open_page(f"/experiments/{LONG_EXPERIMENT}?tab=charts", expected="getImageData")
    loss = chart(page, "loss")
    expect(loss).to_contain_text(re.compile(r"[\d,]+ of 1,000,000 points, extremes kept"))
    assert spikes(page) == len(seed.SPIKES)
    over = loss.locator(".u-over")
    box = over.bounding_box()
    assert box is not None
    with page.expect_response("**/metrics/series") as response:
        page.mouse.move(box["x"] + box["width"] * 0.11, box["y"] + 50)
        page.mouse.down()
        page.mouse.move(box["x"] + box["width"] * 0.15, box["y"] + 50, steps=4)
        page.mouse.up()
    assert len(response.value.body()) <= 64 << 10
    page.wait_for_url("**zoom=*")
    expect(loss).not_to_contain_text("of 1,000,000")
    assert spikes(page) == 1
    over.dblclick()
    expect(loss).to_contain_text("of 1,000,000 points")
    page.go_back()
    expect(loss).not_to_contain_text("of 1,000,000")
    for reach in (200_000, 5_000, 200, 10):  # however close one looks, and wherever the spike is among the pixels
        page = open_page(
            f"/experiments/{LONG_EXPERIMENT}?tab=charts&zoom={123_457 - reach}..{123_457 + reach * 0.7}",
            expected="getImageData",
        )
        expect(chart(page, "loss")).to_contain_text("points in view")
        assert spikes(page) >= 1, reach


def spikes(page: Page) -> int:
    """How many separate columns of pixels are drawn on in the upper half of the chart of the loss."""
    page.wait_for_timeout(300)
    found: int = page.evaluate(
        """() => {
          const canvas = document.querySelector('figure[aria-label=loss] canvas');
          const over = document.querySelector('figure[aria-label=loss] .u-over');
          const ratio = canvas.width / canvas.clientWidth;
          const left = Math.round(over.offsetLeft * ratio), width = Math.round(over.offsetWidth * ratio);
          const top = Math.round((over.offsetTop + over.offsetHeight * 0.3) * ratio);
          const { data } = canvas.getContext('2d').getImageData(left, top, width, 1);
          let found = 0, inside = false;
          for (let at = 0; at < width; at++) {
            const [red, green, blue, alpha] = data.subarray(at * 4, at * 4 + 4);
            const drawn = alpha > 100 && Math.max(red, green, blue) - Math.min(red, green, blue) > 40;
            if (drawn && !inside) found++;
            inside = drawn;
          }
          return found;
        }"""
    )
    return found


def test_what_happens_is_shown_and_nothing_moves(open_page: OpenPage, site: RunningServer) -> None:
    page = open_page(f"/experiments/{SWEEP}?tab=table")
    expect(page.get_by_text("live", exact=True)).to_be_visible()
    before = first_names(page, 10)
    api = "/api/2.0/mlflow/runs"
    post(
        site,
        f"{api}/log-metric",
        {"run_id": seed.run_id(69), "key": "val_acc", "value": 0.123456, "step": 99, "timestamp": 1},
    )
    expect(row(page, "mlp-69")).to_contain_text("0.1235")
    created = post(
        site, f"{api}/create", {"experiment_id": SWEEP, "run_name": "newcomer", "start_time": 4_000_000_000_000}
    )
    expect(page.get_by_role("button", name="1 new run, show")).to_be_visible()
    assert first_names(page, 10) == before
    page.get_by_role("button", name="1 new run, show").click()
    expect(row(page, "newcomer")).to_be_visible()
    run_id = created["run"]["info"]["run_id"]
    post(site, f"{api}/update", {"run_id": run_id, "status": "FAILED", "end_time": 4_000_000_001_000})
    expect(row(page, "newcomer").locator("[data-status=FAILED]")).to_be_visible()


def test_an_empty_experiment_teaches_and_turns_into_the_first_run(open_page: OpenPage, site: RunningServer) -> None:
    page = open_page("/experiments/3")
    expect(page.get_by_text(f'ry.set_tracking_uri("{site.url}")')).to_be_visible()
    expect(page.get_by_text("live", exact=True)).to_be_visible()
    post(site, "/api/2.0/mlflow/runs/create", {"experiment_id": "3", "run_name": "the-first", "start_time": 1})
    expect(page.get_by_role("link", name="the-first")).to_be_visible()


def heads(page: Page) -> list[str]:
    return [head.inner_text().split("\n")[0] for head in page.get_by_role("columnheader").all()]


def test_columns_are_made_wider_by_keys(open_page: OpenPage) -> None:
    page = open_page(f"/experiments/{SWEEP}?tab=table&cols=metrics.val_acc,params.solver")
    head = page.get_by_role("columnheader", name="val_acc", exact=True)
    edge = head.get_by_role("separator", name="Width of val_acc")
    value = page.get_by_role("row").nth(1).get_by_role("gridcell").first

    def width() -> int:
        shown: int = round(head.evaluate("(one) => one.getBoundingClientRect().width"))
        assert edge.get_attribute("aria-valuenow") == str(shown)
        assert round(value.evaluate("(one) => one.getBoundingClientRect().width")) == shown
        return shown

    head.get_by_role("button").focus()
    page.keyboard.press("Tab")
    expect(edge).to_be_focused()
    start = width()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    assert width() == start + 16
    page.keyboard.press("Shift+ArrowLeft")
    assert width() == start - 24
    page.keyboard.press("End")
    assert str(width()) == edge.get_attribute("aria-valuemax")
    page.keyboard.press("Home")
    assert str(width()) == edge.get_attribute("aria-valuemin")
    page.keyboard.press("Enter")
    assert 60 < width() < 120
    page.keyboard.press("Home")
    edge.dblclick()
    assert 60 < width() < 120
    assert value.evaluate("(one) => one.scrollWidth <= one.clientWidth")
    expect(edge).to_be_focused()
    assert "/experiments/" in page.url  # Enter opened no run
    fitted = width()
    page.reload()
    expect(edge).to_have_attribute("aria-valuenow", str(fitted))
    edge.focus()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_contain_text("Narrower, wider")


def test_columns_are_moved_by_hand_and_by_keys_and_some_stay(open_page: OpenPage) -> None:
    page = open_page(f"/experiments/{SWEEP}?tab=table&cols=metrics.val_acc,params.lr,params.solver")
    expect(page.get_by_role("columnheader")).to_have_count(4)
    page.get_by_role("columnheader", name="val_acc").get_by_role("button").focus()
    page.keyboard.press("Shift+ArrowRight")
    page.wait_for_url("**cols=params.lr,metrics.val_acc,params.solver")
    expect(page.get_by_role("columnheader", name="val_acc").get_by_role("button")).to_be_focused()
    page.get_by_role("columnheader", name="solver").drag_to(page.get_by_role("columnheader", name="lr"))
    page.wait_for_url("**cols=params.solver,params.lr,metrics.val_acc")
    assert page.get_by_role("columnheader", name="solver").get_attribute("aria-sort") == "none"
    page.keyboard.press(".")
    page.get_by_role("button", name="Keep lr at the left").click()
    page.wait_for_url("**left=params.lr")
    page.keyboard.press("Escape")
    assert heads(page) == ["Run", "lr", "solver", "val_acc"]
    page.set_viewport_size({"width": 560, "height": 700})
    lr = page.get_by_role("columnheader", name="lr")
    before = lr.bounding_box()
    page.get_by_role("grid").evaluate("grid => grid.scrollTo(500, 0)")
    expect(page.get_by_role("columnheader", name="val_acc")).to_be_in_viewport()
    assert lr.bounding_box() == before


def test_a_saved_view_opens_the_same_picture_and_says_when_it_was_changed(
    open_page: OpenPage, site: RunningServer
) -> None:
    page = open_page(f"/experiments/{SWEEP}?tab=table&sort=-metrics.val_acc&q=params.solver+%3D+'adam'", expected="409")
    names = first_names(page, 5)
    page.keyboard.press("v")
    page.get_by_label("Name of a new view").fill("Best of adam")
    page.get_by_role("button", name="Save view").click()
    page.wait_for_url("**view=*")
    view_id = page.url.partition("view=")[2]
    again = open_page(f"/views/{view_id}")
    again.wait_for_url(f"**/experiments/{SWEEP}?**sort=-metrics.val_acc**view={view_id}")
    expect(row(again, names[4])).to_be_visible()
    assert first_names(again, 5) == names
    put(site, f"/api/v1/views/{view_id}", {"name": "Theirs", "experiment_ids": [SWEEP], "state": {"version": 1}})
    page.get_by_role("columnheader", name="lr").get_by_role("button").click()
    expect(page.get_by_title("Saved views (v)")).to_have_text("Best of adam *")
    page.get_by_title("Saved views (v)").click()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("“Theirs” was saved just now, after you had opened it.")
    page.get_by_role("button", name="Replace theirs").click()
    expect(page.get_by_title("Saved views (v)")).to_have_text("Best of adam")
    page.get_by_role("button", name="Delete", exact=True).click()
    page.get_by_role("dialog", name="Delete the view").get_by_role("button", name="Delete").click()
    expect(page.get_by_title("Saved views (v)")).to_have_text("Views")
    gone = open_page(f"/views/{view_id}", expected="404")
    expect(gone.get_by_role("alert")).to_contain_text(view_id)


def test_selected_runs_are_tagged_deleted_and_brought_back(open_page: OpenPage) -> None:
    page = open_page(f"/experiments/{SWEEP}?tab=table&q=params.solver+%3D+'adam'&cols=tags.keep,params.lr")
    names = first_names(page, 2)
    for name in names:
        row(page, name).get_by_role("checkbox").check()
    page.get_by_role("button", name="Tag", exact=True).click()
    page.get_by_label("Name of the tag").fill("keep")
    page.get_by_label("Value of the tag").fill("surely")
    page.get_by_role("dialog").get_by_role("button", name="Tag", exact=True).click()
    expect(page.get_by_role("gridcell", name="surely")).to_have_count(2)
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("gridcell", name="surely")).to_have_count(0)
    page.get_by_role("button", name="Delete", exact=True).click()
    page.get_by_role("dialog", name="Delete 2 runs").get_by_role("button", name="Delete").click()
    expect(page.get_by_text("2 runs deleted.")).to_be_visible()
    expect(row(page, names[0])).to_have_count(0)
    page.get_by_role("button", name="Show deleted runs").click()
    row(page, names[0]).get_by_role("checkbox").check()
    page.get_by_role("button", name="Restore", exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name="Restore").click()
    expect(row(page, names[0])).to_have_count(0)
    row(page, names[1]).get_by_role("checkbox").check()
    page.get_by_role("button", name="Restore", exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name="Restore").click()
    page.get_by_role("button", name="Back to the runs in use").click()
    expect(row(page, names[1])).to_be_visible()
    assert first_names(page, 2) == names


def test_what_happens_in_a_pause_is_told_when_it_ends(open_page: OpenPage, site: RunningServer) -> None:
    page = open_page(f"/experiments/{SWEEP}?tab=table&cols=metrics.val_acc&q=params.solver+%3D+'adam'")
    expect(page.get_by_text("live", exact=True)).to_be_visible()
    name = first_names(page, 1)[0]
    run = seed.run_id(int(name.removeprefix("mlp-")))
    page.keyboard.press("l")
    expect(page.get_by_text("paused", exact=True)).to_be_visible()
    point = {"run_id": run, "key": "val_acc", "value": 0.654321, "step": 200, "timestamp": 1}
    post(site, "/api/2.0/mlflow/runs/log-metric", point)
    page.wait_for_timeout(1_500)
    expect(row(page, name)).not_to_contain_text("0.6543")
    page.keyboard.press("l")
    expect(row(page, name)).to_contain_text("0.6543")


def test_runs_of_several_experiments_are_looked_at_as_those_of_one(open_page: OpenPage, site: RunningServer) -> None:
    page = open_page("/experiments")
    page.get_by_role("checkbox", name="Select vision and all in it").focus()
    page.keyboard.press("Space")
    expect(page.get_by_text("3 experiments selected")).to_be_visible()
    page.get_by_role("checkbox", name="Select vision/long-training").uncheck()
    expect(page.get_by_role("button", name="Compare runs of 2 experiments")).to_be_enabled()
    page.keyboard.press("c")
    page.wait_for_url(re.compile(r"/workspace\?exp=(2,4|4,2)$"))
    heading = page.get_by_role("heading", level=1)
    expect(heading.get_by_role("link", name="vision/mask-search")).to_have_attribute("href", f"/experiments/{SEARCH}")
    expect(row(page, "width-128").get_by_role("gridcell", name="vision/mask-search")).to_be_visible()
    assert heads(page)[:3] == ["Run", "Experiment", "val_acc"]
    expect(page.get_by_text("val_acc, higher is better (guessed)")).to_be_visible()
    expect(page.get_by_role("button", name="About")).to_have_count(0)
    page.go_back()
    expect(page.get_by_text("2 experiments selected")).to_be_visible()
    page.go_forward()
    page.get_by_role("button", name="Table", exact=True).click()
    page.get_by_role("columnheader", name="Experiment").get_by_role("button").click()
    page.wait_for_url("**&sort=-experiment_id")
    assert "search" in first_names(page, 4)
    page.get_by_label("Filter runs").fill(f"experiment_id = '{SEARCH}'")
    page.get_by_label("Filter runs").press("Enter")
    expect(page.get_by_text("4 runs", exact=True)).to_be_visible()
    expect(row(page, "mlp-00")).to_have_count(0)
    page.go_back()
    page.get_by_role("button", name="All experiments that are shown").click()
    page.get_by_role("button", name="Leave vision/digits/mlp-sweep out").click()
    page.wait_for_url(f"**/experiments/{SEARCH}?tab=table&sort=-experiment_id")
    expect(page.get_by_role("columnheader", name="Experiment")).to_have_count(0)
    expect(page.get_by_text("4 runs", exact=True)).to_be_visible()


def test_experiments_are_groups_in_table_and_charts_live_and_in_a_saved_view(
    open_page: OpenPage, site: RunningServer
) -> None:
    shown = "cols=experiment_id,metrics.iou,metrics.val_acc&find=iou&q=params.epochs+>+1"
    page = open_page(f"/workspace?exp={SWEEP},{SEARCH}&{shown}")
    page.get_by_label("Group runs by").select_option("By Experiment")
    page.wait_for_url("**&group=experiment_id")
    expect(page.get_by_role("figure", name="iou", exact=True)).to_contain_text("vision/mask-search (3)")
    group = page.get_by_role("row").filter(has=page.get_by_role("button", name="vision/mask-search 3"))
    expect(group).to_be_visible()
    expect(page.get_by_role("button", name="vision/digits/mlp-sweep")).to_be_visible()
    page.keyboard.press("v")
    page.get_by_label("Name of a new view").fill("Both")
    page.get_by_role("button", name="Save view").click()
    page.wait_for_url("**view=*")
    again = open_page(f"/views/{page.url.partition('view=')[2]}")
    again.wait_for_url(page.url)
    expect(again.get_by_title("Saved views (v)")).to_have_text("Both")
    expect(again.get_by_role("figure", name="iou", exact=True)).to_contain_text("vision/mask-search (3)")
    again.get_by_role("button", name="vision/mask-search 3").click()
    again.wait_for_url("**&open=vision/mask-search**")
    expect(row(again, "width-128")).to_be_visible()
    expect(again.get_by_title("Saved views (v)")).to_have_text("Both *")
    expect(again.get_by_text("live", exact=True)).to_be_visible()
    point = {"run_id": seed_search.run_id(1), "key": "iou", "value": 0.424242, "step": 999, "timestamp": 1}
    post(site, "/api/2.0/mlflow/runs/log-metric", point)
    expect(again.get_by_role("gridcell", name="0.4242")).to_be_visible()
    for experiment in (SEARCH, SWEEP, LONG_EXPERIMENT):
        started = {"experiment_id": experiment, "run_name": f"late-{experiment}", "start_time": 1}
        run = post(site, "/api/2.0/mlflow/runs/create", started)["run"]["info"]["run_id"]
        post(site, "/api/2.0/mlflow/runs/log-parameter", {"run_id": run, "key": "epochs", "value": "2"})
    again.get_by_role("button", name="2 new runs, show").click()
    expect(row(again, f"late-{SEARCH}")).to_contain_text("vision/mask-search")
    expect(again.get_by_role("button", name="vision/mask-search 4")).to_be_visible()


def test_of_several_experiments_those_that_are_not_there_are_named(open_page: OpenPage, site: RunningServer) -> None:
    gone = post(site, "/api/2.0/mlflow/experiments/create", {"name": "old/gone"})["experiment_id"]
    post(site, "/api/2.0/mlflow/experiments/delete", {"experiment_id": gone})
    page = open_page(f"/workspace?exp={gone},{SEARCH},77&tab=table")
    expect(page.get_by_text("Not there: “old/gone”, which was deleted; experiment 77.")).to_be_visible()
    expect(row(page, "width-128")).to_be_visible()
    page.goto(f"{site.url}/workspace?exp={gone},77")
    expect(page.get_by_role("heading", name="None of these experiments is there")).to_be_visible()
    page.goto(f"{site.url}/workspace")
    expect(page.get_by_role("heading", name="Which experiments?")).to_be_visible()
    page.goto(f"{site.url}/workspace?exp={SEARCH}&tab=table&top=5")
    page.wait_for_url(f"**/experiments/{SEARCH}?tab=table&top=5")
    page.goto(f"{site.url}/experiments")
    expect(page.get_by_role("link", name="mlp-sweep")).to_be_visible()
    page.keyboard.press("Control+k")
    page.get_by_role("combobox", name="Go anywhere").fill("vision/")
    page.get_by_role("option", name="vision/ runs of 3 experiments together").click()
    page.wait_for_url("**/workspace?exp=*")
    expect(page.get_by_role("heading", level=1).get_by_role("link")).to_have_count(3)
