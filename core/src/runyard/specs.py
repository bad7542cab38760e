"""The frozen specs that plugins return: a name, a lazy reference to what implements it, and one line about it."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import attrs

from runyard.errors import BrokenPlugin, did_you_mean


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


@attrs.frozen
class FileRef(Ref):
    """A reference to a file in a package, `"package:folder/file.js"`; what it refers to is the file's content."""

    def __attrs_post_init__(self) -> None:
        package, path = self._parts
        if not (package and all(part.strip(".") for part in path.split("/"))):
            raise ValueError(f"a reference to a file reads 'package:folder/file.js', got {self.path!r}")

    def resolve(self) -> bytes:
        """Import the package and read the file.

        Raises:
            BrokenPlugin: the package cannot be imported or lacks the file.
        """
        from importlib.resources import files

        package, path = self._parts
        try:
            return files(package).joinpath(*path.split("/")).read_bytes()
        except (Exception, SystemExit) as error:  # a package may raise anything when it is imported, or exit
            raise BrokenPlugin(f"cannot read {self.path}: {type(error).__name__}: {error}") from error

    def beside(self, name: str) -> FileRef:
        """Another file of the same folder."""
        return FileRef(self.path.removesuffix(self.name) + name)

    @property
    def name(self) -> str:
        """The file's own name."""
        return self._parts[1].rpartition("/")[2]

    @property
    def _parts(self) -> tuple[str, str]:
        package, _, path = self.path.partition(":")
        return package, path


def _as_file(value: str | FileRef) -> FileRef:
    return value if isinstance(value, FileRef) else FileRef(value)


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


# Where a panel of the web UI may stand, and what may say where it is of use.
SLOTS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "artifact.preview": frozenset({"files", "media_types"}),
        "model.version.section": frozenset(),
        "nav.page": frozenset(),
        "run.tab": frozenset({"files", "keys"}),
        "workspace.chart": frozenset({"keys"}),
    }
)


@attrs.frozen(kw_only=True)
class PanelSpec(Spec):
    """A part of the web UI: an ES module of the plugin's package; target: its file, `"package:folder/file.js"`.

    `slot` is where it stands: `run.tab`, `workspace.chart`, `artifact.preview`, `model.version.section` or `nav.page`;
    `title` is what it is called there. Patterns say where it is of use, everywhere if there is none: `files` such as
    `"*.npy"`, of the names of files (with a slash in it, of their paths) for previews, of those at the top of a run for
    its tabs; `media_types` such as `"image/*"` for previews; `keys` such as `"metrics.val_*"`, of what runs have, for
    tabs and charts. `others` are further files of the module's folder that it may load.
    """

    target: FileRef = attrs.field(converter=_as_file)
    title: str
    slot: str
    files: tuple[str, ...] = ()
    media_types: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    others: tuple[str, ...] = ()

    def __attrs_post_init__(self) -> None:
        if self.slot not in SLOTS:
            known = ", ".join(SLOTS)
            raise ValueError(
                f"there is no slot {self.slot!r} for the panel {self.name!r}{did_you_mean(self.slot, SLOTS)}"
                f" (there are: {known})"
            )
        for field in ("files", "media_types", "keys"):
            patterns = getattr(self, field)
            if isinstance(patterns, str):
                raise ValueError(f"{field} of the panel {self.name!r} is a list, got {patterns!r}")  # noqa: TRY004
            if patterns and field not in SLOTS[self.slot]:
                raise ValueError(f"a panel in the slot {self.slot} has no {field}, got {patterns!r} for {self.name!r}")
        if self.slot == "artifact.preview" and not (self.files or self.media_types):
            raise ValueError(f"the preview {self.name!r} names no file: give files or media_types")
        if any("/" in other or not other.strip(".") for other in self.others):
            raise ValueError(f"others of the panel {self.name!r} are names of files beside it, got {self.others!r}")
