"""Files of this machine as an image gets them."""

from __future__ import annotations

import hashlib
import json
import os
import stat
import tarfile
from collections.abc import Sequence
from pathlib import Path

import attrs
from docker.utils import exclude_paths

IGNORE_FILE = ".dockerignore"
# What belongs to no program, and would make each image another one. A .dockerignore can bring it back with an `!`.
_ALWAYS = ("**/.git", "**/__pycache__", "**/*.pyc", "**/.venv", "runyard-data", "mlruns")
_OF_PACKAGES = (*_ALWAYS, "**/*.egg-info", "build", "dist", "**/node_modules", "**/.mypy_cache", "**/.pytest_cache")


@attrs.frozen
class Tree:
    """A file, or a folder with the paths below it that count, in order."""

    root: Path
    paths: tuple[str, ...] = ()

    @property
    def digest(self) -> str:
        """The same for the same content, whenever and by whom it was written."""
        made = hashlib.sha256()
        for path in self.paths or ("",):
            made.update(json.dumps([path, *_facts(self.root / path)]).encode())
        return made.hexdigest()

    def add_to(self, archive: tarfile.TarFile, name: str) -> None:
        """Put it into an archive under a name."""
        archive.add(self.root, name, recursive=False, filter=_nobodys)
        for path in self.paths:
            archive.add(self.root / path, f"{name}/{path}", recursive=False, filter=_nobodys)


def project_tree(folder: Path) -> Tree:
    """The files of a project, without those that its .dockerignore names."""
    file = folder / IGNORE_FILE
    lines = file.read_text(encoding="utf-8").splitlines() if file.is_file() else []
    return _tree(folder, [*_ALWAYS, *(line.strip() for line in lines if line.strip() and line[0] != "#")])


def package_tree(path: Path) -> Tree:
    """The files from which a package is installed."""
    return Tree(path) if path.is_file() else _tree(path, _OF_PACKAGES)


def _tree(folder: Path, ignored: Sequence[str]) -> Tree:
    found = (path for path in exclude_paths(str(folder), list(ignored)) if _is_content(folder / path))
    return Tree(folder, tuple(sorted(path.replace(os.sep, "/") for path in found)))


def _is_content(path: Path) -> bool:
    mode = path.lstat().st_mode
    return stat.S_ISREG(mode) or stat.S_ISDIR(mode) or stat.S_ISLNK(mode)


def _facts(path: Path) -> tuple[str, ...]:
    mode = path.lstat().st_mode
    if stat.S_ISLNK(mode):
        return "link", str(path.readlink())
    if stat.S_ISDIR(mode):
        return ("folder",)
    with path.open("rb") as file:
        return "program" if mode & stat.S_IXUSR else "file", hashlib.file_digest(file, "sha256").hexdigest()


def _nobodys(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    """Readable by whoever the container runs as, and of no user of this machine."""
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = ""
    entry.mode |= 0o755 if entry.isdir() or entry.mode & stat.S_IXUSR else 0o644
    return entry
