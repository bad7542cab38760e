"""Which distributions are installed, what they need and which modules they provide, read as little as possible."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterable, Iterator
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from packaging.utils import canonicalize_name

from runyard.models.requirement_lines import Requirement

_TOP = re.compile(rb'^"?([^/,\r\n"]+)[/,]', re.MULTILINE)
_SUFFIXES = re.compile(r"\.(?:py|pyc|pyd|so|abi3\.so)$|\.cp(?:ython-)?\d+[^/]*\.(?:so|pyd)$")


class Distribution:
    """One installed distribution, whose files are read when something is asked of it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @cached_property
    def name(self) -> str:
        """The name as package indexes compare it."""
        if self.folder.suffix == ".dist-info":
            return canonicalize_name(self.folder.stem.rpartition("-")[0])
        return canonicalize_name(next(self._fields("Name"), self.folder.stem.partition("-")[0]))

    @cached_property
    def version(self) -> str:
        """The version, with its local label."""
        return next(self._fields("Version"), self.folder.stem.rpartition("-")[2])

    @cached_property
    def requires(self) -> tuple[str, ...]:
        """The names of the distributions this one needs here, without its extras."""
        wanted = map(Requirement.read, self._fields("Requires-Dist"))
        return tuple(dict.fromkeys(found.key for found in wanted if found and found.applies()))

    @cached_property
    def modules(self) -> frozenset[str]:
        """The top-level modules it provides."""
        listed = self._read("top_level.txt").decode(errors="replace").split()
        if listed:
            return frozenset(name.partition("/")[0] for name in listed)
        tops = {top.decode(errors="replace") for top in set(_TOP.findall(self._record))}
        return frozenset(
            _SUFFIXES.sub("", top) for top in tops if "." not in top or (_SUFFIXES.search(top) and top[0] != ".")
        ) - {"__pycache__"}

    @property
    def origin(self) -> dict[str, Any]:
        """Where it was installed from, as PEP 610 says; nothing where that is a package index."""
        try:
            said = json.loads(self._read("direct_url.json") or b"{}")
        except ValueError:
            return {}
        return said if isinstance(said, dict) else {}

    @property
    def is_editable(self) -> bool:
        """Whether its modules lie where they are developed."""
        return bool(self.origin.get("dir_info", {}).get("editable"))

    @property
    def extras(self) -> dict[str, list[Requirement]]:
        """What each of its extras needs beside what it needs anyway."""
        found: dict[str, list[Requirement]] = {name: [] for name in self._fields("Provides-Extra")}
        for wanted in filter(None, map(Requirement.read, self._fields("Requires-Dist"))):
            for name, needs in found.items():
                if wanted.applies(name) and not wanted.applies():
                    needs.append(wanted)
        return found

    def owns(self, top: str) -> bool:
        """Whether a top-level module is a file or an ordinary package of this distribution, not a namespace."""
        return (
            re.search(rb'^"?' + re.escape(top.encode()) + rb"(?:/__init__)?\.[^/\r\n]+,", self._record, re.MULTILINE)
            is not None
        )

    def holds(self, module: str) -> bool:
        """Whether it provides this dotted module, which tells the parts of a namespace package apart."""
        path = module.replace(".", "/").encode()
        return re.search(rb'^"?' + re.escape(path) + rb"(?:/|\.[^/\r\n]+,)", self._record, re.MULTILINE) is not None

    @cached_property
    def _record(self) -> bytes:
        return self._read("RECORD")

    def _fields(self, name: str) -> Iterator[str]:
        for line in self._head:
            key, _, value = line.partition(":")
            if key == name:
                yield value.strip()

    @cached_property
    def _head(self) -> list[str]:
        data = self._read("METADATA") or self._read("PKG-INFO") or self._read("")
        return re.split(rb"\r?\n\r?\n", data, maxsplit=1)[0].decode(errors="replace").splitlines()

    def _read(self, name: str) -> bytes:
        try:
            return (self.folder / name).read_bytes()
        except OSError:
            return b""


class Installed:
    """All distributions of the import path; the first of a name counts, as it does for imports."""

    def __init__(self, folders: Iterable[str]) -> None:
        self._by_name: dict[str, Distribution] = {}
        for folder in folders:
            for found in _distributions(folder):
                self._by_name.setdefault(found.name, found)

    def get(self, name: str) -> Distribution | None:
        """The distribution of a name."""
        return self._by_name.get(canonicalize_name(name))

    def providers(self, module: str, likely: Iterable[str] = ()) -> list[Distribution]:
        """The distributions that a dotted module comes from.

        Args:
            module: The name it is imported by.
            likely: Names of distributions to look in first, which spares reading about all the others.
        """
        top = module.partition(".")[0]
        for name in (top, *likely):
            found = self.get(name)
            if found and found.owns(top):
                return [found]
        every = [found for found in self._by_name.values() if top in found.modules]
        parts = module.split(".")
        for end in range(len(parts), 1, -1):
            exact = [found for found in every if found.holds(".".join(parts[:end]))]
            if len(every) > 1 and exact:
                return exact
        return every

    def needs(self, name: str) -> set[str]:
        """The names of all distributions that one needs, directly or not."""
        seen: set[str] = set()
        waiting: list[str] = [canonicalize_name(name)]
        while waiting:
            found = self.get(waiting.pop())
            new = {wanted for wanted in found.requires if wanted not in seen} if found else set()
            seen |= new
            waiting.extend(new)
        return seen - {canonicalize_name(name)}


def installed_distributions() -> Installed:
    """What is installed now; what was read stays known until a folder of the import path changes."""
    return _read_installed(tuple((folder, _changed(folder)) for folder in dict.fromkeys(sys.path)))


@lru_cache(maxsize=4)
def _read_installed(folders: tuple[tuple[str, int], ...]) -> Installed:
    return Installed(folder for folder, changed in folders if changed)


def _changed(folder: str) -> int:
    try:
        return Path(folder).stat().st_mtime_ns
    except OSError:
        return 0


def _distributions(folder: str) -> Iterator[Distribution]:
    try:
        with os.scandir(folder or ".") as entries:
            names = sorted(entry.name for entry in entries)
    except OSError:
        # A zip file, or a folder that may not be listed, holds no distribution that could be read here.
        return
    for name in names:
        if name.endswith((".dist-info", ".egg-info")):
            yield Distribution(Path(folder or ".") / name)
