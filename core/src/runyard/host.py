"""The host: plugins, settings and the stores opened through them. Explicit; a default one is made on first use."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from types import MappingProxyType
from typing import Any, Generic, Self, TypeVar

import attrs

from runyard import discovery
from runyard.errors import AmbiguousPlugin, BrokenPlugin, NoSuchPlugin, RunyardError
from runyard.settings import Setting, Settings
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
    Spec,
    TrackingScheme,
    UriResolver,
)
from runyard.uris import Uri

TYPE_CHECKING = False
if TYPE_CHECKING:
    from runyard.protocols.artifacts import ArtifactStore
    from runyard.protocols.registry import RegistryStore
    from runyard.protocols.tracking import TrackingStore

SpecT = TypeVar("SpecT", bound=Spec)

# Where a scheme that nothing provides can be had; told to the user, never imported.
SUGGESTIONS: Mapping[str, str] = MappingProxyType(
    {
        "abfs": "runyard-store-fsspec",
        "abfss": "runyard-store-fsspec",
        "az": "runyard-store-fsspec",
        "b2": "runyard-store-s3",
        "conda": "runyard-env-conda",
        "dbfs": "runyard-store-fsspec",
        "docker": "runyard-backend-docker",
        "file": "runyard-store-local",
        "ftp": "runyard-store-fsspec",
        "gcs": "runyard-store-fsspec",
        "gs": "runyard-store-fsspec",
        "hdfs": "runyard-store-fsspec",
        "http": "runyard-store-http",
        "https": "runyard-store-http",
        "local": "runyard-backend-local",
        "mariadb": "runyard-store-sql",
        "mlflow-artifacts": "runyard-store-http",
        "models": "runyard-uris",
        "mysql": "runyard-store-sql",
        "postgresql": "runyard-store-sql",
        "pyfunc": "runyard-flavor-python",
        "pytorch": "runyard-flavor-pytorch",
        "r2": "runyard-store-s3",
        "runs": "runyard-uris",
        "s3": "runyard-store-s3",
        "sftp": "runyard-store-fsspec",
        "sklearn": "runyard-flavor-sklearn",
        "sqlite": "runyard-store-sql",
        "ssh": "runyard-store-fsspec",
        "uv": "runyard-env-venv",
        "viewfs": "runyard-store-fsspec",
        "virtualenv": "runyard-env-venv",
        "wasb": "runyard-store-fsspec",
        "wasbs": "runyard-store-fsspec",
        "webhdfs": "runyard-store-fsspec",
        "xgboost": "runyard-flavor-xgboost",
        "zip": "runyard-store-fsspec",
    }
)


class Registry(Generic[SpecT]):
    """The specs of one kind, by name; asked of the plugins once, on first use."""

    def __init__(self, what: str, hook: str, plugins: discovery.PluginSet, prefer: Mapping[str, str]) -> None:
        self._what = what
        self._hook = hook
        self._plugins = plugins
        self._prefer = prefer

    def names(self) -> list[str]:
        return sorted(self._load())

    def all(self) -> list[tuple[str, SpecT]]:
        """Every spec with its plugin's name; a name provided twice appears twice."""
        return [pair for name in self.names() for pair in self._load()[name]]

    def __contains__(self, name: str) -> bool:
        return name in self._load()

    def get(self, name: str) -> SpecT:
        """The one spec of that name.

        Raises:
            NoSuchPlugin: nothing installed provides it.
            AmbiguousPlugin: several do, and the setting `prefer` names none of them.
        """
        return self.owner(name)[1]

    def resolve(self, name: str) -> Any:
        """The implementation of that name, imported now."""
        plugin, spec = self.owner(name)
        try:
            return spec.target.resolve()
        except BrokenPlugin as error:
            self._plugins.report(plugin, "load", error)
            raise BrokenPlugin(f"plugin {plugin!r} provides {self._what} {name!r}, but {error}") from error

    def owner(self, name: str) -> tuple[str, SpecT]:
        """The one spec of that name, with its plugin's name; raises as `get` does."""
        owners = self._load().get(name, [])
        if len(owners) == 1:
            return owners[0]
        if not owners:
            raise NoSuchPlugin(self._missing(name))
        setting = f"{self._hook.removeprefix('runyard_')}.{name}"
        chosen = self._prefer.get(setting)
        for owner in owners:
            if owner[0] == chosen:
                return owner
        names = " and ".join(repr(owner[0]) for owner in owners)
        raise AmbiguousPlugin(
            f"plugins {names} both provide {self._what} {name!r}; choose one with the setting prefer: {setting}=PLUGIN"
        )

    def _missing(self, name: str) -> str:
        available = ", ".join(self.names()) or "none"
        package = SUGGESTIONS.get(name)
        advice = f"; install {package}" if package else "; see runyard plugins list"
        broken = [failure.plugin for failure in self._plugins.failures]
        broken_note = f" ({', '.join(sorted(set(broken)))} broken: see runyard plugins doctor)" if broken else ""
        return f"no plugin provides {self._what} {name!r} (available: {available}){advice}{broken_note}"

    def _load(self) -> dict[str, list[tuple[str, SpecT]]]:
        specs: dict[str, list[tuple[str, SpecT]]] = {}
        for plugin, spec in self._plugins.declared(self._hook):
            specs.setdefault(spec.name, []).append((plugin, spec))
        return specs


