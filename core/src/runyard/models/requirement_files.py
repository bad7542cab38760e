"""Requirements as users give them, in a list or a file, with the files and constraints they refer to."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import attrs

from runyard.errors import InvalidInput

_REFERENCE = re.compile(r"(?:-r|--requirement|-c|--constraint)(?:\s+|=|(?<=-[rc]))(?P<file>\S.*)")


@attrs.frozen
class Requirements:
    """Lines to install, and lines that only limit versions."""

    lines: tuple[str, ...] = ()
    constraints: tuple[str, ...] = ()


def parse_requirements(given: str | os.PathLike[str] | Iterable[str] | None, argument: str) -> Requirements:
    """The lines of a list or a requirements file, those of `-r` and `-c` files in their place.

    Args:
        given: The lines, whose files are looked up from the current folder, or the path of a requirements file, whose
            files are looked up beside it.
        argument: What an error calls it.
    """
    if given is None:
        return Requirements()
    if isinstance(given, (str, os.PathLike)):
        found = _Reader(argument).read_file(Path(given), False)
    else:
        found = _Reader(argument).read_lines(_checked(given, argument), Path(), False)
    both = list(found)
    return Requirements(
        tuple(line for line, is_constraint in both if not is_constraint),
        tuple(line for line, is_constraint in both if is_constraint),
    )


def read_requirements_file(path: Path, root: Path) -> Requirements:
    """The lines of a requirements file that may refer to files below a folder only."""
    both = list(_Reader(str(path), root.resolve()).read_file(path, False))
    return Requirements(
        tuple(line for line, is_constraint in both if not is_constraint),
        tuple(line for line, is_constraint in both if is_constraint),
    )


def read_requirement_lines(lines: Iterable[str], root: Path, argument: str) -> Requirements:
    """The same for lines of another file in that folder, which `argument` names."""
    both = list(_Reader(argument, root.resolve()).read_lines(lines, root, False))
    return Requirements(
        tuple(line for line, is_constraint in both if not is_constraint),
        tuple(line for line, is_constraint in both if is_constraint),
    )


def _checked(given: Iterable[str], argument: str) -> list[str]:
    lines = list(given) if isinstance(given, Iterable) else None
    if lines is None or not all(isinstance(line, str) for line in lines):
        raise InvalidInput(
            f"{argument} is a list of requirements such as 'numpy==2.0' or the path of a requirements file, "
            f"not {type(given).__name__}"
        )
    return lines


@attrs.define
class _Reader:
    argument: str
    root: Path | None = None
    _reading: list[Path] = attrs.Factory(list)

    def read_file(self, path: Path, is_constraint: bool) -> Iterator[tuple[str, bool]]:
        resolved = path.resolve()
        if self.root is not None and not resolved.is_relative_to(self.root):
            raise InvalidInput(f"{self.argument} refers to {str(path)!r}, which is outside of the model")
        if resolved in self._reading:
            raise InvalidInput(f"{self.argument}: the requirements file {str(path)!r} refers to itself")
        try:
            text = path.read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            raise InvalidInput(f"{self.argument}: cannot read the requirements file {str(path)!r}: {error}") from error
        self._reading.append(resolved)
        yield from self.read_lines(text.splitlines(), path.parent, is_constraint)
        self._reading.pop()

    def read_lines(self, lines: Iterable[str], folder: Path, is_constraint: bool) -> Iterator[tuple[str, bool]]:
        for line in _joined(lines):
            reference = _REFERENCE.fullmatch(line)
            if reference is None:
                yield line, is_constraint
                continue
            file = reference["file"].strip().strip("\"'")
            if "://" in file:
                raise InvalidInput(f"{self.argument} refers to {file!r}; download it and give its path")
            yield from self.read_file(folder / file, is_constraint or line.startswith(("-c", "--c")))


def _joined(lines: Iterable[str]) -> Iterator[str]:
    """Lines without comments, blank ones and line ends that are escaped."""
    begun = ""
    for raw in [*lines, ""]:
        line = raw.strip()
        comment = line.startswith("#")
        line = "" if comment else re.sub(r"\s+#.*$", "", line)
        if line.endswith("\\"):
            begun += line.rstrip("\\").rstrip() + " "
            continue
        if comment and begun:
            continue
        line = (begun + line).strip()
        begun = ""
        if line:
            yield line
