"""Data sets to log with `log_input`; the names of MLflow's `mlflow.data`."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from runyard.host import default_host
from runyard.tracking import datasets
from runyard.tracking.datasets import Dataset, FileDataset, NumpyDataset, PandasDataset, SourceLike
from runyard.tracking.sources import DatasetSource, code_source

if TYPE_CHECKING:
    import pandas as pd

    from runyard.tracking.datasets import Arrays

__all__ = [
    "Dataset",
    "DatasetSource",
    "FileDataset",
    "NumpyDataset",
    "PandasDataset",
    "from_file",
    "from_numpy",
    "from_pandas",
]


def from_pandas(
    df: pd.DataFrame,
    source: SourceLike = None,
    targets: str | None = None,
    name: str | None = None,
    digest: str | None = None,
    predictions: str | None = None,
) -> PandasDataset:
    """A data set from a data frame; without a source, the code that is running."""
    return datasets.from_pandas(df, _known(source), targets, name, digest, predictions)


def from_numpy(
    features: Arrays,
    source: SourceLike = None,
    targets: Arrays | None = None,
    name: str | None = None,
    digest: str | None = None,
) -> NumpyDataset:
    """A data set from arrays or dictionaries of arrays; without a source, the code that is running."""
    return datasets.from_numpy(features, _known(source), targets, name, digest)


def from_file(
    path: str | os.PathLike[str], source: SourceLike = None, name: str | None = None, digest: str | None = None
) -> FileDataset:
    """A data set from a file or a folder; without a source, its path."""
    return datasets.from_file(path, source, name, digest)


def _known(source: SourceLike) -> SourceLike:
    if source is not None:
        return source
    tags = default_host().run_context()
    return code_source({key: value for key, value in tags.items() if key.startswith(("mlflow.user", "mlflow.source."))})
