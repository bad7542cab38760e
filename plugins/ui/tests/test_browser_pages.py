"""Every page in both themes: nothing complains, everybody can use it, addresses and history work."""

from __future__ import annotations

import re

import pytest
import seed
from opening import OpenPage
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.slow]

RUN = seed.run_id(0)
LONG = seed.run_id(0, 2)
SWEEP = "2"
COMPARE = f"/compare?runs={RUN},{seed.run_id(1)}"
MODEL = "/models/digits%20classifier"
SECTIONS = {
    "params": "solver",
    "metrics": "higher is better",
    "env": "Packages",
    "code": "uncommitted changes differ",
    "artifacts": "runyard/requirements.txt",
    "tags": "mlflow.note.content",
}
PAGES = {
    "/": "Running now",
    f"/experiments?sel={SWEEP},4": "Compare runs of 2 experiments",
    f"/experiments/{SWEEP}?base={RUN}&sort=-metrics.val_acc": "mlp-37",
    f"/experiments/{SWEEP}?tab=charts&smooth=0.6&log=y&x=relative": "higher is better",
    f"/experiments/{SWEEP}?tab=parallel&brush=params.lr:0.001..0.1": "lr: 0.001 to 0.1",
    f"/experiments/{SWEEP}?tab=scatter&pareto=1": "on the Pareto front",
    f"/experiments/{SWEEP}?tab=bar": "70 runs",
    f"/experiments/{SWEEP}?group=params.solver&open=adam": "least to greatest",
    f"/workspace?exp={SWEEP},4,1,3,77&group=experiment_id": "Not there: experiment 77.",
    "/experiments/3": "Log a first run",
    f"/runs/{RUN}/overview": "Baseline",
    f"/runs/{RUN}/metrics": "higher is better",
    f"/runs/{RUN}/artifacts/per_digit.csv": "precision",
    f"/runs/{RUN}/artifacts/notes.md": "Notes",
    **{f"{COMPARE}&tab={tab}": text for tab, text in SECTIONS.items()},
    "/models": "embedder",
    MODEL: "measured against",
    f"{MODEL}/versions/2/overview": "widths of the strokes",
    f"{MODEL}/versions/2/files/model/MLmodel": "loader_module",
    f"{MODEL}/versions/2/lineage": "As a list",
    f"{MODEL}/compare?v=2,3&all=yes": "Requirements of the model",
    "/approvals": "half the loss of v2",
    f"/compare?runs={RUN}": "Choose runs to compare",
    "/plugins": "flavor-xgboost",
    "/plugins/flavor-xgboost": "feature_importance_*.json",
    "/settings?all=1": "tracking_uri",
}
# What is not there: how it is called, and what leads on from there where.
ABSENT = {
    "/runs/mlp-01/overview": ("run “mlp-01”", "mlp-01", f"/runs/{seed.run_id(1)}/overview"),
    f"/runs/{RUN[:8]}{'f' * 24}/metrics": (f"run “{RUN[:8]}", "mlp-00", f"/runs/{RUN}/overview"),
    "/experiments/sweep": ("experiment “sweep”", "Search experiments for “sweep”", "/experiments?q=sweep"),
    "/models/digits%20klassifier": ("model “digits klassifier”", "digits classifier", MODEL),
    f"{MODEL}/versions/9/overview": ("version “digits classifier v9”", "v3", f"{MODEL}/versions/3/overview"),
    "/models/nobody's/versions/1/overview": ("model “nobody's”", "All models", "/models"),
    "/views/abc": ("saved view “abc”", "All experiments", "/experiments"),
    "/plugins/flavor-sklear": ("plugin “flavor-sklear”", "flavor-sklearn", "/plugins/flavor-sklearn"),
    f"/runs/{RUN}/nothing": ("page “/runs/", "mlp-00", f"/runs/{RUN}/overview"),
    "/nothing/here": ("page “/nothing/here”", "Approvals", "/approvals"),
}


def serious(page: Page, options: str = "") -> list[tuple[str, str]]:
    """What keeps people from using a page: the broken rules, and where."""
    expect(page.get_by_role("status").filter(has_text="Loading")).to_have_count(0)
    found = page.evaluate(f"axe.run({options})")["violations"]
    return [(one["id"], one["nodes"][0]["html"]) for one in found if one["impact"] in {"serious", "critical"}]


