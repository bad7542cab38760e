"""Tokens: what is kept of them, how they are made and how one that is given is recognized.

A token is `ry_ID_SECRET`. The secret is 256 bits from the system's random source, so that one salted SHA-256 protects
it: slow hashes such as scrypt make up for passwords that can be guessed, and there is nothing to guess here, while
each request of a new client would pay for it. The id finds the one hash to compare.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Mapping
from typing import Any, Self

import attrs

from runyard.errors import CorruptData, InvalidInput

ROLES = ("viewer", "editor", "admin")

_TOKEN = re.compile(r"ry_([0-9a-f]{12})_([A-Za-z0-9_-]{43})")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@+-]{0,99}")


@attrs.frozen
class Token:
    """What is kept of a token; times are in seconds since the epoch."""

    id: str
    name: str
    role: str
    created: int
    expires: int | None
    salt: str
    hash: str

    def matches(self, secret: str) -> bool:
        return hmac.compare_digest(self.hash, _hash(self.salt, secret))

    def is_expired(self, now: float) -> bool:
        return self.expires is not None and now >= self.expires

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> Self:
        """Read what `attrs.asdict` has written.

        Raises:
            CorruptData: something is missing or of another kind.
        """
        try:
            token = cls(**{field.name: plain[field.name] for field in attrs.fields(cls)})
        except (KeyError, TypeError) as error:
            raise CorruptData(f"a token in the file lacks {error}") from error
        texts = (token.id, token.name, token.role, token.salt, token.hash)
        numbers = (token.created, 0 if token.expires is None else token.expires)
        if not all(type(text) is str for text in texts) or not all(type(number) is int for number in numbers):
            raise CorruptData(f"the token {token.id!r} in the file has a value of the wrong kind")
        if token.role not in ROLES:
            raise CorruptData(f"the token {token.id!r} in the file has the role {token.role!r}, not {', '.join(ROLES)}")
        return token


def make(name: str, role: str, now: float, seconds: float | None) -> tuple[Token, str]:
    """A new token and its text, which is kept nowhere.

    Raises:
        InvalidInput: the name or the role cannot be used.
    """
    if not _NAME.fullmatch(name):
        raise InvalidInput(f"not a user name: {name!r}; give letters, digits and . _ @ + -, up to 100 of them")
    if role not in ROLES:
        raise InvalidInput(f"no role {role!r}; there are {', '.join(ROLES)}")
    identifier, secret, salt = secrets.token_hex(6), secrets.token_urlsafe(32), secrets.token_hex(16)
    expires = None if seconds is None else int(now + seconds)
    token = Token(identifier, name, role, int(now), expires, salt, _hash(salt, secret))
    return token, f"ry_{identifier}_{secret}"


def split(text: str) -> tuple[str, str] | None:
    """The id and the secret of a token's text, None where it is none."""
    match = _TOKEN.fullmatch(text)
    return None if match is None else (match[1], match[2])


def _hash(salt: str, secret: str) -> str:
    return hashlib.sha256(f"{salt}:{secret}".encode()).hexdigest()
