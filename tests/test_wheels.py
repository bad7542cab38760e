"""Every package of the workspace builds into a wheel that works with the core alone."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import httpx
import pytest

from runyard.testing.server import running_server

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


SERVING = ("core", "server", "api-v1", "store-sql", "store-local", "uris", "ui")


@pytest.mark.browser
def test_the_wheel_of_the_web_ui_serves_its_pages_where_there_is_no_node(
    wheels: dict[str, Path], tmp_path: Path
) -> None:
    need_built(ROOT / "plugins" / "ui")
    call(uv(), "venv", "--quiet", "--python", sys.executable, tmp_path / "venv")
    folder = tmp_path / "venv" / ("Scripts" if os.name == "nt" else "bin")
    call(uv(), "pip", "install", "--quiet", "--python", folder / "python", *(wheels[name] for name in SERVING))
    assert shutil.which("node", path=str(folder)) is None
    with running_server(tmp_path, python=folder / "python", PATH=str(folder)) as server:
        page = httpx.get(f"{server.url}/experiments/1")
        assert page.headers["content-security-policy"].startswith("default-src 'self'")
        assert page.headers["cache-control"] == "no-cache"
        (script,) = re.findall(r'src="\./(assets/[^"]+\.js)"', page.text)
        for encoding in ("br", "gzip", "identity"):
            with httpx.stream("GET", f"{server.url}/{script}", headers={"Accept-Encoding": encoding}) as answer:
                assert answer.headers.get("content-encoding", "identity") == encoding
                assert "immutable" in answer.headers["cache-control"]
                assert b"".join(answer.iter_raw())
        assert httpx.get(f"{server.url}/api/v1/experiments").json()["experiments"]


def test_a_wheel_of_the_web_ui_without_its_pages_is_refused(tmp_path: Path) -> None:
    ignored = shutil.ignore_patterns("__pycache__", "node_modules", "static", ".*")
    shutil.copytree(ROOT / "plugins" / "ui", tmp_path / "ui", ignore=ignored)
    command = [uv(), "build", "--no-sources", "--out-dir", str(tmp_path / "out"), str(tmp_path / "ui")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode != 0
    assert "build the web UI first, with `make ui`" in done.stderr


@pytest.mark.browser
def test_a_source_distribution_of_the_web_ui_holds_its_pages(tmp_path: Path) -> None:
    need_built(ROOT / "plugins" / "ui")
    shutil.copytree(
        ROOT / "plugins" / "ui", tmp_path / "ui", ignore=shutil.ignore_patterns("__pycache__", "node_modules")
    )
    call(uv(), "build", "--no-sources", "--out-dir", tmp_path / "out", tmp_path / "ui", cwd=tmp_path)
    (archive,) = (tmp_path / "out").glob("*.tar.gz")
    with tarfile.open(archive) as files:
        names = files.getnames()
    assert any(name.endswith("static/index.html.br") for name in names)
    assert any(name.endswith("web/src/main.tsx") for name in names)
    assert next((tmp_path / "out").glob("*.whl"), None)
