"""The plugin's own settings."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from runyard.settings import Setting, Settings

INSTALLERS = ("auto", "uv", "pip")


def parse_installer(text: str) -> str:
    """What installs packages."""
    word = text.strip().lower()
    if word not in INSTALLERS:
        raise ValueError(f"must be {', '.join(INSTALLERS[:-1])} or {INSTALLERS[-1]}")
    return word


FOLDER = Setting(
    name="env-venv.folder",
    default="",
    doc="Where environments are kept; empty means runyard/environments in the user's cache folder.",
)
INSTALLER = Setting(
    name="env-venv.installer",
    default="auto",
    doc="What makes the environments of the manager virtualenv: uv, pip, or auto, which is uv where it is installed.",
    parse=parse_installer,
)

ALL = (FOLDER, INSTALLER)


def folder_of(settings: Settings) -> Path:
    """Where environments are kept."""
    chosen = settings.lookup(FOLDER).value
    if chosen:
        return (settings.root / Path(chosen).expanduser()).absolute()
    return _cache_folder() / "runyard" / "environments"


def _cache_folder() -> Path:
    said = os.environ.get("XDG_CACHE_HOME") or (os.environ.get("LOCALAPPDATA") if os.name == "nt" else None)
    if said:
        return Path(said)
    return Path.home() / ("Library/Caches" if sys.platform == "darwin" else ".cache")
