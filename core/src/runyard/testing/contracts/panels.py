"""What every panel of the web UI must be: inherit `PanelContract` and give the fixture `spec`."""

from __future__ import annotations

import re

import pytest

from runyard.specs import PanelSpec

MAX_TITLE = 40

_API = re.compile(r"""export\s+(?:const|let|var)\s+api\s*=\s*["']1["']""")
_MOUNT = re.compile(r"export\s+(?:async\s+)?function\s+mount\b|export\s+(?:const|let|var)\s+mount\s*=")
_LIST = re.compile(r"export\s*\{([^}]*)\}")  # as bundlers write it
_LOADED = re.compile(r"""(?:\bfrom\s*|\bimport\s*\(\s*|\bimport\s+)["']([^"']+)["']""")
_RUNS_TEXT = re.compile(r"\beval\s*\(|\bnew\s+Function\s*\(|<style[\s>]|\sstyle=[\"']")


class PanelContract:
    """The tests of one panel; `spec` is what the plugin declares."""

    @pytest.fixture
    def spec(self) -> PanelSpec:
        raise NotImplementedError("override the fixture spec")

    def test_its_title_fits_a_tab(self, spec: PanelSpec) -> None:
        assert spec.title == spec.title.strip()
        assert 0 < len(spec.title) <= MAX_TITLE, f"the title of {spec.name} has {len(spec.title)} characters"

    def test_the_module_is_a_script(self, spec: PanelSpec) -> None:
        assert spec.target.path.endswith((".js", ".mjs")), f"{spec.target.path} is no ES module"

    def test_the_module_exports_what_the_page_calls(self, spec: PanelSpec) -> None:
        text = _text(spec)
        listed = {name.split(" as ")[-1].strip() for names in _LIST.findall(text) for name in names.split(",")}
        assert _API.search(text) or "api" in listed, f'{spec.target.path} lacks: export const api = "1"'
        assert _MOUNT.search(text) or "mount" in listed, f"{spec.target.path} lacks: export function mount(el, ctx)"

    def test_the_module_loads_only_files_that_are_named(self, spec: PanelSpec) -> None:
        text = _text(spec)
        known = {f"./{name}" for name in spec.others}
        foreign = sorted(set(_LOADED.findall(text)) - known)
        assert not foreign, f"{spec.target.path} loads {foreign}; name files beside it in others, bundle the rest"

    def test_the_files_beside_it_are_there(self, spec: PanelSpec) -> None:
        assert all(spec.target.beside(name).resolve() for name in spec.others)

    def test_nothing_in_it_is_forbidden_by_the_policy_of_the_pages(self, spec: PanelSpec) -> None:
        text = _text(spec)
        found = _RUNS_TEXT.search(text)
        assert not found, f"browsers refuse {found.group()!r} of {spec.target.path}: see docs/panels.md"


def _text(spec: PanelSpec) -> str:
    return spec.target.resolve().decode("utf-8")
