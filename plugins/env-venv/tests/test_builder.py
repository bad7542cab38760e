"""Environments are built once, by one process, are never used before they are whole, and stay while they are used."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs
import pytest

from runyard.environments.cache import MARKER
from runyard.environments.failures import blamed_for
from runyard.errors import Conflict, EnvironmentNotBuilt, NotSupported
from runyard.protocols.environment import Additions, EnvironmentDescription, LocalPackage
from runyard.settings import Settings
from runyard.testing.contracts.environment import look, wheel
from runyard_env_venv import builder

PATIENCE = 60.0

# A package whose build says that it has begun, and ends when it may.
BACKEND = """
import os, time, zipfile

def build_wheel(folder, config_settings=None, metadata_directory=None):
    here = os.path.dirname(os.path.abspath(__file__))
    open(os.path.join(here, "begun"), "w").close()
    while not os.path.exists(os.path.join(here, "go")):
        time.sleep(0.02)
    name = "slow-1.0-py3-none-any.whl"
    with zipfile.ZipFile(os.path.join(folder, name), "w") as archive:
        archive.writestr("slow-1.0.dist-info/METADATA", "Metadata-Version: 2.1\\nName: slow\\nVersion: 1.0\\n")
        archive.writestr("slow-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\n")
        archive.writestr("slow-1.0.dist-info/RECORD", "")
    return name
"""

BUILD = """
import json, sys
from pathlib import Path
from runyard.protocols.environment import EnvironmentDescription, LocalPackage
from runyard.settings import Settings
from runyard_env_venv.builder import virtualenv

root, path = sys.argv[1:]
asked = EnvironmentDescription(
    options=("--no-index",), packages=(LocalPackage(name="slow", path=path, digest="1"),)
)
settings = Settings(root=Path(root), environments_dir="environments")
made = virtualenv(settings).build(asked, "a test", lambda line: print(line, flush=True))
print(json.dumps({"name": made.name}), flush=True)
"""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(root=tmp_path, environments_dir="environments")


@pytest.fixture
def slow(tmp_path: Path) -> Path:
    folder = tmp_path / "slow"
    folder.mkdir()
    (folder / "backend.py").write_text(BACKEND, encoding="utf-8")
    system = '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
    (folder / "pyproject.toml").write_text(f'{system}[project]\nname = "slow"\nversion = "1.0"\n', encoding="utf-8")
    return folder


def asked_for(slow: Path) -> EnvironmentDescription:
    package = LocalPackage(name="slow", path=str(slow), digest="1")
    return EnvironmentDescription(options=("--no-index",), packages=(package,))


def building(tmp_path: Path, slow: Path) -> subprocess.Popen[str]:
    """A process that builds."""
    return subprocess.Popen(
        [sys.executable, "-c", BUILD, str(tmp_path), str(slow)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "UV_CACHE_DIR": str(tmp_path / "uv")},
    )


def wait_until(condition: Callable[[], Any]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_one_that_was_killed_in_the_middle_is_never_used_and_is_built_anew(
    settings: Settings, slow: Path, tmp_path: Path
) -> None:
    first = building(tmp_path, slow)
    wait_until((slow / "begun").exists)
    first.send_signal(signal.SIGKILL)
    first.communicate(timeout=PATIENCE)
    made = builder.virtualenv(settings)
    (folder,) = (path for path in (tmp_path / "environments").iterdir() if path.is_dir())
    assert not (folder / MARKER).exists()
    assert made.find(asked_for(slow)) is None

    # The installer lives on and still writes there: who comes next has to wait for its end.
    second = building(tmp_path, slow)
    assert second.stdout is not None
    assert "being built by another process" in second.stdout.readline()
    (slow / "go").touch()
    said, _ = second.communicate(timeout=PATIENCE)
    assert second.returncode == 0, said
    assert "making environment" in said
    found = made.find(asked_for(slow))
    assert found is not None
    assert found.name == json.loads(said.splitlines()[-1])["name"]
    assert look(found)["packages"] == {"slow": "1.0"}


def test_processes_at_once_build_once(settings: Settings, slow: Path, tmp_path: Path) -> None:
    processes = [building(tmp_path, slow) for _ in range(3)]
    wait_until((slow / "begun").exists)
    (slow / "go").touch()
    said = [process.communicate(timeout=PATIENCE)[0] for process in processes]
    assert [process.returncode for process in processes] == [0, 0, 0], said
    assert sum("making environment" in text for text in said) == 1, said
    assert len({text.splitlines()[-1] for text in said}) == 1
    assert builder.virtualenv(settings).find(asked_for(slow)) is not None


def test_what_a_process_uses_is_not_removed(settings: Settings, tmp_path: Path) -> None:
    cache = builder.virtualenv(settings).cache
    process = subprocess.Popen([sys.executable, "-c", SERVE, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    name = process.stdout.readline().strip()
    with pytest.raises(Conflict, match="in use"):
        cache.remove(name)
    process.kill()
    process.communicate(timeout=PATIENCE)
    cache.remove(name)
    assert not cache.folder(name).exists()


# It builds, and goes on as a program in the environment, as a server does.
SERVE = """
import os, sys
from pathlib import Path
from runyard.models.isolation import replace_process
from runyard.protocols.environment import EnvironmentDescription
from runyard.settings import Settings
from runyard_env_venv.builder import virtualenv

