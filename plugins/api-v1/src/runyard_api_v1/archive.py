"""`/artifacts/archive`: a folder of artifacts as one zip file, made while it is sent."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from runyard.errors import InvalidInput, NotFound
from runyard.protocols.artifacts import ArtifactStore
from runyard.transfers.folders import files_below
from runyard.uris import artifact_path
from runyard_api_v1.endpoints import Call, Endpoint
from runyard_api_v1.locations import ArtifactFolder, artifacts_of

if TYPE_CHECKING:
    from starlette.responses import StreamingResponse

ZIP = "application/zip"
CHUNK = 1 << 20
MAX_FILES = 10_000


def archive(call: Call) -> StreamingResponse:
    from starlette.responses import StreamingResponse

    asked: ArtifactFolder = call.parameters
    store, folder = artifacts_of(call.stores, asked.run_id, asked.model_id), artifact_path(asked.path)
    files = _files(store, folder)
    if not files:
        raise NotFound(
            f"there are no files in {folder or 'the artifacts'!r}; /api/v1/artifacts/list shows what there is"
        )
    name = quote(folder.rpartition("/")[2] or f"{asked.run_id or asked.model_id}", safe="")
    headers = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{name}.zip",
        "Cache-Control": "private, no-store",
        "X-Content-Type-Options": "nosniff",
    }
    return StreamingResponse(_zipped(store, folder, files), 200, headers, ZIP)


def _files(store: ArtifactStore, folder: str) -> list[str]:
    found = [info.path for info in islice(files_below(store, folder), MAX_FILES + 1)]
    if len(found) > MAX_FILES:
        raise InvalidInput(
            f"{folder or 'the artifacts'!r} has more than {MAX_FILES:,} files, which is too much for one archive; "
            "take a folder of it, or use: runyard artifacts download"
        )
    return sorted(found)


def _zipped(store: ArtifactStore, folder: str, files: Sequence[str]) -> Iterator[bytes]:
    """A zip file without compression, as most of what is large here is compressed already."""
    sink = _Sink()
    with zipfile.ZipFile(sink, "w") as target:
        for path in files:
            name = path.removeprefix(f"{folder}/") if folder else path
            with target.open(zipfile.ZipInfo(name), "w", force_zip64=True) as into, store.open(path) as source:
                while chunk := source.read(CHUNK):
                    into.write(chunk)
                    yield sink.take()
            yield sink.take()
    yield sink.take()


class _Sink(io.RawIOBase):
    """What was written and not yet taken."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._parts.append(bytes(data))
        return len(data)

    def take(self) -> bytes:
        taken, self._parts = b"".join(self._parts), []
        return taken


ENDPOINTS = (
    Endpoint(
        operation="getArchive",
        method="GET",
        path="/artifacts/archive",
        summary="A folder of artifacts with all that is in it, as a zip file.",
        tag="artifacts",
        handle=archive,
        parameters=ArtifactFolder,
        answers={ZIP: None},
        errors=(404, 501),
    ),
)
