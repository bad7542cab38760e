"""What one may not see or change is refused in one line, and what was deleted is brought back."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from opening import OpenPage
from playwright.sync_api import Page, expect

from runyard.entities import RunStart
from runyard.host import Host
from runyard.settings import Settings
from runyard.testing.server import RunningServer, clean_environment, running_server

pytestmark = [pytest.mark.browser, pytest.mark.slow]

RUN, OTHER, SECRET = "a" * 32, "b" * 32, "secret" + "c" * 26
PERSONS = {"vera": "viewer", "ed": "editor"}
REFUSED = "status of 403"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the server is to run, with a policy of the test's own beside its data."""
    folder = tmp_path_factory.mktemp("guarded")
    with Host(Settings(root=folder, data_dir=str(folder / "runyard-data"))) as host:
        store, registry = host.tracking_store(), host.registry_store()
        experiment = store.create_experiment("guarded").experiment_id
        store.delete_experiment(store.create_experiment("given up").experiment_id)
        now = int(time.time() * 1000)
        for run_id, name in ((RUN, "first"), (OTHER, "second"), (SECRET, "hush")):
            store.create_run(RunStart(run_id, name, "ada", now, experiment_id=experiment, tags={"team": "vision"}))
        registry.create_registered_model("secret plan")
        registry.create_registered_model("digits")
        registry.create_model_version("digits", f"runs:/{RUN}/model", run_id=RUN)
    shutil.copy(Path(__file__).parent / "discreet.py", folder)
    info = folder / "discreet-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: discreet\nVersion: 1.0\n", "utf-8")
    (info / "entry_points.txt").write_text("[runyard.plugins.v1]\ndiscreet = discreet\n", "utf-8")
    return folder


@pytest.fixture(scope="module")
def tokens(folder: Path) -> dict[str, str]:
    """The token of each person, as the command makes them."""

    def make(name: str, role: str) -> str:
        command = [sys.executable, "-m", "runyard", "tokens", "create", name, "--role", role]
        made = subprocess.run(
            command, cwd=folder, env=clean_environment(), check=True, stdout=subprocess.PIPE, text=True
        )
        return made.stdout.strip()

    return {name: make(name, role) for name, role in PERSONS.items()}


@pytest.fixture(scope="module")
def site(folder: Path, tokens: dict[str, str]) -> Iterator[RunningServer]:
    """A server that asks who one is; who has a token may do what its role says, and see no secret."""
    assert len(tokens) == len(PERSONS)
    flags = ("--authenticator", "token", "--policy", "discreet")
    with running_server(folder, *flags, PYTHONPATH=str(folder)) as server:
        yield server


def refusal(page: Page) -> str:
    """The one line in which something is refused."""
    alert = page.get_by_role("main").get_by_role("alert")
    expect(alert).to_have_count(1)
    return alert.inner_text()


def test_a_page_that_one_may_not_see_says_who_one_is_and_leads_on(open_page: OpenPage, tokens: dict[str, str]) -> None:
    page = open_page(f"/runs/{SECRET}/overview", who=("vera", tokens["vera"]), expected=REFUSED)
    expect(page.get_by_role("heading", level=1)).to_have_text("You may not see this run")
    assert refusal(page).splitlines()[-1] == f"vera may not read run {SECRET}"
    page.get_by_role("navigation", name="Onward").get_by_role("link", name="All experiments").click()
    page.get_by_role("link", name="guarded").click()
    expect(page.get_by_role("link", name="first")).to_be_visible()
    page.goto(f"{page.url.partition('/experiments')[0]}/models/secret%20plan")
    expect(page.get_by_role("heading", level=1)).to_have_text("You may not see this model")
    assert "vera may not read model secret plan" in refusal(page)


def test_an_edit_that_is_refused_leaves_all_as_it_was(open_page: OpenPage, tokens: dict[str, str]) -> None:
    page = open_page(f"/runs/{RUN}/overview", who=("vera", tokens["vera"]), expected="Failed to load resource")
    line = f"vera may not update run {RUN}"
    page.get_by_role("button", name="Change: Name of the run").click()
    page.get_by_label("Name of the run").fill("hers")
    page.keyboard.press("Enter")
    expect(page.get_by_role("main").get_by_role("alert")).to_have_text(line)
    page.get_by_label("Name of the run").press("Escape")
    expect(page.get_by_role("heading", level=1)).to_have_text("first")
    tags = page.get_by_role("region", name="Tags")
    tags.get_by_role("button", name="Remove the tag team").click()
    expect(tags.get_by_role("alert")).to_have_text(line)
    expect(tags.get_by_role("row", name="team")).to_contain_text("vision")
    page.goto(page.url.replace(f"/runs/{RUN}/overview", f"/experiments/1?sel={RUN},{OTHER}"))
    page.get_by_role("button", name="Delete", exact=True).click()
    dialog = page.get_by_role("dialog", name="Delete 2 runs")
    dialog.get_by_role("button", name="Delete").click()
    expect(dialog.get_by_role("alert")).to_contain_text("vera may not delete run")
    page.keyboard.press("Escape")
    expect(page.get_by_role("grid").get_by_role("link", name="first")).to_be_visible()
    page.goto(page.url.partition("/experiments")[0] + "/models/digits/versions/1/overview")
    page.get_by_role("button", name="Approve…").click()
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("dialog").get_by_role("alert")).to_have_text("vera may not update model digits")
    page.keyboard.press("Escape")
    expect(page.get_by_role("list", name="How far this version has come")).not_to_contain_text("Approved: done")
    page.keyboard.press("g")
    page.keyboard.press("s")
    expect(page.get_by_role("region", name="This server")).to_contain_text("Only administrators")
    expect(page.get_by_role("region", name="This server")).to_contain_text("you are vera")


def test_what_was_deleted_says_so_and_is_brought_back(open_page: OpenPage, tokens: dict[str, str]) -> None:
    page = open_page(f"/experiments/1?sel={OTHER}", who=("ed", tokens["ed"]))
    page.get_by_role("button", name="Delete", exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.get_by_text("1 run deleted.")).to_be_visible()
    viewer = open_page(f"/runs/{OTHER}/overview", who=("vera", tokens["vera"]), expected=REFUSED)
    expect(viewer.get_by_text("This run was deleted just now.")).to_be_visible()
    viewer.get_by_role("button", name="Restore").click()
    expect(viewer.get_by_role("alert")).to_have_text(f"vera may not restore run {OTHER}")
    page.goto(f"{page.url.partition('/experiments')[0]}/runs/{OTHER}/overview")
    page.get_by_role("button", name="Restore").click()
    expect(page.get_by_role("button", name="Change: Name of the run")).to_be_visible()
    expect(page.get_by_text("This run was deleted")).to_have_count(0)
    expect(viewer.get_by_text("This run was deleted")).to_have_count(0)
    page.goto(page.url.partition("/runs")[0] + "/experiments/2")
    expect(page.get_by_role("heading", level=1)).to_have_text("given up")
    page.get_by_role("button", name="Restore").click()
    expect(page.get_by_role("heading", name="Log a first run")).to_be_visible()
