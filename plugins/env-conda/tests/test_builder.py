"""Packages of Conda come from the channels that are named; what fails is told; packages activate themselves.

The program is a stand-in for micromamba (standin.py), since the real ones cannot be had where the tests run; what it
installs is real packages of Conda.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import attrs
import pytest
from click.testing import CliRunner

from runyard.cli.context import Context
from runyard.cli.main import root
from runyard.environments import builder_of
from runyard.environments.cache import MARKER, Cache
from runyard.errors import EnvironmentNotBuilt
from runyard.host import Host
from runyard.protocols.environment import Additions, Environment, EnvironmentDescription
from runyard.settings import Settings
from runyard.testing.contracts.environment import look, wheel
from runyard_env_conda.builder import conda

HERE = f"{sys.version_info.major}.{sys.version_info.minor}"
PATIENCE = 60.0
SHOW = "import json, os; print(json.dumps(dict(os.environ)))"


def build(settings: Settings, asked: EnvironmentDescription) -> Environment:
    return conda(settings).build(asked, "models:/m/3", lambda _: None)


def environ_in(made: Environment) -> dict[str, str]:
    """What a process in an environment finds in its own environment."""
    environ = {**os.environ, **made.variables}
    done = subprocess.run([str(made.python), "-c", SHOW], env=environ, capture_output=True, check=True)
    seen: dict[str, str] = json.loads(done.stdout)
    return seen


def test_packages_of_conda_are_installed_and_pip_sees_them(settings: Settings, tmp_path: Path) -> None:
    wheel(tmp_path / "index", "late", "1.0", ["tool<2"])
    asked = EnvironmentDescription(
        python=HERE,
        conda_packages=("tool=1",),
        channels=("conda-forge", "nodefaults"),
        requirements=("late",),
        options=("--no-index", f"--find-links {tmp_path / 'index'}"),
    )
    assert look(build(settings, asked))["packages"].items() >= {"tool": "1.0", "late": "1.0"}.items()
    made = build(settings, attrs.evolve(asked, conda_packages=("tool",), requirements=()))
    assert look(made)["packages"]["tool"] == "2.0"


def test_additions_do_not_change_what_conda_installed(settings: Settings, tmp_path: Path) -> None:
    wheel(tmp_path / "index", "tool", "2.0")
    wheel(tmp_path / "index", "late", "1.0", ["tool"])
    options = ("--no-index", f"--find-links {tmp_path / 'index'}")
    asked = EnvironmentDescription(conda_packages=("tool=1",), options=options)
    made = build(settings, attrs.evolve(asked, additions=Additions(requirements=("late",))))
    assert look(made)["packages"]["tool"] == "1.0"
    wheel(tmp_path / "index", "later", "1.0", ["tool>=2"])
    with pytest.raises(EnvironmentNotBuilt, match="pip failed for tool=1 and later"):
        build(settings, attrs.evolve(asked, additions=Additions(requirements=("later",))))


def test_packages_come_from_the_channels_that_are_named_alone(settings: Settings) -> None:
    asked = EnvironmentDescription(conda_packages=("maps",), channels=("conda-forge",))
    with pytest.raises(EnvironmentNotBuilt, match=r"micromamba failed for maps \(exit code 1\)") as raised:
        build(settings, asked)
    assert "models:/m/3" in str(raised.value)
    assert "libmamba Could not solve" in str(raised.value)
    assert not [path for path in (settings.root / "environments").iterdir() if path.is_dir()]
    both = attrs.evolve(asked, channels=("conda-forge", "other"))
    assert build(settings, both).name != conda(settings).recipe.name_of(asked)


def test_the_setting_says_which_channels_are_meant_where_none_is_named(settings: Settings, channels: Path) -> None:
    own = attrs.evolve(settings, extra={"env-conda.channels": [(channels / "conda-forge").as_uri(), "other"]})
    asked = EnvironmentDescription(conda_packages=("maps",))
    with pytest.raises(EnvironmentNotBuilt):
        build(settings, asked)
    assert build(own, asked).variables["MAPS_LEVEL"] == "3"


def test_packages_activate_themselves(settings: Settings) -> None:
    asked = EnvironmentDescription(conda_packages=("maps",), channels=("conda-forge", "other"))
    made = build(settings, asked)
    seen = environ_in(made)
    prefix = str(made.python.parents[1])
    assert (seen["CONDA_PREFIX"], seen["MAPS"], seen["MAPS_LEVEL"]) == (prefix, f"{prefix}/share/maps", "3")
    assert seen["PATH"].split(os.pathsep)[0] == f"{prefix}/bin"
    script = Path(prefix, "etc/conda/activate.d/maps.sh")
    script.unlink()  # it may be a link to the program's cache
    script.write_text("echo no maps; exit 3\n", encoding="utf-8")
    with pytest.raises(EnvironmentNotBuilt, match=r"fail \(exit code 3\): no maps"):
        conda(settings).find(asked)


def test_one_that_was_made_is_found_without_the_program(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    made = build(settings, EnvironmentDescription())
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.delenv("MAMBA_EXE")
    found = conda(settings).find(EnvironmentDescription())
    assert found is not None
    assert found.name == made.name
    with pytest.raises(EnvironmentNotBuilt, match="get micromamba"):
        build(settings, EnvironmentDescription(conda_packages=("tool",)))


def test_one_that_was_killed_in_the_middle_is_built_anew(
    settings: Settings, programs: Path, conda_variables: Mapping[str, str], tmp_path: Path
) -> None:
    # It says that it has begun, and goes on when it may.
    program = tmp_path / "micromamba"
    script = f'#!/bin/sh\necho begun\nwhile [ ! -e "{tmp_path}/go" ]; do sleep 0.05; done\n'
    program.write_text(f'{script}exec "{programs / "micromamba"}" "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    code = f"""
