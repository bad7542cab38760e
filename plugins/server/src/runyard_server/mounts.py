"""The sub-applications that plugins mount: loaded each by itself, found by the longest prefix of a path."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable

import attrs

from runyard.discovery import Failure
from runyard.errors import AmbiguousPlugin, BrokenPlugin
from runyard.host import Host
from runyard.server.answers import Answer, Application, Receive, Scope, Send
from runyard.server.service import Service
from runyard.specs import ServerMount

logger = logging.getLogger("runyard.server")
API = re.compile(r"/(?:ajax-)?api(?=/|\Z)")  # what lies here is for programs, which should be told that it is missing
STAGES = {"load", "register", "declare"}  # at which a plugin fails before it has said what it mounts


@attrs.frozen(eq=False)
class Mounted:
    """A prefix and what answers below it; `streams` where bodies of any size and duration are meant to be."""

    prefix: str
    plugin: str
    application: Application
    streams: bool = False


@attrs.frozen(eq=False)
class Mounts:
    """What answers which path. Prefixes end at a segment: `/api` is not the prefix of `/apis`.

    A mount of `/` answers whatever no other one does, but for paths of an API.
    """

    table: tuple[Mounted, ...]
    pattern: re.Pattern[str]
    rest: Mounted | None

    @classmethod
    def of(cls, mounted: Iterable[Mounted]) -> Mounts:
        entries = sorted(mounted, key=lambda entry: len(entry.prefix), reverse=True)
        rest = next((entry for entry in entries if entry.prefix == "/"), None)
        table = tuple(entry for entry in entries if entry.prefix != "/")
        # One pass of the regex engine, the longest prefix first, is many times faster than a loop over the table.
        choices = "|".join(f"({re.escape(entry.prefix.rstrip('/'))})" for entry in table) or "(?!)"
        return cls(table, re.compile(f"(?:{choices})(?=/|\\Z)"), rest)

    def find(self, path: str) -> Mounted | None:
        match = self.pattern.match(path)
        if match is not None:
            return self.table[(match.lastindex or 1) - 1]
        return None if API.match(path) else self.rest


def preload(host: Host) -> None:
    """Import the modules of all mounts, before processes are forked that share them; failures show up when loading."""
    for _, spec in host.server_mounts.all():
        try:
            spec.target.resolve()
        except BrokenPlugin:
            continue


def load(service: Service) -> Mounts:
    """Every mount that plugins declare; one that fails answers 503 with its plugin's name."""
    registry = service.host.server_mounts
    loaded: list[Mounted] = []
    for name in registry.names():
        try:
            plugin, spec = registry.owner(name)
        except AmbiguousPlugin as error:
            for plugin, spec in registry.all():
                if spec.name == name:
                    loaded.extend(_entries(plugin, spec, _broken(error.message)))
        else:
            loaded.extend(_entries(plugin, spec, _load(service, plugin, spec)))
    return Mounts.of(_without_clashes(loaded))


def missing(host: Host, path: str) -> Answer:
    """The answer for a path that nothing serves: 404, or 503 where a plugin is broken that might have served it."""
    declared = {plugin for plugin, _ in host.server_mounts.all()}
    broken = sorted(
        {failure.plugin for failure in host.plugins.failures if failure.stage in STAGES and _might_mount(host, failure)}
        - declared
    )
    if not broken:
        return Answer.error(404, "ENDPOINT_NOT_FOUND", f"nothing is served at {path}; see /openapi.json")
    names = ", ".join(repr(name) for name in broken)
    return Answer.error(
        503,
        "TEMPORARILY_UNAVAILABLE",
        f"nothing is served at {path}, and broken plugins might have: {names}; see runyard plugins doctor",
    )


def _might_mount(host: Host, failure: Failure) -> bool:
    hooks = host.plugins.plugins[failure.plugin].hooks
    return not hooks or "runyard_server_mounts" in hooks


def _load(service: Service, plugin: str, spec: ServerMount) -> Application:
    try:
        application: Application = spec.target.resolve()(service)
    except (Exception, SystemExit) as error:
        service.host.plugins.report(plugin, "load", error)
        logger.exception("plugin %r: the mount %r failed", plugin, spec.name)
        return _broken(f"plugin {plugin!r} serves this path, but failed to load; see runyard plugins doctor")
    return application


def _entries(plugin: str, spec: ServerMount, application: Application) -> list[Mounted]:
    """The prefixes of a mount, those of its streams that lie below another one included."""
    streams = {prefix for prefix in spec.streams if any(_covers(above, prefix) for above in spec.prefixes)}
    normal = [
        Mounted(prefix, plugin, application, streams=any(_covers(stream, prefix) for stream in streams))
        for prefix in spec.prefixes
    ]
    return normal + [Mounted(prefix, plugin, application, streams=True) for prefix in streams - set(spec.prefixes)]


def _covers(above: str, prefix: str) -> bool:
    return f"{prefix}/".startswith(f"{above.rstrip('/')}/")


def _without_clashes(entries: list[Mounted]) -> list[Mounted]:
    """The same with prefixes that two mounts claim answering 503, naming both."""
    found: dict[str, Mounted] = {}
    for entry in entries:
        prefix = entry.prefix.rstrip("/") or "/"
        other = found.get(prefix)
        if other is not None and other.application is not entry.application:
            problem = f"plugins {other.plugin!r} and {entry.plugin!r} both serve {prefix}; disable one of them"
            logger.error("%s", problem)
            entry = Mounted(prefix, entry.plugin, _broken(problem))  # noqa: PLW2901
        found[prefix] = attrs.evolve(entry, prefix=prefix)
    return list(found.values())


def _broken(problem: str) -> Application:
    answer = Answer.error(503, "TEMPORARILY_UNAVAILABLE", problem)

    async def application(scope: Scope, _receive: Receive, send: Send) -> None:
        await answer.give(send, without_body=scope["method"] == "HEAD")

    return application
