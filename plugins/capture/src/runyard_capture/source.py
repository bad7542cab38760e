"""The tags that say who ran what, where."""

from __future__ import annotations

import getpass
import platform
import socket
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from runyard.running import run_source
from runyard.settings import Settings
from runyard.validation import MAX_TAG_VALUE
from runyard_capture import entry
from runyard_capture.secrets import command_line
from runyard_capture.settings import COMMAND


def tags(settings: Settings) -> Mapping[str, str]:
    """User, entry script, command line, host, Python and working folder."""
    found = {
        "mlflow.user": settings.user or login_name(),
        "mlflow.source.name": entry.name(),
        "mlflow.source.type": entry.kind(),
        "runyard.host": host_name(),
        "runyard.python": platform.python_version(),
        "runyard.cwd": _working_folder(),
    }
    if settings.lookup(COMMAND).value:
        found["runyard.command"] = command_line(sys.orig_argv)
    return {key: _shortened(value) for key, value in found.items() if value}


@cache
def login_name() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):  # no name for the user id, as in some containers
        return ""


@cache
def host_name() -> str:
    return socket.gethostname()


def _working_folder() -> str:
    source = run_source()
    if source is not None:
        return str(source.folder)
    try:
        return str(Path.cwd())
    except FileNotFoundError:  # the folder was deleted meanwhile
        return ""


def _shortened(value: str) -> str:
    if len(value) <= MAX_TAG_VALUE:
        return value
    note = f" ... ({len(value)} characters in all)"
    return value[: MAX_TAG_VALUE - len(note)] + note
