"""Plugins that are broken in each of the five ways, really installed, leave everything else working."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

GOOD = """
from runyard import hookimpl
from runyard.specs import Command

@hookimpl
def runyard_commands():
    return [Command(name="greet", target="zz_good_command:greet", summary="Greets.")]
"""
GREET = """
import click

@click.command()
def greet():
    click.echo("hello from a plugin")
"""
HOOK = "from runyard import hookimpl\n\n@hookimpl\ndef {}\n"

NO_MODULE = "No module named 'no_such_module_at_all'"
RAISE = "runyard_commands():\n    raise RuntimeError('boom')"

# name: the manifest's source, the stage at which it breaks, and what is told of it
BROKEN: dict[str, tuple[str, str, str]] = {
    "missing-module": ("import no_such_module_at_all", "load", f"ModuleNotFoundError: {NO_MODULE}"),
    "syntax-error": ("def broken(:", "load", "SyntaxError"),
    "exit-at-import": ("import sys\nsys.exit(7)", "load", "SystemExit: 7"),
    "unknown-hook": (HOOK.format("runyard_comands():\n    return []"), "register", "did you mean 'runyard_commands'?"),
    "raising-hook": (HOOK.format(RAISE), "declare", "RuntimeError: boom"),
}


def install(folder: Path, name: str, source: str) -> None:
    """What pip leaves of a plugin in a folder: its module and its metadata."""
    module = "broken_" + name.replace("-", "_")
    (folder / f"{module}.py").write_text(source, encoding="utf-8")
    info = folder / f"{module}-1.2.dist-info"
    info.mkdir()
    metadata = f"Metadata-Version: 2.1\nName: runyard-{name}\nVersion: 1.2\n"
    (info / "METADATA").write_text(metadata, encoding="utf-8")
    (info / "entry_points.txt").write_text(f"[runyard.plugins.v1]\n{name} = {module}\n", encoding="utf-8")


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs Python where five broken plugins and a good one are installed beside ours."""
    site = tmp_path / "site"
    site.mkdir()
    for name, (source, _, _) in BROKEN.items():
        install(site, name, source)
    install(site, "zz-good", GOOD)
    (site / "zz_good_command.py").write_text(GREET, encoding="utf-8")

    def call(*arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, *arguments],
            capture_output=True,
            text=True,
            check=False,
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(site), "RUNYARD_DATA_DIR": str(tmp_path / "data"), **environ},
        )

    return call


def test_the_list_shows_each_with_its_stage(run: Callable[..., subprocess.CompletedProcess[str]]) -> None:
    done = run("-m", "runyard", "plugins", "list", "--json")
    assert done.returncode == 0, done.stderr
    listed = {item["name"]: item for item in json.loads(done.stdout)}
    for name, (_, stage, told) in BROKEN.items():
        assert listed[name]["state"] == "broken"
        assert listed[name]["distribution"] == f"runyard-{name}"
        (failure,) = listed[name]["failures"]
        assert failure.startswith(f"{stage}: ")
        assert told in failure
    healthy = {name: item["state"] for name, item in listed.items() if name not in BROKEN}
    assert set(healthy.values()) == {"loaded"}
    assert {"zz-good", "store-sql", "store-local", "uris", "capture"} <= set(healthy)


def test_the_rest_works(run: Callable[..., subprocess.CompletedProcess[str]]) -> None:
    done = run("-m", "runyard", "greet")
    assert (done.returncode, done.stdout) == (0, "hello from a plugin\n")
    script = "import runyard as ry\nwith ry.start_run():\n    ry.log_metric('m', 1)\nprint(len(ry.search_runs()))"
    done = run("-c", script)
    assert (done.returncode, done.stdout) == (0, "1\n"), done.stderr
    assert "Traceback" not in done.stderr


def test_help_names_the_broken_ones(run: Callable[..., subprocess.CompletedProcess[str]]) -> None:
    done = run("-m", "runyard", "--help")
    assert done.returncode == 0, done.stderr
    assert "greet" in done.stdout
    assert all(name in done.stdout for name in BROKEN)


@pytest.mark.parametrize("name", BROKEN)
def test_strict_raises_what_the_plugin_raises(run: Callable[..., subprocess.CompletedProcess[str]], name: str) -> None:
    others = ",".join(other for other in BROKEN if other != name)
    environ = {"RUNYARD_STRICT_PLUGINS": "1", "RUNYARD_DISABLED_PLUGINS": others}
    script = "import runyard\nhost = runyard.Host()\nprint(host.commands.names())"
    done = run("-c", script, **environ)
    assert done.returncode != 0
    told = BROKEN[name][2]
    assert told in done.stderr or (name == "exit-at-import" and done.returncode == 7), done.stderr


def test_a_disabled_plugin_is_not_even_imported(run: Callable[..., subprocess.CompletedProcess[str]]) -> None:
    environ = {"RUNYARD_STRICT_PLUGINS": "1", "RUNYARD_DISABLED_PLUGINS": ",".join(BROKEN)}
    done = run("-c", "import runyard\nprint(runyard.Host().commands.names())", **environ)
    assert done.returncode == 0, done.stderr
    assert "greet" in done.stdout
