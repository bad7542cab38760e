"""Has a storage copy files by itself, where both stores lie in it."""

from __future__ import annotations

from collections.abc import Sequence

from runyard.entities import FileInfo
from runyard.errors import CorruptData, NotSupported
from runyard.protocols.artifacts import ArtifactStore, CopiesFiles
from runyard.transfers.progress import Meter
from runyard.transfers.threads import each
from runyard.transfers.trying import Persistence

FILES = 16  # that are copied at the same time


def copy_within(
    store: CopiesFiles, source: ArtifactStore, files: Sequence[tuple[FileInfo, str]], meter: Meter
) -> list[FileInfo | None]:
    """Copy files, each to the path it gets; what was stored, None for what the storage does not copy.

    Raises:
        NotFound: a file is not there any more.
        CorruptData: what was stored is not what was to be copied.
    """
    persistence = Persistence()

    def copy(pair: tuple[FileInfo, str]) -> FileInfo | None:
        info, path = pair
        try:
            stored = persistence.do(lambda: store.copy(path, source, info.path))
        except NotSupported:
            return None
        if info.file_size not in {None, stored.file_size}:
            raise CorruptData(
                f"{path!r} has {stored.file_size} bytes where {info.file_size} were to be copied; copy it again"
            )
        meter.add(path, size=stored.file_size or 0, files=1)
        return stored

    return each(copy, files, FILES)
