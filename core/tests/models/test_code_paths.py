"""A model's own source: what is copied and what is not."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from runyard.errors import InvalidInput, NotFound
from runyard.models.code_paths import copy_code_paths, copy_local_modules


def files(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir()}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with a package, a single module and what should not be copied."""
    folder = tmp_path / "project"
    for name in ("pack/__init__.py", "pack/inner/deep.py", "pack/table.csv", "single.py", "pack/__pycache__/old.pyc"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("")
    for name in (".git/config", "pack/.venv/pyvenv.cfg", "pack/left.pyc"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("")
    return folder


def test_files_and_folders_are_copied_without_caches_and_version_control(project: Path, tmp_path: Path) -> None:
    assert copy_code_paths([str(project / "pack"), str(project / "single.py")], tmp_path / "model") == "code"
    assert files(tmp_path / "model") == {
        "code/pack/__init__.py",
        "code/pack/inner/deep.py",
        "code/pack/table.csv",
        "code/single.py",
    }


def test_a_model_within_the_folder_that_is_copied_is_left_out(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project)
    copy_code_paths(["."], "models/first")

    assert "models/first/code/project/single.py" in files(project)
    assert not [name for name in files(project / "models/first/code") if "models" in name]


def test_no_code_paths_copy_nothing(tmp_path: Path) -> None:
    assert copy_code_paths(None, tmp_path) is None
    assert copy_code_paths([], tmp_path) is None
    assert list(tmp_path.iterdir()) == []


def test_a_link_within_what_was_named_becomes_what_it_leads_to(project: Path, tmp_path: Path) -> None:
    (project / "pack" / "again.py").symlink_to("inner/deep.py")
    (project / "pack" / "other").symlink_to("inner")
    (project / "linked").symlink_to("pack")

    copy_code_paths([project / "linked"], tmp_path / "model")
    copied = tmp_path / "model" / "code" / "pack"
    assert {"again.py", "other/deep.py", "inner/deep.py"} <= files(copied)
    assert not [path for path in copied.rglob("*") if path.is_symlink()]


@pytest.mark.parametrize("target", ["../../secret.txt", "/etc/passwd", "missing", "..", "."])
def test_a_link_that_leads_elsewhere_is_refused(project: Path, tmp_path: Path, target: str) -> None:
    (tmp_path / "secret.txt").write_text("secret")
    (project / "pack" / "link").symlink_to(target)

    with pytest.raises(InvalidInput, match=r"code_paths: '.*pack/link' is a link to '.*', which does not lie within"):
        copy_code_paths([project / "pack"], tmp_path / "model")


def test_a_pipe_is_refused_instead_of_being_waited_for(project: Path, tmp_path: Path) -> None:
    os.mkfifo(project / "pack" / "pipe")
    with pytest.raises(InvalidInput, match="pipe' is no file that can be copied"):
        copy_code_paths([project / "pack"], tmp_path / "model")


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        ("single.py", InvalidInput, "code_paths is a list of files and folders, not str"),
        ([3], InvalidInput, "code_paths is a list of files and folders, not list"),
        (["none.py"], NotFound, r"code_paths: no file or folder 'none.py'"),
        (["single.py", "pack/../single.py"], InvalidInput, r"'single.py' and 'pack/../single.py' would both be"),
    ],
)
def test_what_cannot_be_copied_is_refused_before_anything_is(
    project: Path, monkeypatch: pytest.MonkeyPatch, given: Any, error: type[Exception], message: str
) -> None:
    monkeypatch.chdir(project)
    with pytest.raises(error, match=message):
        copy_code_paths(given, "model")
    assert not Path("model").exists()


def test_local_modules_that_are_used_are_copied_with_their_packages(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = tmp_path / "source"
    (source / "mysteps" / "deep").mkdir(parents=True)
    (source / "mysteps" / "__init__.py").write_text("")
    (source / "mysteps" / "unused.py").write_text("")
    (source / "mysteps" / "deep" / "model.py").write_text("import numpy, mysingle")
    (source / "mysingle.py").write_text("")
    monkeypatch.syspath_prepend(source)

    assert copy_local_modules(["mysteps.deep.model", "numpy", "json"], tmp_path / "model") == "code"
    assert files(tmp_path / "model" / "code") == {"mysteps/__init__.py", "mysteps/deep/model.py", "mysingle.py"}
    assert copy_local_modules(["numpy", "runyard.models"], tmp_path / "other") is None
