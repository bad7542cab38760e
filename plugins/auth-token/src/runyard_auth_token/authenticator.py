"""The authenticator: a token as bearer, or as the password of a user, whichever the client can send."""

from __future__ import annotations

import base64
import time
from collections.abc import Callable, Hashable

import attrs

from runyard.errors import InvalidInput
from runyard.protocols.access import Credentials, Principal
from runyard.settings import Settings
from runyard_auth_token.file import TokenFile
from runyard_auth_token.settings import token_file
from runyard_auth_token.tokens import Token, split

NOBODY = Token("", "", "viewer", 0, 0, "", "0" * 64)  # compared with where there is no such token


@attrs.frozen(eq=False)
class TokenAuthenticator:
    """Knows users by the tokens of a file."""

    file: TokenFile
    clock: Callable[[], float] = time.time

    @property
    def challenge(self) -> str:
        # Basic, as browsers and MLflow's clients understand it; bearer tokens are sent unasked.
        return 'Basic realm="runyard", charset="UTF-8"'

    @property
    def identifying_headers(self) -> frozenset[str]:
        return frozenset({"authorization"})

    @property
    def revision(self) -> Hashable:
        return self.file.revision(self.clock())

    def authenticate(self, credentials: Credentials) -> Principal | None:
        parts = split(_secret_of(credentials.headers.get("authorization", "")))
        if parts is None:
            return None
        identifier, secret = parts
        token = self.file.tokens().get(identifier, NOBODY)
        # Compared even where there is none, so that the time tells nothing about which ids exist.
        if not token.matches(secret) or token.is_expired(self.clock()):
            return None
        return Principal(token.name, frozenset({token.role}))


def open_authenticator(settings: Settings) -> TokenAuthenticator:
    """The authenticator for the token file of the settings.

    Raises:
        InvalidInput: there is no token yet, so that nobody could get in.
        CorruptData: the file cannot be understood.
    """
    file = TokenFile(token_file(settings))
    if not file.tokens():
        raise InvalidInput(f"no tokens in {file.path}; make one: runyard tokens create NAME --role admin")
    return TokenAuthenticator(file)


def _secret_of(header: str) -> str:
    """The token in an `Authorization` header; the user name beside a password does not matter."""
    scheme, _, value = header.strip().partition(" ")
    value = value.strip()
    if scheme.lower() == "bearer":
        return value
    if scheme.lower() != "basic":
        return ""
    try:
        return base64.b64decode(value.encode("latin-1"), validate=True).decode("utf-8").partition(":")[2]
    except ValueError:
        return ""
