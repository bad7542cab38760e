"""Every package of the workspace builds into a wheel that works with the core alone."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FOLDERS = [ROOT / "core", *sorted(path.parent for path in ROOT.glob("plugins/*/pyproject.toml"))]

pytestmark = pytest.mark.slow


def uv() -> str:
    """The uv of this environment or of the Makefile."""
    found = shutil.which("uv", path=os.pathsep.join([str(Path(sys.executable).parent), str(ROOT / ".tools" / "bin")]))
    assert found, "uv is not installed; make setup brings it"
    return found


def call(*command: str | Path, cwd: Path = ROOT) -> str:
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False, cwd=cwd)
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return done.stdout


def is_built(folder: Path) -> bool:
    """Whether a package has all it is to hold: the web UI's pages are built with Node first."""
    return folder.name != "ui" or (folder / "src" / "runyard_ui" / "static" / "index.html").is_file()


def need_built(folder: Path) -> None:
    if not is_built(folder):
        pytest.skip("the web UI is not built: make ui")


PARAMETERS = [pytest.param(one, marks=pytest.mark.browser if one.name == "ui" else ()) for one in FOLDERS]


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A wheel of each folder, by the folder's name; built from copies, so that the checkout stays clean."""
    folder = tmp_path_factory.mktemp("wheels")
    found = {}
    for source in [*(folder for folder in FOLDERS if is_built(folder)), ROOT / "bundle"]:
        copy = folder / "sources" / source.name
        shutil.copytree(source, copy, ignore=shutil.ignore_patterns("__pycache__", "node_modules", ".*"))
        out = folder / source.name
        call(uv(), "build", "--wheel", "--no-sources", "--out-dir", out, copy, cwd=folder)
        (found[source.name],) = out.glob("*.whl")
    return found


@pytest.mark.parametrize("folder", PARAMETERS, ids=lambda folder: folder.name)
def test_a_wheel_holds_all_files_of_its_package(wheels: dict[str, Path], folder: Path) -> None:
    need_built(folder)
    (package,) = [path for path in (folder / "src").iterdir() if path.is_dir()]
    files = [path for path in package.rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    with zipfile.ZipFile(wheels[folder.name]) as wheel:
        names = set(wheel.namelist())
    missing = {path.relative_to(folder / "src").as_posix() for path in files} - names
    assert missing == set()
    assert f"{package.name}/py.typed" in names
    assert not [name for name in names if "tests" in name.split("/")[:1]]


def test_the_bundle_holds_no_code(wheels: dict[str, Path]) -> None:
    with zipfile.ZipFile(wheels["bundle"]) as wheel:
        assert [name for name in wheel.namelist() if name.endswith(".py")] == []


SCRIPT = """
import importlib, pkgutil, sys
package = importlib.import_module(sys.argv[1])
assert "site-packages" in package.__path__[0], package.__path__
from runyard import Host
host = Host()
assert host.plugins.failures == [], host.plugins.failures
# What users install themselves, in the build that their machine wants; and uvicorn, which plugins that serve bring.
libraries = {name.split(".")[0] for _, spec in host.autologgers.all() for name in spec.libraries}
libraries |= {"torch"} if "flavor-pytorch" in host.plugins.plugins else set()
libraries |= {"uvicorn"} if package.__name__ == "runyard" else set()
for found in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
    # Tests need pytest; Alembic runs the migrations in its own way.
    if {"testing", "migrations", "__main__"} & set(found.name.split(".")):
        continue
    try:
        importlib.import_module(found.name)
    except ModuleNotFoundError as error:
        assert str(error.name).split(".")[0] in libraries, f"{found.name}: {error}"
print(*sorted(host.plugins.plugins))
"""


@pytest.mark.parametrize("folder", PARAMETERS, ids=lambda folder: folder.name)
def test_a_wheel_installs_with_the_core_alone_and_imports(
    wheels: dict[str, Path], folder: Path, tmp_path: Path
) -> None:
    need_built(folder)
    call(uv(), "venv", "--quiet", "--python", sys.executable, tmp_path / "venv")
    python = tmp_path / "venv" / ("Scripts" if os.name == "nt" else "bin") / "python"
    chosen = {wheels["core"], wheels[folder.name]}
    call(uv(), "pip", "install", "--quiet", "--python", python, *chosen)
    package = "runyard" if folder.name == "core" else f"runyard_{folder.name.replace('-', '_')}"
    listed = call(python, "-c", SCRIPT, package, cwd=tmp_path).split()
    assert listed == ([] if folder.name == "core" else [folder.name])
    assert "Usage: runyard" in call(python, "-m", "runyard", "--help", cwd=tmp_path)