from pathlib import Path
from runyard.protocols.environment import EnvironmentDescription
from runyard.settings import Settings
from runyard_env_conda.builder import conda

settings = Settings(root=Path({str(tmp_path)!r}), environments_dir="environments")
conda(settings).build(EnvironmentDescription(), "a test", lambda line: print(line, flush=True))
"""
    environ = {**os.environ, **conda_variables, "MAMBA_EXE": str(program)}
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, env=environ)
    assert process.stdout is not None
    while process.stdout.readline() != "begun\n":
        assert process.poll() is None
    process.send_signal(signal.SIGKILL)
    process.wait(PATIENCE)
    manager = conda(settings)
    assert manager.find(EnvironmentDescription()) is None

    # The program lives on and still writes there: who comes next waits for its end.
    lines: list[str] = []
    (tmp_path / "go").touch()
    made = manager.build(EnvironmentDescription(), "a test", lines.append)
    assert "being built by another process" in lines[0]
    assert (made.python.parents[1] / MARKER).is_file()
    assert look(made)["version"] == list(sys.version_info[:2])
    process.stdout.close()


def test_both_managers_environments_are_listed_and_removed(settings: Settings) -> None:
    asked = EnvironmentDescription()
    with Host(settings) as host:
        made = [builder_of(name, host).build(asked, f"for {name}", lambda _: None) for name in ("conda", "virtualenv")]
        for one in made:
            Cache.of(settings).lock(one.name).release()

        def run(*words: str) -> str:
            return CliRunner().invoke(root, ["environments", *words], obj=Context(host), prog_name="runyard").stdout

        listed = {entry["name"]: entry for entry in json.loads(run("list", "--json"))}
        assert [listed[one.name]["purposes"] for one in made] == [["for conda"], ["for virtualenv"]]
        assert [listed[one.name]["installer"] for one in made] == ["micromamba", "uv"]
        assert json.loads(run("remove", made[0].name, "--yes", "--json"))["removed"] == [made[0].name]
        assert conda(settings).find(asked) is None
