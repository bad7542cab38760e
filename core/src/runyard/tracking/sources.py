"""Where a data set came from, in MLflow's JSON form."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import attrs

from runyard.errors import InvalidInput, NotFound
from runyard.uris import Uri


@attrs.frozen
class DatasetSource:
    """A kind of source, such as local, http, s3 or code, and what describes it."""

    source_type: str
    fields: Mapping[str, Any] = attrs.field(factory=dict)

    @property
    def uri(self) -> str | None:
        """The location, where the source has one."""
        return self.fields.get("uri") or self.fields.get("url")

    def to_dict(self) -> dict[str, Any]:
        return dict(self.fields)

    def to_json(self) -> str:
        return json.dumps(self.to_dict())


def as_source(source: DatasetSource | str | os.PathLike[str] | None) -> DatasetSource:
    """A source from a path or a URI, credentials taken out; None means the code that is running.

    Raises:
        InvalidInput: it is none of these.
    """
    if source is None:
        return code_source({})
    if isinstance(source, DatasetSource):
        return source
    if not isinstance(source, str | os.PathLike):
        raise InvalidInput(f"a data set's source is a path or a URI, got {type(source).__name__}")
    uri = Uri.parse(source)
    if uri.scheme == "file":
        return DatasetSource("local", {"uri": os.fspath(source)})
    if uri.scheme in {"http", "https"}:
        return DatasetSource("http", {"url": str(uri)})
    return DatasetSource(uri.scheme, {"uri": str(uri)})


def code_source(tags: Mapping[str, str]) -> DatasetSource:
    """The code that made the data, known by tags such as mlflow.source.name."""
    return DatasetSource("code", {"tags": dict(tags)})


def local_source(path: Path) -> DatasetSource:
    """A file or folder of this machine.

    Raises:
        NotFound: nothing is there.
    """
    if not path.exists():
        raise NotFound(f"no file or folder {str(path)!r} to make a data set from (working folder: {Path.cwd()})")
    return DatasetSource("local", {"uri": str(path.absolute())})
