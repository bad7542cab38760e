"""The plugin's own settings."""

from __future__ import annotations

import shlex
from collections.abc import Iterable

from runyard.errors import SettingsError, did_you_mean
from runyard.settings import Setting, parse_names, parse_seconds

RUN_FINISHED = "run_finished"
MODEL_VERSION_CHANGED = "model_version_changed"
KNOWN = (RUN_FINISHED, MODEL_VERSION_CHANGED)


def parse_command(text: str) -> str:
    """A command line that can be split into words."""
    shlex.split(text)
    return text.strip()


def check_events(names: Iterable[str]) -> tuple[str, ...]:
    """The names, all of events that there are."""
    chosen = tuple(names)
    for name in chosen:
        if name not in KNOWN:
            hint = did_you_mean(name, KNOWN)
            raise SettingsError(f"notify.events takes {' and '.join(KNOWN)}, not {name!r}{hint}")
    return chosen


def parse_events(text: str) -> tuple[str, ...]:
    """Names of events separated by commas."""
    return check_events(parse_names(text))


def parse_timeout(text: str) -> float:
    """A number of seconds above 0."""
    seconds = parse_seconds(text)
    if not seconds:
        raise ValueError("must be above 0; an empty notify.command switches notifications off")
    return seconds


COMMAND = Setting(
    name="notify.command",
    default="",
    doc="The command to run, told on standard input what happened; empty means none.",
    parse=parse_command,
)
EVENTS = Setting(
    name="notify.events",
    default=KNOWN,
    doc="What the command is told of: run_finished, model_version_changed.",
    parse=parse_events,
)
TIMEOUT = Setting(
    name="notify.timeout",
    default=10.0,
    doc="The most seconds that the command may take; then it is killed.",
    parse=parse_timeout,
)

ALL = (COMMAND, EVENTS, TIMEOUT)