class Host:
    """Everything Runyard needs to work, in one explicit object; libraries that embed the core make their own.

    `plugins` are manifests given by hand, by name; with `discover` the installed ones are found as well.
    """

    def __init__(
        self,
        settings: Settings | None = None,
        *,
        plugins: Mapping[str, Any] | None = None,
        discover: bool = True,
        points: Iterable[discovery.EntryPoint] | None = None,
    ) -> None:
        self.settings = Settings.load() if settings is None else settings
        self.plugins = discovery.PluginSet(
            only=self.settings.plugins,
            disabled=self.settings.disabled_plugins,
            strict=self.settings.strict_plugins,
        )
        for name, manifest in (plugins or {}).items():
            self.plugins.add(manifest, name)
        if discover:
            self.plugins.discover(discovery.installed() if points is None else points)
        self.tracking_schemes = self._registry(TrackingScheme, "tracking scheme", "runyard_tracking_schemes")
        self.registry_schemes = self._registry(RegistryScheme, "registry scheme", "runyard_registry_schemes")
        self.artifact_schemes = self._registry(ArtifactScheme, "artifact scheme", "runyard_artifact_schemes")
        self.uri_resolvers = self._registry(UriResolver, "URI scheme", "runyard_uri_resolvers")
        self.flavors = self._registry(FlavorSpec, "flavor", "runyard_flavors")
        self.autologgers = self._registry(AutologgerSpec, "autologger", "runyard_autologgers")
        self.environment_managers = self._registry(
            EnvironmentSpec, "environment manager", "runyard_environment_managers"
        )
        self.project_backends = self._registry(BackendSpec, "project backend", "runyard_project_backends")
        self.run_contexts = self._registry(RunContext, "run context", "runyard_run_contexts")
        self.listeners = self._registry(Listener, "listener", "runyard_listeners")
        self.commands = self._registry(Command, "command", "runyard_commands")
        self.server_mounts = self._registry(ServerMount, "server mount", "runyard_server_mounts")
        self.authenticators = self._registry(AuthenticatorSpec, "authenticator", "runyard_authenticators")
        self.policies = self._registry(PolicySpec, "policy", "runyard_policies")
        self.ui_panels = self._registry(PanelSpec, "panel", "runyard_ui_panels")
        self._stores: dict[tuple[str, str], Any] = {}
        self._before_close: list[Callable[[], None]] = []
        self._lock = threading.RLock()
        self._listening: set[tuple[str, str]] = set()

    def tracking_store(self, uri: str | Uri | None = None) -> TrackingStore:
        """The tracking store at a URI, opened once; without one, at the setting `tracking_uri`.

        Raises:
            NoSuchPlugin: no plugin provides the URI's scheme.
            Unavailable: the store cannot be reached.
        """
        target = self.tracking_uri(uri)
        store: TrackingStore = self._open("tracking", self.tracking_schemes, target)
        return store

    def registry_store(self, uri: str | Uri | None = None) -> RegistryStore:
        """The model registry at a URI; without one, at the setting `registry_uri`, else beside the runs."""
        target = self.tracking_uri(uri or self.settings.registry_uri or None)
        store: RegistryStore = self._open("registry", self.registry_schemes, target)
        return store

    def artifact_store(self, uri: str | Uri, *, beside: Uri | None = None) -> ArtifactStore:
        """The artifact store whose root is at a URI; schemes such as `runs:` are resolved first.

        `beside` is where the tracking store is that gave the URI, which may mean a place on the server of the runs;
        without it, that is the setting `tracking_uri`.
        """
        target = self.resolve(uri)
        factory = self.artifact_schemes.resolve(target.scheme)
        settings = self.settings if beside is None else attrs.evolve(self.settings, tracking_uri=beside.text)
        store: ArtifactStore = factory(target, settings)
        return store

    def location_of(self, store: object) -> Uri | None:
        """Where a store lies that this host opened."""
        with self._lock:
            found = [text for (_, text), opened in self._stores.items() if opened is store]
        return Uri.parse(found[0]) if found else None

    def tracking_uri(self, uri: str | Uri | None = None) -> Uri:
        """The URI that a tracking or registry URI means; none means the setting, else the data folder."""
        if isinstance(uri, Uri):
            return uri
        text = uri or self.settings.tracking_uri
        return Uri.parse(text, relative_to=self.settings.root) if text else Uri.from_path(self.settings.data_path)

    def resolve(self, uri: str | Uri) -> Uri:
        """The location behind a URI, resolving schemes that stand for another one.

        Raises:
            NoSuchPlugin: nothing resolves or opens the scheme.
        """
        current = uri if isinstance(uri, Uri) else Uri.parse(uri, relative_to=self.settings.root)
        for _ in range(8):
            if current.scheme not in self.uri_resolvers:
                return current
            current = self.uri_resolvers.resolve(current.scheme)(current, self)
        raise RunyardError(f"{uri} resolves in a circle, last to {current}")

    def run_context(self) -> dict[str, str]:
        """The tags that plugins give to a new run; a provider that fails gives none and is reported."""
        tags: dict[str, str] = {}
        for plugin, spec in self.run_contexts.all():
            try:
                tags.update(spec.target.resolve()(self.settings))
            except (Exception, SystemExit) as error:  # noqa: BLE001 - the plugin boundary
                self._warn(self.plugins.report(plugin, "event", error))
        return tags

    def plugin_settings(self) -> list[tuple[str, Setting]]:
        """The settings that plugins add, with the plugin's name."""
        return self.plugins.declared("runyard_settings")

    def notify(self, event: str, /, **arguments: Any) -> None:
        """Tell every plugin and listener of an event; what they raise is kept and warned of, never raised."""
        self._load_listeners(event)
        if self.plugins.has(event):
            for failure in self.plugins.notify(event, {"host": self, **arguments}):
                self._warn(failure)

    def before_close(self, call: Callable[[], None]) -> None:
        """Have this called once when the host is closed, while its stores are still open."""
        with self._lock:
            self._before_close.append(call)

    def close(self) -> None:
        """Deliver what waits, then close every store that was opened."""
        with self._lock:
            calls, self._before_close = self._before_close, []
        for call in calls:
            call()
        with self._lock:
            stores, self._stores = list(self._stores.values()), {}
        with ExitStack() as stack:
            for store in stores:
                stack.callback(store.close)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def _registry(self, kind: type[SpecT], what: str, hook: str) -> Registry[SpecT]:
        assert discovery.KINDS[hook] is kind
        return Registry(what, hook, self.plugins, self.settings.prefer)

    def _open(self, kind: str, registry: Registry[Any], uri: Uri) -> Any:
        with self._lock:
            store = self._stores.get((kind, uri.text))
            if store is None:
                factory: Callable[[Uri, Settings], Any] = registry.resolve(uri.dialect)
                store = self._stores[kind, uri.text] = factory(uri, self.settings)
            return store

    def _load_listeners(self, event: str) -> None:
        with self._lock:
            for plugin, spec in self.listeners.all():
                if event in spec.events and (plugin, spec.name) not in self._listening:
                    self._listening.add((plugin, spec.name))
                    self._load_listener(plugin, spec)

    def _load_listener(self, plugin: str, spec: Listener) -> None:
        try:
            target = spec.target.resolve()
        except BrokenPlugin as error:
            self._warn(self.plugins.report(plugin, "load", error))
        else:
            self.plugins.add(target, f"{plugin}:{spec.name}")

    @staticmethod
    def _warn(failure: discovery.Failure) -> None:
        sys.stderr.write(f"runyard: plugin {failure.plugin!r} failed at {failure.stage}: {failure.error}\n")


@attrs.define
class _Default:
    host: Host | None = None
    lock: threading.RLock = attrs.field(factory=threading.RLock)


_default = _Default()


def default_host() -> Host:
    """The host that the module-level functions use, made on first call."""
    with _default.lock:
        if _default.host is None:
            _default.host = Host()
        return _default.host


def set_default_host(host: Host | None) -> Host | None:
    """Replace the default host; the earlier one is returned, still open."""
    with _default.lock:
        earlier, _default.host = _default.host, host
        return earlier
