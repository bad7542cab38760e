"""What every command of a plugin must do: inherit `CommandContract` and give the fixture `command`."""

from __future__ import annotations

import re
import subprocess
import sys

import click
import pytest
from click.testing import CliRunner

from runyard.cli.main import BUILT_IN
from runyard.specs import Command

_SENTENCE = re.compile(r"^[A-Z0-9].{0,98}\.$")  # no line break
_WORD = re.compile(r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$")


class CommandContract:
    """The tests; `command` is the spec that the plugin's manifest returns."""

    @pytest.fixture
    def command(self) -> Command:
        raise NotImplementedError("override the fixture command")

    def test_the_name_is_words_that_can_be_typed(self, command: Command) -> None:
        words = command.name.split(" ")
        wrong = [word for word in words if not _WORD.match(word)]
        assert not wrong, f"command {command.name!r} has words that are no small letters, digits and hyphens: {wrong}"

    def test_the_name_is_not_that_of_a_built_in_command(self, command: Command) -> None:
        assert command.name not in BUILT_IN, f"{command.name!r} is built in; nest into it with '{command.name} WORD'"

    def test_the_summary_is_one_sentence(self, command: Command) -> None:
        summary = command.summary
        assert summary.strip() == summary, f"summary {summary!r} starts or ends with a space"
        assert _SENTENCE.match(summary), f"summary {summary!r} is no sentence that fits on a line"

    def test_the_target_is_a_click_command(self, command: Command) -> None:
        target = command.target.resolve()
        assert isinstance(target, click.Command), f"{command.target.path} is {type(target).__name__}"

    def test_the_help_can_be_shown(self, command: Command) -> None:
        for path, found in _tree(command.target.resolve(), command.name):
            result = CliRunner().invoke(found, ["--help"], prog_name=f"runyard {path}")
            assert result.exit_code == 0, f"runyard {path} --help exits with {result.exit_code}: {result.output}"
            assert "Usage:" in result.output, f"runyard {path} --help shows no usage"

    def test_the_help_begins_with_the_summary(self, command: Command) -> None:
        text = " ".join((command.target.resolve().help or "").split())
        assert text.startswith(command.summary), f"the summary is {command.summary!r}, the help begins {text[:100]!r}"

    def test_everything_says_what_it_is_for(self, command: Command) -> None:
        for path, found in _tree(command.target.resolve(), command.name):
            assert found.help or found.short_help, f"runyard {path} has no help"
            for option in found.params:
                needs = isinstance(option, click.Option) and not option.hidden
                assert not needs or getattr(option, "help", None), f"runyard {path}: {option.opts[0]} has no help"

    def test_showing_the_help_imports_nothing_heavy(self, command: Command) -> None:
        module, _, attribute = command.target.path.partition(":")
        code = (
            f"import sys, {module}; from click.testing import CliRunner\n"
            f"from operator import attrgetter; target = attrgetter({attribute!r})({module})\n"
            f"CliRunner().invoke(target, ['--help'])\n"
            f"print(','.join(sorted({{*{HEAVY!r}}} & {{*sys.modules}})))"
        )
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"importing {module} fails: {done.stderr}"
        assert not done.stdout.strip(), f"importing {module} imports {done.stdout.strip()}; do so inside the function"


HEAVY = (
    "boto3",
    "docker",
    "keras",
    "matplotlib",
    "numpy",
    "pandas",
    "pyarrow",
    "requests",
    "sklearn",
    "sqlalchemy",
    "starlette",
    "tensorflow",
    "torch",
    "xgboost",
)


def _tree(command: click.Command, path: str) -> list[tuple[str, click.Command]]:
    """The command with all below it, and how each is typed."""
    found = [(path, command)]
    if isinstance(command, click.Group):
        for name, below in command.commands.items():
            found += _tree(below, f"{path} {name}")
    return found