@pytest.mark.parametrize("path", PAGES)
def test_everybody_can_use_a_page_in_both_themes_at_every_width(open_page: OpenPage, axe: str, path: str) -> None:
    page = open_page(path)
    expect(page.get_by_text(PAGES[path]).first).to_be_visible()
    page.wait_for_load_state("load")
    page.evaluate(axe)
    assert serious(page) == []
    background = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(background)
    page.emulate_media(color_scheme="dark")
    assert page.evaluate(background) != light
    # Of all that axe looks at only the colours are of the theme.
    assert serious(page, "{ runOnly: ['color-contrast'] }") == []
    for width, height in ((390, 844), (1920, 1080)):
        page.set_viewport_size({"width": width, "height": height})
        page.wait_for_timeout(200)
        assert page.evaluate("document.documentElement.scrollWidth") == width


def test_what_is_not_there_leads_on(open_page: OpenPage, axe: str) -> None:
    page = open_page("/", expected="status of 404")
    server = page.url.rstrip("/")
    for path, (thing, onward, address) in ABSENT.items():
        page.goto(server + path)
        expect(page.get_by_role("heading", level=1)).to_contain_text(f"There is no {thing}")
        link = page.get_by_role("main").get_by_role("link", name=onward, exact=True)
        expect(link).to_be_visible()
        if path in (next(iter(ABSENT)), "/nothing/here"):  # all are made of the same parts
            page.evaluate(axe)
            assert serious(page) == []
            page.emulate_media(color_scheme="dark")
            assert serious(page, "{ runOnly: ['color-contrast'] }") == []
        page.set_viewport_size({"width": 390, "height": 844})
        assert page.get_by_role("main").evaluate("(main) => main.scrollWidth - main.clientWidth") == 0, path
        link.click()
        page.wait_for_url(server + address)
        page.set_viewport_size({"width": 1280, "height": 800})
    page.goto(f"{server}/vision/sweep")
    page.get_by_role("button", name="Look for “sweep”").click()
    expect(page.get_by_role("combobox", name="Go anywhere")).to_have_value("sweep")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/experiments/{SWEEP}")


def test_what_one_came_for_is_in_view(open_page: OpenPage) -> None:
    page = open_page("/approvals", width=390, height=844)
    expect(page.get_by_role("button", name="Approve…")).to_be_in_viewport(ratio=1)
    expect(page.get_by_role("navigation", name="Places").get_by_role("link")).to_have_count(5)
    page.goto(page.url.replace("/approvals", "/experiments/3"))
    expect(page.get_by_role("heading", name="Log a first run")).to_be_visible()
    assert page.get_by_role("main").evaluate("(main) => main.scrollWidth - main.clientWidth") == 0
    page.goto(page.url.replace("/experiments/3", f"/experiments/{SWEEP}"))
    for name, panel in (("Columns", "Find a column"), ("Views", "Name of a new view")):
        page.get_by_role("button", name=re.compile(name)).click()
        expect(page.get_by_label(panel)).to_be_in_viewport(ratio=1)
    page = open_page("/experiments/4", width=1280)
    row = page.get_by_role("row").filter(has=page.get_by_role("link", name="search", exact=True))
    row.get_by_role("link", name="3 children").click()
    page.wait_for_url("**/children")
    page.go_back()
    find, smooth = page.get_by_label("Find a chart"), page.get_by_role("slider", name="Smooth")
    expect(smooth).to_be_visible()
    above, below = (one.evaluate("(one) => one.getBoundingClientRect().top") for one in (find, smooth))
    assert abs(above - below) < 20  # in one line
    page.keyboard.press("?")
    keys = page.get_by_role("dialog", name="Keys").get_by_role("heading", level=3)
    expect(keys).to_have_text(["Runs", "Heads of columns", "Edges of columns", "Everywhere"])


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (f"/#/experiments/{SWEEP}/runs/{RUN}", f"/runs/{RUN}/overview"),
        (f"/#/experiments/{SWEEP}", f"/experiments/{SWEEP}"),
        (f"/runs/{RUN}", f"/runs/{RUN}/overview"),
    ],
)
def test_addresses_of_mlflow_lead_to_the_same_thing(open_page: OpenPage, old: str, new: str) -> None:
    page = open_page(old)
    page.wait_for_url(f"**{new}")
    expect(page.get_by_role("main")).to_be_visible()


