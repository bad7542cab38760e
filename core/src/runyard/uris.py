"""Locations: parse a URI or a path, join it, and show it without its credentials."""

from __future__ import annotations

import os
import re
from pathlib import Path
from urllib.parse import quote, unquote, unquote_plus, urlsplit

import attrs

from runyard.errors import InvalidInput

_SCHEME = re.compile(r"^([A-Za-z][A-Za-z0-9+.-]*):")
# Segments that need no second look: nothing to decode, no drive, none that is empty or begins with a dot.
_PLAIN_PATH = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_.-]*(?:/[A-Za-z0-9_-][A-Za-z0-9_.-]*)*")
_SECRET_WORDS = ("pass", "pwd", "secret", "token", "sig", "credential", "key", "auth")
# The password may hold a bare / or ?, as SQLAlchemy allows, unless it looks like a port.
_USERINFO = re.compile(r"://(?:([^/?#:@\[]*):(?:[^/?#]*|(?!\d+[/?#])[^@]*)|[^/?#:@\[]+)@")
_NESTED_SECRET = re.compile(r"(?:pass\w*|pwd|secret|token|key)\s*=", re.IGNORECASE)  # as in odbc_connect=...PWD=...


@attrs.frozen
class Uri:
    """A location. A bare path, a relative path and a Windows path are `file` URIs with an absolute path.

    `text` is what opens the location and may hold credentials; `str()` never shows them.
    """

    scheme: str
    text: str = attrs.field(repr=False)

    @classmethod
    def parse(cls, text: str | os.PathLike[str], *, relative_to: Path | None = None) -> Uri:
        """Read a URI or a path.

        Raises:
            InvalidInput: the text is empty or holds a NUL byte.
        """
        raw = os.fspath(text)
        if not raw.strip() or "\0" in raw:
            raise InvalidInput(f"not a location: {raw!r}; give a URI such as s3://bucket/folder, or a path")
        match = _SCHEME.match(raw)
        if match is None or _is_windows_drive(raw):
            return cls.from_path(raw, relative_to=relative_to)
        scheme = match.group(1).lower()
        if scheme == "file":
            return cls.from_path(_path_of_file_uri(raw), relative_to=relative_to)
        return cls(scheme, scheme + raw[match.end(1) :])

    @classmethod
    def from_path(cls, path: str | os.PathLike[str], *, relative_to: Path | None = None) -> Uri:
        raw = os.fspath(path)
        if _is_windows_drive(raw) and os.name != "nt":
            return cls("file", "file:///" + quote(raw.replace("\\", "/"), safe="/:"))
        # Unlike Path.expanduser, this leaves the home of an unknown user as it stands.
        expanded = os.path.expanduser(raw)  # noqa: PTH111
        absolute = os.path.normpath(os.path.join(relative_to or Path.cwd(), expanded))  # noqa: PTH118
        return cls("file", Path(absolute).as_uri())

    @property
    def dialect(self) -> str:
        """The scheme without a driver: `postgresql` for `postgresql+psycopg:`."""
        return self.scheme.partition("+")[0]

    @property
    def host(self) -> str:
        return urlsplit(self.text).hostname or ""

    @property
    def path(self) -> str:
        """The path as it stands in the URI, percent-encoding kept."""
        return urlsplit(self.text).path

    @property
    def local_path(self) -> Path:
        """The path of a `file` URI."""
        if self.scheme != "file":
            raise InvalidInput(f"{self} is not a local path")
        return Path(_path_of_file_uri(self.text))

    def join(self, *parts: str) -> Uri:
        """The location of an artifact path below this one; the query, where there is one, is kept.

        Raises:
            InvalidInput: the path leads upward.
        """
        below = artifact_path("/".join(part.strip("/") for part in parts if part.strip("/")))
        if not below:
            return self
        if self.scheme == "file":
            below = quote(below, safe="/:@!$&'()*+,;=~")
        head, mark, query = self.text.partition("?")
        return Uri(self.scheme, f"{head.rstrip('/')}/{below}{mark}{query}")

    def __str__(self) -> str:
        return hide_credentials(self.text)


def hide_credentials(text: str) -> str:
    """The same location with user names, passwords and secret query values taken out."""
    if not _SCHEME.match(text) or _is_windows_drive(text):
        return text
    return _hide_query(_USERINFO.sub(_hidden_userinfo, text))


def _hidden_userinfo(match: re.Match[str]) -> str:
    return "://***@" if match.group(1) is None else f"://{match.group(1)}:***@"


def _hide_query(text: str) -> str:
    """The same with secret `key=value` pairs of the query and the fragment taken out."""
    parts = re.split(r"([?&#;])", text)
    shown = parts[0]
    hiding = False
    for mark, part in zip(parts[1::2], parts[2::2], strict=True):
        if hiding and mark != "&":
            continue
        key, equals, value = part.partition("=")
        hiding = bool(equals) and _is_secret(unquote_plus(key), unquote_plus(value))
        shown += f"{mark}{key}=***" if hiding else mark + part
    return shown


def artifact_path(path: str) -> str:
    """A relative artifact path, checked; the empty string is the root.

    Raises:
        InvalidInput: the path is absolute, leads upward or hides such a thing behind percent signs or backslashes.
    """
    if _PLAIN_PATH.fullmatch(path):
        return path
    decoded = path
    for _ in range(8):
        again = unquote(decoded)
        if again == decoded:
            break
        decoded = again
    segments = [segment.strip() for segment in decoded.replace("\\", "/").split("/")]
    problem = (
        unquote(decoded) != decoded
        or decoded.startswith(("/", "\\"))
        or ".." in segments
        or _is_windows_drive(decoded)
        or any(ord(char) < 32 or ord(char) == 127 for char in decoded)
    )
    if problem:
        raise InvalidInput(f"invalid artifact path {path!r}: it must be relative and stay below the run's root")
    return "/".join(segment for segment in path.split("/") if segment not in {"", "."})


def _is_windows_drive(text: str) -> bool:
    return (
        len(text) >= 2 and text[0].isascii() and text[0].isalpha() and text[1] == ":" and text[2:3] in {"", "\\", "/"}
    )


def _path_of_file_uri(text: str) -> str:
    rest = text[len("file:") :]
    if rest.startswith("//"):
        host, slash, path = rest[2:].partition("/")
        if host not in {"", "localhost"}:
            raise InvalidInput(f"{text!r} names the host {host!r}; a file URI must be local, as in file:///folder")
        rest = slash + path
    path = unquote(rest)
    return path[1:] if path.startswith("/") and _is_windows_drive(path[1:]) else path


def _is_secret(key: str, value: str) -> bool:
    return any(word in key.lower() for word in _SECRET_WORDS) or _NESTED_SECRET.search(value) is not None
