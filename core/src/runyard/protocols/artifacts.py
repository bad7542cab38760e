"""What an artifact store implements: files below one root, by relative path with forward slashes.

Every path goes through `runyard.uris.artifact_path`; `NotFound` is raised where nothing is there.
"""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO, Protocol, runtime_checkable

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
