"""Tables and JSON; and what only a terminal gets, on a real one."""

from __future__ import annotations

import json
import math
import os
import pty
import struct
import subprocess
import sys
from collections.abc import Mapping
from enum import StrEnum
from fcntl import ioctl
from pathlib import Path
from termios import TIOCSWINSZ

import pytest

from runyard.cli import output
from runyard.entities import FileInfo, Metric, Page


def test_columns_line_up_and_numbers_go_to_the_right() -> None:
    assert output.table_lines(["name", "value"], [["a", 1.5], ["longer", 10]]) == [
        "name    value",
        "a         1.5",
        "longer     10",
    ]


def test_text_that_reads_as_numbers_goes_to_the_right_unless_some_does_not() -> None:
    assert output.table_lines(["x"], [["1"], ["10"], [None]]) == [" x", " 1", "10", ""]
    assert output.table_lines(["x"], [["1"], ["ten"]]) == ["x", "1", "ten"]


def test_wide_characters_do_not_shift_the_next_column() -> None:
    lines = output.table_lines(["a", "b"], [["日本", "x"], ["ab", "y"]])
    assert lines == ["a     b", "日本  x", "ab    y"]


def test_a_table_fits_the_limit_by_cutting_the_widest() -> None:
    lines = output.table_lines(["id", "text"], [["aa", "x" * 100], ["bb", "short"]], limit=30)
    assert lines[1] == "aa  " + "x" * 25 + "…"
    assert max(map(len, lines)) == 30


def test_what_comes_from_outside_cannot_break_the_table() -> None:
    assert len(output.table_lines(["a"], [["x\ny"], ["\x1b[2J"]])) == 3
    assert not any("\x1b" in line for line in output.table_lines(["a\x1b"], [["\x1b[2J"]]))


class Colour(StrEnum):
    RED = "red"


def test_json_is_of_plain_values() -> None:
    given = {
        "file": FileInfo("a", False, 3),
        "metric": Metric("loss", math.nan, 1, 2),
        "page": Page([1, 2]),
        "path": Path("a"),
        "colour": Colour.RED,
        "numbers": (1, 1.5, math.inf, -math.inf, True, None),
    }
    assert json.loads(output.json_text(given)) == {
        "file": {"path": "a", "is_dir": False, "file_size": 3},
        "metric": {"key": "loss", "value": "NaN", "timestamp": 1, "step": 2},
        "page": [1, 2],
        "path": "a",
        "colour": "red",
        "numbers": [1, 1.5, "Infinity", "-Infinity", True, None],
    }


def on_a_terminal(code: str, *, columns: int = 80, environ: Mapping[str, str] | None = None) -> str:
    """What a program shows on a terminal of that width."""
    primary, secondary = pty.openpty()
    ioctl(secondary, TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    clean = {name: value for name, value in os.environ.items() if name not in {"NO_COLOR", "COLUMNS"}}
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        stdin=secondary,
        stdout=secondary,
        stderr=secondary,
        env={**clean, "TERM": "xterm", "PYTHONIOENCODING": "utf-8", **(environ or {})},
    )
    os.close(secondary)
    shown = b""
    while True:
        try:
            piece = os.read(primary, 4096)
        except OSError:  # the other end is closed
            break
        if not piece:
            break
        shown += piece
    os.close(primary)
    process.wait()
    return shown.decode().replace("\r\n", "\n")


TABLE = (
    "from runyard.cli import output\noutput.show_table(['name', 'text'], [[output.Styled('a', 'green'), 'x' * 200]])"
)


def test_a_terminal_gets_colours_and_lines_that_fit() -> None:
    shown = on_a_terminal(TABLE, columns=40)
    assert "\x1b[32ma\x1b[0m" in shown
    assert "\x1b[1mname\x1b[0m" in shown
    assert "x" * 33 + "…" in shown
    assert "x" * 40 not in shown


@pytest.mark.parametrize("environ", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_a_terminal_gets_no_colours_where_they_are_not_wanted(environ: dict[str, str]) -> None:
    assert "\x1b" not in on_a_terminal(TABLE, environ=environ)


def test_a_pipe_gets_neither_colours_nor_cut_lines() -> None:
    done = subprocess.run([sys.executable, "-c", TABLE], capture_output=True, text=True, check=True)
    assert "\x1b" not in done.stdout
    assert "x" * 200 in done.stdout
    assert done.stderr == ""


PROGRESS = (
    "import time\nfrom runyard.cli.progress import Progress\n"
    "with Progress('reading', 10, unit='runs') as bar:\n"
    "    for _ in range(10):\n        bar.advance()\n        time.sleep(0.03)"
)


def test_progress_is_drawn_on_a_terminal_and_taken_away() -> None:
    shown = on_a_terminal(PROGRESS)
    assert "reading [" in shown
    assert "of 10 runs" in shown
    assert shown.endswith("\r\x1b[K")


def test_progress_is_not_drawn_into_a_pipe() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRESS], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("", "")


def test_a_curve_is_drawn_in_characters_that_can_be_shown() -> None:
    code = "from runyard.cli import output\nprint(output.curve([0, 1, 2]))"
    environ = {**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environ)
    assert done.stdout == "_=#\n"


ASK = "from runyard.cli import output\noutput.confirm('Erase it?', yes=False)\nprint('erased')"


def test_a_terminal_is_asked() -> None:
    code = f"import click\ncommand = click.Command('x', callback=lambda: exec({ASK!r}))\ncommand.main([])"
    primary, secondary = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", code], stdin=secondary, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    os.close(secondary)
    os.write(primary, b"n\n")
    printed, asked = process.communicate(timeout=30)
    os.close(primary)
    assert "Erase it? [y/N]" in asked
    assert "erased" not in printed
    assert process.returncode == 1
