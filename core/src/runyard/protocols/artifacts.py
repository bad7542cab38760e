"""What an artifact store implements: files below one root, by relative path with forward slashes.

Every path goes through `runyard.uris.artifact_path`; `NotFound` is raised where nothing is there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import BinaryIO, Protocol, runtime_checkable

import attrs

from runyard.entities import FileInfo


class ArtifactStore(Protocol):
    """Keeps files. Safe to use from several threads."""

    def list(self, path: str = "") -> list[FileInfo]:
        """What lies directly in a folder, sorted by path; empty for a file or where nothing is."""

    def stat(self, path: str) -> FileInfo | None:
        """The file or folder at a path, None where nothing is."""

    def open(self, path: str, *, start: int = 0, length: int | None = None) -> BinaryIO:
        """Read a file from a byte on, at most `length` bytes; reading past the end gives nothing.

        Raises:
            NotFound: no file is there.
        """

    def write(self, path: str, source: BinaryIO) -> FileInfo:
        """Store everything a stream has; the file appears whole or not at all and replaces an earlier one."""

    def delete(self, path: str) -> None:
        """Delete a file, or a folder with all it holds."""


@runtime_checkable
class LocalFiles(Protocol):
    """An artifact store whose files can be read in place."""

    def local_path(self, path: str = "") -> Path:
        """Where a file or folder lies on this machine."""


@runtime_checkable
class ListsPages(Protocol):
    """An artifact store that lists what may be too much to hold at once."""

    def list_pages(self, path: str = "", *, recursive: bool = False) -> Iterator[Sequence[FileInfo]]:
        """What lies directly in a folder, or all files below it, page by page in the store's own order.

        A page is asked for when the one before has been used.
        """


@runtime_checkable
class CreatesFiles(Protocol):
    """An artifact store that can be told never to replace a file."""

    def create(self, path: str, source: BinaryIO) -> FileInfo:
        """Store a file as `write` does where none is yet; of several that try at once one succeeds.

        Raises:
            AlreadyExists: a file is there; it is left as it is.
        """


@runtime_checkable
class TellsVersions(Protocol):
    """An artifact store that can tell one content of a file from another without sending it.

    A store that stands for another, such as a server's, may raise `NotSupported` where the other cannot.
    """

    def version(self, path: str) -> str | None:
        """A tag of what a file holds now, another one for each time it is written; None where no file is."""

    def holds(self, path: str, source: BinaryIO) -> bool | None:
        """Whether a file has exactly the content of a stream, read from where it stands; None where it cannot be told.

        Raises:
            NotFound: no file is there.
        """


@attrs.frozen
class Checksum:
    """The MD5 of a file in hexadecimal; with `parts`, the MD5 of the MD5s of parts of these sizes, as S3 has it."""

    md5: str
    parts: Sequence[int] = ()


@runtime_checkable
class TellsChecksums(Protocol):
    """An artifact store that knows a checksum of what its files hold, by which others can compare it."""

    def checksum(self, path: str) -> Checksum | None:
        """The checksum of a file; None where it knows none.

        Raises:
            NotFound: no file is there.
        """


@runtime_checkable
class TellsCrcs(Protocol):
    """An artifact store that keeps checksums of files, which cost less to compare with than `TellsVersions.holds`."""

    def crc32(self, path: str) -> int | None:
        """The CRC-32 of what a file holds now; None where none is kept, or no file is there."""


@runtime_checkable
class ChecksReads(Protocol):
    """An artifact store that may compare what it reads with a checksum by itself."""

    def checks_reads(self, path: str) -> bool:
        """Whether what `open` gives of a file, or of a range, has been compared with a checksum when it ends."""


@runtime_checkable
class CopiesFiles(Protocol):
    """An artifact store whose storage copies files by itself, so that they need not pass through this machine."""

    def copies_from(self, other: ArtifactStore) -> bool:
        """Whether files of another store lie in the same storage, for the same credentials, and can be copied here."""

    def copy(self, path: str, other: ArtifactStore, source: str) -> FileInfo:
        """Store a file of such a store, whole or not at all, in place of an earlier one; compared as far as can be.

        Raises:
            NotFound: no file is there to be copied.
            NotSupported: the storage does not copy it; it is to be read and written.
            CorruptData: what was made is not what was to be copied.
        """


@attrs.frozen
class UploadedPart:
    """A part that an upload has."""

    number: int
    etag: str
    size: int


@attrs.frozen
class StartedUpload:
    """An upload that was begun and neither completed nor given up."""

    path: str
    upload_id: str
    started: int  # milliseconds since 1970 UTC


@attrs.frozen
class PresignedUrl:
    """A URL that lets whoever has it read or write one file for a while, with headers that must be sent along."""

    url: str
    headers: Mapping[str, str] = attrs.field(factory=dict)


@runtime_checkable
class UploadsParts(Protocol):
    """An artifact store that takes a large file in parts, each of which can be sent again by itself.

    Parts are numbered from 1. Nothing is visible before `complete_upload`; an upload that is given up is cleaned away.
    A store that stands for another, such as a server's, may raise `NotSupported` where the other takes no parts, or
    cannot tell of them.
    """

    def create_upload(self, path: str, *, parts: int | None = None) -> str:
        """Begin; the upload's id. `parts` is how many there will be, where that is known."""

    def write_part(self, path: str, upload_id: str, number: int, source: BinaryIO) -> str:
        """Store a part, replacing an earlier one of that number; its ETag."""

    def list_parts(self, path: str, upload_id: str) -> Sequence[UploadedPart]:
        """The parts that are stored, by their numbers.

        Raises:
            NotFound: there is no such upload.
        """

    def list_uploads(self, path: str = "") -> Sequence[StartedUpload]:
        """The uploads of a file, or of all files below a folder, that are not over, the oldest first."""

    def complete_upload(self, path: str, upload_id: str, parts: Sequence[tuple[int, str]]) -> FileInfo:
        """Make the file of these parts, (number, ETag) in ascending order.

        Raises:
            InvalidInput: a part is missing or has another ETag.
            NotFound: there is no such upload.
        """

    def abort_upload(self, path: str, upload_id: str) -> None:
        """Give an upload up and clean away what it stored."""


@runtime_checkable
class ChecksParts(Protocol):
    """An artifact store that keeps a checksum of what came in parts if it sends all of them itself."""

    def create_checked_upload(self, path: str, *, parts: int | None = None) -> str:
        """Begin an upload as `UploadsParts.create_upload` does, of which no part is put to a URL."""


@runtime_checkable
class PresignsReads(Protocol):
    """An artifact store whose files can be read directly, without passing through anybody else."""

    def presign_download(self, path: str, *, expires: int) -> PresignedUrl:
        """A URL to GET a file from, or any range of it, good for `expires` seconds."""


@runtime_checkable
class PresignsUploads(Protocol):
    """An artifact store whose files can be sent to it directly, without passing through anybody else."""

    def presign_upload(self, path: str, *, expires: int) -> PresignedUrl:
        """A URL to PUT a file to, good for `expires` seconds."""

    def presign_part(self, path: str, upload_id: str, number: int, *, expires: int) -> PresignedUrl:
        """A URL to PUT a part of an upload to, in place of `UploadsParts.write_part`."""
