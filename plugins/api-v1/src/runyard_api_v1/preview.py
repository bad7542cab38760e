"""`/artifacts/preview`: the head of a file in the form that suits its kind; never more than a bounded part is read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal
from urllib.parse import urlencode

import attrs

from runyard.errors import InvalidInput, NotFound
from runyard.protocols.artifacts import ArtifactStore
from runyard_api_v1 import tables
from runyard_api_v1.endpoints import BASE, JSON, Call, Endpoint
from runyard_api_v1.fields import About
from runyard_api_v1.locations import artifacts_of, file_path
from runyard_api_v1.media import INLINE, media_type

HEAD = 256 << 10  # bytes that are read of a text or table
MAX_JSON = 4 << 20  # bytes of JSON that are read as a whole

Kind = Literal["table", "text", "json", "markdown", "image", "audio", "video", "pdf", "html", "binary"]


@attrs.frozen
class PreviewParameters:
    path: Annotated[str, About("The path of the file.", max_length=4_000)]
    run_id: Annotated[str | None, About("The run; either it or model_id.", max_length=256)] = None
    model_id: Annotated[str | None, About("The logged model; either it or run_id.", max_length=256)] = None
    rows: Annotated[int, About("Rows of a table at most.", minimum=1, maximum=1_000)] = 100
    start: Annotated[
        int, About("Of a text: the byte to begin at. Of a table: `next` of the page before.", minimum=0)
    ] = 0
    length: Annotated[int, About("Of a text: how many bytes.", minimum=1, maximum=HEAD)] = 64 << 10


@attrs.frozen
class TableHead:
    """Some rows of a table, the first ones where `start` is 0."""

    columns: Sequence[str]
    rows: Sequence[Sequence[Any]]
    total_rows: Annotated[int | None, About("How many rows it has, where that is known.")]
    next: Annotated[int | None, About("The `start` of the rows after these; null where there are none.")]


@attrs.frozen
class TextPart:
    """A part of a text, as UTF-8; bytes that are none are shown as U+FFFD."""

    text: str
    start: int
    end: Annotated[int, About("The byte after the last one that is shown.")]


@attrs.frozen
class Preview:
    """A file, with what suits its kind; the rest is null."""

    kind: Kind
    path: str
    size: Annotated[int | None, About("Its bytes, where the store says.")]
    media_type: str
    truncated: Annotated[bool, About("Whether there is more than is shown here.")]
    url: Annotated[str, About("Where the whole file is.")]
    table: Annotated[TableHead | None, About("For tables, and JSON that is one.")]
    text: Annotated[TextPart | None, About("For texts, markdown and JSON.")]
    problem: Annotated[str | None, About("Why a table or JSON is not shown as one.")]


def preview(call: Call) -> Preview:
    asked: PreviewParameters = call.parameters
    store, path = artifacts_of(call.stores, asked.run_id, asked.model_id), file_path(asked.path)
    info = store.stat(path)
    if info is None:
        raise NotFound(f"there is no file {path!r} here; /api/v1/artifacts/list shows what there is")
    if info.is_dir:
        raise InvalidInput(f"{path!r} is a folder; /api/v1/artifacts/list shows what it holds")
    kind = _kind(store, path)
    shown = Preview(
        kind=kind,
        path=path,
        size=info.file_size,
        media_type=media_type(path),
        truncated=False,
        url=_url(asked, path, kind),
        table=None,
        text=None,
        problem=None,
    )
    if kind == "table":
        return _with_table(shown, store, asked)
    if kind == "json":
        return _with_json(shown, store, asked)
    return _with_text(shown, store, asked) if kind in {"text", "markdown"} else shown


def _kind(store: ArtifactStore, path: str) -> Kind:
    media = media_type(path)
    if media in tables.READERS or media == tables.PARQUET:
        return "table"
    if media in {"application/json", "text/html", "text/markdown"}:
        by_media: dict[str, Kind] = {"application/json": "json", "text/html": "html", "text/markdown": "markdown"}
        return by_media[media]
    if media in INLINE:
        families: dict[str, Kind] = {"image": "image", "audio": "audio", "video": "video", "application": "pdf"}
        return families[media.partition("/")[0]]
    with store.open(path, length=4_096) as stream:
        return "text" if tables.is_text(stream.read()) else "binary"


def _url(asked: PreviewParameters, path: str, kind: Kind) -> str:
    of = {"run_id": asked.run_id} if asked.run_id is not None else {"model_id": asked.model_id}
    shown = {"inline": "true"} if kind in {"image", "audio", "video", "pdf", "html"} else {}
    return f"{BASE}/artifacts/file?{urlencode({**of, 'path': path, **shown})}"


def _with_table(shown: Preview, store: ArtifactStore, asked: PreviewParameters) -> Preview:
    try:
        if shown.media_type == tables.PARQUET:
            head = tables.parquet(store, shown.path, shown.size, asked.rows, asked.start)
        else:
            head = tables.READERS[shown.media_type](_text_of(store, shown.path, asked.start), asked.rows)
    except tables.Unreadable as error:
        if shown.media_type == tables.PARQUET:
            return attrs.evolve(shown, kind="binary", problem=str(error))
        return attrs.evolve(_with_text(shown, store, asked), kind="text", problem=str(error))
    return attrs.evolve(shown, table=_table(head), truncated=head.truncated or asked.start > 0)


def _table(head: tables.Head) -> TableHead:
    return TableHead(head.columns, head.rows, head.total_rows, head.next)


def _text_of(store: ArtifactStore, path: str, start: int) -> tables.Text:
    """The part of a table's text that has the rows wanted."""
    with store.open(path, start=start, length=HEAD + 1) as stream:
        data = stream.read()
    head = b""
    if start:
        with store.open(path, length=HEAD) as stream:
            head = stream.read()
    return tables.Text(head, data[:HEAD], start, len(data) > HEAD)


def _with_json(shown: Preview, store: ArtifactStore, asked: PreviewParameters) -> Preview:
    with_text = _with_text(shown, store, asked)
    if shown.size is None or shown.size > MAX_JSON:
        return attrs.evolve(with_text, problem=f"only JSON of up to {MAX_JSON:,} bytes is read as a whole")
    with store.open(shown.path, length=MAX_JSON) as stream:
        data = stream.read()
    try:
        head = tables.of_json(data, asked.rows, asked.start)
    except tables.Unreadable as error:
        return attrs.evolve(with_text, problem=str(error))
    if head is None:
        return with_text
    return attrs.evolve(with_text, table=_table(head), truncated=with_text.truncated or head.truncated)


def _with_text(shown: Preview, store: ArtifactStore, asked: PreviewParameters) -> Preview:
    with store.open(shown.path, start=asked.start, length=asked.length + 1) as stream:
        data = stream.read()
    text = data[: asked.length].decode("utf-8", "replace")
    part = TextPart(text, asked.start, asked.start + min(len(data), asked.length))
    return attrs.evolve(shown, text=part, truncated=asked.start > 0 or len(data) > asked.length)


ENDPOINTS = (
    Endpoint(
        operation="previewArtifact",
        method="GET",
        path="/artifacts/preview",
        summary="The head of a file: rows of a table, a part of a text, or where to see it.",
        tag="artifacts",
        handle=preview,
        parameters=PreviewParameters,
        answers={JSON: Preview},
        errors=(404, 501),
    ),
)
