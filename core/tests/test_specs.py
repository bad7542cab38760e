"""References are text until they are used, and what goes wrong then is one kind of error."""

from __future__ import annotations

import sys
from collections import OrderedDict
from pathlib import Path

import attrs
import pytest

from runyard.errors import BrokenPlugin
from runyard.specs import ArtifactScheme, FileRef, Listener, PanelSpec, Ref


def test_a_reference_is_imported_when_it_is_resolved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "spec_target.py").write_text("class A:\n    b = 'found'", encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    spec = ArtifactScheme(name="x", target="spec_target:A.b", summary="X.")
    assert "spec_target" not in sys.modules
    assert spec.target.resolve() == "found"
    del sys.modules["spec_target"]


def test_a_reference_reaches_into_packages() -> None:
    assert Ref("collections:OrderedDict").resolve() is OrderedDict
    assert Ref("os.path:join").resolve().__name__ == "join"


@pytest.mark.parametrize("path", ["", "module", "module:", ":attribute"])
def test_a_reference_reads_module_colon_attribute(path: str) -> None:
    with pytest.raises(ValueError, match="a reference reads"):
        Ref(path)
    with pytest.raises(ValueError, match="a reference reads"):
        ArtifactScheme(name="x", target=path, summary="X.")


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        ("raise RuntimeError('boom')", "RuntimeError: boom"),
        ("import no_such_module_at_all", "ModuleNotFoundError"),
        ("import sys; sys.exit(3)", "SystemExit: 3"),
        ("def broken(:", "SyntaxError"),
        ("a = 1", "AttributeError"),
    ],
)
def test_whatever_a_module_does_is_a_broken_plugin(
    source: str, problem: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = f"spec_broken_{abs(hash(source))}"
    (tmp_path / f"{name}.py").write_text(source, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(BrokenPlugin, match=problem) as caught:
        Ref(f"{name}:b").resolve()
    assert f"cannot load {name}:b" in str(caught.value)
    assert caught.value.__cause__ is not None


def test_specs_cannot_be_changed_and_compare_by_value() -> None:
    one = Listener(name="x", target="a:b", events=("runyard_run_started",), summary="X.")
    assert one == Listener(name="x", target=Ref("a:b"), events=("runyard_run_started",), summary="X.")
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        one.name = "y"  # type: ignore[misc]


def test_a_file_of_a_package_is_read_when_it_is_resolved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "spec_files" / "web"
    folder.mkdir(parents=True)
    (tmp_path / "spec_files" / "__init__.py").touch()
    (folder / "panel.js").write_bytes(b"export {}")
    (folder / "shapes.js").write_bytes(b"export const round = 1")
    monkeypatch.syspath_prepend(str(tmp_path))
    file = FileRef("spec_files:web/panel.js")
    assert "spec_files" not in sys.modules
    assert file.resolve() == b"export {}"
    assert file.beside("shapes.js").resolve() == b"export const round = 1"
    with pytest.raises(BrokenPlugin, match=r"cannot read spec_files:web/gone\.js: FileNotFoundError"):
        file.beside("gone.js").resolve()
    with pytest.raises(BrokenPlugin, match="ModuleNotFoundError"):
        FileRef("no_such_package_at_all:panel.js").resolve()


@pytest.mark.parametrize("path", ["panel.js", ":panel.js", "package:", "package:../panel.js", "package:/etc/passwd"])
def test_a_file_lies_in_its_package(path: str) -> None:
    with pytest.raises(ValueError, match="a reference to a file reads"):
        FileRef(path)


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"slot": "run.tabs"}, r"no slot 'run.tabs' for the panel 'x', did you mean 'run.tab'\? \(there are: artifact"),
        ({"slot": "nav.page", "files": ("*.csv",)}, "a panel in the slot nav.page has no files"),
        ({"slot": "artifact.preview"}, "names no file"),
        ({"slot": "artifact.preview", "files": "*.csv"}, "files of the panel 'x' is a list"),
        ({"slot": "run.tab", "others": ("../secret.js",)}, "names of files beside it"),
    ],
)
def test_a_panel_that_cannot_be_is_refused(wrong: dict[str, object], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        PanelSpec(name="x", title="X", target="p:x.js", summary="X.", **wrong)  # type: ignore[arg-type]
