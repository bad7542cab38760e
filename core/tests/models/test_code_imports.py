"""Two models whose modules have the same names each use their own."""

from __future__ import annotations

import importlib
import pickle
import sys
import threading
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from runyard.models import code_imports
from runyard.models.code_imports import importing_code

MODEL = """
from twins import part
import lonely_{name}

class Model:
    def now(self):
        return part.NAME

    def late(self):
        import twins.later
        from twins.later import NAME
        from twins import later
        assert later is twins.later and later.NAME == NAME
        return NAME

    def relative(self):
        return part.relative()
"""
PART = """
NAME = {name!r}

def relative():
    from . import later
    from .later import NAME
    return NAME
"""


@pytest.fixture(autouse=True)
def clean_imports(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What the modules and the path were before, afterwards."""
    before = set(sys.modules)
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.setattr(code_imports, "_PRIVATE", {})
    finders = list(sys.meta_path)
    yield
    assert sys.meta_path == finders
    for name in set(sys.modules) - before:
        del sys.modules[name]


def write_code(folder: Path, name: str) -> Path:
    code = folder / name / "code"
    (code / "twins").mkdir(parents=True)
    (code / "twins" / "__init__.py").write_text("")
    (code / "twins" / "part.py").write_text(PART.format(name=name))
    (code / "twins" / "later.py").write_text(f"NAME = {name!r}")
    (code / "twins" / "model.py").write_text(MODEL.format(name=name))
    (code / f"lonely_{name}.py").write_text("")
    return code


def load(code: Path) -> Any:
    # As a flavor does: the pickle names the class by its module.
    with importing_code(code):
        return pickle.loads(b"ctwins.model\nModel\n)\x81.")


def test_code_is_found_within_and_stays_importable(tmp_path: Path) -> None:
    model = load(write_code(tmp_path, "first"))

    assert (model.now(), model.late(), model.relative()) == ("first", "first", "first")
    assert importlib.import_module("lonely_first")


def test_two_models_use_their_own_modules_now_and_later(tmp_path: Path) -> None:
    first = load(write_code(tmp_path, "first"))
    with pytest.warns(
        UserWarning, match=r"brings modules that differ from those of the same names: 'twins' \(there is"
    ):
        second = load(write_code(tmp_path, "second"))
    with pytest.warns(UserWarning, match="the model uses its own, the program keeps the others"):
        third = load(write_code(tmp_path, "third"))

    for _ in range(2):
        for model, name in ((second, "second"), (first, "first"), (third, "third")):
            assert (model.now(), model.late(), model.relative()) == (name, name, name)
    assert importlib.import_module("twins.part").NAME == "first"


def test_modules_not_yet_imported_are_kept_apart_too(tmp_path: Path) -> None:
    codes = [write_code(tmp_path, name) for name in ("first", "second")]
    with importing_code(codes[0]):
        pass
    with pytest.warns(UserWarning, match="twins"):
        second = load(codes[1])

    assert second.late() == "second"
    assert load(codes[0]).late() == "first"


def test_a_model_that_is_loaded_again_warns_once_and_has_the_same_class(tmp_path: Path) -> None:
    load(write_code(tmp_path, "first"))
    code = write_code(tmp_path, "second")
    with pytest.warns(UserWarning, match="twins"):
        second = load(code)

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert type(load(code)) is type(second)


def test_the_same_source_is_shared(tmp_path: Path) -> None:
    first = write_code(tmp_path, "first")
    (tmp_path / "copy").mkdir()
    first.rename(tmp_path / "copy" / "code")
    model = load(tmp_path / "copy" / "code")
    again = load(write_code(tmp_path, "first"))

    assert type(again) is type(model)


def test_the_programs_own_modules_stay_as_they_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "program").mkdir()
    (tmp_path / "program" / "twins.py").write_text("NAME = 'program'")
    monkeypatch.syspath_prepend(tmp_path / "program")
    ours = importlib.import_module("twins")

    with pytest.warns(UserWarning, match="program/twins.py"):
        model = load(write_code(tmp_path, "first"))
    assert model.late() == "first"
    assert importlib.import_module("twins") is ours
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module("lonely_first")


def test_a_failure_while_loading_leaves_the_program_as_it_was(tmp_path: Path) -> None:
    load(write_code(tmp_path, "first"))
    code = write_code(tmp_path, "second")
    (code / "twins" / "model.py").write_text("raise RuntimeError('broken')")
    before = sys.modules["twins"]

    with pytest.warns(UserWarning, match="twins"), pytest.raises(RuntimeError, match="broken"):
        load(code)
    assert sys.modules["twins"] is before


def test_names_of_the_standard_library_are_not_taken_over(tmp_path: Path) -> None:
    code = write_code(tmp_path, "first")
    (code / "json").mkdir()
    (code / "json" / "__init__.py").write_text("raise RuntimeError('not this one')")
    (code / "notes").mkdir()
    (code / "notes" / "read.me").write_text("")
    before = sys.modules["json"]

    assert load(code).now() == "first"
    assert sys.modules["json"] is before


def test_models_used_from_many_threads_keep_their_own(tmp_path: Path) -> None:
    names = [f"model{number}" for number in range(4)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        models = {name: load(write_code(tmp_path, name)) for name in names}
    wrong: list[tuple[str, str]] = []
    barrier = threading.Barrier(len(names))

    def use(name: str) -> None:
        barrier.wait()
        for _ in range(50):
            found = {models[name].now(), models[name].late(), models[name].relative()}
            wrong.extend((name, other) for other in found - {name})

    threads = [threading.Thread(target=use, args=(name,)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