def test_one_gets_from_experiments_to_a_file_and_back(open_page: OpenPage) -> None:
    page = open_page("/experiments")
    page.get_by_role("link", name="mlp-sweep").click()
    page.get_by_role("link", name="mlp-69").click()
    expect(page.get_by_role("heading", name="mlp-69")).to_be_visible()
    page.go_back()
    expect(page.get_by_role("grid")).to_be_visible()
    page.go_back()
    expect(page.get_by_role("heading", name="Experiments")).to_be_visible()
    page.go_forward()
    page.go_forward()
    expect(page.get_by_role("heading", name="mlp-69")).to_be_visible()


def test_home_leads_to_what_runs_and_to_the_best(open_page: OpenPage) -> None:
    page = open_page("/")
    expect(page.get_by_text(re.compile(r"\d running now"))).to_be_visible()
    running, recent = page.get_by_role("region", name="Running now"), page.get_by_role("region", name="Recent runs")
    expect(running.get_by_role("row", name="mlp-69")).to_contain_text("val_acc")
    expect(recent.get_by_role("link", name="mlp-").first).to_be_visible()
    expect(recent.get_by_role("link", name="mlp-69")).to_have_count(0)
    expect(page.get_by_role("region", name="Models").get_by_role("link", name="@champion v2")).to_be_visible()
    sweep = page.get_by_role("listitem").filter(has_text="mlp-sweep")
    expect(sweep.get_by_role("img", name="val_acc of the last 60 runs")).to_be_visible()
    sweep.get_by_role("link").last.click()
    expect(page.get_by_role("heading", name=re.compile("mlp-"))).to_be_visible()


def test_an_experiment_is_pinned_and_measured_by_what_people_say(open_page: OpenPage) -> None:
    page = open_page("/experiments")
    rows = page.get_by_role("row")
    expect(rows.nth(1)).to_contain_text("vision")
    page.get_by_role("button", name="Keep nlp/empty at the top").click()
    page.reload()
    expect(rows.nth(1)).to_contain_text("nlp/empty")
    sweep = page.get_by_role("row", name="mlp-sweep")
    expect(sweep).to_contain_text("max val_acc")
    sweep.get_by_role("button", name="is measured by").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("The metric").select_option("train_loss")
    dialog.get_by_label("Which way is better").select_option("max")
    dialog.get_by_role("button", name="Save").click()
    expect(sweep).to_contain_text("max train_loss")
    compared = open_page(COMPARE + "&tab=metrics")
    expect(compared.get_by_role("rowheader").first).to_have_text("train_losshigher is better")
    compared.goto(page.url.replace("/experiments", f"/runs/{RUN}/metrics"))
    expect(compared.get_by_role("figure").first).to_contain_text("higher is better")
    expect(compared.get_by_role("figure").first).to_contain_text("train_loss")
    sweep.get_by_role("link", name="mlp-sweep").click()
    expect(page.get_by_role("columnheader").nth(1)).to_contain_text("train_loss")
    expect(page.get_by_role("figure", name="train_loss")).to_contain_text("higher is better")
    page.get_by_role("button", name="How width and learning rate matter.").click()
    dialog.get_by_role("button", name="Edit: Note of the experiment").click()
    note = dialog.get_by_label("Note of the experiment", exact=True)
    note.fill("given up")
    note.press("Escape")
    dialog.get_by_role("button", name="Edit: Note of the experiment").click()
    expect(note).to_have_value(re.compile("How"))
    note.fill("What **matters**\n\n- width")
    note.press("Control+Enter")
    expect(dialog.get_by_role("listitem").filter(has_text="width")).to_be_visible()
    dialog.get_by_role("button", name="Add a tag").click()
    dialog.get_by_label("Name of the tag").fill("team")
    dialog.get_by_label("Value of the tag").fill("vision")
    dialog.get_by_label("Value of the tag").press("Enter")
    dialog.get_by_role("button", name="Remove the tag team").click()
    expect(dialog.get_by_role("row", name="team")).to_have_count(0)
    dialog.get_by_role("button", name="Change").click()
    dialog.get_by_role("button", name="Back to the guess, max val_acc").click()
    expect(dialog).to_contain_text("val_acc, higher is better (guessed)")
    expect(page.get_by_role("columnheader").nth(1)).to_contain_text("val_acc")


