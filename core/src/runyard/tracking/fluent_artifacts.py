"""The module-level functions for artifacts, tables and data sets of the active run."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, BinaryIO

from runyard.entities import DatasetInput, ModelInput
from runyard.errors import InvalidInput
from runyard.query.fields import CONTEXT_TAG
from runyard.tracking.active import chosen_run
from runyard.tracking.datasets import dataset_entity
from runyard.tracking.session import current_client, current_experiment_id
from runyard.uris import Uri
from runyard.uris import artifact_path as checked_path

if TYPE_CHECKING:
    import pandas as pd


def log_artifact(
    local_path: str | os.PathLike[str], artifact_path: str | None = None, run_id: str | None = None
) -> None:
    """Store a file, or a folder, under its own name."""
    client, target = chosen_run(run_id)
    client.log_artifact(target, local_path, artifact_path)


def log_artifacts(
    local_dir: str | os.PathLike[str], artifact_path: str | None = None, run_id: str | None = None
) -> None:
    """Store what a folder holds."""
    client, target = chosen_run(run_id)
    client.log_artifacts(target, local_dir, artifact_path)


def log_stream(stream: BinaryIO, artifact_file: str, run_id: str | None = None) -> None:
    """Store what a binary stream holds."""
    client, target = chosen_run(run_id)
    client.log_stream(target, stream, artifact_file)


def log_text(text: str, artifact_file: str, run_id: str | None = None) -> None:
    client, target = chosen_run(run_id)
    client.log_text(target, text, artifact_file)


def log_dict(dictionary: Any, artifact_file: str, run_id: str | None = None) -> None:
    """Store a dictionary or list as YAML where the name ends in .yml or .yaml, else as JSON."""
    client, target = chosen_run(run_id)
    client.log_dict(target, dictionary, artifact_file)


def log_figure(figure: Any, artifact_file: str, *, save_kwargs: Mapping[str, Any] | None = None) -> None:
    """Store a matplotlib or plotly figure in the format that the name's ending says."""
    client, target = chosen_run(None)
    client.log_figure(target, figure, artifact_file, save_kwargs=save_kwargs)


def log_image(
    image: Any,
    artifact_file: str | None = None,
    key: str | None = None,
    step: int | None = None,
    timestamp: int | None = None,
    synchronous: bool | None = None,
) -> None:
    """Store an image under a name, or as one of a series under a key and a step."""
    client, target = chosen_run(None)
    client.log_image(target, image, artifact_file, key, step, timestamp, synchronous)


def log_table(data: Any, artifact_file: str, run_id: str | None = None) -> None:
    """Store a table, after the rows that are there already."""
    client, target = chosen_run(run_id)
    client.log_table(target, data, artifact_file)


def load_table(
    artifact_file: str, run_ids: Sequence[str] | None = None, extra_columns: Sequence[str] | None = None
) -> pd.DataFrame:
    """The tables of that name of the current experiment's runs, or of these runs, one below the other."""
    experiment_id = "" if run_ids else current_experiment_id()
    return current_client().load_table(experiment_id, artifact_file, run_ids, extra_columns)


def log_input(
    dataset: Any = None,
    context: str | None = None,
    tags: Mapping[str, str] | None = None,
    model: ModelInput | None = None,
) -> None:
    """Note a data set, or a logged model, as what the run used; `context` says for what, such as "training"."""
    if dataset is None and (context or tags):
        raise InvalidInput("context and tags belong to a data set; give one, or leave them out")
    models = None if model is None else [model]
    if dataset is None:
        log_inputs(models=models)
    else:
        log_inputs([dataset], [context], [tags], models)


def log_inputs(
    datasets: Sequence[Any] | None = None,
    contexts: Sequence[str | None] | None = None,
    tags_list: Sequence[Mapping[str, str] | None] | None = None,
    models: Sequence[ModelInput] | None = None,
) -> None:
    """Note several data sets and logged models as what the run used; the data sets all or none."""
    client, target = chosen_run(None)
    found = datasets or ()
    rows = zip(found, contexts or [None] * len(found), tags_list or [None] * len(found), strict=True)
    client.log_inputs(target, [_input(dataset, context, tags) for dataset, context, tags in rows], models)


def get_artifact_uri(artifact_path: str | None = None) -> str:
    """Where the active run's artifacts are, or one of them."""
    client, target = chosen_run(None)
    root = Uri.parse(client.artifact_uri(target))
    return root.join(checked_path(artifact_path)).text if artifact_path else root.text


def _input(dataset: Any, context: str | None, tags: Mapping[str, str] | None) -> DatasetInput:
    return DatasetInput(dataset_entity(dataset), {**({CONTEXT_TAG: context} if context else {}), **(tags or {})})
