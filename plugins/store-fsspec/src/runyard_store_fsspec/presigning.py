"""Artifact stores whose files can be read past them, by URLs that the storage's own key has signed."""

from __future__ import annotations

from collections.abc import Callable

from runyard.errors import InvalidInput
from runyard.protocols.artifacts import PresignedUrl
from runyard_store_fsspec.stores import CreatingVersionedStore, Root, VersionedStore

LONGEST = 7 * 24 * 3600  # seconds for which Google lets a URL be good

Sign = Callable[[str, int], str]  # the URL of a place for so many seconds


class PresigningStore(VersionedStore):
    """Artifacts whose contents can be told apart, and that can be read directly."""

    def __init__(self, root: Root, sign: Sign) -> None:
        super().__init__(root)
        self._sign = sign

    def presign_download(self, path: str, *, expires: int) -> PresignedUrl:
        name = self._named(path)
        if not 1 <= expires <= LONGEST:
            raise InvalidInput(f"a URL is good for 1 to {LONGEST:,} seconds, got {expires}")
        with self._explained("make a URL for", name):
            return PresignedUrl(self._sign(self._place(name), expires))


class PresigningCreatingStore(CreatingVersionedStore, PresigningStore):
    """The same, which can be told never to replace a file as well."""
