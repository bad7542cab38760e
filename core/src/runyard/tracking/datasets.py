"""Data sets as runs see them: `from_pandas`, `from_numpy`, `from_file`; `dataset.to_entity()` is what gets logged."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

from runyard import entities
from runyard.errors import InvalidInput
from runyard.tracking import digests, schemas
from runyard.tracking.sources import DatasetSource, as_source, local_source

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    Arrays = np.ndarray[Any, Any] | Mapping[str, np.ndarray[Any, Any]]

SourceLike = DatasetSource | str | os.PathLike[str] | None

MAX_NAME = 500
MAX_DIGEST = 36
MAX_SCHEMA = 1_048_575
MAX_SOURCE = 65_535
MAX_PROFILE = 16_777_215


@attrs.define(eq=False, slots=False, kw_only=True)
class Dataset:
    """A data set with its source; digest, schema and profile are worked out when they are first asked for."""

    name: str
    source: DatasetSource
    given_digest: str | None = attrs.field(default=None, repr=False)

    @cached_property
    def digest(self) -> str:
        """What tells this data from other data; at most 36 characters, the same in every process."""
        return self.given_digest or self._digest()

    @cached_property
    def schema(self) -> dict[str, Any] | None:
        """Columns or tensors in MLflow's JSON form."""
        return self._schema()

    @cached_property
    def profile(self) -> dict[str, Any] | None:
        """Counts and sizes."""
        return self._profile()

    def to_entity(self) -> entities.Dataset:
        """What is logged; a schema too large to be kept is left out, and the profile says so.

        Raises:
            InvalidInput: name, digest, source or profile are too long to be kept.
        """
        schema = json.dumps(self.schema) if self.schema is not None else None
        profile = dict(self.profile or {})
        if schema is not None and len(schema) > MAX_SCHEMA:
            profile["schema_left_out"] = f"{len(schema)} characters; at most {MAX_SCHEMA} are kept"
            schema = None
        return entities.Dataset(
            name=_limited(self.name, MAX_NAME, "name"),
            digest=_limited(self.digest, MAX_DIGEST, "digest"),
            source_type=self.source.source_type,
            source=_limited(self.source.to_json(), MAX_SOURCE, "source"),
            schema=schema,
            profile=_limited(json.dumps(profile), MAX_PROFILE, "profile"),
        )

    def to_dict(self) -> dict[str, str | None]:
        """The logged fields as text, as MLflow's datasets give them."""
        return attrs.asdict(self.to_entity())

    def _digest(self) -> str:
        raise NotImplementedError

    def _schema(self) -> dict[str, Any] | None:
        return None

    def _profile(self) -> dict[str, Any] | None:
        return None


def dataset_entity(dataset: Any) -> entities.Dataset:
    """What is logged of a data set, or one that was made for that already.

    Raises:
        InvalidInput: it is none.
    """
    entity = dataset.to_entity() if hasattr(dataset, "to_entity") else dataset
    if not isinstance(entity, entities.Dataset):
        raise InvalidInput(
            f"log_input takes a data set, as runyard.data.from_pandas makes one, got {type(dataset).__name__}"
        )
    return entity


@attrs.define(eq=False, slots=False, kw_only=True)
class PandasDataset(Dataset):
    """A data frame; `targets` and `predictions` are names of its columns."""

    df: pd.DataFrame = attrs.field(repr=False)
    targets: str | None = None
    predictions: str | None = None

    def _digest(self) -> str:
        return digests.of_frame(self.df)

    def _schema(self) -> dict[str, Any]:
        return {"mlflow_colspec": schemas.columns(self.df)}

    def _profile(self) -> dict[str, Any]:
        return {"num_rows": len(self.df), "num_elements": int(self.df.size)}


@attrs.define(eq=False, slots=False, kw_only=True)
class NumpyDataset(Dataset):
    """Arrays, or dictionaries of named arrays."""

    features: Arrays = attrs.field(repr=False)
    targets: Arrays | None = attrs.field(default=None, repr=False)

    def _digest(self) -> str:
        return digests.of_arrays(self.features, self.targets)

    def _schema(self) -> dict[str, Any]:
        targets = None if self.targets is None else json.dumps(schemas.tensors(self.targets))
        return {"mlflow_tensorspec": {"features": json.dumps(schemas.tensors(self.features)), "targets": targets}}

    def _profile(self) -> dict[str, Any]:
        profile = schemas.array_profile("features", self.features)
        return profile if self.targets is None else {**profile, **schemas.array_profile("targets", self.targets)}


@attrs.define(eq=False, slots=False, kw_only=True)
class FileDataset(Dataset):
    """A file or a folder of files, known by the SHA-256 of all its content."""

    path: Path

    def _digest(self) -> str:
        return digests.of_path(self.path)

    def _schema(self) -> dict[str, Any] | None:
        columns = schemas.file_columns(self.path)
        return None if columns is None else {"mlflow_colspec": columns}

    def _profile(self) -> dict[str, Any]:
        files = digests.files_of(self.path)
        return {"num_files": len(files), "size": sum(file.stat().st_size for file, _ in files)}


def from_pandas(
    df: pd.DataFrame,
    source: SourceLike = None,
    targets: str | None = None,
    name: str | None = None,
    digest: str | None = None,
    predictions: str | None = None,
) -> PandasDataset:
    """A data set from a data frame.

    Raises:
        InvalidInput: it is no data frame, or lacks the column of the targets or predictions.
    """
    import pandas as pd

    if not isinstance(df, pd.DataFrame):
        raise InvalidInput(f"from_pandas takes a pandas data frame, got {type(df).__name__}")
    for what, column in (("targets", targets), ("predictions", predictions)):
        if column is not None and column not in df.columns:
            raise InvalidInput(f"the data frame has no {what} column {column!r}; it has {list(df.columns)[:20]}")
    return PandasDataset(
        df=df,
        source=as_source(source),
        targets=targets,
        predictions=predictions,
        name=name or "dataset",
        given_digest=_checked_digest(digest),
    )


def from_numpy(
    features: Arrays,
    source: SourceLike = None,
    targets: Arrays | None = None,
    name: str | None = None,
    digest: str | None = None,
) -> NumpyDataset:
    """A data set from arrays, or dictionaries of arrays.

    Raises:
        InvalidInput: something else was given.
    """
    for what, value in (("features", features), ("targets", targets)):
        if value is not None and not schemas.is_arrays(value):
            raise InvalidInput(f"{what} must be a numpy array or a dictionary of them, got {type(value).__name__}")
    return NumpyDataset(
        features=features,
        source=as_source(source),
        targets=targets,
        name=name or "dataset",
        given_digest=_checked_digest(digest),
    )


def from_file(
    path: str | os.PathLike[str],
    source: SourceLike = None,
    name: str | None = None,
    digest: str | None = None,
) -> FileDataset:
    """A data set from a file or a folder; its columns are read where they stand in the head of the file.

    Raises:
        NotFound: nothing is there.
    """
    location = Path(path)
    return FileDataset(
        path=location,
        source=local_source(location) if source is None else as_source(source),
        name=name or location.name or "dataset",
        given_digest=_checked_digest(digest),
    )


def _checked_digest(digest: str | None) -> str | None:
    return None if digest is None else _limited(digest, MAX_DIGEST, "digest")


def _limited(value: str, limit: int, what: str) -> str:
    if len(value) > limit:
        raise InvalidInput(f"the data set's {what} has {len(value)} characters; at most {limit} are kept")
    return value
