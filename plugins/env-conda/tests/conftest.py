"""A channel of the tests' own, and the program that makes environments from it: no real one, see standin.py."""

from __future__ import annotations

import asyncio
import ensurepip
import hashlib
import io
import json
import os
import sys
import tarfile
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from rattler import Subdir
from rattler.index import index_fs

from runyard.settings import Settings

HERE = f"{sys.version_info.major}.{sys.version_info.minor}"


def package(
    channel: Path,
    name: str,
    version: str,
    files: Mapping[str, bytes],
    links: Mapping[str, str] | None = None,
    needs: Sequence[str] = (),
) -> None:
    """A package of Conda with these files and links."""
    subdir = str(Subdir.current())
    about = {"name": name, "version": version, "build": "0", "build_number": 0, "depends": list(needs)}
    paths = [
        *({"_path": path, "path_type": "softlink"} for path in links or {}),
        *(
            {
                "_path": path,
                "path_type": "hardlink",
                "sha256": hashlib.sha256(content).hexdigest(),
                "size_in_bytes": len(content),
            }
            for path, content in files.items()
        ),
    ]
    info = {
        "info/index.json": json.dumps({**about, "subdir": subdir}),
        "info/paths.json": json.dumps({"paths": paths, "paths_version": 1}),
        "info/files": "".join(f"{path}\n" for path in (*(links or {}), *files)),
    }
    (channel / subdir).mkdir(parents=True, exist_ok=True)
    (channel / "noarch").mkdir(exist_ok=True)
    with tarfile.open(channel / subdir / f"{name}-{version}-0.tar.bz2", "w:bz2", compresslevel=1) as archive:
        for path, target in (links or {}).items():
            link = tarfile.TarInfo(path)
            link.type, link.linkname = tarfile.SYMTYPE, target
            archive.addfile(link)
        for path, content in {**{path: text.encode() for path, text in info.items()}, **files}.items():
            entry = tarfile.TarInfo(path)
            entry.size, entry.mode = len(content), 0o644
            archive.addfile(entry, io.BytesIO(content))


def index(channel: Path) -> None:
    """Let a channel say what it has."""
    asyncio.run(index_fs(channel))


def add_python(channel: Path) -> None:
    """The Python that runs the tests as packages: links to it, with a prefix of its own, and the pip that it brings."""
    program = os.path.realpath(sys.executable)
    home = f"home = {Path(program).parent}\ninclude-system-site-packages = false\n"
    links = {"bin/python": program, "bin/python3": "python", f"bin/python{HERE}": "python"}
    version = f"{HERE}.{sys.version_info.micro}"
    package(channel, "python", version, {"pyvenv.cfg": home.encode()}, links)
    (bundled,) = (Path(ensurepip.__file__).parent / "_bundled").glob("pip-*.whl")
    with zipfile.ZipFile(bundled) as archive:
        names = [name for name in archive.namelist() if not name.endswith("/")]
        files = {f"lib/python{HERE}/site-packages/{name}": archive.read(name) for name in names}
    package(channel, "pip", bundled.name.split("-")[1], files, needs=["python"])


@pytest.fixture(scope="session")
def channels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of channels: `conda-forge` with Python, pip and two packages, `other` with one more."""
    folder = tmp_path_factory.mktemp("channels")
    forge, other = folder / "conda-forge", folder / "other"
    add_python(forge)
    for version in ("1.0", "2.0"):
        site = f"lib/python{HERE}/site-packages"
        module = {
            f"{site}/tool.py": f"VERSION = {version!r}\n".encode(),
            f"{site}/tool-{version}.dist-info/METADATA": f"Name: tool\nVersion: {version}\n".encode(),
        }
        package(forge, "tool", version, module, needs=["python"])
    script = b'export MAPS="$CONDA_PREFIX/share/maps"\necho "$UNSET maps are here"\n'
    variables = b'{"MAPS_LEVEL": "3"}'
    package(
        other,
        "maps",
        "1.0",
        {"etc/conda/activate.d/maps.sh": script, "etc/conda/env_vars.d/maps.json": variables, "share/maps/a": b""},
    )
    for channel in (forge, other):
        index(channel)
    return folder


@pytest.fixture(scope="session")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the program `micromamba`."""
    program = tmp_path_factory.mktemp("programs") / "micromamba"
    standin = Path(__file__).with_name("standin.py")
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{standin}" "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    return program.parent


@pytest.fixture(scope="session")
def package_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("pkgs")


@pytest.fixture(autouse=True)
def conda_variables(
    channels: Path, programs: Path, package_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> Mapping[str, str]:
    """What leads to that program and these channels, and nothing to a real one that may be there."""
    variables = {
        "CONDA_CHANNEL_ALIAS": f"{channels.as_uri()}/",
        "CONDA_PKGS_DIRS": str(package_cache),
        "MAMBA_EXE": str(programs / "micromamba"),
    }
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("CONDA_EXE", raising=False)
    return variables


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(root=tmp_path, environments_dir="environments")
