"""What a service refuses, told as Runyard's errors."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from xml.etree import ElementTree as ET

import attrs

from runyard.errors import (
    AlreadyExists,
    CorruptData,
    Forbidden,
    InvalidInput,
    NotFound,
    NotSupported,
    RunyardError,
    StorageFull,
    Unavailable,
)

_SHOWN = 300  # characters of a service's message
_REGION = re.compile(r"[a-z0-9-]{1,64}")

EXPIRED = frozenset({"ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired"})
NO_UPLOAD = "NoSuchUpload"
MISPLACED = frozenset({"PermanentRedirect", "AuthorizationHeaderMalformed", "IllegalLocationConstraintException"})
# What may be well the next time; a digest that is wrong was damaged on the way.
_RETRIED_CODES = frozenset(
    {
        "BadDigest",
        "ConditionalRequestConflict",
        "InternalError",
        "OperationAborted",
        "RequestTimeout",
        "RequestTimeoutException",
        "ServiceUnavailable",
        "SlowDown",
        "Throttling",
        "ThrottlingException",
        "TooManyRequests",
        "XAmzContentChecksumMismatch",
    }
)
_RETRIED_STATUSES = frozenset({408, 429, 500, 502, 503, 504})

# what the service says: the error of the tree, and what to do
_MEANINGS: Mapping[str, tuple[type[RunyardError], str]] = MappingProxyType(
    {
        "NoSuchBucket": (NotFound, "there is no such bucket; check its name, the endpoint and the region"),
        "NoSuchKey": (NotFound, "see what is there with a listing"),
        NO_UPLOAD: (NotFound, "there is no such upload, or it is over; begin a new one"),
        **dict.fromkeys(EXPIRED, (Forbidden, "the credentials have expired; renew them, as with `aws sso login`")),
        "RequestTimeTooSkewed": (Forbidden, "the clock of this machine is wrong; set it right"),
        **dict.fromkeys(
            ("InvalidAccessKeyId", "SignatureDoesNotMatch", "InvalidToken", "InvalidClientTokenId"),
            (Forbidden, "the service does not know these credentials; check the access key, the secret and the token"),
        ),
        **dict.fromkeys(
            ("AccessDenied", "AllAccessDisabled", "AccountProblem", "InvalidObjectState"),
            (Forbidden, "ask who owns the bucket for the right to do this"),
        ),
        **dict.fromkeys(MISPLACED, (InvalidInput, "the bucket lies in another region; set store-s3.region to it")),
        "PreconditionFailed": (AlreadyExists, "it is there already and is not replaced"),
        **dict.fromkeys(
            ("BadDigest", "InvalidDigest", "XAmzContentSHA256Mismatch", "XAmzContentChecksumMismatch"),
            (CorruptData, "it was damaged on the way; send it again"),
        ),
        **dict.fromkeys(
            ("QuotaExceeded", "XMinioStorageFull", "ServiceQuotaExceededException"), (StorageFull, "free some space")
        ),
        "NotImplemented": (NotSupported, "the service does not offer this"),
        "KeyTooLongError": (InvalidInput, "choose a shorter name"),
    }
)
_BY_STATUS: Mapping[int, tuple[type[RunyardError], str]] = MappingProxyType(
    {
        301: _MEANINGS["PermanentRedirect"],
        400: (InvalidInput, "this is all the service says"),
        401: _MEANINGS["InvalidAccessKeyId"],
        403: _MEANINGS["AccessDenied"],
        404: _MEANINGS["NoSuchKey"],
        409: (InvalidInput, "something else stands in the way"),
        412: _MEANINGS["PreconditionFailed"],
        501: _MEANINGS["NotImplemented"],
        507: _MEANINGS["QuotaExceeded"],
    }
)


@attrs.frozen
class Refusal:
    """An answer that says that something is wrong."""

    status: int
    code: str = ""
    message: str = ""
    region: str = ""

    @property
    def is_retried(self) -> bool:
        return self.code in _RETRIED_CODES or (self.status in _RETRIED_STATUSES and self.code != "NotImplemented")

    @property
    def is_misplaced(self) -> bool:
        """Whether another region has the bucket."""
        return bool(self.region) and (self.status in {301, 307} or self.code in MISPLACED or self.status == 400)

    def error(self, what: str, who: str) -> RunyardError:
        """The error of the tree: what was asked, of whom, and what to do."""
        kind, advice = self._meaning()
        said = ": ".join(part for part in (self.code or str(self.status), self.message) if part)
        asked = f" as {who}" if kind is Forbidden else ""
        region = f" ({self.region})" if self.region and kind is InvalidInput else ""
        return kind(f"cannot {what}{asked}: {advice}{region} [{said}]")

    def _meaning(self) -> tuple[type[RunyardError], str]:
        known = _MEANINGS.get(self.code)
        if known is None and self.is_retried:
            return Unavailable, "the service is busy or out of order; try again later"
        return known or _BY_STATUS.get(self.status) or (RunyardError, "this is all the service says")


def refusal_of(status: int, headers: Mapping[str, str], body: bytes) -> Refusal:
    """What an answer says; one that is not understood is known by its status."""
    region = headers.get("x-amz-bucket-region", "")
    try:
        root = ET.fromstring(body) if body else None  # noqa: S314 - expat bounds what entities become
    except ET.ParseError:
        root = None
    told = {_name(item): (item.text or "") for item in root} if root is not None else {}
    region = region or told.get("Region", "")
    return Refusal(
        status,
        _line(told.get("Code", ""))[:80],
        _line(told.get("Message", ""))[:_SHOWN],
        region if _REGION.fullmatch(region) else "",
    )


def _name(item: ET.Element) -> str:
    return item.tag.rpartition("}")[2]


def _line(text: str) -> str:
    """The same in one line."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())
