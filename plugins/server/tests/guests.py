"""A plugin for the tests: an authenticator that counts how often it is asked, and policies."""

from __future__ import annotations

import time
from pathlib import Path

from runyard import hookimpl
from runyard.protocols.access import Action, Credentials, Operation, Principal
from runyard.settings import Settings
from runyard.specs import AuthenticatorSpec, PolicySpec


@hookimpl
def runyard_authenticators() -> list[AuthenticatorSpec]:
    return [
        AuthenticatorSpec(name="guests", target="guests:Guests", summary="Words for passwords."),
        AuthenticatorSpec(name="strangers", target="guests:Strangers", summary="Names from any header."),
        AuthenticatorSpec(name="moody", target="guests:Moody", summary="Breaks down."),
    ]


@hookimpl
def runyard_policies() -> list[PolicySpec]:
    return [PolicySpec(name="readers", target="guests:Readers", summary="Nobody writes but ann.")]


class Guests:
    """Knows `Bearer NAME`, slowly; keeps a line of each time that it is asked."""

    challenge = 'Bearer realm="guests"'
    identifying_headers = frozenset({"authorization"})
    revision = 1

    def __init__(self, settings: Settings) -> None:
        self.asked = settings.root / "asked"

    def authenticate(self, credentials: Credentials) -> Principal | None:
        with self.asked.open("a", encoding="utf-8") as stream:
            stream.write(f"{credentials.method} {credentials.path} {credentials.client}\n")
        time.sleep(0.2)
        scheme, _, name = credentials.headers.get("authorization", "").partition(" ")
        return Principal(name, frozenset({"guest"})) if scheme == "Bearer" and name in {"ann", "bob"} else None


class Strangers:
    challenge = "Any"

    def __init__(self, settings: Settings) -> None:
        pass

    def authenticate(self, credentials: Credentials) -> Principal | None:
        name = credentials.headers.get("x-name")
        return Principal(name) if name else None


class Moody:
    challenge = "Any"

    def __init__(self, settings: Settings) -> None:
        pass

    def authenticate(self, credentials: Credentials) -> Principal | None:
        raise ValueError("a secret of the inside")


class Readers:
    def __init__(self, settings: Settings) -> None:
        self.log: Path = settings.root / "operations"

    def allows(self, principal: Principal, operation: Operation) -> bool:
        with self.log.open("a", encoding="utf-8") as stream:
            stream.write(f"{principal.name} {operation.name}\n")
        return principal.name == "ann" or operation.action is Action.READ
