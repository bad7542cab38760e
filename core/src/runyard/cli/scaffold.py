"""Write the distribution of a new plugin from a template in this package."""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterator, Mapping
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path, PurePosixPath
from string import Template
from types import MappingProxyType

import attrs

from runyard import __version__
from runyard.errors import AlreadyExists, InvalidInput
from runyard.models.names import refusal_of

_NAME = re.compile(r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$")
_SUFFIX = ".tmpl"


@attrs.frozen
class Kind:
    """A kind of plugin that can be started from a template; `prefix` starts the names of such plugins."""

    summary: str
    folder: str
    prefix: str


KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        "artifact-store": Kind("Keeps artifacts under a URI scheme of its own.", "artifact_store", "store-"),
        "command": Kind("Adds a command to the command line.", "command", "command-"),
        "flavor": Kind("Saves, loads and asks the models of a library.", "flavor", "flavor-"),
        "panel": Kind("Shows something of its own in the web UI.", "panel", "panel-"),
    }
)


def write_plugin(kind: str, name: str, target: Path) -> list[Path]:
    """Write a plugin into a folder that is new or empty, and give the files written.

    Raises:
        InvalidInput: the name cannot name a distribution and a package.
        AlreadyExists: the folder has something in it.
    """
    words = names_of(kind, name)
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise AlreadyExists(f"{target} exists and is not an empty folder; choose another with --output")
    written = []
    for path, template in _templates(KINDS[kind].folder):
        file = target / path.replace("PACKAGE", words["package"]).removesuffix(_SUFFIX)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(Template(template).substitute(words), encoding="utf-8")
        written.append(file)
    return written


def names_of(kind: str, name: str) -> dict[str, str]:
    """The words that a template is filled with."""
    short = name.removeprefix("runyard-")
    if not _NAME.match(short):
        raise InvalidInput(
            f"a plugin's name has small letters, digits and single hyphens and starts with a letter, got {name!r}"
        )
    word = short.removeprefix(KINDS[kind].prefix)
    if keyword.iskeyword(word):
        raise InvalidInput(f"{word!r} is a word of Python; choose another name")
    refusal = refusal_of(word.replace("-", "_")) if kind == "flavor" else None
    if refusal is not None:
        raise InvalidInput(f"{refusal}; choose another name")
    major, minor = __version__.split(".")[:2]
    return {
        "name": short,
        "distribution": f"runyard-{short}",
        "package": f"runyard_{short.replace('-', '_')}",
        "word": word,
        "title": word.replace("-", " ").capitalize(),
        "function": word.replace("-", "_"),
        "class_name": "".join(part.capitalize() for part in word.split("-")),
        "core": f">={major}.{minor},<{major}.{int(minor) + 1}"
        if major == "0"
        else f">={major}.{minor},<{int(major) + 1}",
    }


def _templates(folder: str) -> Iterator[tuple[str, str]]:
    root = files("runyard.cli") / "templates" / folder
    yield from sorted(_walk(root, PurePosixPath()))


def _walk(folder: Traversable, path: PurePosixPath) -> Iterator[tuple[str, str]]:
    for entry in folder.iterdir():
        below = path / entry.name
        if entry.is_dir():
            yield from _walk(entry, below)
        elif entry.name.endswith(_SUFFIX):
            yield str(below), entry.read_text(encoding="utf-8")
