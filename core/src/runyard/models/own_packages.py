"""Runyard's own packages for another environment: those that are installed here, from where they were installed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import url2pathname

from runyard.errors import InvalidState
from runyard.host import Host, Registry
from runyard.models.environment_descriptions import digest_of, digest_of_editable
from runyard.models.installed import Distribution, Installed, installed_distributions
from runyard.models.loading import FetchedModel, flavor_of
from runyard.protocols.environment import Additions, LocalPackage
from runyard.uris import Uri

CORE = "runyard-core"
SERVE = "models serve"


def packages_for(fetched: FetchedModel, host: Host) -> Additions:
    """What loads and serves a model: the core, its flavor, the server, and the stores that its URI leads through.

    Raises:
        InvalidState: the flavor's plugin is not installed as a package, or from what is no longer there.
    """
    spec, _ = flavor_of(fetched, host)
    plugins = [] if spec is None else [host.flavors.owner(spec.name)[0]]
    if SERVE in host.commands:
        plugins.append(host.commands.owner(SERVE)[0])
    stores = list(_stores(fetched.uri, host))
    return from_here(_distributions([*plugins, *stores], host), set(_distributions(stores, host)))


def from_here(names: Iterable[str], with_extras: Iterable[str] = ()) -> Additions:
    """The core, packages by name, and what these need that was installed from this machine; in the versions here.

    Args:
        names: The names of distributions.
        with_extras: Those of them whose extras are wanted too, as far as what these need is installed.
    """
    installed = installed_distributions()
    wanted = dict.fromkeys([CORE, *names])
    closure = {need for name in wanted for need in installed.needs(name)} - set(wanted)
    requirements: list[str] = []
    packages: list[LocalPackage] = []
    for name in [*wanted, *sorted(closure)]:
        found = installed.get(name)
        # Of what these need, an index has all but what extends Runyard and came from this machine.
        if found is None or (name in closure and not (found.origin and CORE in found.requires)):
            continue
        extras = tuple(_extras(found, installed)) if name in with_extras else ()
        made = _package(found, extras)
        packages.append(made) if isinstance(made, LocalPackage) else requirements.append(made)
    return Additions(requirements=tuple(requirements), packages=tuple(packages))


def _distributions(plugins: Iterable[str], host: Host) -> list[str]:
    names = []
    for plugin in plugins:
        name = host.plugins.plugins[plugin].distribution
        if not name:
            raise InvalidState(
                f"the plugin {plugin!r} is needed and is no installed package, so that another environment "
                "cannot have it; install it, or use --env-manager local"
            )
        names.append(name)
    return names


def _stores(uri: Uri, host: Host) -> Iterator[str]:
    """The plugins by which a model's files are found, where they are not named by their folder."""
    if uri.scheme == "file":
        return
    if uri.scheme in host.uri_resolvers:
        yield host.uri_resolvers.owner(uri.scheme)[0]
        for registry, target in (
            (host.tracking_schemes, host.tracking_uri()),
            (host.registry_schemes, host.tracking_uri(host.settings.registry_uri or None)),
        ):
            yield from _owner(registry, target.dialect)
    yield from _owner(host.artifact_schemes, host.resolve(uri).scheme)


def distributions_of(host: Host, registry: Registry[Any], name: str) -> list[str]:
    """The distribution of the plugin that provides a name, where one does.

    Raises:
        InvalidState: the plugin is not installed as a package.
    """
    return _distributions(_owner(registry, name), host)


def _owner(registry: Registry[Any], name: str) -> Iterator[str]:
    if name in registry:
        yield registry.owner(name)[0]


def _extras(found: Distribution, installed: Installed) -> Iterator[str]:
    for name, needs in found.extras.items():
        if needs and all(installed.get(need.key) for need in needs):
            yield name


def _package(found: Distribution, extras: tuple[str, ...]) -> LocalPackage | str:
    asked = f"{found.name}[{','.join(extras)}]" if extras else found.name
    origin = found.origin
    url = str(origin.get("url", ""))
    if not url:
        return f"{asked}=={found.version}"
    if "vcs_info" in origin:
        vcs = origin["vcs_info"]
        return f"{asked} @ {vcs['vcs']}+{url}@{vcs['commit_id']}"
    if urlsplit(url).scheme != "file":
        return f"{asked} @ {url}"
    path = Path(url2pathname(urlsplit(url).path))
    if not path.exists():
        raise InvalidState(f"{found.name} was installed from {path}, which is no longer there; install it again")
    digest = digest_of_editable(path) if found.is_editable else digest_of(path)
    return LocalPackage(name=found.name, path=str(path), digest=digest, editable=found.is_editable, extras=extras)
