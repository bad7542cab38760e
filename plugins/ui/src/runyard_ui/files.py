"""The built files of the pages, as they are sent: whole in memory, with their compressed siblings."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import attrs

STATIC = Path(__file__).parent / "static"
INDEX = "index.html"

# Best first. A browser names what it takes; the siblings were written when the pages were built.
ENCODINGS: Mapping[str, str] = MappingProxyType({"br": ".br", "gzip": ".gz"})
KINDS: Mapping[str, str] = MappingProxyType(
    {
        ".css": "text/css; charset=utf-8",
        ".html": "text/html; charset=utf-8",
        ".ico": "image/x-icon",
        ".js": "text/javascript; charset=utf-8",
        ".json": "application/json",
        ".mjs": "text/javascript; charset=utf-8",
        ".svg": "image/svg+xml",
        ".txt": "text/plain; charset=utf-8",
        ".woff2": "font/woff2",
    }
)

OTHER = "application/octet-stream"


@attrs.frozen(eq=False)
class Asset:
    """A file with its media type, and its content by encoding; `identity` is the file as it is."""

    kind: str
    contents: Mapping[str, bytes]

    def best(self, accepted: str) -> tuple[str, bytes]:
        """The encoding and the content that suit an `Accept-Encoding`."""
        taken = _taken(accepted)
        encoding = next((name for name in ENCODINGS if name in taken and name in self.contents), "identity")
        return encoding, self.contents[encoding]


def read_assets(folder: Path = STATIC) -> dict[str, Asset]:
    """Every file below a folder by its path; none where the pages were not built."""
    siblings = set(ENCODINGS.values())
    return {
        path.relative_to(folder).as_posix(): _read(path)
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.suffix not in siblings
    }


def _read(path: Path) -> Asset:
    contents = {"identity": path.read_bytes()}
    for encoding, suffix in ENCODINGS.items():
        sibling = path.with_name(path.name + suffix)
        if sibling.is_file():
            contents[encoding] = sibling.read_bytes()
    return Asset(KINDS.get(path.suffix, OTHER), contents)


def _taken(accepted: str) -> set[str]:
    """The encodings that a header names without refusing them."""
    taken = set()
    for one in accepted.lower().split(","):
        name, *parameters = (part.strip() for part in one.split(";"))
        if not any(part.startswith("q=") and part.strip("q=0.") == "" for part in parameters):
            taken.add(name)
    return taken
