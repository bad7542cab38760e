"""Environment managers by their names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runyard.errors import InvalidInput

if TYPE_CHECKING:
    from runyard.host import Host
    from runyard.protocols.environment import EnvironmentBuilder

LOCAL = "local"
"""The name for no environment of its own: what is here."""


def builder_of(env_manager: str, host: Host) -> EnvironmentBuilder:
    """What makes environments under that name.

    Raises:
        NoSuchPlugin: nothing installed does.
        InvalidInput: it is `local`, which makes none.
    """
    if env_manager == LOCAL:
        raise InvalidInput("the environment manager 'local' is the environment that is there already; it makes none")
    builder: EnvironmentBuilder = host.environment_managers.resolve(env_manager)(host.settings)
    return builder
