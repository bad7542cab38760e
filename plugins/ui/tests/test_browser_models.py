"""Registered models: the list, a model and its past, a version with its files and its lineage."""

from __future__ import annotations

import json
import re
from urllib.request import Request, urlopen

import pytest
import seed
import seed_models
from opening import OpenPage
from playwright.sync_api import Locator, Page, expect

from runyard.testing.server import RunningServer

pytestmark = [pytest.mark.browser, pytest.mark.slow]

MODEL = "/models/digits%20classifier"
SECOND = seed.run_id(1)


def row(page: Page, name: str) -> Locator:
    return page.get_by_role("row").filter(has=page.get_by_role("rowheader", name=name, exact=True))


def post(site: RunningServer, path: str, body: dict[str, str]) -> None:
    address, headers = f"{site.url}/api/2.0/mlflow/{path}", {"Content-Type": "application/json"}
    urlopen(Request(address, json.dumps(body).encode(), headers)).close()


def test_models_are_searched_and_their_aliases_lead_to_versions(open_page: OpenPage) -> None:
    page = open_page("/experiments")
    page.get_by_role("link", name="Models").click()
    expect(row(page, seed_models.NAME)).to_contain_text("v3")
    expect(row(page, seed_models.OTHER)).to_contain_text("no version yet")
    page.get_by_label("Search models").fill("DIG")
    page.wait_for_url("**/models?q=DIG")
    expect(row(page, seed_models.OTHER)).to_have_count(0)
    page.get_by_role("link", name="@champion").click()
    page.wait_for_url(f"**{MODEL}/versions/2/overview")
    page.go_back()
    page.get_by_label("Search models").fill("it's none")
    expect(page.get_by_text("No model is called")).to_be_visible()


def test_versions_are_measured_against_the_champion_or_another_alias(open_page: OpenPage) -> None:
    page = open_page(MODEL)
    expect(row(page, "v3").locator("[data-better=true]")).to_have_count(3)
    expect(row(page, "v2").locator("[data-better]")).to_have_count(0)
    page.get_by_label("The alias that others are measured against").select_option("challenger")
    page.wait_for_url("**?base=challenger")
    expect(row(page, "v3").locator("[data-better]")).to_have_count(0)
    expect(row(page, "v2").locator("[data-better=false]")).to_have_count(3)
    row(page, "v2").get_by_role("link", name="mlp-01").click()
    page.wait_for_url(f"**/runs/{SECOND}/overview")


def test_versions_are_read_without_scrolling_sideways(open_page: OpenPage) -> None:
    page = open_page(MODEL)
    expect(row(page, "v3").get_by_role("link", name="mlp-02")).to_be_visible()
    beyond = "(table) => table.scrollWidth - table.clientWidth"
    assert page.get_by_role("region", name="Table of versions").evaluate(beyond) == 0
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.get_by_role("region", name="Table of versions").evaluate(beyond) == 0
    name, since = row(page, "v3").get_by_role("rowheader"), row(page, "v3").get_by_text("ada, ")
    tops = [one.evaluate("(one) => one.getBoundingClientRect().top") for one in (name, since)]
    assert abs(tops[0] - tops[1]) < 4  # beside each other
    for path, region in (
        ("/models", "Registered models"),
        ("/plugins", "Installed plugins"),
        ("/settings?all=1", "Settings of the server"),
        ("/plugins/flavor-xgboost", "What it provides"),
    ):
        page.goto(page.url.partition("/models")[0].partition("/plugins")[0].partition("/settings")[0] + path)
        cells = page.get_by_role("region", name=region).get_by_role("cell")
        expect(cells.first).to_be_visible()
        right = cells.evaluate_all("(all) => Math.max(...all.map((one) => one.getBoundingClientRect().right))")
        assert right <= 390, path


def test_the_timeline_tells_what_an_alias_meant_and_shows_what_happens(
    open_page: OpenPage, site: RunningServer
) -> None:
    page = open_page(MODEL)
    timeline = page.get_by_role("region", name="Timeline")
    expect(timeline.get_by_role("link", name=re.compile("^champion: version 1, .* to "))).to_be_visible()
    expect(timeline.get_by_role("link", name=re.compile("^champion: version 2, .* until now"))).to_be_visible()
    expect(page.get_by_role("region", name="History")).to_contain_text("champion moved from version 1 to 2")
    expect(page.get_by_text("live", exact=True)).to_be_visible()
    post(site, "registered-models/alias", {"name": seed_models.NAME, "alias": "shadow", "version": "1"})
    expect(timeline.get_by_role("link", name=re.compile("^shadow: version 1"))).to_be_visible()


