"""Each test of the contract for commands catches a command that is wrong in just its point."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import click
import pytest

from runyard.specs import Command
from runyard.testing.contracts.commands import CommandContract
from runyard.testing.doubles import assert_caught, assert_each_has_a_double


def greeter() -> click.Group:
    """A group that a plugin could provide, right in every point."""

    @click.group()
    def greet() -> None:
        """Greet somebody."""

    @greet.command()
    @click.option("--loud", is_flag=True, help="Shout.")
    def hello(loud: bool) -> None:
        """Say hello."""

    return greet


def without_help() -> click.Group:
    group = greeter()
    group.commands["hello"].help = None
    return group


def with_a_dumb_option() -> click.Group:
    group = greeter()
    group.commands["hello"].params.append(click.Option(["--mute"]))
    return group


class Stubborn(click.Command):
    """Its help cannot be shown."""

    def get_help(self, ctx: click.Context) -> str:
        raise RuntimeError("no help")


right = greeter()
no_command = "hello"
stubborn = Stubborn("greet", help="Greet somebody.")
silent = without_help()
dumb = with_a_dumb_option()
other = click.Command("greet", help="Wave at somebody.")


def spec(name: str = "greet", target: str = "right", summary: str = "Greet somebody.") -> Callable[[], Command]:
    return lambda: Command(name=name, target=f"{MODULE}:{target}", summary=summary)


MODULE = "commands_for_the_contract"

WRONG = {
    "test_the_name_is_words_that_can_be_typed": spec(name="Greet  all"),
    "test_the_name_is_not_that_of_a_built_in_command": spec(name="runs"),
    "test_the_summary_is_one_sentence": spec(summary="greets"),
    "test_the_target_is_a_click_command": spec(target="no_command"),
    "test_the_help_can_be_shown": spec(target="stubborn"),
    "test_the_help_begins_with_the_summary": spec(target="other"),
    "test_everything_says_what_it_is_for": spec(target="silent"),
    "test_showing_the_help_imports_nothing_heavy": spec(target="heavy"),
}


@pytest.fixture(autouse=True)
def _module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """This module under a name that another process can import as well."""
    source = "import click\nright = click.Command('greet', help='Greet somebody.')\n"
    (tmp_path / f"{MODULE}.py").write_text(source)
    (tmp_path / f"{MODULE}_heavy.py").write_text(f"import pandas\nfrom {MODULE} import right\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setitem(sys.modules, MODULE, sys.modules[__name__])


class TestAGoodCommand(CommandContract):
    @pytest.fixture
    def command(self) -> Command:
        return spec()()


@pytest.mark.parametrize("test", [name for name in WRONG if not name.endswith("heavy")])
def test_a_wrong_command_is_caught(test: str) -> None:
    assert_caught(CommandContract, test, WRONG[test])


def test_a_command_that_imports_what_is_heavy_is_caught() -> None:
    heavy = Command(name="greet", target=f"{MODULE}_heavy:right", summary="Greet somebody.")
    assert_caught(CommandContract, "test_showing_the_help_imports_nothing_heavy", lambda: heavy)


def test_an_option_without_help_is_caught() -> None:
    assert_caught(CommandContract, "test_everything_says_what_it_is_for", spec(target="dumb"))


def test_every_test_of_the_contract_has_a_wrong_double() -> None:
    assert_each_has_a_double(CommandContract, WRONG)
