"""What commands print: tables, JSON, questions. Colours, bold and cut lines on a terminal only."""

from __future__ import annotations

import json
import math
import os
import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from pathlib import PurePath
from typing import Any, TypeVar

import attrs
import click

from runyard.cli import text
from runyard.entities import Page
from runyard.errors import InvalidInput

FunctionT = TypeVar("FunctionT", bound=Callable[..., Any])

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
yes_option = click.option("--yes", "-y", is_flag=True, help="Do not ask.")


@attrs.frozen
class Styled:
    """A cell that is coloured or bold on a terminal."""

    value: object
    colour: str | None = None
    bold: bool = False


def interactive() -> bool:
    """Whether standard output is a terminal."""
    return sys.stdout.isatty()


def coloured() -> bool:
    """Whether colours are wanted: on a terminal that has them, unless NO_COLOR is set."""
    return interactive() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def bold(value: str) -> str:
    return paint(value, bold=True)


def paint(value: str, colour: str | None = None, *, bold: bool = False) -> str:
    return click.style(value, fg=colour, bold=bold or None) if value and coloured() else value


def echo(line: str = "") -> None:
    """Print a line as it is; pass what comes from outside through `text.printable` first."""
    click.echo(line, color=coloured())


def note(line: str) -> None:
    """Print a line for the person, on standard error, so that standard output stays clean."""
    click.echo(line, err=True)


def show_table(
    titles: Sequence[str],
    rows: Sequence[Sequence[object]],
    *,
    empty: str = "nothing found",
    right: Sequence[bool] | None = None,
) -> None:
    """Print rows under titles; `empty` is said on standard error where there is none."""
    if not rows:
        note(empty)
        return
    for line in table_lines(titles, rows, limit=terminal_width() if interactive() else None, right=right):
        echo(line)


def table_lines(
    titles: Sequence[str],
    rows: Sequence[Sequence[object]],
    *,
    limit: int | None = None,
    right: Sequence[bool] | None = None,
) -> list[str]:
    """Aligned lines, none wider than `limit`; columns of numbers to the right unless `right` says otherwise."""
    cells = [[_shown(cell) for cell in row] for row in rows]
    if right is None:
        right = [_is_numeric([row[index] for row in rows]) for index in range(len(titles))]
    heads = [text.printable(title) for title in titles]
    widths = [max(text.width(value) for value in column) for column in zip(heads, *cells, strict=True)]
    widths = _fit(widths, limit)
    lines = [_line([Styled(head, bold=True) for head in heads], heads, widths, right)]
    lines += [_line(row, shown, widths, right) for row, shown in zip(rows, cells, strict=True)]
    return lines


def show_pairs(pairs: Sequence[tuple[str, object]]) -> None:
    """Print names and values, one pair a line; empty values are left out."""
    kept = [(name, _shown(value), value) for name, value in pairs if value not in {None, ""}]
    longest = max((text.width(name) for name, _, _ in kept), default=0)
    for name, shown, value in kept:
        echo(f"{bold(name)}{' ' * (longest - text.width(name))}  {_painted(value, shown)}".rstrip())


def heading(title: str) -> None:
    echo()
    echo(bold(title))


def show_json(value: object) -> None:
    """Print a value as JSON; NaN and the infinities as strings, which every reader takes."""
    echo(json_text(value))


def json_text(value: object, *, indent: int | None = 2) -> str:
    return json.dumps(plain(value), indent=indent, ensure_ascii=False, allow_nan=False)


def plain(value: Any) -> Any:
    """The value in JSON's own types; entities become objects of their fields."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    if value is None or isinstance(value, str | int | float):
        return value
    fields = _fields(value)
    if fields is not None:
        return {str(name): plain(inner) for name, inner in fields.items()}
    return str(value) if isinstance(value, PurePath) else [plain(inner) for inner in value]


def confirm(question: str, *, yes: bool) -> None:
    """Ask before something is lost; `yes` answers for scripts.

    Raises:
        InvalidInput: there is no terminal to ask on.
        click.Abort: the answer is no.
    """
    if yes:
        return
    if not sys.stdin.isatty():
        raise InvalidInput(f"{question} There is no terminal to ask on; pass --yes to go ahead")
    click.confirm(question, abort=True, err=True)


def curve(values: Sequence[float], columns: int = 24) -> str:
    """A sparkline in the characters that standard output can show."""
    try:
        text.BARS.encode(sys.stdout.encoding or "ascii")
    except UnicodeEncodeError:
        return text.sparkline(values, columns, bars=text.PLAIN_BARS)
    return text.sparkline(values, columns)


def terminal_width() -> int:
    return shutil.get_terminal_size().columns


def _fields(value: Any) -> Mapping[Any, Any] | None:
    """What makes up an object: a mapping's items, the fields of an entity or a named tuple; None for a list."""
    if isinstance(value, Mapping):
        return value
    if attrs.has(type(value)) and not isinstance(value, Page):
        return {field.name: getattr(value, field.name) for field in attrs.fields(type(value))}
    named: Mapping[Any, Any] | None = value._asdict() if hasattr(value, "_asdict") else None
    return named


def _shown(cell: object) -> str:
    value = cell.value if isinstance(cell, Styled) else cell
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return text.number(value) if isinstance(value, int | float) else text.printable(value)


def _is_numeric(cells: Sequence[object]) -> bool:
    values = [cell.value if isinstance(cell, Styled) else cell for cell in cells]
    known = [value for value in values if value not in {None, ""}]
    return bool(known) and all(_reads_as_number(value) for value in known)


def _reads_as_number(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return False
    try:
        float(value)
    except (ValueError, OverflowError):
        return False
    return True


def _line(row: Sequence[object], shown: Sequence[str], widths: Sequence[int], right: Sequence[bool]) -> str:
    parts = []
    for cell, value, columns, to_right in zip(row, shown, widths, right, strict=True):
        cut = text.clip(value, columns)
        padding = " " * (columns - text.width(cut))
        parts.append(padding + _painted(cell, cut) if to_right else _painted(cell, cut) + padding)
    return "  ".join(parts).rstrip()


def _fit(widths: list[int], limit: int | None) -> list[int]:
    """Take columns from the widest until the line fits; none gets narrower than 6."""
    excess = 0 if limit is None else sum(widths) + 2 * (len(widths) - 1) - limit
    fitted = list(widths)
    while excess > 0:
        widest = max(range(len(fitted)), key=fitted.__getitem__)
        if fitted[widest] <= 6:
            break
        fitted[widest] -= 1
        excess -= 1
    return fitted


def _painted(cell: object, shown: str) -> str:
    return paint(shown, cell.colour, bold=cell.bold) if isinstance(cell, Styled) else shown
