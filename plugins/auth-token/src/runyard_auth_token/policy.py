"""The policy `roles`: viewers read, editors change, admins do everything."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from runyard.protocols.access import Action, Operation, Principal
from runyard.settings import Settings

ALLOWED: Mapping[str, frozenset[Action]] = MappingProxyType(
    {
        "viewer": frozenset({Action.READ}),
        "editor": frozenset({Action.READ, Action.CREATE, Action.UPDATE, Action.DELETE}),
        "admin": frozenset(Action),
    }
)
_NOTHING: frozenset[Action] = frozenset()


class RolesPolicy:
    """Goes by what an operation does, not by what it does it to. Without a known role nothing is allowed."""

    def allows(self, principal: Principal, operation: Operation) -> bool:
        return any(operation.action in ALLOWED.get(role, _NOTHING) for role in principal.roles)


def open_policy(settings: Settings) -> RolesPolicy:  # noqa: ARG001 - what the spec gives
    return RolesPolicy()
