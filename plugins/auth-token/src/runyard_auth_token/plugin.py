"""Provides access to a server by tokens from a file, with the roles viewer, editor and admin."""

from __future__ import annotations

from runyard import hookimpl
from runyard.specs import AuthenticatorSpec, Command, PolicySpec

TYPE_CHECKING = False
if TYPE_CHECKING:
    from runyard.settings import Setting


@hookimpl
def runyard_authenticators() -> list[AuthenticatorSpec]:
    return [
        AuthenticatorSpec(
            name="token",
            target="runyard_auth_token.authenticator:open_authenticator",
            summary="Tokens from a file, as bearer or as password.",
        ),
    ]


@hookimpl
def runyard_policies() -> list[PolicySpec]:
    return [
        PolicySpec(
            name="roles",
            target="runyard_auth_token.policy:open_policy",
            summary="Viewers read, editors write, admins erase.",
        ),
    ]


@hookimpl
def runyard_commands() -> list[Command]:
    return [
        Command(name="tokens", target="runyard_auth_token.commands:tokens", summary="Look after the server's tokens."),
    ]


@hookimpl
def runyard_settings() -> list[Setting]:
    from runyard_auth_token.settings import TOKEN_FILE

    return [TOKEN_FILE]
