"""What an artifact store implements: files below one root, by relative path with forward slashes.

Every path goes through `runyard.uris.artifact_path`; `NotFound` is raised where nothing is there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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


@attrs.frozen
class PresignedUrl:
    """A URL that lets whoever has it read or write one file for a while, with headers that must be sent along."""

    url: str
    headers: Mapping[str, str] = attrs.field(factory=dict)


@runtime_checkable
class UploadsParts(Protocol):
    """An artifact store that takes a large file in parts, each of which can be sent again by itself.

    Parts are numbered from 1. Nothing is visible before `complete_upload`; an upload that is given up is cleaned away.
    """

    def create_upload(self, path: str) -> str:
        """Begin; the upload's id."""

    def write_part(self, path: str, upload_id: str, number: int, source: BinaryIO) -> str:
        """Store a part, replacing an earlier one of that number; its ETag."""

    def complete_upload(self, path: str, upload_id: str, parts: Sequence[tuple[int, str]]) -> FileInfo:
        """Make the file of these parts, (number, ETag) in ascending order.

        Raises:
            InvalidInput: a part is missing or has another ETag.
            NotFound: there is no such upload.
        """

    def abort_upload(self, path: str, upload_id: str) -> None:
        """Give an upload up and clean away what it stored."""


@runtime_checkable
class PresignsUrls(Protocol):
    """An artifact store whose files can be reached directly, without passing through anybody else."""

    def presign_download(self, path: str, *, expires: int) -> PresignedUrl:
        """A URL to read a file from, good for `expires` seconds."""

    def presign_upload(self, path: str, *, expires: int) -> PresignedUrl:
        """A URL to PUT a file to."""

    def presign_part(self, path: str, upload_id: str, number: int, *, expires: int) -> PresignedUrl:
        """A URL to PUT a part of an upload to, in place of `UploadsParts.write_part`."""
