"""Artifact stores of clouds, whose storage does more than keep files: it copies them, and is read past them by URLs."""

from __future__ import annotations

from runyard.entities import FileInfo
from runyard.errors import CorruptData, InvalidInput
from runyard.protocols.artifacts import ArtifactStore, PresignedUrl
from runyard_store_fsspec.objects import ObjectSystem
from runyard_store_fsspec.stores import CreatingVersionedStore, Root, VersionedStore
from runyard_store_fsspec.systems import Entry

LONGEST = 7 * 24 * 3600  # seconds for which Google lets a URL be good


class CopyingStore(VersionedStore):
    """Artifacts whose contents can be told apart, and that the storage copies by itself."""

    def __init__(self, root: Root, storage: ObjectSystem) -> None:
        super().__init__(root)
        self.storage = storage

    def copies_from(self, other: ArtifactStore) -> bool:
        return isinstance(other, CopyingStore) and other.storage.connections is self.storage.connections

    def copy(self, path: str, other: ArtifactStore, source: str) -> FileInfo:
        if not isinstance(other, CopyingStore) or not self.copies_from(other):
            raise InvalidInput(f"{self._root.shown} only copies from the same storage with the same credentials")
        name = self._named(path)
        place, entry = other.look(source)
        with self._explained("copy to", name):
            self.storage.copy(place, entry, self._place(name))
        _, made = self.look(name)
        _, now = other.look(source)
        if (made.size, made.md5, entry.version) != (entry.size, entry.md5, now.version):
            raise CorruptData(f"{self._shown(name)} is not what was to be copied, or that was changed; copy it again")
        return FileInfo(name, is_dir=False, file_size=made.size)

    def look(self, path: str) -> tuple[str, Entry]:
        """Where a file lies in the storage, and what is known of it.

        Raises:
            NotFound: no file is there.
        """
        name = self._checked(path)
        with self._explained("look at", name):
            return self._place(name), self._file(name, "copy")


class PresigningStore(CopyingStore):
    """The same, whose files can be read directly as well."""

    def presign_download(self, path: str, *, expires: int) -> PresignedUrl:
        name = self._named(path)
        if not 1 <= expires <= LONGEST:
            raise InvalidInput(f"a URL is good for 1 to {LONGEST:,} seconds, got {expires}")
        with self._explained("make a URL for", name):
            return PresignedUrl(self.storage.sign(self._place(name), expires))


class CopyingCreatingStore(CreatingVersionedStore, CopyingStore):
    """Artifacts that the storage copies by itself, and that can be told never to replace a file."""


class PresigningCreatingStore(CopyingCreatingStore, PresigningStore):
    """All of that at once."""