def test_an_experiment_is_whose_its_tag_says_or_who_began_it(open_page: OpenPage) -> None:
    page = open_page("/experiments")
    sweep = page.get_by_role("row", name="mlp-sweep")
    expect(sweep.get_by_title("ada began its first run")).to_have_text("ada")
    tag = {"experiment_id": SWEEP, "key": "owner", "value": "grace"}
    page.request.post(page.url.replace("/experiments", "/api/2.0/mlflow/experiments/set-experiment-tag"), data=tag)
    page.reload()
    expect(sweep.get_by_title("grace, as its tags say")).to_have_text("grace")


def test_the_palette_goes_anywhere(open_page: OpenPage) -> None:
    page = open_page("/experiments")
    expect(page.get_by_role("link", name="mlp-sweep")).to_be_visible()
    page.keyboard.press("Control+k")
    page.keyboard.type("mlp sw")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/experiments/{SWEEP}")
    page.keyboard.press("Control+k")
    page.keyboard.type(LONG)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="a-million-steps")).to_be_visible()
    page.keyboard.press("Control+k")
    page.keyboard.type("MLP-07")
    expect(page.get_by_role("option")).to_have_text("mlp-07run of vision/digits/mlp-sweep")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/runs/{seed.run_id(7)}/overview")
    page.keyboard.press("Control+k")
    page.keyboard.type("s class")
    page.get_by_role("option", name="digits classifier model").click()
    page.wait_for_url("**/models/digits%20classifier")
    page.keyboard.press("Control+k")
    page.keyboard.type("nobody's")
    expect(page.get_by_text("Nothing has this name.")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("g")
    page.keyboard.press("e")
    page.wait_for_url("**/experiments")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_contain_text("Go anywhere")


def test_the_theme_is_chosen_and_kept(open_page: OpenPage) -> None:
    page = open_page("/experiments")
    before = background(page)
    page.get_by_role("button", name=re.compile("Theme")).click()
    page.get_by_role("button", name=re.compile("Theme: light")).click()
    assert background(page) != before
    page.reload()
    expect(page.get_by_role("button", name=re.compile("Theme: dark"))).to_be_visible()
    assert background(page) != before


def background(page: Page) -> str:
    colour: str = page.evaluate("getComputedStyle(document.body).backgroundColor")
    return colour


def test_files_are_shown_as_what_they_are(open_page: OpenPage) -> None:
    page = open_page(f"/runs/{RUN}/artifacts")
    tree, preview = page.get_by_role("navigation", name="Files"), page.get_by_role("region", name="Preview")
    for name, text in {
        "per_digit.csv": "100 of",
        "per_digit.parquet": "100 of 200",
        "config.json": '"layers": [',
        "train.log": "epoch 399: loss",
    }.items():
        tree.get_by_text(name).click()
        expect(preview).to_contain_text(text.removesuffix("100 of") or "precision")
    tree.get_by_text("notes.md").click()
    expect(preview.get_by_role("heading", name="Notes")).to_be_visible()
    assert preview.locator("script").count() == 0
    tree.get_by_role("button", name="plots").click()
    tree.get_by_text("confusion.png").click()
    expect(preview.get_by_role("img", name="confusion.png")).to_have_js_property("naturalWidth", 400)
    tree.get_by_role("button", name="model").click()
    tree.get_by_text("weights.bin").click()
    expect(preview).to_contain_text("This file is not text")
    page.go_back()
    expect(preview.get_by_role("img", name="confusion.png")).to_be_visible()


def test_html_that_was_logged_has_nothing_of_this_server(open_page: OpenPage) -> None:
    page = open_page(f"/runs/{RUN}/artifacts/report.html")
    frame = page.frame_locator("iframe")
    expect(frame.get_by_role("heading")).to_have_text("Report, from null")
    assert page.locator("iframe").get_attribute("sandbox") == "allow-scripts"
