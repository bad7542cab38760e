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


def test_the_timeline_tells_what_an_alias_meant_and_shows_what_happens(
    open_page: OpenPage, site: RunningServer
) -> None:
    page = open_page(MODEL)
    timeline = page.get_by_role("region", name="Timeline")
    expect(timeline.get_by_role("link", name=re.compile("^champion: version 1, .* to "))).to_be_visible()
    expect(timeline.get_by_role("link", name=re.compile("^champion: version 2, .* until now"))).to_be_visible()
    expect(page.get_by_role("region", name="History")).to_contain_text("champion moved from version 1 to 2")
    expect(page.get_by_text("live", exact=True)).to_be_visible()
    body = {"name": seed_models.NAME, "alias": "shadow", "version": "1"}
    address = f"{site.url}/api/2.0/mlflow/registered-models/alias"
    urlopen(Request(address, json.dumps(body).encode(), {"Content-Type": "application/json"})).close()
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
