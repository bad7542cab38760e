"""Puts a server together: settings for its host, the service for its mounts, and the door before them."""

from __future__ import annotations

from typing import Any

import attrs

from runyard.errors import BrokenPlugin, InvalidInput
from runyard.host import Host
from runyard.protocols.access import Policy
from runyard.server.service import PROXY_SCHEME, AllowAll, Service
from runyard.server.signing import Signer
from runyard.settings import Origin, Settings
from runyard.uris import Uri
from runyard_server import mounts
from runyard_server.access_log import AccessLog
from runyard_server.door import Door
from runyard_server.identity import Identity
from runyard_server.settings import Options

ANY = "any"  # the policy that allows everything to whoever was let in


def server_settings(settings: Settings, options: Options) -> Settings:
    """The settings of the server's host: where it keeps things itself.

    A tracking or registry URI of the settings says where clients keep things, often this very server, so that only one
    that was typed as `runyard --tracking-uri` counts.
    """
    typed = settings.tracking_uri if settings.origin("tracking_uri") == "argument" else ""
    if options.default_artifact_root:
        root = options.default_artifact_root
    elif options.serve_artifacts:
        root = f"{PROXY_SCHEME}:/"
    else:
        root = str(settings.data_path / "artifacts")
    own = {
        "tracking_uri": "server.backend_store_uri" if options.backend_store_uri else "argument" if typed else "default",
        "registry_uri": "server.registry_store_uri" if options.registry_store_uri else "default",
        "artifact_root": "server.default_artifact_root" if options.default_artifact_root else "server.serve_artifacts",
    }
    return attrs.evolve(
        settings,
        origins={**settings.origins, **own},
        tracking_uri=options.backend_store_uri or typed,
        registry_uri=options.registry_store_uri,
        artifact_root=root,
    )


def artifact_root(settings: Settings, options: Options) -> Uri | None:
    """Where the artifacts that the server serves are kept."""
    if not options.serve_artifacts:
        return None
    place = options.artifacts_destination or str(settings.data_path / "artifacts")
    root = Uri.parse(place, relative_to=settings.root)
    if root.scheme in {PROXY_SCHEME, "http", "https"}:
        raise InvalidInput(f"--artifacts-destination {root} is a server's; name the place where this one keeps files")
    return root


def make_service(host: Host, options: Options, secret: bytes) -> Service:
    """The service, with its stores opened, so that one that cannot be reached is told of now.

    Raises:
        RunyardError: a store, the policy or a location cannot be used.
    """
    settings = host.settings
    root = artifact_root(settings, options)
    roots = [Uri.parse(place, relative_to=settings.root) for place in options.artifact_roots]
    default = Uri.parse(settings.artifact_root, relative_to=settings.root)
    if default.scheme != PROXY_SCHEME:
        roots.append(default)
    host.tracking_store()
    host.registry_store()
    for location in (*([root] if root else ()), *roots):
        host.artifact_store(location)
    return Service(
        host, _policy(host, options), root, tuple(roots), signer=Signer(secret), told=_told(settings, options)
    )


def _told(settings: Settings, options: Options) -> dict[str, Origin]:
    """The options that are not as settings have them: their flags were given."""
    given = {}
    for name, setting in Options.settings().items():
        value = getattr(options, name)
        if value != settings.lookup(setting).value:
            given[setting.name] = Origin(value, f"flag --{name.replace('_', '-')}")
    return given


def make_door(service: Service, options: Options) -> Door:
    """The ASGI application, its mounts loaded.

    Raises:
        RunyardError: the authenticator or the access log cannot be used.
    """
    identity = None
    if options.authenticator:
        identity = Identity(_made("authenticator", service.host.authenticators, options.authenticator, service.host))
    log = AccessLog.open(options.access_log) if options.access_log else None
    return Door(service, options, mounts.load(service), identity, log)


def _policy(host: Host, options: Options) -> Policy:
    name = options.policy
    if not name and options.authenticator:
        installed = host.policies.names()
        if len(installed) > 1:
            raise InvalidInput(f"choose what decides who may do what: --policy {', '.join(installed)} or {ANY}")
        name = installed[0] if installed else ""
    if name in {"", ANY}:
        return AllowAll()
    policy: Policy = _made("policy", host.policies, name, host)
    return policy


def _made(what: str, registry: Any, name: str, host: Host) -> Any:
    factory = registry.resolve(name)
    try:
        return factory(host.settings)
    except (ImportError, AttributeError, TypeError) as error:
        raise BrokenPlugin(f"the {what} {name!r} cannot be made: {type(error).__name__}: {error}") from error
