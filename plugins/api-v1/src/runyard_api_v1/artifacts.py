"""`/artifacts/list` and `/artifacts/file`: folders, and files that are never a page of the server's own origin."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated, BinaryIO
from urllib.parse import quote

import attrs

from runyard.entities import FileInfo
from runyard.errors import NotFound
from runyard.uris import artifact_path
from runyard_api_v1.endpoints import JSON, Call, Endpoint
from runyard_api_v1.fields import About
from runyard_api_v1.locations import ArtifactFolder, artifacts_of, file_path
from runyard_api_v1.media import INLINE, SANDBOX_HTML, media_type

if TYPE_CHECKING:
    from starlette.responses import Response

ANY = "application/octet-stream"
CHUNK = 256 << 10
MAX_LISTED = 10_000
_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")


@attrs.frozen
class FileParameters:
    path: Annotated[str, About("The path of the file below the run's or the model's artifacts.", max_length=4_000)]
    run_id: Annotated[str | None, About("The run; either it or model_id.", max_length=256)] = None
    model_id: Annotated[str | None, About("The logged model; either it or run_id.", max_length=256)] = None
    inline: Annotated[
        bool,
        About("For images, audio, video and PDF: show it; for HTML: show it in a sandbox. Else it is an attachment."),
    ] = False


@attrs.frozen
class ArtifactsAnswer:
    """What lies directly in a folder, by path."""

    files: Sequence[FileInfo]
    total: Annotated[int, About(f"How many there are; at most {MAX_LISTED:,} are listed.")]


def listing(call: Call) -> ArtifactsAnswer:
    asked: ArtifactFolder = call.parameters
    found = artifacts_of(call.stores, asked.run_id, asked.model_id).list(artifact_path(asked.path))
    return ArtifactsAnswer(found[:MAX_LISTED], len(found))


def file(call: Call) -> Response:
    from starlette.responses import Response, StreamingResponse

    asked: FileParameters = call.parameters
    store, path = artifacts_of(call.stores, asked.run_id, asked.model_id), file_path(asked.path)
    info = store.stat(path)
    if info is None or info.is_dir:
        raise NotFound(f"there is no file {path!r} here; /api/v1/artifacts/list shows what there is")
    headers, kind = _headers(path, asked.inline)
    size = info.file_size
    if size is None:
        return StreamingResponse(_content(store.open(path)), 200, headers, kind)
    headers["Accept-Ranges"] = "bytes"
    wanted = _range(call.header("range"), size)
    if wanted is None:
        headers["Content-Length"] = str(size)
        return StreamingResponse(_content(store.open(path, length=size)), 200, headers, kind)
    start, end = wanted
    if start >= end:
        return Response(status_code=416, headers={"Content-Range": f"bytes */{size}"})
    headers |= {"Content-Range": f"bytes {start}-{end - 1}/{size}", "Content-Length": str(end - start)}
    return StreamingResponse(_content(store.open(path, start=start, length=end - start)), 206, headers, kind)


def _headers(path: str, is_inline: bool) -> tuple[dict[str, str], str]:
    """Headers that keep a file of somebody's from acting in the name of whoever looks at it."""
    kind = media_type(path)
    is_html = is_inline and kind == "text/html"
    shown = is_html or (is_inline and kind in INLINE)
    name = quote(path.rpartition("/")[2], safe="")
    return {
        "Content-Disposition": f"{'inline' if shown else 'attachment'}; filename*=UTF-8''{name}",
        "Content-Security-Policy": SANDBOX_HTML if is_html else "sandbox; default-src 'none'",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "private, no-cache",
        "Cross-Origin-Resource-Policy": "same-origin",
    }, (f"{kind}; charset=utf-8" if is_html else kind if shown else ANY)


def _range(header: str, size: int) -> tuple[int, int] | None:
    """First and end byte of the one range that is asked for; None where all is, or several ranges are."""
    match = _RANGE.fullmatch(header.strip())
    if match is None or match.group(1) == match.group(2) == "":
        return None
    first, last = match.groups()
    if not first:
        return max(size - int(last), 0), size if int(last) else 0
    return int(first), min(int(last) + 1, size) if last else size


def _content(stream: BinaryIO) -> Iterator[bytes]:
    with stream:
        while chunk := stream.read(CHUNK):
            yield chunk


ENDPOINTS = (
    Endpoint(
        operation="listArtifacts",
        method="GET",
        path="/artifacts/list",
        summary="What lies directly in a folder of artifacts.",
        tag="artifacts",
        handle=listing,
        parameters=ArtifactFolder,
        answers={JSON: ArtifactsAnswer},
        errors=(404, 501),
    ),
    Endpoint(
        operation="getArtifact",
        method="GET",
        path="/artifacts/file",
        summary="A file, or the range of bytes that the header Range asks for.",
        tag="artifacts",
        handle=file,
        parameters=FileParameters,
        answers={ANY: None},
        errors=(404, 501),
    ),
)