def test_a_version_shows_its_signature_files_and_lineage(open_page: OpenPage) -> None:
    page = open_page(f"{MODEL}/versions/2")
    signature = page.get_by_role("region", name="Signature")
    expect(signature.get_by_role("row").filter(has_text="mean of the pixels, from 0 to 1")).to_contain_text("double")
    expect(signature).to_contain_text("default 0.5")
    expect(page.get_by_role("region", name="History")).to_contain_text("Version 2 went from Staging to Production")
    page.keyboard.press("2")
    page.get_by_role("navigation", name="Files").get_by_text("requirements.txt").click()
    expect(page.get_by_role("region", name="Preview")).to_contain_text("scikit-learn==1.6.0")
    page.wait_for_url("**/versions/2/files/model/requirements.txt")
    page.keyboard.press("3")
    page.locator("svg g").filter(has_text="mlp-01").click()
    page.wait_for_url(f"**/runs/{SECOND}/overview")
    page.go_back()
    page.get_by_role("region", name="Lineage as a list").get_by_role("link", name="mlp-01").click()
    page.wait_for_url(f"**/runs/{SECOND}/overview")


def test_texts_tags_aliases_and_stages_are_edited_in_their_place(open_page: OpenPage) -> None:
    page = open_page(f"{MODEL}/versions/1", expected="status of 400")
    page.get_by_role("button", name="Edit: Description").or_(page.get_by_role("button", name="Add a note")).click()
    page.get_by_label("Description", exact=True).get_by_role("textbox").fill("The **oldest**.")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("region", name="Description").locator("strong")).to_have_text("oldest")
    tags = page.get_by_role("region", name="Tags")
    tags.get_by_role("button", name="Add a tag").click()
    tags.get_by_label("Name of the tag").fill("owner")
    tags.get_by_label("Value of the tag").fill("grace")
    page.keyboard.press("Enter")
    tags.get_by_role("button", name="Change the tag owner").click()
    tags.get_by_label("Value of owner").fill("ada")
    tags.get_by_role("button", name="Save").click()
    expect(row(page, "owner")).to_contain_text("ada")
    tags.get_by_role("button", name="Remove the tag owner").click()
    expect(row(page, "owner")).to_have_count(0)
    page.get_by_role("button", name="Stage…").click()
    page.get_by_role("combobox", name="Stage").select_option("Production")
    page.get_by_label("Archive what is in Production now: v2").check()
    page.get_by_role("button", name="Move", exact=True).click()
    expect(page.locator("main header [data-stage=Production]")).to_be_visible()
    page.get_by_role("button", name="Aliases…").click()
    point = page.get_by_label("Let an alias point to v1")
    expect(point).to_be_focused()
    point.fill("v7")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("alias 'v7' is reserved")
    point.fill("champion")
    expect(page.get_by_role("button", name="Move the alias")).to_be_disabled()
    page.get_by_label("Move it from v2").check()
    page.get_by_role("button", name="Move the alias").click()
    expect(page.get_by_role("region", name="History")).to_contain_text("champion moved from version 2 to 1")
    page.get_by_role("button", name="Aliases…").click()
    page.get_by_role("button", name="Take the alias champion away").click()
    page.get_by_role("button", name="Take it away").click()
    expect(page.get_by_role("region", name="History")).to_contain_text("champion no longer points to version 1")


