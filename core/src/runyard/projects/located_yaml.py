"""YAML whose values know their lines, so that a mistake can be shown where it stands."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import attrs
import yaml

from runyard.errors import InvalidInput


@attrs.frozen
class Located:
    """A value of a file, at a line, with the names that lead to it."""

    value: Any
    file: Path
    line: int
    path: tuple[str, ...] = ()
    _below: dict[str, Located] = attrs.field(factory=dict, alias="below")

    def wrong(self, problem: str) -> InvalidInput:
        """An error that says where this stands."""
        where = ".".join(self.path)
        return InvalidInput(f"{self.file.name}, line {self.line}: {where + ' ' if where else ''}{problem}")

    def items(self) -> dict[str, Located]:
        """What a mapping holds; nothing stands for an empty one.

        Raises:
            InvalidInput: it is no mapping.
        """
        if self.value is None:
            return {}
        if not isinstance(self.value, dict):
            raise self.wrong(f"must be a mapping, not {_shown(self.value)}")
        return self._below

    def get(self, name: str) -> Located | None:
        """One of these, None where it is not there or says nothing."""
        found = self.items().get(name)
        return None if found is None or found.value is None else found

    def text(self) -> str:
        """A text; a number stands for itself.

        Raises:
            InvalidInput: it is neither.
        """
        if isinstance(self.value, bool) or not isinstance(self.value, str | int | float):
            raise self.wrong(f"must be a text, not {_shown(self.value)}")
        return str(self.value)

    def list(self) -> list[Any]:
        """A list.

        Raises:
            InvalidInput: it is none.
        """
        if not isinstance(self.value, list):
            raise self.wrong(f"must be a list, not {_shown(self.value)}")
        return self.value


def read(file: Path) -> Located:
    """The contents of a file.

    Raises:
        InvalidInput: it cannot be read, or is no YAML; the line is named.
    """
    try:
        text = file.read_text(encoding="utf-8-sig")
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        return Located(None, file, 1) if node is None else _located(node, file, ())
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput(f"cannot read {str(file)!r}: {error}") from error
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        shown = text.splitlines()[line - 1 : line]
        quoted = f": {shown[0].strip()!r}" if shown and shown[0].strip() else ""
        raise InvalidInput(f"{file.name}, line {line}: {error.problem or 'is no YAML'}{quoted}") from error
    except yaml.YAMLError as error:
        raise InvalidInput(f"{file.name} is no YAML that can be read: {' '.join(str(error).split())}") from error


def _located(node: yaml.Node, file: Path, path: tuple[str, ...]) -> Located:
    line = node.start_mark.line + 1
    if not isinstance(node, yaml.MappingNode):
        return Located(_plain(node), file, line, path)
    yaml.SafeLoader("").flatten_mapping(node)  # puts what `<<` refers to in its place
    below: dict[str, Located] = {}
    for key, value in node.value:
        name = str(_plain(key))
        if name in below:
            raise InvalidInput(f"{file.name}, line {key.start_mark.line + 1}: {'.'.join((*path, name))} stands twice")
        found = _located(value, file, (*path, name))
        # What is wrong with a mapping is wrong where its name stands.
        below[name] = attrs.evolve(found, line=key.start_mark.line + 1)
    return Located({name: one.value for name, one in below.items()}, file, line, path, below)


def _plain(node: yaml.Node) -> Any:
    loader = yaml.SafeLoader("")
    try:
        return loader.construct_document(node)
    finally:
        loader.dispose()


def _shown(value: Any) -> str:
    names = {type(None): "nothing", dict: "a mapping", list: "a list"}
    return names.get(type(value)) or repr(value)
