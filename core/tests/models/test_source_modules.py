"""Which modules source files import."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from runyard.errors import InvalidInput, NotFound
from runyard.models.source_modules import local_sources, modules_of_sources

SOURCE = """
from __future__ import annotations
import json, numpy.linalg as la
from sklearn import linear_model
from typing import TYPE_CHECKING
if TYPE_CHECKING:
    import pandas
else:
    import wave
try:
    import surely_not_installed
except ImportError:
    surely_not_installed = None
def late():
    import yaml
    from . import sibling
    return yaml
"""


def test_imports_are_found_wherever_they_stand(tmp_path: Path) -> None:
    (tmp_path / "model.py").write_text(SOURCE)

    found = modules_of_sources([tmp_path / "model.py"]) - {"__future__.annotations", "typing.TYPE_CHECKING"}
    assert found == {"json", "numpy.linalg", "sklearn.linear_model", "wave", "yaml"}


def test_folders_are_searched_but_for_caches(tmp_path: Path) -> None:
    (tmp_path / "package" / "__pycache__").mkdir(parents=True)
    (tmp_path / "package" / "inner.py").write_text("import yaml")
    (tmp_path / "package" / "notes.txt").write_text("import numpy")
    (tmp_path / "package" / "__pycache__" / "old.py").write_text("import numpy")

    assert modules_of_sources([str(tmp_path)]) == {"yaml"}


def test_a_path_that_is_missing_or_no_python_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="no source file or folder"):
        modules_of_sources([tmp_path / "none.py"])
    (tmp_path / "broken.py").write_text("def:")
    with pytest.raises(InvalidInput, match=r"broken.py' is no Python that can be read: invalid syntax"):
        modules_of_sources([tmp_path / "broken.py"])


def test_local_modules_are_followed_to_what_they_import(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "ourpack"
    (package / "deep").mkdir(parents=True)
    (package / "__init__.py").write_text("")
    (package / "unused.py").write_text("import wave")
    (package / "deep" / "__init__.py").write_text("from ..tools import helper")
    (package / "deep" / "model.py").write_text(
        "from . import part\nimport oursingle, numpy\nfrom ourpack.deep import part"
    )
    (package / "deep" / "part.py").write_text("import ourpack.deep.model")
    (package / "tools.py").write_text("def helper(): import yaml")
    (tmp_path / "oursingle.py").write_text("")
    monkeypatch.syspath_prepend(tmp_path)

    found = local_sources(["ourpack.deep.model.Model", "numpy", "json"])
    assert found == {
        "ourpack": package / "__init__.py",
        "ourpack.deep": package / "deep" / "__init__.py",
        "ourpack.deep.model": package / "deep" / "model.py",
        "ourpack.deep.part": package / "deep" / "part.py",
        "ourpack.tools": package / "tools.py",
        "oursingle": tmp_path / "oursingle.py",
    }
    assert not [name for name in sys.modules if name.startswith("our")]
