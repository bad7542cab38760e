"""What file systems and their libraries raise, told as Runyard's errors and without credentials."""

from __future__ import annotations

import errno
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import MappingProxyType
from urllib.parse import quote

import attrs

from runyard.errors import (
    AlreadyExists,
    Conflict,
    Forbidden,
    InvalidInput,
    NotFound,
    RunyardError,
    StorageFull,
    Unavailable,
)

LENGTH = 300  # characters of what a library says

_NOT_THERE = "see what is there with a listing"
_DENIED = "check the credentials and what they allow"
_AWAY = "check the address and the network, then try again"
_CLASH = "a file stands where a folder is needed, or the other way round"
_FULL = "free some space and try again"

Meaning = tuple[type[RunyardError], str]

# The first that an error or one of its causes is of decides. Libraries are named, not imported.
_CLASSES: Mapping[str, Meaning] = MappingProxyType(
    {
        "FileNotFoundError": (NotFound, _NOT_THERE),
        "FileExistsError": (AlreadyExists, "it is left as it is"),
        "PermissionError": (Forbidden, _DENIED),
        "IsADirectoryError": (InvalidInput, _CLASH),
        "NotADirectoryError": (InvalidInput, _CLASH),
        "ConnectionError": (Unavailable, _AWAY),
        "TimeoutError": (Unavailable, _AWAY),
        "EOFError": (Unavailable, _AWAY),
        "socket.gaierror": (Unavailable, _AWAY),
        "ssl.SSLError": (Unavailable, "check the certificate of the server"),
        "asyncssh.misc.HostKeyNotVerifiable": (
            Forbidden,
            "add the host's key to ~/.ssh/known_hosts, or name a file that has it with the option known_hosts",
        ),
        "asyncssh.misc.PermissionDenied": (Forbidden, _DENIED),
        "asyncssh.misc.DisconnectError": (Unavailable, _AWAY),
        "asyncssh.misc.ChannelOpenError": (Unavailable, _AWAY),
        "asyncssh.sftp.SFTPNoSuchFile": (NotFound, _NOT_THERE),
        "asyncssh.sftp.SFTPNoSuchPath": (NotFound, _NOT_THERE),
        "asyncssh.sftp.SFTPPermissionDenied": (Forbidden, _DENIED),
        "asyncssh.sftp.SFTPFileAlreadyExists": (AlreadyExists, "it is left as it is"),
        "asyncssh.sftp.SFTPConnectionLost": (Unavailable, _AWAY),
        "asyncssh.sftp.SFTPNoConnection": (Unavailable, _AWAY),
        "asyncssh.sftp.SFTPNoSpaceOnFilesystem": (StorageFull, _FULL),
        "asyncssh.sftp.SFTPQuotaExceeded": (StorageFull, _FULL),
        "aiohttp.client_exceptions.ClientConnectionError": (Unavailable, _AWAY),
        "aiohttp.client_exceptions.ClientPayloadError": (Unavailable, _AWAY),
        "requests.exceptions.ConnectionError": (Unavailable, _AWAY),
        "requests.exceptions.Timeout": (Unavailable, _AWAY),
        "requests.exceptions.ChunkedEncodingError": (Unavailable, _AWAY),
        "azure.core.exceptions.ResourceNotFoundError": (NotFound, _NOT_THERE),
        "azure.core.exceptions.ResourceExistsError": (AlreadyExists, "it is left as it is"),
        "azure.core.exceptions.ClientAuthenticationError": (Forbidden, _DENIED),
        "azure.core.exceptions.ServiceRequestError": (Unavailable, _AWAY),
        "azure.core.exceptions.ServiceResponseError": (Unavailable, _AWAY),
        "google.auth.exceptions.TransportError": (Unavailable, _AWAY),
        "google.auth.exceptions.GoogleAuthError": (Forbidden, _DENIED),
    }
)
_NUMBERS: Mapping[int, Meaning] = MappingProxyType(
    {
        **dict.fromkeys((errno.ENOSPC, errno.EDQUOT, errno.EFBIG), (StorageFull, _FULL)),
        **dict.fromkeys((errno.EHOSTUNREACH, errno.ENETUNREACH, errno.ETIMEDOUT), (Unavailable, _AWAY)),
        **dict.fromkeys((errno.ENOTEMPTY, errno.ENOTDIR, errno.EISDIR), (InvalidInput, _CLASH)),
        errno.ENAMETOOLONG: (InvalidInput, "choose a shorter name"),
    }
)
_STATUSES: Mapping[int, Meaning] = MappingProxyType(
    {
        **dict.fromkeys((401, 403, 407), (Forbidden, _DENIED)),
        **dict.fromkeys((404, 410), (NotFound, _NOT_THERE)),
        **dict.fromkeys((408, 429, 500, 502, 503, 504), (Unavailable, "try again later")),
        **dict.fromkeys((413, 507), (StorageFull, _FULL)),
    }
)
# Last of all, what is known only by what it says.
_WORDS: Sequence[tuple[re.Pattern[str], Meaning]] = (
    (re.compile(r"InvalidBlockList"), (Conflict, "somebody else wrote the same file meanwhile; try again")),
    (re.compile(r"no such file|not found|does not exist", re.IGNORECASE), (NotFound, _NOT_THERE)),
    (
        re.compile(r"connection (refused|reset|closed)|connect error|timed? ?out|safe mode|standby", re.IGNORECASE),
        (Unavailable, _AWAY),
    ),
    (re.compile(r"not a directory|is a directory", re.IGNORECASE), (InvalidInput, _CLASH)),
    (
        re.compile(r"too long|maximum path component|ComponentTooLong", re.IGNORECASE),
        (InvalidInput, "choose a shorter name"),
    ),
    (re.compile(r"quota|no space|could only be replicated", re.IGNORECASE), (StorageFull, _FULL)),
    (re.compile(r"forbidden|access ?control|permission|login|authenti|^530", re.IGNORECASE), (Forbidden, _DENIED)),
)
_SIGNATURE = re.compile(r"((?:sig|token|delegation|password|secret|key)=)[^&\s'\"]+", re.IGNORECASE)


