"""How a file is called and described to who downloads it, so that a browser never runs it as a page of ours."""

from __future__ import annotations

import functools
import mimetypes
import posixpath
import re
import unicodedata
from urllib.parse import quote

# What MLflow sends as plain text whatever it is, so that a browser shows its source.
_TEXT = re.compile(
    "txt|log|err|cfg|conf|cnf|cf|ini|properties|prop|hocon|toml|yaml|yml|xml|json|js|py|py3|csv|tsv|md|rst|ipynb"
    "|MLmodel|MLproject"
)
_COMPRESSED = {"gzip": "application/gzip", "bzip2": "application/x-bzip2", "xz": "application/x-xz"}
BINARY = "application/octet-stream"
_types = mimetypes.MimeTypes()  # what the machine has in files of its own is not asked, so that all answer alike


def mime_type(path: str) -> str:
    """The type of a file by its name."""
    name = posixpath.basename(path)
    stem, extension = posixpath.splitext(name)
    return _type_of(name if "." in stem or not extension else f"file{extension}")


@functools.lru_cache(1024)
def _type_of(name: str) -> str:
    extension = posixpath.splitext(name)[1].replace(".", "") or name
    if _TEXT.fullmatch(extension):
        return "text/plain; charset=utf-8"
    kind, encoding = _types.guess_type(name.replace("?", "_").replace("#", "_"), strict=False)
    return _COMPRESSED.get(encoding, BINARY) if encoding else kind or BINARY


def safety_headers(path: str) -> list[tuple[bytes, bytes]]:
    """The headers that make a browser save a file, never show it within our origin."""
    return [
        (b"content-disposition", _attachment(posixpath.basename(path)).encode("ascii")),
        (b"x-content-type-options", b"nosniff"),
        (b"content-security-policy", b"sandbox; default-src 'none'"),
    ]


def _attachment(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode("ascii")
    plain = "".join(char for char in plain if char.isprintable()).strip() or "download"
    escaped = plain.replace("\\", "\\\\").replace('"', '\\"')
    shown = f'attachment; filename="{escaped}"'
    return shown if plain == name else f"{shown}; filename*=UTF-8''{quote(name, safe='!#$&+-.^_`|~', errors='replace')}"
