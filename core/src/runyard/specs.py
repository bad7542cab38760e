"""The frozen specs that plugins return: a name, a lazy reference to what implements it, and one line about it."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Any

import attrs

from runyard.errors import BrokenPlugin


@attrs.frozen
class Ref:
    """A reference to an attribute, `"package.module:attribute"`, imported on first use."""

    path: str

    def __attrs_post_init__(self) -> None:
        module, colon, attribute = self.path.partition(":")
        if not (module and colon and attribute):
            raise ValueError(f"a reference reads 'package.module:attribute', got {self.path!r}")

    def resolve(self) -> Any:
        """Import the module and get the attribute.

        Raises:
            BrokenPlugin: the module cannot be imported or lacks the attribute.
        """
        module, _, attribute = self.path.partition(":")
        try:
            target: Any = importlib.import_module(module)
            for name in attribute.split("."):
                target = getattr(target, name)
        except (Exception, SystemExit) as error:  # a plugin's module may raise anything, or exit
            raise BrokenPlugin(f"cannot load {self.path}: {type(error).__name__}: {error}") from error
        return target


def _as_ref(value: str | Ref) -> Ref:
    return value if isinstance(value, Ref) else Ref(value)


@attrs.frozen(kw_only=True)
class Spec:
    """What all specs have in common. `name` is what users type; `target` implements it."""

    name: str
    target: Ref = attrs.field(converter=_as_ref)
    summary: str


@attrs.frozen(kw_only=True)
class TrackingScheme(Spec):
    """A tracking store for URIs of the scheme `name`; target: `(Uri, Settings) -> TrackingStore`."""


@attrs.frozen(kw_only=True)
class RegistryScheme(Spec):
    """A model registry for URIs of the scheme `name`; target: `(Uri, Settings) -> RegistryStore`."""


@attrs.frozen(kw_only=True)
class ArtifactScheme(Spec):
    """An artifact store for URIs of the scheme `name`; target: `(Uri, Settings) -> ArtifactStore`."""


@attrs.frozen(kw_only=True)
class UriResolver(Spec):
    """A scheme that stands for another location, as `runs:` does; target: `(Uri, Host) -> Uri`."""


@attrs.frozen(kw_only=True)
class Command(Spec):
    """A command line command; a space in the name nests: `models build-docker`. Target: a click command."""


@attrs.frozen(kw_only=True)
class RunContext(Spec):
    """Tags that every new run gets; target: `(Settings) -> Mapping[str, str]`."""


@attrs.frozen(kw_only=True)
class Listener(Spec):
    """An object or module with event hooks (`runyard_run_started` ...), imported at the first of `events`."""

    events: tuple[str, ...]


@attrs.frozen(kw_only=True)
class ServerMount(Spec):
    """A sub-application of the server; target: `(Service) -> ASGI application`.

    It gets every request whose path is one of `prefixes` or lies below it, the longest prefix deciding, with the path
    unchanged. Requests below `streams` may have bodies of any size. `openapi` is `(Service) -> OpenAPI document` of its
    paths.
    """

    prefixes: tuple[str, ...]
    streams: tuple[str, ...] = ()
    openapi: Ref | None = attrs.field(default=None, converter=attrs.converters.optional(_as_ref))


@attrs.frozen(kw_only=True)
class AuthenticatorSpec(Spec):
    """A way to find out who asks a server; target: `(Settings) -> Authenticator`."""


@attrs.frozen(kw_only=True)
class PolicySpec(Spec):
    """A policy for servers; target: `(Settings) -> Policy`."""


@attrs.frozen(kw_only=True)
class FlavorSpec(Spec):
    """A library's models, reached as `runyard.<name>`; target: `() -> Flavor`.

    `module` is what `runyard.<name>` is: the module of the functions that users call. `key` is the flavor's entry in
    the file MLmodel, `loader_module` the module that MLflow imports to load such a model as a Python function,
    `also_loads` more such modules whose models it loads, and `requires` the distributions that a model of it cannot do
    without, such as `"scikit-learn"`.
    """

    module: str
    key: str
    loader_module: str
    also_loads: tuple[str, ...] = ()
    requires: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class AutologgerSpec(Spec):
    """Logs what a library does by itself once `runyard.autolog()` was called; target: `() -> Autologger`.

    It is asked what to watch of each module of the packages `libraries`, when that is imported, or at once where it is
    imported already. `supports` are the versions it is tested with, such as `{"scikit-learn": ">=1.5,<2"}`.
    """

    libraries: tuple[str, ...]
    supports: Mapping[str, str] = attrs.field(factory=dict)


@attrs.frozen(kw_only=True)
class BackendSpec(Spec):
    """A place where projects run, named as in `--backend`; target: `(Settings) -> ProjectBackend`."""


@attrs.frozen(kw_only=True)
class EnvironmentSpec(Spec):
    """A way to make Python environments, named as in `--env-manager`; target: `(Settings) -> EnvironmentBuilder`."""
