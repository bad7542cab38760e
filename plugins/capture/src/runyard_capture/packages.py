"""The installed packages in the form of a requirements file."""

from __future__ import annotations

import json
import os
import platform
import re
import subprocess
import sys
from pathlib import Path

from runyard.uris import hide_credentials

_INFO = ".dist-info"
_LOOK = "import json, platform, sys; print(json.dumps([platform.python_version(), sys.path]))"


def requirements(python: Path | None = None) -> str:
    """One line a package; what was not installed by version and name is given by its origin.

    The names of the metadata folders say all, so none of the hundreds of files in them is opened.

    Args:
        python: Whose packages; this one by default.
    """
    found: dict[str, str] = {}
    is_here = python is None or str(python) == sys.executable
    of_python, paths = (platform.python_version(), sys.path) if is_here else _asked(python)
    for folder in dict.fromkeys(paths):
        for name, version, info in _installed(folder or os.curdir):
            found.setdefault(name, _line(name, version, info))
    lines = [line for _, line in sorted(found.items())]
    # platform.platform() would say hardly more, and starts a program to learn of the processor.
    system = f"{platform.system()}-{platform.release()}-{platform.machine()}"
    return "\n".join([f"# Python {of_python} on {system}", *lines, ""])


def _asked(python: Path | None) -> tuple[str, list[str]]:
    """The version of another Python and where it finds packages."""
    done = subprocess.run([str(python), "-I", "-c", _LOOK], capture_output=True, text=True, check=True)  # noqa: S603
    version, paths = json.loads(done.stdout)
    return str(version), [str(path) for path in paths]


def _installed(folder: str) -> list[tuple[str, str, str]]:
    try:
        with os.scandir(folder) as entries:
            infos = [entry.path for entry in entries if entry.name.endswith(_INFO)]
    except OSError:  # a zip file, or a folder that is gone
        return []
    parts = [(os.path.basename(path)[: -len(_INFO)].partition("-"), path) for path in infos]  # noqa: PTH119 - a text
    return [(re.sub(r"[-_.]+", "-", name).lower(), version, path) for (name, _, version), path in parts if version]


def _line(name: str, version: str, info: str) -> str:
    origin = Path(info, "direct_url.json")
    try:
        content = json.loads(origin.read_bytes())
    except FileNotFoundError:
        return f"{name}=={version}"
    except (OSError, ValueError):
        return f"{name}=={version}  # from a place that cannot be read"
    url = hide_credentials(str(content.get("url", "")))
    vcs = content.get("vcs_info")
    if isinstance(vcs, dict) and vcs.get("commit_id"):
        return f"{name} @ {vcs.get('vcs', 'git')}+{url}@{vcs['commit_id']}"
    if "dir_info" in content:
        return f"# {name}=={version} from {url}"
    return f"{name} @ {url}"
