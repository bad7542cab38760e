"""Every setting of a host: what holds and where it came from, fit to be shown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import attrs

from runyard.host import Host
from runyard.settings import Origin, Setting, core_settings
from runyard.uris import hide_credentials


@attrs.frozen
class Effective:
    """A setting as it holds; `plugin` is whose it is, empty for the core's. Secrets and passwords are hidden."""

    name: str
    value: Any
    source: str
    plugin: str
    env: str
    doc: str


def effective(host: Host, told: Mapping[str, Origin] | None = None) -> Iterator[Effective]:
    """The settings of the core, then those of plugins by name; `told` holds before all else, such as flags."""
    settings = host.settings
    for setting in core_settings():
        value = getattr(settings, setting.name)
        yield _shown(setting, Origin(value, settings.origin(setting.name)), "")
    for plugin, setting in sorted(host.plugin_settings(), key=lambda pair: pair[1].name):
        origin = (told or {}).get(setting.name)
        yield _shown(setting, settings.lookup(setting) if origin is None else origin, plugin)


def as_text(value: Any) -> str:
    """A value as one types it into the environment."""
    if isinstance(value, Mapping):
        return ",".join(f"{key}={inner}" for key, inner in value.items())
    if isinstance(value, bool):
        return "true" if value else "false"
    return ",".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _shown(setting: Setting, origin: Origin, plugin: str) -> Effective:
    value = origin.value
    if setting.secret:
        value = "***" if value else ""
    elif isinstance(value, str):
        value = hide_credentials(value)
    elif isinstance(value, tuple):
        value = tuple(hide_credentials(item) if isinstance(item, str) else item for item in value)
    return Effective(setting.name, value, origin.source, plugin, setting.env, setting.doc)
