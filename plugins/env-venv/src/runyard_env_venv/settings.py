"""The plugin's own settings."""

from __future__ import annotations

import os
from pathlib import Path

from runyard.settings import Setting, Settings, user_cache_folder

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
    # The home of a user whose environment does not name it is still known to the system.
    cache = user_cache_folder({"HOME": str(Path.home()), **os.environ})
    assert cache is not None
    return cache / "environments"
