"""Find, load, register and ask plugins, each by itself: a broken one keeps its error and never takes others down."""

from __future__ import annotations

import threading
import traceback
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from types import MappingProxyType
from typing import Any, TypeAlias

import attrs
import pluggy

from runyard import hooks
from runyard.errors import BrokenPlugin, did_you_mean
from runyard.settings import Setting
from runyard.specs import (
    ArtifactScheme,
    AuthenticatorSpec,
    AutologgerSpec,
    BackendSpec,
    Command,
    EnvironmentSpec,
    FlavorSpec,
    Listener,
    PanelSpec,
    PolicySpec,
    RegistryScheme,
    RunContext,
    ServerMount,
    TrackingScheme,
    UriResolver,
)

# What each declaration hook returns a list of.
KINDS: Mapping[str, type] = MappingProxyType(
    {
        "runyard_tracking_schemes": TrackingScheme,
        "runyard_registry_schemes": RegistryScheme,
        "runyard_artifact_schemes": ArtifactScheme,
        "runyard_uri_resolvers": UriResolver,
        "runyard_flavors": FlavorSpec,
        "runyard_autologgers": AutologgerSpec,
        "runyard_environment_managers": EnvironmentSpec,
        "runyard_project_backends": BackendSpec,
        "runyard_run_contexts": RunContext,
        "runyard_listeners": Listener,
        "runyard_settings": Setting,
        "runyard_commands": Command,
        "runyard_server_mounts": ServerMount,
        "runyard_authenticators": AuthenticatorSpec,
        "runyard_policies": PolicySpec,
        "runyard_ui_panels": PanelSpec,
    }
)


@attrs.frozen
class Failure:
    """What went wrong with a plugin, and at which stage: load, register, declare or event."""

    plugin: str
    stage: str
    error: str
    traceback: str = attrs.field(repr=False)

    @classmethod
    def of(cls, plugin: str, stage: str, error: BaseException) -> Failure:
        text = "".join(traceback.format_exception(error))
        return cls(plugin, stage, f"{type(error).__name__}: {error}", text)


Origin: TypeAlias = Callable[[], tuple[str, str]]
"""Name and version of a distribution, read when asked for: reading metadata takes longer than finding plugins."""


def no_origin() -> tuple[str, str]:
    return "", ""


@attrs.define
class Plugin:
    """One plugin as it was found."""

    name: str
    module: str
    origin: Origin = attrs.field(default=no_origin, repr=False)
    state: str = "found"  # found, loaded, disabled or broken
    hooks: tuple[str, ...] = ()

    @property
    def distribution(self) -> str:
        return self.origin()[0]

    @property
    def version(self) -> str:
        return self.origin()[1]


@attrs.frozen
class EntryPoint:
    """A plugin that could be loaded: `load` imports its manifest."""

    name: str
    module: str
    load: Callable[[], Any]
    origin: Origin = no_origin


def installed() -> list[EntryPoint]:
    """The entry points of all installed distributions, sorted by name."""
    from importlib_metadata import entry_points

    found = [
        EntryPoint(point.name, point.value, point.load, partial(_origin, point))
        for point in entry_points(group=hooks.GROUP)
    ]
    return sorted(found, key=lambda point: point.name)


