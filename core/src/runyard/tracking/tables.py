"""Tables as artifacts: `log_table` appends to what is there, `load_table` reads one, `load_tables` those of many runs.

`log_table(store, data, artifact_file, tags=run.data.tags, set_tag=...)` keeps the tag by which the runs are found.
"""

from __future__ import annotations

import json
import math
import posixpath
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from io import BytesIO
from typing import TYPE_CHECKING, Any

from runyard.entities import FileInfo, Run
from runyard.errors import CorruptData, InvalidInput, NotFound
from runyard.protocols.artifacts import ArtifactStore
from runyard.tracking.images import encoded, is_picture, preview, to_pil
from runyard.tracking.media import TagSetter
from runyard.uris import artifact_path

if TYPE_CHECKING:
    import pandas as pd

LOGGED_ARTIFACTS_TAG = "mlflow.loggedArtifacts"
_FORBIDDEN = "\"',:[]{}"


def log_table(
    store: ArtifactStore,
    data: Any,
    artifact_file: str,
    *,
    tags: Mapping[str, str] | None = None,
    set_tag: TagSetter | None = None,
) -> FileInfo:
    """Store a data frame or a dictionary of columns as .json or .parquet, after the rows that are there already.

    Images in a column are stored beside the table. JSON has no NaN and no infinity: both become null.

    Raises:
        InvalidInput: a wrong name or ending, or data that is no table.
    """
    name = checked_table_name(artifact_file)
    frame = _with_stored_pictures(store, as_frame(data), name)
    content = _json_content(store, frame, name) if name.endswith(".json") else _parquet_content(store, frame, name)
    info = store.write(name, BytesIO(content))
    if set_tag is not None:
        value = logged_artifacts((tags or {}).get(LOGGED_ARTIFACTS_TAG), name)
        if value != (tags or {}).get(LOGGED_ARTIFACTS_TAG):
            set_tag(LOGGED_ARTIFACTS_TAG, value)
    return info


def load_table(store: ArtifactStore, artifact_file: str) -> pd.DataFrame:
    """Read a table; JSON values come back as they were written, none is taken for a number or a date.

    Raises:
        NotFound: the run has no such table.
        CorruptData: the file is no table.
    """
    import pandas as pd

    name = checked_table_name(artifact_file)
    if name.endswith(".json"):
        columns, rows = _json_table(store, name)
        return pd.DataFrame(rows, columns=columns)
    with store.open(name) as stream:
        return pd.read_parquet(BytesIO(stream.read()))


def load_tables(
    runs: Iterable[Run],
    open_store: Callable[[str], ArtifactStore],
    artifact_file: str,
    extra_columns: Sequence[str] | None = None,
) -> pd.DataFrame:
    """The tables of that name of all runs that have one, with columns about the run such as run_id or params.lr.

    Raises:
        NotFound: none of the runs has one.
    """
    import pandas as pd

    frames = []
    for run in runs:
        store = open_store(run.info.artifact_uri)
        if store.stat(checked_table_name(artifact_file)) is None:
            continue
        frame = load_table(store, artifact_file)
        for column in extra_columns or ():
            frame[f"{column}_" if column in frame else column] = [_run_value(run, column)] * len(frame)
        frames.append(frame)
    if not frames:
        raise NotFound(f"none of the runs has a table {artifact_file!r}")
    return pd.concat(frames, ignore_index=True)


def checked_table_name(artifact_file: str) -> str:
    name = artifact_path(artifact_file)
    if not name.endswith((".json", ".parquet")):
        raise InvalidInput(f"a table's name ends in .json or .parquet, got {artifact_file!r}")
    if any(char in name for char in _FORBIDDEN):
        raise InvalidInput(f"a table's name holds none of {_FORBIDDEN}, got {artifact_file!r}")
    return name


def as_frame(data: Any) -> pd.DataFrame:
    """A copy of the table with unique columns and a plain index."""
    import pandas as pd

    if isinstance(data, pd.DataFrame):
        frame = data.reset_index(drop=True)
    elif isinstance(data, Mapping):
        try:
            frame = pd.DataFrame(data)
        except ValueError:  # all values are scalars: one row
            frame = pd.DataFrame([data])
    else:
        raise InvalidInput(f"log_table takes a pandas data frame or a dictionary of columns, got {type(data).__name__}")
    if not frame.columns.is_unique:
        raise InvalidInput(f"a table's columns need different names, got {list(frame.columns)}")
    return frame


