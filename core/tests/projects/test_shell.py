"""Parameters reach a program as they are, wherever a command places them."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runyard.errors import InvalidInput
from runyard.projects.shell import command_line

SAY = f"{sys.executable} -c 'import json, sys; print(json.dumps(sys.argv[1:]))'"
TEMPLATES = (
    "{{say}} {v}",
    '{{say}} "{v}"',
    "{{say}} '{v}'",
    "{{say}} $'{v}'",
    '{{say}} "$(printf %s {v})"',
    '{{say}} "$(printf %s "{v}")"',
    "{{say}} {v} # it's a comment",
    '{{say}} \\"{v}\\"',
)
VALUES = (
    "plain",
    "two words",
    "it's",
    'a "b"',
    "$HOME",
    "`id`",
    "$(id)",
    "\\",
    "a\\nb",
    "; exit 9",
    "*",
    "größe",
    "%s",
)


def said(line: str) -> list[str]:
    done = subprocess.run(["bash", "-c", line], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found: list[str] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize("template", TEMPLATES)
def test_a_value_is_one_argument_wherever_it_stands(template: str) -> None:
    text = template.replace("{{say}}", SAY.replace("{", "{{").replace("}", "}}"))
    for value in VALUES:
        expected = f'"{value}"' if template.endswith('\\"') else value
        assert said(command_line(text, {"v": value}, {}, "x")) == [expected], value


@given(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=20), st.sampled_from("\"' "))
def test_any_text_is_safe_in_any_quotes(value: str, quote: str) -> None:
    quotes = quote.strip()
    line = command_line(f"printf %s. {quotes}{{v}}{quotes}", {"v": value}, {}, "x")
    done = subprocess.run(["bash", "-c", line], capture_output=True, check=False)
    assert done.stdout.decode() == f"{value}."


def test_what_the_command_does_not_name_is_added() -> None:
    assert command_line("go {a}", {"a": "1"}, {"b c": "2 3", "d": ""}, "x") == "go 1 '--b c' '2 3' --d ''"


def test_braces_that_are_written_twice_are_braces() -> None:
    assert command_line("awk '{{print $1}}' {f}", {"f": "x"}, {}, "y") == "awk '{print $1}' x"


@pytest.mark.parametrize(
    ("template", "said"),
    [
        ("go {alhpa}", "did you mean 'alpha'"),
        ("go {}", "none of its parameters"),
        ("go {alpha:>3}", "none of its parameters"),
        ("go {alpha", "cannot be read"),
        ("go `cat {alpha}`", "within backquotes"),
    ],
)
def test_a_command_that_cannot_be_written_is_refused(template: str, said: str) -> None:
    with pytest.raises(InvalidInput, match=said):
        command_line(template, {"alpha": "1"}, {}, "entry point 'main'")