@attrs.frozen
class Teller:
    """Tells what went wrong with a storage, but not the storage's secrets."""

    secrets: tuple[str, ...] = attrs.field(default=(), repr=False)

    @classmethod
    def of(cls, *secrets: str) -> Teller:
        """One that knows these, of which some may be empty."""
        return cls(tuple(secret for secret in secrets if secret))

    @contextmanager
    def explained(self, action: str, what: str) -> Iterator[None]:
        """Turn whatever a library raises into the error of the tree that tells what was asked and why it failed."""
        try:
            yield
        except RunyardError:
            raise
        except Exception as error:  # noqa: BLE001 - libraries raise anything; it is told
            told = self.told(action, what, error)
            # The library's own error is kept for whoever looks closer, but not where it names a secret.
            raise told from (error if self.hidden(str(error)) == str(error) else None)

    def told(self, action: str, what: str, error: Exception) -> RunyardError:
        kind, advice = meaning_of(error)
        return kind(f"cannot {action} {what}: {self.hidden(_said(error))}; {advice}")

    def hidden(self, text: str) -> str:
        """The same without secrets."""
        for secret in self.secrets:
            for form in (secret, quote(secret, safe="")):
                text = text.replace(form, "***")
        return _SIGNATURE.sub(r"\1***", text)


def meaning_of(error: BaseException) -> Meaning:
    """The error of the tree for what a library raised, and what to do."""
    chain = list(_causes(error))
    for found in chain:
        for kind in type(found).__mro__:
            name = kind.__name__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__name__}"
            if name in _CLASSES:
                return _CLASSES[name]
        number = getattr(found, "errno", None)
        if isinstance(number, int) and number in _NUMBERS:
            return _NUMBERS[number]
        status = _status(found)
        if status in _STATUSES:
            return _STATUSES[status]
    said = " ".join(str(found) for found in chain)
    return next((meaning for words, meaning in _WORDS if words.search(said)), (RunyardError, "this is all it says"))


def _status(error: BaseException) -> int:
    """The status of an HTTP answer that an error is about, 0 where it is about none."""
    for holder in (error, getattr(error, "response", None)):
        for name in ("status_code", "status", "code"):
            status = getattr(holder, name, None)
            if isinstance(status, int):
                return status
    return 0


def is_lost(error: BaseException) -> bool:
    """Whether a connection is of no use any more."""
    return meaning_of(error)[0] is Unavailable


def _causes(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        yield current
        current = current.__cause__ or (None if current.__suppress_context__ else current.__context__)


def _said(error: BaseException) -> str:
    """The innermost words of an error, in one line: the outer ones often only repeat them."""
    text = str(error).strip() or next((str(found) for found in _causes(error) if str(found).strip()), "")
    line = text.splitlines()[0].strip() if text.strip() else ""
    return (line[:LENGTH] or type(error).__name__).rstrip(".;:")
