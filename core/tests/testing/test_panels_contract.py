"""Each test of the contract for panels catches a panel that is wrong in just its point."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from runyard.specs import PanelSpec
from runyard.testing.contracts.panels import PanelContract
from runyard.testing.doubles import assert_caught, assert_each_has_a_double

GOOD = """
import { round } from "./shapes.js";
export const api = "1";
export function mount(el, ctx) {
  el.textContent = round(ctx.ids.run);
  return { update() {}, unmount() {} };
}
"""
FILES = {
    "panel.js": GOOD,
    "shapes.js": "export const round = String;",
    "bundled.js": "const a='1',b=()=>({});export{a as api,b as mount};",
    "old.js": GOOD.replace('"1"', '"0"'),
    "idle.js": 'export const api = "1";',
    "foreign.js": GOOD.replace("./shapes.js", "https://cdn.example/shapes.js"),
    "bare.js": GOOD.replace("./shapes.js", "react"),
    "evil.js": GOOD.replace("round(", "eval("),
    "inline.js": GOOD + "const head = '<style>p { color: red }</style>';",
}


@pytest.fixture(autouse=True)
def _package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A package with modules that are right and wrong."""
    folder = tmp_path / "panels_for_the_contract"
    folder.mkdir()
    for name, text in {"__init__.py": "", **FILES}.items():
        (folder / name).write_text(text, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))


def spec(file: str = "panel.js", title: str = "Shapes", others: tuple[str, ...] = ("shapes.js",)) -> PanelSpec:
    return PanelSpec(
        name="shapes",
        target=f"panels_for_the_contract:{file}",
        summary="Shows shapes.",
        title=title,
        slot="run.tab",
        others=others,
    )


WRONG: dict[str, list[Callable[[], PanelSpec]]] = {
    "test_its_title_fits_a_tab": [lambda: spec(title=""), lambda: spec(title="A" * 41), lambda: spec(title=" A")],
    "test_the_module_is_a_script": [lambda: spec("panel.css")],
    "test_the_module_exports_what_the_page_calls": [lambda: spec("old.js"), lambda: spec("idle.js")],
    "test_the_module_loads_only_files_that_are_named": [
        lambda: spec(others=()),
        lambda: spec("foreign.js"),
        lambda: spec("bare.js"),
    ],
    "test_the_files_beside_it_are_there": [lambda: spec(others=("shapes.js", "gone.js"))],
    "test_nothing_in_it_is_forbidden_by_the_policy_of_the_pages": [lambda: spec("evil.js"), lambda: spec("inline.js")],
}


class TestAGoodPanel(PanelContract):
    @pytest.fixture
    def spec(self) -> PanelSpec:
        return spec()


class TestABundledPanel(PanelContract):
    @pytest.fixture
    def spec(self) -> PanelSpec:
        return spec("bundled.js", others=())


@pytest.mark.parametrize("test", WRONG)
def test_a_wrong_panel_is_caught(test: str) -> None:
    for factory in WRONG[test]:
        assert_caught(PanelContract, test, factory)


def test_every_test_of_the_contract_has_a_wrong_double() -> None:
    assert_each_has_a_double(PanelContract, WRONG)
