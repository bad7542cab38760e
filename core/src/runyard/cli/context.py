"""What commands work with: the host, the tracking client and the stores, opened on first use."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

import click

from runyard.settings import Settings

if TYPE_CHECKING:
    from runyard.host import Host
    from runyard.protocols.registry import RegistryStore
    from runyard.protocols.tracking import TrackingStore
    from runyard.tracking.client import Client


class Context:
    """One call of the command line. `options` are the global options, as click has parsed them so far."""

    def __init__(self, host: Host | None = None) -> None:
        self.options: dict[str, Any] = {}
        self._given = host

    @property
    def verbose(self) -> bool:
        return bool(self.options.get("verbose"))

    @cached_property
    def settings(self) -> Settings:
        if self._given is not None:
            return self._given.settings
        arguments = {name: self.options.get(name) for name in ("tracking_uri", "data_dir")}
        if self.options.get("strict_plugins"):
            arguments["strict_plugins"] = True
        return Settings.load(arguments)

    @cached_property
    def host(self) -> Host:
        """The host that the global options describe.

        Raises:
            SettingsError: a setting or a configuration file cannot be used.
        """
        if self._given is not None:
            return self._given
        from runyard.host import Host

        return Host(self.settings)

    @cached_property
    def client(self) -> Client:
        from runyard.tracking.client import Client

        return Client(host=self.host)

    @property
    def store(self) -> TrackingStore:
        return self.host.tracking_store()

    @property
    def registry(self) -> RegistryStore:
        return self.host.registry_store()

    def close(self) -> None:
        """Close what was opened, unless the host was given."""
        if self._given is None and "host" in self.__dict__:
            self.host.close()


def context_of(ctx: click.Context) -> Context:
    """The context of a call, for callbacks that click gives its own context."""
    found = ctx.find_object(Context)
    if found is None:
        found = ctx.find_root().obj = Context()
    found.options = ctx.find_root().params
    return found


pass_context = click.make_pass_decorator(Context, ensure=True)