def logged_artifacts(current: str | None, name: str) -> str:
    """The tag's value, with the table in it."""
    try:
        entries = json.loads(current or "[]")
    except ValueError as error:
        raise CorruptData(f"tag {LOGGED_ARTIFACTS_TAG} is not JSON: {current!r}") from error
    entry = {"path": name, "type": "table"}
    return json.dumps(entries if entry in entries else [*entries, entry])


def _with_stored_pictures(store: ArtifactStore, frame: pd.DataFrame, name: str) -> pd.DataFrame:
    stored: dict[Any, list[dict[str, str]]] = {}
    for column in frame.columns:
        if frame[column].dtype != object:
            continue
        shown = [is_picture(value) for value in frame[column]]
        if any(shown) and not all(shown):
            raise InvalidInput(f"column {column!r} has images and other values; a column holds one or the other")
        if any(shown):
            stored[column] = [_store_picture(store, value, name) for value in frame[column]]
    return _replaced(frame, stored)


def _replaced(frame: pd.DataFrame, columns: Mapping[Any, list[Any]]) -> pd.DataFrame:
    import pandas as pd

    kept = {column: pd.Series(columns.get(column, frame[column]), index=frame.index) for column in frame.columns}
    return pd.DataFrame(kept, columns=frame.columns)


def _store_picture(store: ArtifactStore, value: Any, table: str) -> dict[str, str]:
    path = posixpath.join("table_images", posixpath.splitext(table)[0], str(uuid.uuid4()))
    picture = to_pil(value)
    store.write(f"{path}.png", BytesIO(encoded(picture, "x.png")))
    store.write(f"{path}.webp", BytesIO(encoded(preview(picture), "x.webp")))
    return {"type": "image", "filepath": f"{path}.png", "compressed_filepath": f"{path}.webp"}


def _json_content(store: ArtifactStore, frame: pd.DataFrame, name: str) -> bytes:
    columns: list[Any] = []
    rows: list[list[Any]] = []
    if store.stat(name) is not None:
        columns, rows = _json_table(store, name)
    added = [column for column in frame.columns if column not in columns]
    every = columns + added
    new = [frame[column].tolist() if column in frame.columns else [None] * len(frame) for column in every]
    rows = [row + [None] * len(added) for row in rows]
    rows += [[_plain(value) for value in row] for row in zip(*new, strict=True)]
    try:
        text = json.dumps({"columns": every, "data": rows}, ensure_ascii=False, allow_nan=False, default=_as_json)
    except (TypeError, ValueError) as error:
        raise InvalidInput(f"table {name!r} has a value that JSON cannot hold: {error}; use .parquet") from error
    return text.encode()


def _json_table(store: ArtifactStore, name: str) -> tuple[list[Any], list[list[Any]]]:
    with store.open(name) as stream:
        content = stream.read()
    try:
        table = json.loads(content)
        return list(table["columns"]), [list(row) for row in table["data"]]
    except (ValueError, KeyError, TypeError) as error:
        raise CorruptData(f"artifact {name!r} is no table that can be read: {error}") from error


def _parquet_content(store: ArtifactStore, frame: pd.DataFrame, name: str) -> bytes:
    import pandas as pd

    if store.stat(name) is not None:
        frame = pd.concat([load_table(store, name), frame], ignore_index=True)
    target = BytesIO()
    try:
        frame.to_parquet(target, index=False)
    except (ValueError, TypeError) as error:  # pyarrow's own errors are among them
        raise InvalidInput(f"table {name!r} has a value that Parquet cannot hold: {error}") from error
    return target.getvalue()


def _plain(value: Any) -> Any:
    """A cell for JSON; NaN, NaT and NA are null, times are ISO text."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return value


def _as_json(value: Any) -> Any:
    import pandas as pd

    if value is pd.NaT or value is pd.NA:
        return None
    if hasattr(value, "tolist"):  # a numpy array or scalar
        return _plain(value.tolist())
    if hasattr(value, "isoformat"):
        return value.isoformat()
    if isinstance(value, bytes):
        raise TypeError("bytes")
    return str(value)


def _run_value(run: Run, column: str) -> Any:
    kind, dot, key = column.partition(".")
    if dot and kind in {"params", "metrics", "tags"}:
        return getattr(run.data, kind).get(key)
    if not hasattr(run.info, column):
        raise InvalidInput(
            f"a run has no {column!r}; extra columns are run_id, run_name ..., params.x, metrics.x, tags.x"
        )
    value = getattr(run.info, column)
    return value.value if hasattr(value, "value") else value
