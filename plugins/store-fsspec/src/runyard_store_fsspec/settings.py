"""The plugin's own settings."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from runyard.errors import SettingsError
from runyard.settings import Setting, Settings, parse_bool, parse_seconds


def parse_options(text: str) -> Any:
    """A JSON object of objects, `{"gs": {"token": "anon"}}`."""
    try:
        found = json.loads(text)
    except json.JSONDecodeError as error:
        raise ValueError(f"must be a JSON object with an object for each scheme ({error})") from None
    _check(found)
    return found


OPTIONS = Setting(
    name="store-fsspec.options",
    default=None,
    doc='What the file system of a scheme is told: a table in files, or JSON such as {"gs": {"token": "anon"}}.',
    parse=parse_options,
    secret=True,
)
TIMEOUT = Setting(
    name="store-fsspec.timeout",
    default=60.0,
    doc="Seconds to wait for a storage to answer.",
    parse=parse_seconds,
)
PRESIGN = Setting(
    name="store-fsspec.presign",
    default=True,
    doc="Give out signed URLs of Azure and Google, by which clients of a server go past it where they reach these.",
    parse=parse_bool,
)

SETTINGS = (OPTIONS, TIMEOUT, PRESIGN)


def options_of(scheme: str, settings: Settings, *aliases: str) -> dict[str, Any]:
    """What the settings say for a scheme, or else for another name of it."""
    found = settings.lookup(OPTIONS)
    try:
        tables = _check(found.value)
    except ValueError as error:
        raise SettingsError(f"{OPTIONS.name} from {found.source}: {error}") from error
    for name in (scheme, *aliases):
        if name in tables:
            return dict(tables[name])
    return {}


def _check(found: Any) -> Mapping[str, Mapping[str, Any]]:
    tables = {} if found is None else found
    if not isinstance(tables, Mapping) or not all(isinstance(table, Mapping) for table in tables.values()):
        raise ValueError("must have a table for each scheme, such as [store-fsspec.options.gs]")
    return tables
