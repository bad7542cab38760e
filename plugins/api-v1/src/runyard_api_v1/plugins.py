"""`/plugins`: what is installed and how it does."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import attrs

from runyard.discovery import KINDS
from runyard.protocols.access import Action, Operation, Resource, ResourceKind
from runyard.specs import Spec
from runyard_api_v1.endpoints import JSON, Call, Endpoint
from runyard_api_v1.fields import About


@attrs.frozen
class PluginProvides:
    """One thing that a plugin provides."""

    kind: Annotated[str, About("Such as tracking_schemes, artifact_schemes, server_mounts, settings, commands.")]
    name: str
    summary: str


@attrs.frozen
class PluginFailure:
    """Something that went wrong with a plugin."""

    stage: Annotated[str, About("load, register, declare or event.")]
    error: str


@attrs.frozen
class PluginInfo:
    """A plugin as this server's process found it."""

    name: str
    distribution: str
    version: str
    state: Annotated[str, About("found, loaded, disabled or broken.")]
    provides: Sequence[PluginProvides]
    failures: Sequence[PluginFailure]


@attrs.frozen
class PluginsAnswer:
    plugins: Sequence[PluginInfo]


def plugins(call: Call) -> PluginsAnswer:
    call.stores.check(Operation("server.plugins", Action.READ, (Resource(ResourceKind.SERVER),)))
    installed = call.service.host.plugins
    provided: dict[str, list[PluginProvides]] = {}
    for hook in KINDS:
        for name, spec in installed.declared(hook):
            summary = spec.summary if isinstance(spec, Spec) else spec.doc
            thing = PluginProvides(hook.removeprefix("runyard_"), spec.name, summary)
            provided.setdefault(name, []).append(thing)
    found = [
        PluginInfo(
            name=plugin.name,
            distribution=plugin.distribution,
            version=plugin.version,
            state=plugin.state,
            provides=provided.get(plugin.name, []),
            failures=[
                PluginFailure(failure.stage, failure.error)
                for failure in installed.failures
                if failure.plugin == plugin.name
            ],
        )
        for plugin in installed.plugins.values()
    ]
    return PluginsAnswer(sorted(found, key=lambda plugin: plugin.name))


ENDPOINTS = (
    Endpoint(
        operation="listPlugins",
        method="GET",
        path="/plugins",
        summary="What is installed, what it provides and what failed.",
        tag="server",
        handle=plugins,
        answers={JSON: PluginsAnswer},
    ),
)
