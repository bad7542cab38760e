"""URLs that are good without credentials for a short while: signed with a secret that the workers of a server share."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from urllib.parse import parse_qsl, quote, unquote_to_bytes, urlencode

import attrs

from runyard.errors import Forbidden, InvalidInput
from runyard.protocols.access import Principal

PARAMETER = "runyard-signature"
LONGEST = 7 * 24 * 3600.0

_MARK = f"{PARAMETER}="
_CONTEXT = b"runyard signed URL 1"  # what else the secret may sign one day cannot pass for a URL


@attrs.frozen
class Signer:
    """Signs a method, a path with its query, a time of expiry and the principal that the request is made for."""

    secret: bytes = attrs.field(repr=False)

    def sign(
        self, target: str, expires_in: float, principal: Principal, *, method: str = "PUT", now: float | None = None
    ) -> str:
        """The same path and query with a signature as its last parameter.

        Raises:
            InvalidInput: the target is no path, has a fragment or is signed already, or the time is out of range.
        """
        path, _, query = target.partition("?")
        if not path.startswith("/") or "#" in target or signature_of(query):
            raise InvalidInput(f"cannot sign {path!r}: give a path that starts with /, with no fragment or signature")
        if not 0 < expires_in <= LONGEST:
            raise InvalidInput(f"a signed URL may be good for up to {LONGEST:g} seconds, got {expires_in}")
        expires = int((time.time() if now is None else now) + expires_in) + 1
        claims = json.dumps([expires, method.upper(), principal.name, sorted(principal.roles)], separators=(",", ":"))
        signature = f"{_encode(claims.encode())}.{_encode(self._digest(claims.encode(), path, query))}"
        return f"{target}{'&' if '?' in target else '?'}{_MARK}{signature}"

    def verify(self, method: str, path: str, query: str, *, now: float | None = None) -> Principal | None:
        """The principal that a request was signed for; None where the query has no signature.

        `path` is as it stands in the request, percent signs and all.

        Raises:
            Forbidden: the signature is for something else, has expired or is made up.
        """
        signature = signature_of(query)
        if not signature:
            return None
        claims_text, _, digest_text = signature.partition(".")
        claims, digest = _decode(claims_text), _decode(digest_text)
        rest = without_signature(query)
        if not claims or not hmac.compare_digest(digest, self._digest(claims, path, rest)):
            raise Forbidden("the signature of this URL is not valid for it; ask the server for a new URL")
        expires, signed_method, name, roles = json.loads(claims)
        if (time.time() if now is None else now) >= expires:
            raise Forbidden("this signed URL has expired; ask the server for a new one")
        if signed_method != ("GET" if method == "HEAD" else method):
            raise Forbidden(f"this URL is signed for {signed_method}, not for {method}")
        return Principal(name, frozenset(roles))

    def _digest(self, claims: bytes, path: str, query: str) -> bytes:
        parts = (_CONTEXT, claims, _canonical_path(path), _canonical_query(query))
        # Lengths go in front, so that no part can lend bytes to the next.
        message = b"".join(len(part).to_bytes(8, "big") + part for part in parts)
        return hmac.digest(self.secret, message, hashlib.sha256)


def signature_of(query: str) -> str:
    """The signature in a query, which is its last parameter; empty where there is none."""
    last = query.rpartition("&")[2]
    return last.removeprefix(_MARK) if last.startswith(_MARK) else ""


def without_signature(query: str) -> str:
    """The query as it was before it was signed."""
    return query.rpartition("&")[0] if signature_of(query) else query


def _canonical_path(path: str) -> bytes:
    """The same for every spelling of a path, as clients may quote more or less than is needed."""
    return "/".join(quote(unquote_to_bytes(segment), safe="") for segment in path.split("/")).encode()


def _canonical_query(query: str) -> bytes:
    return urlencode(
        parse_qsl(query, keep_blank_values=True, errors="surrogateescape"), errors="surrogateescape"
    ).encode()


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def _decode(text: str) -> bytes:
    """The bytes, none where the text is not what `_encode` writes."""
    try:
        data = base64.urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
    except ValueError:
        return b""
    return data if _encode(data) == text else b""
