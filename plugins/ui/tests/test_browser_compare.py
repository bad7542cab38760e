"""The comparison of runs: from the workspace to what differs, in one address."""

from __future__ import annotations

import pytest
import seed
from opening import OpenPage
from playwright.sync_api import Locator, Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SWEEP = "2"
FIRST, SECOND, THIRD = (seed.run_id(number) for number in range(3))
ADDRESS = f"/compare?runs={FIRST},{SECOND},{THIRD}"


def heads(page: Page) -> list[str]:
    return page.locator("thead th a").all_inner_texts()


def row(page: Page, name: str) -> Locator:
    return page.get_by_role("row").filter(has=page.get_by_role("rowheader", name=name))


def test_selected_runs_are_compared_with_the_baseline_by_key_and_by_button(open_page: OpenPage) -> None:
    page = open_page(f"/experiments/{SWEEP}?sel={FIRST},{SECOND}&base={THIRD}")
    expect(page.get_by_role("toolbar", name="Selected runs")).to_be_visible()
    page.keyboard.press("c")
    page.wait_for_url(f"**/compare?runs={THIRD},{FIRST},{SECOND}&base={THIRD}")
    expect(row(page, "lr")).to_be_visible()
    assert heads(page) == ["mlp-02", "mlp-00", "mlp-01"]
    page.go_back()
    page.get_by_role("button", name="Compare", exact=True).click()
    page.get_by_role("link", name="mlp-01").click()
    expect(page.get_by_role("heading", name="mlp-01")).to_be_visible()


def test_only_what_differs_is_shown_until_all_is_asked_for(open_page: OpenPage) -> None:
    page = open_page(ADDRESS)
    expect(row(page, "solver").locator("mark")).to_have_text(["sgd"])
    expect(row(page, "epochs")).to_have_count(0)
    page.get_by_role("button", name="Only differences").click()
    expect(row(page, "epochs")).to_be_visible()
    page.wait_for_url("**all=yes")
    page.keyboard.press("d")
    expect(row(page, "epochs")).to_have_count(0)


def test_metrics_tell_the_best_and_how_far_others_are_from_the_baseline(open_page: OpenPage) -> None:
    page = open_page(ADDRESS)
    expect(row(page, "lr")).to_be_visible()
    page.keyboard.press("2")
    accuracy = row(page, "val_acc")
    expect(accuracy.get_by_title("the best of these runs")).to_have_count(1)
    expect(accuracy.locator("[data-better=false]")).to_have_count(2)
    page.get_by_role("button", name="Make mlp-01 the baseline").click()
    expect(accuracy.locator("[data-better=true]")).to_have_count(2)
    assert heads(page) == ["mlp-01", "mlp-00", "mlp-02"]
    page.get_by_role("button", name="Leave mlp-02 out").click()
    expect(page.get_by_role("heading", name="Compare 2 runs")).to_be_visible()
    page.get_by_role("button", name="Leave mlp-00 out").click()
    page.get_by_role("link", name="Choose runs to compare mlp-01 with").click()
    expect(page.get_by_text("1 run selected")).to_be_visible()


def test_environment_code_and_files_differ_by_version_line_and_hash(open_page: OpenPage) -> None:
    page = open_page(f"{ADDRESS}&tab=env")
    expect(row(page, "numpy")).to_contain_text("2.1.0")
    page.get_by_role("link", name="Code").click()
    expect(row(page, "commit").locator("mark")).to_have_text(["1" * 10, "2" * 10])
    changes = page.get_by_role("region", name="Uncommitted changes of train.py")
    expect(changes.locator("[data-kind=added]")).to_have_text(["+    fit(lr=0.01)\n", "+    fit(lr=0.03)\n"])
    expect(changes.get_by_role("figure").filter(has_text="mlp-01")).to_contain_text("No uncommitted changes")
    page.get_by_role("link", name="Artifacts").click()
    hashes = row(page, "runyard/requirements.txt").locator("code").all_inner_texts()
    assert len(set(hashes)) == 3
    row(page, "notes.md").get_by_role("link").click()
    page.wait_for_url(f"**/runs/{FIRST}/artifacts/notes.md")
