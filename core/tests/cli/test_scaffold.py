"""`runyard plugins new` writes distributions that build, load and pass their own tests."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from pathlib import Path
from zipfile import ZipFile

import pytest

from runyard.cli.scaffold import KINDS, names_of, write_plugin

from .conftest import CommandLine

NAMES = {"artifact-store": "store-sftp", "command": "count-runs"}


def python(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environ = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    environ["PYTHONPATH"] = str(folder / "src")
    return subprocess.run(
        [sys.executable, *words], capture_output=True, text=True, check=False, cwd=folder, env=environ
    )


def test_every_kind_has_a_name_to_test_it_with() -> None:
    assert sorted(NAMES) == sorted(KINDS)


@pytest.mark.parametrize("kind", NAMES)
def test_a_new_plugin_passes_its_own_tests(cli: CommandLine, tmp_path: Path, kind: str) -> None:
    target = tmp_path / "new"
    printed = cli("plugins", "new", kind, NAMES[kind], "--output", str(target))
    assert sorted(printed.split()) == sorted(str(path) for path in target.rglob("*") if path.is_file())
    done = python(target, "-m", "pytest", "-q", "-W", "error", "-p", "no:cacheprovider")
    assert done.returncode == 0, done.stdout + done.stderr
    assert " passed" in done.stdout


@pytest.mark.parametrize("kind", NAMES)
def test_a_new_plugin_is_tidy(tmp_path: Path, kind: str) -> None:
    write_plugin(kind, NAMES[kind], tmp_path / "new")
    for tool in (
        ["ruff", "check", "--isolated", "--line-length", "120", "--select", "E,F,I,UP,B"],
        ["ruff", "format", "--isolated", "--line-length", "120", "--check"],
    ):
        done = python(tmp_path / "new", "-m", *tool, "src", "tests")
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("kind", NAMES)
def test_a_new_plugin_builds_installs_and_is_found(tmp_path: Path, kind: str) -> None:
    pytest.importorskip("uv")
    write_plugin(kind, NAMES[kind], tmp_path / "new")
    words = names_of(kind, NAMES[kind])
    built = python(tmp_path / "new", "-m", "uv", "build", "--wheel", "--out-dir", str(tmp_path / "dist"), "--quiet")
    assert built.returncode == 0, built.stderr
    (wheel,) = (tmp_path / "dist").glob("*.whl")
    with ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "installed")
    code = "from runyard import Host\nhost = Host()\nprint(host.plugins.plugins[{!r}].state)".format(words["name"])
    environ = {**os.environ, "PYTHONPATH": str(tmp_path / "installed")}
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environ)
    assert found.stdout == "loaded\n"
    doctor = subprocess.run(
        [sys.executable, "-m", "runyard", "plugins", "doctor", "--deep"],
        capture_output=True,
        text=True,
        check=False,
        env=environ,
        cwd=tmp_path,
    )
    assert words["name"] not in doctor.stdout


@pytest.mark.parametrize("kind", NAMES)
def test_names_follow_the_rule(tmp_path: Path, kind: str) -> None:
    write_plugin(kind, NAMES[kind], tmp_path / "new")
    project = tomllib.loads((tmp_path / "new" / "pyproject.toml").read_text())["project"]
    name = NAMES[kind]
    package = f"runyard_{name.replace('-', '_')}"
    assert project["name"] == f"runyard-{name}"
    assert project["entry-points"] == {"runyard.plugins.v1": {name: f"{package}.plugin"}}
    assert (tmp_path / "new" / "src" / package / "plugin.py").is_file()
    assert not [path for path in (tmp_path / "new").rglob("*") if "PACKAGE" in path.name or path.suffix == ".tmpl"]


def test_by_default_it_goes_into_a_folder_of_its_name(
    cli: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    cli("plugins", "new", "command", "runyard-hello")
    assert (tmp_path / "runyard-hello" / "src" / "runyard_hello" / "plugin.py").is_file()


@pytest.mark.parametrize("name", ["Hello", "hello_world", "../up", "-x", "x-", "1st", "", "hällo", "a--b", "class"])
def test_names_that_cannot_be_packages_are_refused(cli: CommandLine, tmp_path: Path, name: str) -> None:
    result = cli.run("plugins", "new", "command", "--output", str(tmp_path / "new"), "--", name)
    assert result.exit_code == 1
    assert "name" in result.stderr
    assert not (tmp_path / "new").exists()


def test_a_folder_with_something_in_it_is_left_alone(cli: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    assert "not an empty folder" in cli.refused("plugins", "new", "command", "hello", "--output", str(tmp_path))
    assert [path.name for path in tmp_path.iterdir() if path.name != "runyard-data"] == ["mine.txt"]


def test_an_unknown_kind_lists_those_there_are(cli: CommandLine) -> None:
    result = cli.run("plugins", "new", "teapot", "hello")
    assert result.exit_code == 2
    assert all(kind in result.stderr for kind in KINDS)
