"""A plugin for the tests: the policy of tokens, but nobody sees what is called secret."""

from __future__ import annotations

from runyard import hookimpl
from runyard.protocols.access import Operation, Policy, Principal
from runyard.settings import Settings
from runyard.specs import PolicySpec


@hookimpl
def runyard_policies() -> list[PolicySpec]:
    return [PolicySpec(name="discreet", target="discreet:Discreet", summary="Roles, and a secret.")]


class Discreet:
    def __init__(self, settings: Settings) -> None:
        from runyard_auth_token.policy import open_policy

        self.roles: Policy = open_policy(settings)

    def allows(self, principal: Principal, operation: Operation) -> bool:
        hidden = any(resource.id.startswith("secret") for resource in operation.resources)
        return not hidden and self.roles.allows(principal, operation)
