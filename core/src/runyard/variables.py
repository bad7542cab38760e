"""Environment variables by which another process gets the settings that this one has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from runyard.settings import core_settings

if TYPE_CHECKING:
    from runyard.host import Host

LEAKING = ("PYTHONHOME", "PYTHONPATH", "PYTHONSTARTUP", "__PYVENV_LAUNCHER__")
"""Those by which a Python would not be what it is by itself; a process in an environment of its own gets none."""


def settings_as_variables(host: Host) -> dict[str, str]:
    """The settings that are not as by default, as the environment variables by which another process reads them."""
    settings = host.settings
    found = {
        setting.env: written(getattr(settings, setting.name))
        for setting in core_settings()
        if getattr(settings, setting.name) != setting.default
    }
    for setting in core_settings():
        if setting.name in {"tracking_uri", "registry_uri"} and setting.env in found:
            # They may be relative to where this host starts from.
            found[setting.env] = host.tracking_uri(found[setting.env]).text
    for _, setting in host.plugin_settings():
        origin = settings.lookup(setting)
        if origin.value != setting.default:
            found[setting.env] = written(origin.value)
    return found


def written(value: Any) -> str:
    """A setting's value as an environment variable."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Mapping):
        return ",".join(f"{key}={item}" for key, item in value.items()) or ","
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ",".join(map(str, value)) or ","  # an empty text would mean that it is not set
    return str(value)
