"""The example panel, no part of the workspace, passes its tests from its own wheel and shows what runs have logged."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect

from runyard.testing.server import RunningServer, running_server

from .test_wheels import ROOT, call, uv

EXAMPLE = ROOT / "examples" / "panel-confusion-matrix"

pytestmark = pytest.mark.slow

# Two classifiers of handwritten digits, one of them trained on too few, log their matrices and pictures of mistakes.
DIGITS = """
import numpy as np
import runyard as ry
from PIL import Image
from runyard_panel_confusion_matrix.logging import log_confusion_matrix
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression

data, classes = load_digits(return_X_y=True)
for name, size in (("few", 60), ("many", 900)):
    model = LogisticRegression(max_iter=200, C=0.01).fit(data[:size] / 16, classes[:size])
    right, said = classes[900:], model.predict(data[900:] / 16)
    with ry.start_run(run_name=name):
        wrong = np.flatnonzero(right != said)[:80]
        files = [f"digits/{at}.png" if at in wrong else None for at in range(len(right))]
        for at in wrong:
            ry.log_image(Image.fromarray((255 - data[900 + at].reshape(8, 8) * 15.9).astype(np.uint8)), files[at])
        log_confusion_matrix(right, said, ids=[f"digit {at}" for at in range(len(right))], files=files)
        print(name, ry.active_run().info.run_id, (right == said).mean(), (right == 8).sum())
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of packages in which the example's wheel is installed, beside those of this environment."""
    folder = tmp_path_factory.mktemp("example")
    copy = folder / "source"
    shutil.copytree(EXAMPLE, copy, ignore=shutil.ignore_patterns("__pycache__", ".*"))
    call(uv(), "build", "--wheel", "--no-sources", "--out-dir", folder, copy, cwd=folder)
    (wheel,) = folder.glob("*.whl")
    call(uv(), "pip", "install", "--quiet", "--no-deps", "--target", folder / "site", "--python", sys.executable, wheel)
    return folder / "site"


def run(site: Path, folder: Path, *words: str) -> str:
    environ = {**os.environ, "PYTHONPATH": str(site)}
    done = subprocess.run(
        [sys.executable, *words], capture_output=True, text=True, check=False, cwd=folder, env=environ
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return done.stdout


def test_it_passes_its_tests_and_is_well(site: Path, tmp_path: Path) -> None:
    shutil.copytree(EXAMPLE / "tests", tmp_path / "tests", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(EXAMPLE / "pyproject.toml", tmp_path)
    printed = run(site, tmp_path, "-m", "pytest", "-q", "-p", "no:cacheprovider")
    assert " passed" in printed
    assert "skipped" not in printed
    assert "ui panels: confusion-matrix, confusion-matrix-tab" in run(
        site, tmp_path, "-m", "runyard", "plugins", "list"
    )


Digits = tuple[RunningServer, dict[str, list[str]]]


@pytest.fixture(scope="module")
def digits(site: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Digits]:
    """A server with the example installed and the runs of two classifiers: by name their id, accuracy and eights."""
    folder = tmp_path_factory.mktemp("digits")
    (folder / "runyard.toml").touch()
    with running_server(folder, PYTHONPATH=str(site)) as server:
        environ = {**os.environ, "PYTHONPATH": str(site), "RUNYARD_TRACKING_URI": server.url}
        done = subprocess.run(
            [sys.executable, "-c", DIGITS], capture_output=True, text=True, check=False, cwd=folder, env=environ
        )
        assert done.returncode == 0, done.stderr
        yield server, {name: rest for name, *rest in (line.split() for line in done.stdout.splitlines() if line)}


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """A page that may not complain."""
    context = chromium.new_context(viewport={"width": 1280, "height": 900}, color_scheme="dark")
    problems: list[str] = []

    def console(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            problems.append(message.text)

    page = context.new_page()
    page.on("console", console)
    page.on("pageerror", lambda error: problems.append(str(error)))
    yield page
    context.close()
    assert problems == []


@pytest.mark.browser
def test_digits_are_explored_and_compared(digits: Digits, page: Page) -> None:
    server, runs = digits
    (few, few_right, _), (many, many_right, eights) = runs["few"], runs["many"]
    page.goto(f"{server.url}/runs/{many}/overview")
    page.get_by_role("link", name="Confusion matrix").click()
    panel = page.get_by_role("region", name="Confusion matrix")
    expect(panel.get_by_text(f"Accuracy {float(many_right) * 100:.1f} %")).to_be_visible()

    # A cell is read, by pointing at it and with the arrows; a row adds up.
    cells = panel.get_by_role("button", name=re.compile("^True 8, predicted"))
    expect(cells).to_have_count(10)
    counts = [int(re.findall(r": (\d+),", cells.nth(at).get_attribute("aria-label") or "")[0]) for at in range(10)]
    assert sum(counts) == int(eights)
    panel.get_by_role("button", name=re.compile("^True 8, predicted 8:")).hover()
    expect(panel.get_by_role("status")).to_contain_text(f"True 8, predicted 8: {counts[8]}, ")
    panel.get_by_role("button", name=re.compile("^True 0, predicted 0:")).focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    expect(panel.get_by_role("status")).to_contain_text("True 1, predicted 1:")

    # By row, the diagonal is the recall; it is kept in the address.
    panel.get_by_role("button", name="By row").click()
    expect(cells.nth(8)).to_have_text(f"{counts[8] / sum(counts) * 100:.1f} %")
    page.wait_for_url("**?x.confusion-matrix-tab=by=row")
    page.reload()
    expect(panel.get_by_role("button", name="By row")).to_have_attribute("aria-pressed", "true")

    # Against the run with less data all of it is better, and the worst class comes first.
    panel.get_by_label("Compare with").select_option(few)
    gain = (float(many_right) - float(few_right)) * 100
    expect(panel.get_by_text(f"Accuracy {float(many_right) * 100:.1f} % +{gain:.1f} %")).to_be_visible()
    panel.get_by_label("Sort classes").select_option("Most confused first")
    expect(panel.get_by_role("rowheader").first).not_to_have_text("0")

    # Examples of a mistake, with their pictures.
    mistake = panel.get_by_role("button", name=re.compile(r"^True (\d), predicted (?!\1)\d: [1-9]")).first
    mistake.click()
    examples = panel.get_by_role("region", name="Examples")
    expect(examples.get_by_role("listitem").first).to_contain_text("digit ")
    expect(examples.locator("img").first).to_have_js_property("naturalWidth", 8)


@pytest.mark.browser
def test_the_file_is_shown_as_a_matrix_or_as_it_is(digits: Digits, page: Page) -> None:
    server, runs = digits
    page.goto(f"{server.url}/runs/{runs['few'][0]}/artifacts/confusion_matrix.json")
    expect(page.get_by_role("table")).to_be_visible()
    page.get_by_role("button", name="Plain").click()
    expect(page.get_by_text('"predicted"').first).to_be_visible()
    page.goto(f"{server.url}/runs/{runs['few'][0]}/artifacts/confusion_matrix.json?safe=1")
    expect(page.get_by_text('"predicted"').first).to_be_visible()
    expect(page.get_by_role("link", name="Safe mode: no panels")).to_be_visible()
    expect(page.get_by_role("link", name="Confusion matrix")).to_have_count(0)
