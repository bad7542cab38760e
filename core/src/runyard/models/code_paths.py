"""A model's own source: files and folders that are copied into the model, and nothing that was not named."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

from runyard.errors import InvalidInput, NotFound
from runyard.models.source_modules import SKIPPED_FOLDERS, local_sources

CODE = "code"


def copy_code_paths(code_paths: list[str] | list[Path] | None, folder: str | os.PathLike[str]) -> str | None:
    """Copy files and folders to a model's `code/`, and return that name, which flavors have as their key `code`.

    Caches and version control are left out; a link is followed as long as it stays within what was named.
    """
    if not code_paths:
        _checked(code_paths)
        return None
    target = Path(folder) / CODE
    named: dict[str, Path] = {}
    for given in _checked(code_paths):
        path = given.resolve()
        if not path.exists():
            raise NotFound(f"code_paths: no file or folder {str(given)!r}")
        if path.name in named:
            raise InvalidInput(f"code_paths: {str(named[path.name])!r} and {str(given)!r} would both be {path.name!r}")
        named[path.name] = given
    for name, given in named.items():
        root = given.resolve()
        for source, inner in _files(root, root, Path(folder).resolve()):
            _copy(source, target / name / inner)
    target.mkdir(parents=True, exist_ok=True)
    return CODE


def copy_local_modules(modules: Iterable[str], folder: str | os.PathLike[str]) -> str | None:
    """Copy the local modules among those named, and those they import, to a model's `code/`, and return that name.

    Args:
        modules: Dotted modules the model uses, such as those that `modules_of_callable` finds.
        folder: The model's folder.
    """
    sources = local_sources(modules)
    target = Path(folder) / CODE
    for module, file in sources.items():
        place = target.joinpath(*module.split("."))
        _copy(file, place / file.name if file.name == "__init__.py" else place.with_suffix(".py"))
    return CODE if sources else None


def _checked(code_paths: list[str] | list[Path] | None) -> list[Path]:
    given: object = code_paths
    if given is None:
        return []
    if not isinstance(given, list) or not all(isinstance(path, (str, os.PathLike)) for path in given):
        raise InvalidInput(f"code_paths is a list of files and folders, not {type(given).__name__}")
    return [Path(path) for path in given]


def _files(path: Path, root: Path, left_out: Path) -> Iterator[tuple[Path, Path]]:
    """The files below a path with where each is copied to, relative to the root."""
    if path.is_file():
        yield path, Path()
        return
    with os.scandir(path) as entries:
        found = sorted(path / entry.name for entry in entries)
    for inner in found:
        # A model may be saved within a folder that is copied to it.
        if inner.name in SKIPPED_FOLDERS or inner.suffix == ".pyc" or inner == left_out:
            continue
        if inner.is_symlink():
            _check_link(inner, root)
        if inner.is_dir():
            yield from ((file, Path(inner.name) / rest) for file, rest in _files(inner, root, left_out))
        elif inner.is_file():
            yield inner, Path(inner.name)
        else:
            raise InvalidInput(f"code_paths: {str(inner)!r} is no file that can be copied; remove it or name others")


def _check_link(link: Path, root: Path) -> None:
    target = link.resolve()
    if not target.exists() or not target.is_relative_to(root) or link.is_relative_to(target):
        raise InvalidInput(
            f"code_paths: {str(link)!r} is a link to {str(target)!r}, which does not lie within {str(root)!r} "
            "or holds the link itself; name what it leads to, or remove it"
        )


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)
