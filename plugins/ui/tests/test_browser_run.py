"""The page of a run: images by step, a log that grows, code, children, machine, and what one changes of it."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
import seed_search
from opening import OpenPage
from playwright.sync_api import Page, expect

from runyard.testing.server import RunningServer

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PARENT, CHILD, EDITED, GOING = (seed_search.run_id(number) for number in range(4))
TABS = {
    "images": "val/masks",
    "system": "node-7",
    "code": "runyard reproduce",
    "logs": "This run has kept no log",
    "children": "3 children",
    "overview": "Add a note",
}


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_everybody_can_use_every_tab(open_page: OpenPage, axe: str, theme: str) -> None:
    page = open_page(f"/runs/{PARENT}/images", theme=theme, width=390, height=844)
    page.evaluate(axe)
    for tab, text in TABS.items():
        page.get_by_role("navigation", name="Parts of the run").get_by_role("link", name=tab.title()).click()
        expect(page.get_by_text(text).first).to_be_visible()
        assert serious(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") == 390
    page.goto(page.url.replace(f"{PARENT}/overview", f"{GOING}/logs"))
    expect(page.get_by_text("follows the run")).to_be_visible()
    page.evaluate(axe)
    assert serious(page) == []


def serious(page: Page) -> list[str]:
    found = page.evaluate("axe.run('main')")["violations"]
    return [one["nodes"][0]["html"] for one in found if one["impact"] in {"serious", "critical"}]


def test_images_go_by_steps_and_beside_those_of_other_runs(open_page: OpenPage) -> None:
    page = open_page(f"/runs/{PARENT}/images")
    expect(page.get_by_role("img", name="val/masks, step 20")).to_have_js_property("naturalWidth", 256)
    expect(page.get_by_text("step 10, the last before")).to_be_visible()
    page.keyboard.press("[")
    expect(page.get_by_role("img", name="val/masks, step 10")).to_be_visible()
    page.wait_for_url("**/images?step=10")
    page.get_by_role("slider", name="Step").press("Home")
    expect(page.get_by_role("img", name="val/masks, step 0")).to_be_visible()
    expect(page.get_by_text("none up to step 0")).to_be_visible()
    page.get_by_role("button", name="Large").click()
    expect(page.get_by_role("img", name="val/masks, step 0")).to_have_js_property("naturalWidth", 300)
    page.get_by_role("textbox", name="Find an image").fill("cover")
    expect(page.get_by_role("img")).to_have_count(1)
    page.goto(page.url.split("/runs/")[0] + f"/compare?runs={PARENT},{CHILD}&tab=images&step=5")
    expect(page.get_by_role("row").filter(has_text="weights").get_by_role("img", name="step 5")).to_have_count(2)
    page.get_by_role("link", name="Artifacts").click()
    expect(page.get_by_role("rowheader", name="rows.csv")).to_be_visible()
    expect(page.get_by_role("rowheader", name="images/")).to_have_count(0)
    page.get_by_role("button", name="Compare them at the same step").click()
    expect(page.get_by_role("img", name="val/masks, step 5")).to_have_count(2)


def test_a_log_is_followed_while_its_run_goes_on_and_searched(open_page: OpenPage, site: RunningServer) -> None:
    page = open_page(f"/runs/{GOING}/logs")
    log = page.get_by_role("region", name="Log")
    last = f"{seed_search.LINES - 1:05} info  loss"
    expect(log).to_contain_text(last)
    assert "10%" not in log.inner_text()
    [file] = Path(site.data).glob(f"artifacts/*/{GOING}/artifacts/runyard/output.log")
    with file.open("a", encoding="utf-8") as output:
        output.write("and it goes on\n")
    expect(log).to_contain_text("and it goes on")
    search = page.get_by_role("textbox", name="Search the log")
    search.fill("NEEDLE")
    expect(page.get_by_text("not found")).to_be_visible()
    page.get_by_role("button", name="Search all of it").click()
    expect(page.get_by_text("1 of 1 lines")).to_be_visible()
    expect(log.locator("mark")).to_have_text(["needle"])
    expect(log).to_contain_text("WARNING the needle is here")
    page.get_by_role("button", name="Follow").click()
    expect(log).to_contain_text("and it goes on")


def test_a_run_is_described_tagged_and_renamed(open_page: OpenPage) -> None:
    page = open_page(f"/runs/{EDITED}/overview", expected="status of 400")
    page.get_by_role("button", name="Add a note").click()
    page.get_by_role("textbox", name="Note of the run").fill("# Why\n\nIt is **wide**.")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("heading", name="Why")).to_be_visible()
    page.get_by_role("button", name="Change: Name of the run").click()
    page.get_by_role("textbox", name="Name of the run").fill("the wide one")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="the wide one")).to_be_visible()
    tags = page.get_by_role("region", name="Tags")
    for name, value in (("stage", "draft"), ("k" * 300, "too long a name")):
        tags.get_by_role("button", name="Add a tag").click()
        tags.get_by_role("textbox", name="Name of the tag").fill(name)
        tags.get_by_role("textbox", name="Value of the tag").fill(value)
        tags.get_by_role("button", name="Save").click()
        expect(tags.get_by_role("row").filter(has_text="draft")).to_be_visible()
    expect(tags.get_by_role("alert")).to_contain_text("250")
    expect(tags.get_by_role("row").filter(has_text="too long a name")).to_have_count(0)
    tags.get_by_role("button", name="Cancel").click()
    tags.get_by_role("button", name="Change the tag stage").click()
    tags.get_by_role("textbox", name="Value of stage").fill("final")
    page.keyboard.press("Enter")
    expect(tags.get_by_role("row").filter(has_text="final")).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", name="Why")).to_be_visible()
    expect(page.get_by_role("heading", name="the wide one")).to_be_visible()
    tags.get_by_role("button", name="Remove the tag stage").click()
    expect(tags.get_by_text("No tag was set.")).to_be_visible()


def test_one_gets_from_a_run_to_its_family_and_compares_them(open_page: OpenPage) -> None:
    page = open_page(f"/runs/{PARENT}/children")
    rows = page.get_by_role("region", name="Children").get_by_role("row")
    expect(rows).to_have_count(4)
    expect(page.get_by_title("the best of these runs")).to_have_text(["0.8767"])
    page.get_by_role("link", name="width-32").click()
    expect(page.get_by_role("heading", name="width-32")).to_be_visible()
    page.get_by_role("button", name="Compare", exact=True).click()
    page.get_by_role("link", name="With its parent").click()
    page.wait_for_url(f"**/compare?runs={PARENT},{CHILD}&base={PARENT}")
    page.get_by_role("link", name="Code").click()
    expect(page.get_by_role("region", name="Uncommitted changes of train.py").get_by_role("figure")).to_have_count(2)
    page.get_by_role("link", name="search", exact=True).click()
    expect(page.get_by_text("+    fit(lr=0.01)")).to_be_visible()
    repository = page.get_by_role("link", name="git@github.com:ada/masks.git")
    expect(repository).to_have_attribute("href", "https://github.com/ada/masks")
    page.get_by_role("link", name="Children").click()
    page.get_by_role("link", name="Open in the workspace").click()
    grid = page.get_by_role("grid")
    expect(grid.get_by_role("link", name="width-128")).to_be_visible()
    expect(grid.get_by_role("link", name="search")).to_have_count(0)


def test_files_are_read_part_by_part_by_keys_and_as_zip(open_page: OpenPage) -> None:
    page = open_page(f"/runs/{PARENT}/artifacts")
    tree, preview = page.get_by_role("navigation", name="Files"), page.get_by_role("region", name="Preview")
    tree.get_by_role("link", name="beep.wav").focus()
    page.keyboard.press("Enter")
    sound = preview.locator("audio")
    page.wait_for_function("sound => sound.duration > 0.4", arg=sound.element_handle())
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    expect(tree.get_by_role("button", name="images", exact=True)).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("ArrowLeft")
    expect(tree.get_by_role("button", name="images", exact=True)).to_have_attribute("aria-expanded", "false")
    tree.get_by_role("link", name="rows.csv").click()
    expect(preview).to_contain_text("Rows 1")
    preview.get_by_role("button", name="The next part").click()
    expect(preview).to_contain_text("Rows 101")
    expect(preview.get_by_role("cell", name="100", exact=True)).to_be_visible()
    preview.get_by_role("button", name="The part before").click()
    expect(preview).to_contain_text("Rows 1")
    tree.get_by_role("link", name="Open the folder runyard").click()
    expect(preview).to_contain_text("2 files")
    with page.expect_download() as download:
        preview.get_by_role("link", name="Download as zip").click()
    with zipfile.ZipFile(download.value.path()) as archive:
        assert sorted(archive.namelist()) == ["diff.patch", "requirements.txt"]
