"""The main group: what is listed, what is imported, and how failures look."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import click
import pytest
from click.testing import CliRunner, Result

import runyard
from runyard import Host, Settings, hookimpl
from runyard.cli.context import Context
from runyard.cli.main import BUILT_IN, root
from runyard.errors import QueryError
from runyard.specs import Command

HEAVY = ("torch", "boto3", "sqlalchemy", "requests", "docker", "numpy", "pandas", "pyarrow", "matplotlib")


@click.command()
def greet() -> None:
    """Greet somebody."""
    click.echo("hello")


@click.group()
def tools() -> None:
    """Tools of a plugin."""


tools.add_command(greet, "own")


@click.command()
def lost() -> None:
    """Lose the place in a filter."""
    raise QueryError("unknown field 'x'", "a = 1 AND x = 2", 10, "did you mean 'y'?")


@click.command()
def buggy() -> None:
    """Divide by zero."""
    raise ZeroDivisionError("a bug")


@click.command()
def waiting() -> None:
    """Wait to be interrupted."""
    raise KeyboardInterrupt


no_command = "text"


@pytest.fixture(autouse=True)
def _module(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "commands_of_a_plugin", sys.modules[__name__])


def plugin(**commands: str) -> SimpleNamespace:
    """A plugin with commands: a double underscore in a name is a space, a single one a hyphen."""

    @hookimpl
    def runyard_commands() -> list[Command]:
        return [
            Command(
                name=name.replace("__", " ").replace("_", "-"),
                target=f"commands_of_a_plugin:{target}",
                summary=f"Summary of {target}.",
            )
            for name, target in commands.items()
        ]

    return SimpleNamespace(runyard_commands=runyard_commands)


def run(host: Host | None, *words: str) -> Result:
    return CliRunner().invoke(root, list(words), obj=None if host is None else Context(host), prog_name="runyard")


def with_plugins(**plugins: SimpleNamespace) -> Host:
    return Host(Settings(), plugins=plugins, discover=False)


def test_the_help_lists_built_in_groups_and_commands_of_plugins() -> None:
    result = run(with_plugins(greeter=plugin(greet="greet")), "--help")
    assert result.exit_code == 0
    for name, (_, summary) in BUILT_IN.items():
        assert name in result.stdout
        assert summary in result.stdout
    assert "greet" in result.stdout
    assert "Summary of greet." in result.stdout


def test_every_built_in_command_shows_its_help() -> None:
    for name, (_, summary) in BUILT_IN.items():
        result = run(with_plugins(), name, "--help")
        assert result.exit_code == 0, result.output
        assert f"  {summary.split()[0]} " in result.stdout


def test_the_help_imports_no_group_and_nothing_heavy(tmp_path: Path) -> None:
    code = (
        "import sys\nfrom runyard.cli.main import root\n"
        "try: root.main(['--help'])\nexcept SystemExit: pass\n"
        "print(*sorted(sys.modules), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path)
    modules = set(done.stderr.split())
    assert {path.partition(":")[0] for path, _ in BUILT_IN.values()} & modules == set()
    assert {*HEAVY} & modules == set()
    assert "runyard.host" in modules


def test_the_command_of_a_plugin_is_run() -> None:
    result = run(with_plugins(greeter=plugin(greet="greet")), "greet")
    assert (result.exit_code, result.stdout) == (0, "hello\n")


def test_a_space_in_a_name_makes_a_group() -> None:
    host = with_plugins(greeter=plugin(say__hello="greet", say__it__twice="greet"))
    assert run(host, "say", "hello").stdout == "hello\n"
    assert run(host, "say", "it", "twice").stdout == "hello\n"
    assert "Commands of plugins: hello, it." in run(host, "--help").stdout
    assert "Summary of greet." in run(host, "say", "--help").stdout


def test_a_space_in_a_name_nests_into_a_built_in_group() -> None:
    host = with_plugins(greeter=plugin(config__greet="greet"))
    assert run(host, "config", "greet").stdout == "hello\n"
    listed = run(host, "config", "--help").stdout
    assert "Summary of greet." in listed
    assert "show" in listed
    assert run(with_plugins(), "config", "greet").exit_code == 2


def test_a_space_in_a_name_nests_into_the_group_of_another_plugin() -> None:
    host = with_plugins(one=plugin(tools="tools"), two=plugin(tools__more="greet"))
    assert run(host, "tools", "own").stdout == "hello\n"
    assert run(host, "tools", "more").stdout == "hello\n"
    assert sorted(tools.commands) == ["own"]


def test_a_command_nested_over_an_existing_one_is_refused_by_name() -> None:
    result = run(with_plugins(greeter=plugin(config__show="greet")), "config", "show")
    assert (result.exit_code, result.stderr) == (1, "runyard: the command 'config show' exists already\n")


def test_two_plugins_with_one_command_are_refused_when_it_is_used() -> None:
    host = with_plugins(one=plugin(greet="greet"), two=plugin(greet="greet"))
    assert run(host, "--help").exit_code == 0
    result = run(host, "greet")
    assert result.exit_code == 1
    assert "'one' and 'two'" in result.stderr


@pytest.mark.parametrize(
    ("typed", "meant"), [(["runsn"], "runs"), (["runs", "lst"], "list"), (["experimnts", "list"], "experiments")]
)
def test_an_unknown_command_brings_a_suggestion(typed: list[str], meant: str) -> None:
    result = run(with_plugins(), *typed)
    assert result.exit_code == 2
    assert f"did you mean '{meant}'?" in result.stderr


def test_an_unknown_command_like_no_other_lists_what_there_is() -> None:
    result = run(with_plugins(), "runs", "xyzzy")
    assert "there are: compare, delete, diff, export, list" in result.stderr


def test_a_command_that_cannot_be_imported_is_told_in_one_line() -> None:
    result = run(with_plugins(greeter=plugin(greet="missing")), "greet")
    assert result.exit_code == 1
    assert result.stderr.startswith("runyard: plugin 'greeter' provides command 'greet', but cannot load")
    assert result.stderr.count("\n") == 1


def test_a_command_that_is_no_command_is_told_in_one_line() -> None:
    result = run(with_plugins(greeter=plugin(greet="no_command")), "greet")
    assert (result.exit_code, result.stderr.count("\n")) == (1, 1)
    assert "no click command, but str" in result.stderr


def test_a_broken_plugin_is_named_in_the_help_and_the_rest_works() -> None:
    @hookimpl
    def runyard_commands() -> list[Command]:
        raise RuntimeError("cannot say")

    host = with_plugins(bad=SimpleNamespace(runyard_commands=runyard_commands), good=plugin(greet="greet"))
    result = run(host, "--help")
    assert result.exit_code == 0
    assert "Broken plugins: bad" in result.stdout
    assert run(host, "greet").stdout == "hello\n"


def test_the_error_of_a_query_keeps_its_caret() -> None:
    result = run(with_plugins(greeter=plugin(lost="lost")), "lost")
    assert result.exit_code == 1
    assert result.stderr == ("runyard: unknown field 'x'; did you mean 'y'?\n  a = 1 AND x = 2\n            ^\n")


def test_verbose_shows_the_traceback() -> None:
    result = run(with_plugins(greeter=plugin(lost="lost")), "-v", "lost")
    assert "Traceback" in result.stderr
    assert "runyard: unknown field" in result.stderr


def test_a_bug_is_a_traceback() -> None:
    result = run(with_plugins(greeter=plugin(buggy="buggy")), "buggy")
    assert isinstance(result.exception, ZeroDivisionError)


def test_help_works_where_the_settings_cannot_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "runyard.toml").write_text("not toml at all")
    monkeypatch.chdir(tmp_path)
    assert run(None, "--help").exit_code == 0
    assert run(None, "runs", "--help").exit_code == 0
    result = run(None, "runs", "list")
    assert result.exit_code == 1
    assert result.stderr.startswith(f"runyard: cannot read {tmp_path / 'runyard.toml'}")


def typed(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "runyard", *words], capture_output=True, text=True, check=False, cwd=folder
    )


def test_the_version_is_shown(tmp_path: Path) -> None:
    assert typed(tmp_path, "--version").stdout == f"runyard, version {runyard.__version__}\n"


def test_looking_around_creates_nothing(tmp_path: Path) -> None:
    for words in (["--help"], ["plugins", "list"], ["config", "show"], ["runs", "list", "--help"]):
        assert typed(tmp_path, *words).returncode == 0
    assert list(tmp_path.iterdir()) == []


def test_a_scheme_that_nothing_provides_is_one_line_with_what_to_install(tmp_path: Path) -> None:
    result = typed(tmp_path, "--tracking-uri", "abfss://container/runs", "runs", "list")
    assert result.returncode == 1
    assert result.stdout == ""
    assert "no plugin provides tracking scheme 'abfss'" in result.stderr
    assert "runyard-store-fsspec" in result.stderr
    assert result.stderr.count("\n") == 1


def test_a_reader_that_goes_away_is_no_error_to_see(tmp_path: Path) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [sys.executable, "-m", "runyard", "config", "show"],
        stdout=writer,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
        cwd=tmp_path,
    )
    os.close(writer)
    assert done.stderr == ""
    assert done.returncode != 0


def test_an_interrupt_ends_without_a_traceback(tmp_path: Path) -> None:
    result = run(with_plugins(greeter=plugin(waiting="waiting")), "waiting")
    assert result.exit_code == 1
    assert "Aborted!" in result.stderr
    assert "Traceback" not in result.output