settings = Settings(root=Path(sys.argv[1]), environments_dir="environments")
made = virtualenv(settings).build(EnvironmentDescription(), "a test", lambda line: None)
code = f"import time; print({made.name!r}, flush=True); time.sleep(600)"
replace_process([str(made.python), "-c", code], made, os.environ)
"""


def test_one_whose_python_is_gone_is_built_anew(settings: Settings, tmp_path: Path) -> None:
    made = builder.virtualenv(settings)
    first = made.build(EnvironmentDescription(), "a test", lambda _: None)
    first.python.unlink()
    assert made.find(EnvironmentDescription()) is None
    again = made.build(EnvironmentDescription(), "a test", lambda _: None)
    assert look(again)["version"] == list(sys.version_info[:2])


def test_a_failed_build_lets_others_have_it(settings: Settings, tmp_path: Path) -> None:
    asked = EnvironmentDescription(requirements=("no-such==1.0",), options=("--no-index",))
    with pytest.raises(EnvironmentNotBuilt, match=r"uv failed for no-such==1\.0 \(exit code 1\)") as raised:
        builder.virtualenv(settings).build(asked, "models:/m/3", lambda _: None)
    assert "models:/m/3" in str(raised.value)
    code = "import fcntl, os, sys; fcntl.flock(os.open(sys.argv[1], os.O_RDWR), fcntl.LOCK_EX | fcntl.LOCK_NB)"
    (lock,) = (tmp_path / "environments").glob("*.lock")
    subprocess.run([sys.executable, "-c", code, str(lock)], check=True)


def test_a_missing_uv_is_told(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setattr("sysconfig.get_path", lambda _: "/nowhere")
    with pytest.raises(EnvironmentNotBuilt, match="pip install uv"):
        builder.uv(settings).build(EnvironmentDescription(), "a test", lambda _: None)


def test_packages_of_conda_are_left_out_where_there_are_others(settings: Settings, tmp_path: Path) -> None:
    made = builder.virtualenv(settings)
    asked = EnvironmentDescription(conda_packages=("cmake=4",), channels=("conda-forge",))
    with pytest.raises(NotSupported, match=r"packages of Conda \(cmake=4\).*--env-manager conda"):
        made.build(asked, "a test", lambda _: None)
    assert made.find(asked) is None
    file = wheel(tmp_path / "wheels", "mine", "1.0")
    told: list[str] = []
    both = attrs.evolve(asked, packages=(LocalPackage(name="mine", path=str(file), digest="1"),))
    name = made.build(both, "a test", told.append).name
    assert told[0] == "warning: packages of Conda are left out, which --env-manager conda would install: cmake=4"
    found = made.find(attrs.evolve(both, conda_packages=(), channels=()))
    assert found is not None
    assert found.name == name


def test_packages_at_a_url_and_editable_ones_are_installed(settings: Settings, tmp_path: Path) -> None:
    file = wheel(tmp_path / "wheels with a space", "mine", "1.0")
    asked = EnvironmentDescription(requirements=(f"mine @ {file.as_uri()}",), options=("--no-index",))
    assert look(builder.virtualenv(settings).build(asked, "a test", lambda _: None))["packages"] == {"mine": "1.0"}
    package = LocalPackage(name="mine", path=str(file), digest="1")
    asked = attrs.evolve(asked, requirements=(), packages=(package,))
    assert look(builder.virtualenv(settings).build(asked, "a test", lambda _: None))["packages"] == {"mine": "1.0"}


def test_the_versions_asked_for_win_over_what_added_packages_want(settings: Settings, tmp_path: Path) -> None:
    index = tmp_path / "index"
    for version in ("1.0", "2.0"):
        wheel(index, "probe", version)
    wheel(index, "added", "1.0", ["probe>=2"])
    asked = EnvironmentDescription(
        requirements=("probe==1.0",),
        options=("--no-index", f"--find-links {index}"),
        additions=Additions(requirements=("added",)),
    )
    told: list[str] = []
    made = builder.virtualenv(settings).build(asked, "a test", told.append)
    assert look(made)["packages"] == {"probe": "1.0", "added": "1.0"}
    assert told[-1].startswith("warning: these versions are what was asked for")
    assert any("added" in line and "probe>=2" in line for line in told)

    with_pip = Settings(root=tmp_path, environments_dir="by-pip", extra={"env-venv.installer": "pip"})
    with pytest.raises(EnvironmentNotBuilt, match=r"pip failed for probe==1\.0 and added"):
        builder.virtualenv(with_pip).build(asked, "a test", lambda _: None)


@pytest.mark.parametrize(
    ("said", "asked", "blamed"),
    [
        (["error: No solution found", "  Because a-b was not found and you want a-b"], ["A_b==1", "c"], ["A_b==1"]),
        (["ERROR: No matching distribution found for numpy==9"], ["numpy==9", "numpy-financial"], ["numpy==9"]),
        (["ERROR: Failed building wheel for x.y"], ["x", "x-y>=2"], ["x-y>=2"]),
        (["error    libmamba Could not solve", "ours =9 does not exist"], ["a::ours=9", "b"], ["a::ours=9"]),
        (["PackagesNotFoundError: not available", "  - ours=9"], ["ours=9", "b"], ["ours=9"]),
        (["Collecting numpy", "Killed"], ["numpy"], []),
        (["error: Failed to download `mine`"], ["mine @ https://a:b@host/mine.whl"], ["mine @ https://***@host/mine.whl"]),
    ],
)  # fmt: skip
def test_a_requirement_is_blamed_where_it_is_named(said: list[str], asked: list[str], blamed: list[str]) -> None:
    assert blamed_for(said, asked) == blamed
