"""`gs:` and `gcs:` artifacts: a bucket of Google's storage, by gcsfs."""

from __future__ import annotations

import hashlib
import json
from base64 import b64decode
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from runyard.errors import CorruptData
from runyard.settings import Settings
from runyard.uris import Uri
from runyard_store_fsspec.clouds import CopyingStore, PresigningStore
from runyard_store_fsspec.connections import FRESH, connections_at
from runyard_store_fsspec.faults import Teller
from runyard_store_fsspec.locations import location_of, needs_host
from runyard_store_fsspec.objects import ObjectSystem, prefix_of, split
from runyard_store_fsspec.settings import PRESIGN, TIMEOUT, options_of
from runyard_store_fsspec.stores import Root
from runyard_store_fsspec.systems import Entry

PAGE = 1000
CREDENTIALS = "GOOGLE_APPLICATION_CREDENTIALS"


def open_store(uri: Uri, settings: Settings) -> CopyingStore:
    """The artifacts below a `gs:` or `gcs:` URI, with the credentials that Google's libraries find."""
    location = needs_host(uri, location_of(uri), "gs://bucket/folder")
    timeout: float = settings.lookup(TIMEOUT).value
    given = options_of(uri.scheme, settings, "gs", "gcs")
    options = {"requests_timeout": timeout, "timeout": timeout, **given}
    token = options.get("token")
    secrets = [str(value) for value in token.values()] if isinstance(token, dict) else []
    system = GoogleSystem(connections_at(connect, options), timeout)
    root = Root(system, location.authority + location.path, str(uri), Teller.of(*secrets))
    if settings.lookup(PRESIGN).value and _has_key(token or settings.environ.get(CREDENTIALS)):
        return PresigningStore(root, system)
    return CopyingStore(root, system)


def connect(options: dict[str, Any]) -> Any:
    """The file system; nothing is asked yet."""
    # The class that the package shows asks for the kind of each bucket first, by a protocol of its own that emulators
    # and many proxies do not speak, and waits a minute for the answer.
    from gcsfs.core import GCSFileSystem

    return GCSFileSystem(**options, **FRESH)


class GoogleSystem(ObjectSystem):
    """Objects in Google's storage. The version of one is its generation."""

    def info(self, place: str) -> Entry | None:
        bucket, name = split(place)
        if name:
            try:
                return _entry(self.call("call", "GET", "b/{}/o/{}", bucket, name, json_out=True), name="")
            except FileNotFoundError:
                pass
        return Entry("", is_dir=True) if any(self._pages(place, recursive=True, limit=1)) else None

    def put(self, system: Any, place: str, content: bytes, *, is_new: bool) -> None:
        if not content:  # an empty body alone is more than some servers understand
            super().put(system, place, content, is_new=is_new)
            return
        # The library sends a small file between marks in one body, which changes a content that ends with a carriage
        # return or holds such a mark. The content alone has neither trouble.
        bucket, name = split(place)
        asked = {"uploadType": "media", "name": name, **({"ifGenerationMatch": "0"} if is_new else {})}
        headers = {"Content-Type": "application/octet-stream"}
        path = f"{system._location}/upload/storage/v1/b/{bucket}/o"  # noqa: SLF001 - where the option endpoint_url says
        stored = self.ask(system, "call", "POST", path, data=content, headers=headers, json_out=True, **asked)
        md5 = hashlib.md5(content, usedforsecurity=False).digest()
        if b64decode(stored["md5Hash"]) != md5:
            raise CorruptData("what arrived is not what was sent; try again")

    def sign(self, place: str, expires: int) -> str:
        url: str = self.connections.call(lambda system: system.sign(place, expiration=expires, version="v4"))
        return url

    def copy(self, place: str, entry: Entry, target: str) -> None:  # noqa: ARG002 - of no use here
        self.call("cp_file", place, target)

    def _pages(self, folder: str, *, recursive: bool, limit: int = PAGE) -> Iterator[Sequence[Entry]]:
        bucket, name = split(folder)
        prefix = prefix_of(name)
        asked: dict[str, Any] = {"prefix": prefix, "maxResults": limit}
        if not recursive:
            asked["delimiter"] = "/"
        while True:
            found = self.call("call", "GET", "b/{}/o", bucket, **asked, json_out=True)
            folders = [Entry(item[len(prefix) : -1], is_dir=True) for item in found.get("prefixes", ())]
            objects = [_entry(item, name=item["name"][len(prefix) :]) for item in found.get("items", ())]
            # An object whose name ends with a slash only marks a folder.
            yield [entry for entry in folders + objects if entry.name and not entry.name.endswith("/")]
            if not found.get("nextPageToken"):
                return
            asked["pageToken"] = found["nextPageToken"]


def _has_key(token: Any) -> bool:
    """Whether what Google's libraries are given is the key of a service account, with which URLs can be signed."""
    if isinstance(token, str):
        try:
            token = json.loads(Path(token).read_bytes())
        except (OSError, ValueError):  # one of their words, such as anon, or what they will complain about
            return False
    return isinstance(token, Mapping) and "private_key" in token


def _entry(found: dict[str, Any], name: str) -> Entry:
    md5 = b64decode(found["md5Hash"]) if "md5Hash" in found else None
    return Entry(name, is_dir=False, size=int(found["size"]), version=str(found["generation"]), md5=md5)
