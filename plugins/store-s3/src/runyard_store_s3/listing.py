"""What lies in a bucket, page by page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from urllib.parse import unquote_plus
from xml.etree import ElementTree as ET

import attrs

from runyard.errors import RunyardError
from runyard_store_s3.connection import Bucket, Call

PAGE = 1000  # keys, the most that a service gives at once


@attrs.frozen
class Page:
    """Keys with their sizes, and the beginnings of keys that lie deeper."""

    files: Sequence[tuple[str, int]]
    folders: Sequence[str]


def pages(bucket: Bucket, prefix: str, *, recursive: bool, size: int = PAGE) -> Iterator[Page]:
    """What begins with a prefix: all keys, or with folders in place of what lies deeper."""
    asked = [("list-type", "2"), ("prefix", prefix), ("max-keys", str(size)), ("encoding-type", "url")]
    if not recursive:
        asked.append(("delimiter", "/"))
    what = f"list {bucket.location.scheme}://{bucket.location.bucket}/{prefix}"
    token = ""
    while True:
        query = [*asked, ("continuation-token", token)] if token else asked
        answer = parsed(bucket.read(Call(method="GET", what=what, query=query)), what)
        # Services that cannot encode say so, and send keys as they are.
        is_encoded = text(answer, "EncodingType") == "url"
        yield Page(
            [(_key(item, "Key", is_encoded), number(item, "Size")) for item in answer.findall("Contents")],
            [_key(item, "Prefix", is_encoded) for item in answer.findall("CommonPrefixes")],
        )
        before, token = token, text(answer, "NextContinuationToken")
        if text(answer, "IsTruncated") != "true" or not token or token == before:
            return


def has_any(bucket: Bucket, prefix: str) -> bool:
    """Whether a key begins with a prefix."""
    return any(page.files for page in pages(bucket, prefix, recursive=True, size=1))


def parsed(body: bytes, what: str) -> ET.Element:
    """The XML of an answer, without its namespace.

    Raises:
        RunyardError: it is none.
    """
    try:
        root = ET.fromstring(body)  # noqa: S314 - expat bounds what entities become
    except ET.ParseError as error:
        raise RunyardError(f"cannot {what}: the service gave an answer that cannot be understood ({error})") from error
    for item in root.iter():
        item.tag = item.tag.rpartition("}")[2]
    return root


def text(item: ET.Element, name: str) -> str:
    return item.findtext(name) or ""


def number(item: ET.Element, name: str) -> int:
    found = text(item, name)
    return int(found) if found.isascii() and found.isdigit() else 0


def _key(item: ET.Element, name: str, is_encoded: bool) -> str:
    found = text(item, name)
    return unquote_plus(found) if is_encoded else found