class PluginSet:
    """The plugins of one host and what became of each."""

    def __init__(
        self,
        *,
        only: Iterable[str] = (),
        disabled: Iterable[str] = (),
        strict: bool = False,
    ) -> None:
        self._pluggy = pluggy.PluginManager(hooks.PROJECT)
        self._pluggy.add_hookspecs(hooks)
        self._only = frozenset(only)
        self._disabled = frozenset(disabled)
        self._strict = strict
        self._lock = threading.RLock()
        self._declared: dict[tuple[str, str], list[Any]] = {}
        self.plugins: dict[str, Plugin] = {}
        self.failures: list[Failure] = []

    def discover(self, points: Iterable[EntryPoint]) -> None:
        """Load and register the manifest of every entry point that is not disabled."""
        for point in points:
            name = point.name
            if name in self.plugins:
                name = f"{point.name} ({point.origin()[0]})"
            plugin = Plugin(name, point.module, point.origin)
            self.plugins[name] = plugin
            if point.name in self._disabled or (self._only and point.name not in self._only):
                plugin.state = "disabled"
                continue
            try:
                manifest = point.load()
            except KeyboardInterrupt:
                raise
            except BaseException as error:  # noqa: BLE001 - a manifest may even exit
                self._fail(plugin, "load", error)
                continue
            self._register(plugin, manifest)

    def add(self, manifest: Any, name: str) -> None:
        """Register a manifest, or an object with hooks, that needs no discovery."""
        plugin = Plugin(name, str(getattr(manifest, "__name__", type(manifest).__name__)))
        self.plugins[name] = plugin
        self._register(plugin, manifest)

    def declared(self, hook: str) -> list[tuple[str, Any]]:
        """What each plugin returns from a declaration hook, as (plugin name, spec) pairs; each is asked once."""
        found = []
        with self._lock:
            for name, function in self._implementations(hook):
                if (hook, name) not in self._declared:
                    self._declared[hook, name] = self._ask(hook, name, function)
                found += [(name, spec) for spec in self._declared[hook, name]]
        return found

    def notify(self, event: str, arguments: Mapping[str, Any]) -> list[Failure]:
        """Call an event hook of every plugin; what one raises is kept, returned and passed on to nobody."""
        failures = []
        for name, function in self._implementations(event, arguments):
            try:
                function()
            except (Exception, SystemExit) as error:  # noqa: BLE001 - the plugin boundary
                failures.append(self._fail(self.plugins[name], "event", error))
        return failures

    def has(self, hook: str) -> bool:
        return bool(getattr(self._pluggy.hook, hook).get_hookimpls())

    def report(self, name: str, stage: str, error: BaseException) -> Failure:
        """Keep a failure that was met while a plugin's implementation was in use."""
        return self._fail(self.plugins[name], stage, error)

    def _ask(self, hook: str, name: str, function: Callable[[], Any]) -> list[Any]:
        try:
            return [_checked(spec, hook) for spec in function() or ()]
        except (Exception, SystemExit) as error:  # noqa: BLE001 - the plugin boundary
            self._fail(self.plugins[name], "declare", error)
            return []

    def _register(self, plugin: Plugin, manifest: Any) -> None:
        try:
            plugin.hooks = self._check_hooks(plugin.name, manifest)
            self._pluggy.register(manifest, plugin.name)
        except Exception as error:  # noqa: BLE001 - the plugin boundary
            if self._pluggy.get_plugin(plugin.name) is not None:
                self._pluggy.unregister(name=plugin.name)
            self._fail(plugin, "register", error)
            return
        plugin.state = "loaded"

    def _check_hooks(self, name: str, manifest: Any) -> tuple[str, ...]:
        known = (*hooks.DECLARATIONS, *hooks.EVENTS)
        found = [attribute for attribute in dir(manifest) if self._pluggy.parse_hookimpl_opts(manifest, attribute)]
        for attribute in found:
            if attribute not in known:
                raise BrokenPlugin(
                    f"plugin {name!r} implements an unknown hook {attribute!r}{did_you_mean(attribute, known)}"
                )
        return tuple(found)

    def _implementations(
        self, hook: str, arguments: Mapping[str, Any] | None = None
    ) -> list[tuple[str, Callable[[], Any]]]:
        # A closure per implementation, called one by one: pluggy's own call stops at the first exception.
        found: list[tuple[str, Callable[[], Any]]] = []
        for implementation in getattr(self._pluggy.hook, hook).get_hookimpls():
            wanted = {name: (arguments or {})[name] for name in implementation.argnames}

            def call(function: Any = implementation.function, wanted: dict[str, Any] = wanted) -> Any:
                return function(**wanted)

            found.append((implementation.plugin_name, call))
        return found

    def _fail(self, plugin: Plugin, stage: str, error: BaseException) -> Failure:
        if self._strict:
            raise error
        failure = Failure.of(plugin.name, stage, error)
        plugin.state = "broken"
        self.failures.append(failure)
        return failure


def _checked(spec: Any, hook: str) -> Any:
    if not isinstance(spec, KINDS[hook]):
        raise BrokenPlugin(f"{hook} returned {spec!r}, which is no {KINDS[hook].__name__}")
    return spec


def _origin(point: Any) -> tuple[str, str]:
    return (point.dist.name, point.dist.version) if point.dist is not None else ("", "")
