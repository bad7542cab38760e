"""References are text until they are used, and what goes wrong then is one kind of error."""

from __future__ import annotations

import sys
from collections import OrderedDict
from pathlib import Path

import attrs
import pytest

from runyard.errors import BrokenPlugin
from runyard.specs import ArtifactScheme, Listener, Ref


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
