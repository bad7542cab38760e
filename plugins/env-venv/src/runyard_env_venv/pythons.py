"""Find a Python of a version on this machine."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import attrs

from runyard.errors import InvalidInput

_SHOW = "import platform; print(platform.python_implementation(), platform.python_version())"


@attrs.frozen
class Interpreter:
    """A Python that was asked its version."""

    path: Path
    version: str

    @property
    def minor(self) -> str:
        return _minor(self.version)


def find_python(wanted: str | None) -> Interpreter:
    """The one that runs where its major and minor version are those wanted, else one of this machine.

    Raises:
        InvalidInput: there is none of that version.
    """
    here = Interpreter(Path(sys.executable), ".".join(map(str, sys.version_info[:3])))
    if wanted is None or _minor(wanted) == here.minor:
        return here
    found = [one for one in (_asked(path) for path in _candidates(_minor(wanted))) if one is not None]
    matching = [one for one in found if one.minor == _minor(wanted)]
    if matching:
        return max(matching, key=lambda one: (one.version == wanted, _parts(one.version)))
    others = {here.version, *(one.version for one in (_asked(path) for path in _candidates("")) if one is not None)}
    raise InvalidInput(
        f"Python {_minor(wanted)} is asked for ({wanted}), and this machine has none that is found: there are "
        f"{', '.join(sorted(others, key=_parts))}; install it, for instance with pyenv or with uv python install, "
        f"or put python{_minor(wanted)} on the PATH"
    )


def _candidates(minor: str) -> Iterator[Path]:
    """Where a Python of that version may lie; of any version where none is given."""
    # pyenv's shims start what a file chooses; its versions are looked at themselves.
    shims = str(_pyenv() / "shims")
    for folder in dict.fromkeys(os.environ.get("PATH", "").split(os.pathsep)):
        if minor and folder != shims:
            found = shutil.which(f"python{minor}", path=folder)
            yield from [Path(found)] if found else []
        elif folder != shims:
            yield from _matching(Path(folder), "python3.[0-9]*")
    yield from _matching(_pyenv() / "versions", f"{minor or '3'}.*/bin/python")
    yield from _matching(_of_uv(), f"cpython-{minor or '3'}.*/bin/python3")


def _matching(folder: Path, pattern: str) -> list[Path]:
    found = sorted(folder.glob(pattern)) if folder.is_dir() else []
    return [path for path in found if not path.name.endswith("-config")]


def _pyenv() -> Path:
    return Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")


def _of_uv() -> Path:
    said = os.environ.get("UV_PYTHON_INSTALL_DIR")
    data = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(said) if said else Path(data) / "uv" / "python"


def _asked(path: Path) -> Interpreter | None:
    """The interpreter, None for what does not run."""
    try:
        done = subprocess.run(  # noqa: S603
            [str(path), "-I", "-c", _SHOW], capture_output=True, text=True, check=False, timeout=30
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    kind, _, version = done.stdout.strip().partition(" ")
    return Interpreter(path, version) if done.returncode == 0 and kind == "CPython" else None


def _minor(version: str) -> str:
    return ".".join(version.split(".")[:2])


def _parts(version: str) -> list[int]:
    return [int(part) if part.isdigit() else 0 for part in version.split(".")]