def test_models_and_versions_are_renamed_and_deleted_after_their_name_was_typed(
    open_page: OpenPage, site: RunningServer
) -> None:
    post(site, "registered-models/create", {"name": "passing"})
    post(site, "model-versions/create", {"name": "passing", "source": f"runs:/{SECOND}/model", "run_id": SECOND})
    page = open_page("/models/passing/versions/1")
    page.get_by_role("button", name="More to do with this version").click()
    page.get_by_role("button", name="Delete this version…").click()
    confirm = page.get_by_role("button", name="Delete the version")
    page.get_by_label("to go on").fill("passing v2")
    expect(confirm).to_be_disabled()
    page.get_by_label("to go on").fill("passing v1")
    confirm.click()
    page.wait_for_url("**/models/passing")
    expect(page.get_by_text("No version is registered yet")).to_be_visible()
    page.get_by_role("button", name="More to do with this model").click()
    page.get_by_role("button", name="Rename…").click()
    page.get_by_label("New name").fill("passed")
    page.get_by_role("button", name="Rename", exact=True).click()
    page.wait_for_url("**/models/passed")
    page.get_by_role("button", name="More to do with this model").click()
    page.get_by_role("button", name="Delete the model…").click()
    page.get_by_label("to go on").fill("passed")
    page.get_by_role("button", name="Delete the model", exact=True).click()
    page.wait_for_url("**/models")
    expect(row(page, seed_models.NAME)).to_be_visible()
    expect(row(page, "passed")).to_have_count(0)


def test_selected_versions_are_compared_with_the_champion_by_key(open_page: OpenPage, site: RunningServer) -> None:
    post(site, "registered-models/alias", {"name": seed_models.NAME, "alias": "champion", "version": "2"})
    page = open_page(MODEL)
    page.get_by_label("Select v3").check()
    page.wait_for_url("**sel=3")
    page.keyboard.press("c")
    page.wait_for_url(f"**{MODEL}/compare?v=2,3&base=2")
    expect(row(page, "val_acc higher is better").locator("[data-better=true]")).to_have_count(1)
    expect(row(page, "lr").locator("mark")).to_have_count(1)
    expect(row(page, "commit").locator("mark")).to_have_text("2" * 10)
    assert len(set(row(page, "MLmodel").locator("code").all_inner_texts())) == 2
    expect(row(page, "requirements.txt")).to_have_count(0)
    expect(row(page, "parameter temperature")).to_have_count(0)
    page.keyboard.press("d")
    expect(row(page, "parameter temperature")).to_contain_text("double, default 0.5")
    expect(row(page, "scikit-learn").first).to_contain_text("==1.6.0")
    page.get_by_role("button", name="Measure against v3").click()
    expect(row(page, "val_acc higher is better").locator("[data-better=false]")).to_have_count(1)
    row(page, "requirements.txt").get_by_role("link").first.click()
    page.wait_for_url("**/versions/3/files/model/requirements.txt")
    page.go_back()
    page.get_by_role("button", name="Leave v2 out").click()
    page.get_by_role("link", name="Choose versions of digits classifier").click()
    page.wait_for_url(f"**{MODEL}")


def test_a_version_is_approved_with_a_comment_and_leaves_the_list_of_those_that_wait(open_page: OpenPage) -> None:
    page = open_page("/experiments")
    page.get_by_role("link", name="Approvals").click()
    waiting = page.get_by_role("row").filter(has=page.get_by_role("link", name="digits classifier v3"))
    expect(waiting).to_contain_text("half the loss of v2")
    expect(waiting).to_contain_text("3 of 5 checks")
    waiting.get_by_role("link", name="digits classifier v3").click()
    checks = page.get_by_role("list", name="Checks").get_by_role("listitem")
    expect(checks.filter(has_text="Input example: does not pass")).to_be_visible()
    expect(checks.filter(has_text="Source run: passes")).to_contain_text("mlp-02 finished")
    page.get_by_role("button", name="Reject…").click()
    dialog = page.get_by_role("dialog", name="Reject digits classifier v3")
    expect(dialog.get_by_role("button", name="Reject")).to_be_disabled()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Approve…").click()
    page.get_by_label("Comment").fill("fast enough")
    page.keyboard.press("Control+Enter")
    decisions = page.get_by_role("list", name="Decisions").get_by_role("listitem")
    expect(decisions).to_have_count(2)
    expect(decisions.first).to_contain_text("approved it")
    expect(decisions.first.locator("q")).to_have_text("fast enough")
    expect(page.get_by_role("list", name="How far this version has come")).to_contain_text("Approved: done")
    expect(page.get_by_role("region", name="History")).to_contain_text("Version 3 was approved: fast enough")
    page.keyboard.press("g")
    page.keyboard.press("a")
    expect(page.get_by_text("No version waits for a decision")).to_be_visible()
    page.get_by_role("button", name="Approved").click()
    page.wait_for_url("**/approvals?show=approved")
    expect(page.get_by_role("table").get_by_role("link", name=re.compile("^digits classifier v"))).to_have_count(2)
