"""Signs requests: AWS Signature Version 4, in a header or in a URL."""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import Mapping, Sequence
from urllib.parse import quote

import attrs

UNSIGNED = "UNSIGNED-PAYLOAD"  # what is sent is protected by its Content-MD5, which is signed
_ALGORITHM = "AWS4-HMAC-SHA256"

Query = Sequence[tuple[str, str]]


@attrs.frozen
class Keys:
    """The credentials of a moment."""

    access_key: str
    secret_key: str = attrs.field(repr=False)
    token: str = attrs.field(default="", repr=False)


@attrs.frozen(kw_only=True)
class Request:
    """What is signed: `path` is encoded as it is sent, header names are lower-case."""

    method: str
    host: str
    path: str
    query: Query = ()
    headers: Mapping[str, str] = attrs.field(factory=dict)

    def target(self) -> str:
        """The path with the query."""
        return f"{self.path}?{_encoded(self.query)}" if self.query else self.path


class Signer:
    """Signs for one region."""

    def __init__(self, region: str) -> None:
        self._region = region
        self._derived: tuple[tuple[str, str], bytes] = (("", ""), b"")

    def headers(self, request: Request, keys: Keys, now: float | None = None) -> dict[str, str]:
        """The headers of a request with its signature."""
        stamp = _stamp(now)
        headers = {**request.headers, "host": request.host, "x-amz-date": stamp, "x-amz-content-sha256": UNSIGNED}
        if keys.token:
            headers["x-amz-security-token"] = keys.token
        names = ";".join(sorted(headers))
        signature = self._signature(attrs.evolve(request, headers=headers), names, keys, stamp)
        credential = f"{keys.access_key}/{self._scope(stamp)}"
        headers["authorization"] = f"{_ALGORITHM} Credential={credential}, SignedHeaders={names}, Signature={signature}"
        return headers

    def query(self, request: Request, keys: Keys, expires: int, now: float | None = None) -> Query:
        """The query of a URL that whoever has it may use for so many seconds, with the headers of the request."""
        stamp = _stamp(now)
        headers = {**request.headers, "host": request.host}
        names = ";".join(sorted(headers))
        query = [
            *request.query,
            ("X-Amz-Algorithm", _ALGORITHM),
            ("X-Amz-Credential", f"{keys.access_key}/{self._scope(stamp)}"),
            ("X-Amz-Date", stamp),
            ("X-Amz-Expires", str(expires)),
            ("X-Amz-SignedHeaders", names),
        ]
        if keys.token:
            query.append(("X-Amz-Security-Token", keys.token))
        signed = attrs.evolve(request, query=query, headers=headers)
        return [*query, ("X-Amz-Signature", self._signature(signed, names, keys, stamp))]

    def _signature(self, request: Request, names: str, keys: Keys, stamp: str) -> str:
        lines = [f"{name}:{' '.join(request.headers[name].split())}" for name in names.split(";")]
        asked = (request.method, request.path, _encoded(request.query), *lines, "", names, UNSIGNED)
        digest = hashlib.sha256("\n".join(asked).encode()).hexdigest()
        text = "\n".join((_ALGORITHM, stamp, self._scope(stamp), digest))
        return hmac.new(self._key(keys.secret_key, stamp[:8]), text.encode(), "sha256").hexdigest()

    def _scope(self, stamp: str) -> str:
        return f"{stamp[:8]}/{self._region}/s3/aws4_request"

    def _key(self, secret: str, day: str) -> bytes:
        known, key = self._derived
        if known != (secret, day):
            key = b"AWS4" + secret.encode()
            for step in (day, self._region, "s3", "aws4_request"):
                key = hmac.digest(key, step.encode(), "sha256")
            self._derived = ((secret, day), key)
        return key


def _stamp(now: float | None) -> str:
    return time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(now))


def _encoded(query: Query) -> str:
    return "&".join(sorted(f"{quote(name, safe='-_.~')}={quote(value, safe='-_.~')}" for name, value in query))
