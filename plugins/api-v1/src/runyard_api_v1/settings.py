"""`/settings`: what holds on this server and where each comes from, for who looks after it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import attrs

from runyard.effective import as_text, effective
from runyard.protocols.access import Action, Operation, Resource, ResourceKind
from runyard_api_v1.endpoints import JSON, Call, Endpoint
from runyard_api_v1.fields import About


@attrs.frozen
class SettingInfo:
    """A setting of the server as it holds."""

    name: str
    value: Annotated[str, About("As one types it into the environment; secrets and passwords are hidden.")]
    source: Annotated[str, About("Such as default, environment RUNYARD_SERVER_PORT, flag --port, or a file.")]
    plugin: Annotated[str, About("Whose setting it is; empty for the core's.")]
    env: str
    doc: str


@attrs.frozen
class SettingsAnswer:
    settings: Sequence[SettingInfo]


def settings(call: Call) -> SettingsAnswer:
    # They name folders and addresses of the server, which is nothing for everybody.
    call.stores.check(Operation("server.settings", Action.ADMIN, (Resource(ResourceKind.SERVER),)))
    return SettingsAnswer(
        [
            SettingInfo(one.name, as_text(one.value), one.source, one.plugin, one.env, one.doc)
            for one in effective(call.service.host, call.service.told)
        ]
    )


ENDPOINTS = (
    Endpoint(
        operation="listSettings",
        method="GET",
        path="/settings",
        summary="The settings that hold on this server, without secrets; for administrators.",
        tag="server",
        handle=settings,
        answers={JSON: SettingsAnswer},
    ),
)
