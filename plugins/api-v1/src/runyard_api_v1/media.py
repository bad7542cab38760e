"""Kinds of files by their names."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

SANDBOX_HTML = "sandbox allow-scripts"

# A table of our own: what the machine's own tables say differs from one machine to the next.
TYPES: Mapping[str, str] = MappingProxyType(
    {
        "avif": "image/avif",
        "bmp": "image/bmp",
        "gif": "image/gif",
        "jpeg": "image/jpeg",
        "jpg": "image/jpeg",
        "png": "image/png",
        "svg": "image/svg+xml",
        "webp": "image/webp",
        "flac": "audio/flac",
        "mp3": "audio/mpeg",
        "ogg": "audio/ogg",
        "wav": "audio/wav",
        "mp4": "video/mp4",
        "webm": "video/webm",
        "pdf": "application/pdf",
        "htm": "text/html",
        "html": "text/html",
        "csv": "text/csv",
        "json": "application/json",
        "jsonl": "application/jsonl",
        "md": "text/markdown",
        "markdown": "text/markdown",
        "ndjson": "application/jsonl",
        "parquet": "application/vnd.apache.parquet",
        "tsv": "text/tab-separated-values",
    }
)
IMAGES = frozenset(kind for kind in TYPES.values() if kind.startswith("image/"))
# An SVG has scripts; the sandbox of the answer keeps them from running.
INLINE = IMAGES | {kind for kind in TYPES.values() if kind.startswith(("audio/", "video/"))} | {"application/pdf"}


def media_type(path: str) -> str:
    """The media type that a file's name says, `application/octet-stream` where it says none that is known."""
    _, dot, ending = path.rpartition("/")[2].rpartition(".")
    return TYPES.get(ending.lower(), "application/octet-stream") if dot else "application/octet-stream"
