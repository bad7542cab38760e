"""`runyard plugins new` writes distributions that build, load and pass their own tests."""

from __future__ import annotations

import functools
import os
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from zipfile import ZipFile

import pytest

from runyard.cli.scaffold import KINDS, names_of, write_plugin

from .conftest import CommandLine

NAMES = {
    "artifact-store": "store-blobs",
    "command": "count-runs",
    "flavor": "flavor-river-boat",
    "panel": "panel-bird-song",
}


def python(folder: Path, *words: str, path: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run Python in a folder, with a folder of packages that are installed there."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    environ["PYTHONPATH"] = str(path or folder / "src")
    return subprocess.run(
        [sys.executable, *words], capture_output=True, text=True, check=False, cwd=folder, env=environ
    )


def test_every_kind_has_a_name_to_test_it_with() -> None:
    assert sorted(NAMES) == sorted(KINDS)


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], tuple[Path, Path]]:
    """A new plugin of a kind and the folder where its wheel is installed, made once."""

    @functools.cache
    def install(kind: str) -> tuple[Path, Path]:
        target = tmp_path_factory.mktemp("new") / "plugin"
        write_plugin(kind, NAMES[kind], target)
        out = target.parent / "dist"
        built = python(target, "-m", "uv", "build", "--wheel", "--out-dir", str(out), "--quiet")
        assert built.returncode == 0, built.stderr
        (wheel,) = out.glob("*.whl")
        with ZipFile(wheel) as archive:
            archive.extractall(target.parent / "installed")
        return target, target.parent / "installed"

    return install


def test_a_new_plugin_lists_what_was_written(cli: CommandLine, tmp_path: Path) -> None:
    target = tmp_path / "new"
    printed = cli("plugins", "new", "flavor", "acme", "--output", str(target))
    assert sorted(printed.split()) == sorted(str(path) for path in target.rglob("*") if path.is_file())


@pytest.mark.parametrize("kind", NAMES)
def test_a_new_plugin_passes_its_own_tests(installed: Callable[[str], tuple[Path, Path]], kind: str) -> None:
    target, site = installed(kind)
    words = ["-m", "pytest", "-q", "-W", "error", "-p", "no:cacheprovider", "-m", "not mlflow"]
    done = python(target, *words, path=site)
    assert done.returncode == 0, done.stdout + done.stderr
    assert " passed" in done.stdout
    assert "skipped" not in done.stdout


@pytest.mark.mlflow
@pytest.mark.usefixtures("mlflow_python")
def test_mlflow_loads_the_models_of_a_new_flavor(installed: Callable[[str], tuple[Path, Path]]) -> None:
    target, site = installed("flavor")
    done = python(target, "-m", "pytest", "-q", "-W", "error", "-p", "no:cacheprovider", "-m", "mlflow", path=site)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 passed" in done.stdout


def test_the_tests_of_a_new_flavor_say_why_mlflow_is_not_asked(
    installed: Callable[[str], tuple[Path, Path]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("RUNYARD_TEST_MLFLOW", raising=False)
    target, site = installed("flavor")
    done = python(target, "-m", "pytest", "-rs", "-p", "no:cacheprovider", "-m", "mlflow", path=site)
    assert "set RUNYARD_TEST_MLFLOW to its Python" in done.stdout


@pytest.mark.parametrize("kind", NAMES)
def test_a_new_plugin_is_tidy(tmp_path: Path, kind: str) -> None:
    write_plugin(kind, NAMES[kind], tmp_path / "new")
    for tool in (
        ["ruff", "check", "--isolated", "--line-length", "120", "--select", "E,F,I,UP,B"],
        ["ruff", "format", "--isolated", "--line-length", "120", "--check"],
    ):
        done = python(tmp_path / "new", "-m", *tool, "src", "tests")
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("kind", NAMES)
def test_a_new_plugin_is_found_when_it_is_installed(
    installed: Callable[[str], tuple[Path, Path]], kind: str, tmp_path: Path
) -> None:
    _, site = installed(kind)
    name = names_of(kind, NAMES[kind])["name"]
    found = python(
        tmp_path, "-c", f"from runyard import Host; print(Host().plugins.plugins[{name!r}].state)", path=site
    )
    assert found.stdout == "loaded\n", found.stderr
    doctor = python(tmp_path, "-m", "runyard", "plugins", "doctor", "--deep", path=site)
    assert (doctor.returncode, name in doctor.stdout) == (0, False), doctor.stdout


@pytest.mark.parametrize("name", ["data", "log-metric", "flavor-models"])
def test_flavors_that_could_not_be_reached_are_refused(cli: CommandLine, tmp_path: Path, name: str) -> None:
    assert "is something else; choose another name" in cli.refused(
        "plugins", "new", "flavor", name, "--output", str(tmp_path / "new")
    )
    assert not (tmp_path / "new").exists()


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
