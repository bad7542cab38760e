"""What autologgers log alike: params that fit, data sets, examples and signatures, metrics of a run and its model."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import deepcopy
from typing import Any

import attrs

from runyard.entities import DatasetInput, ModelMetric
from runyard.models.signature import infer_signature
from runyard.protocols.autologger import AutologOptions, Call
from runyard.query.fields import CONTEXT_TAG
from runyard.tracking.active import ActiveRun
from runyard.tracking.client import Client
from runyard.tracking.connection import now
from runyard.tracking.datasets import Dataset, from_numpy, from_pandas
from runyard.tracking.sources import code_source
from runyard.validation import MAX_KEY, MAX_PARAM_VALUE

EXAMPLE_ROWS = 5
# A sparse matrix is noted as the array that it stands for, as MLflow does, but not where that would fill the memory.
MAX_DENSE = 10_000_000
MODEL_NAME = "model"


def fitting_params(params: Mapping[str, Any]) -> dict[str, str]:
    """Params as they are kept; what is too long is cut, which three dots show."""
    return {_cut(str(key), MAX_KEY): _cut(str(value), MAX_PARAM_VALUE) for key, value in params.items()}


@attrs.define(eq=False)
class Example:
    """The first rows of the training data, copied before the training; None where they are not needed."""

    rows: Any = None

    @classmethod
    def of(cls, call: Call, data: Any) -> Example:
        """The rows that the options need, if any."""
        options: AutologOptions = call.options
        example = cls()
        if options.log_models and (options.log_input_examples or options.log_model_signatures):
            with call.attempt("the input example"):
                example.rows = deepcopy(data[:EXAMPLE_ROWS])
        return example

    def model_options(self, call: Call, predict: Callable[[Any], Any]) -> dict[str, Any]:
        """What `log_model` is told of the model's inputs and outputs, and of its registration."""
        options: AutologOptions = call.options
        signature: Any = False
        if options.log_model_signatures and self.rows is not None:
            with call.attempt("the model's signature"):
                signature = infer_signature(self.rows, predict(deepcopy(self.rows)))
        return {
            "signature": signature,
            "input_example": self.rows if options.log_input_examples else None,
            "registered_model_name": options.registered_model_name,
            "run_id": call.run.info.run_id,
            "client": call.run.client,
        }


def dataset_of(run: ActiveRun, data: Any, targets: Any = None, name: str | None = None) -> Dataset | None:
    """Training data as a data set from the code that the run is of; None where it is no table or array."""
    source = code_source(
        {key: value for key, value in run.data.tags.items() if key.startswith(("mlflow.user", "mlflow.source."))}
    )
    if hasattr(data, "iloc"):
        return from_pandas(data, source, name=name)
    features, labels = _array(data), _array(targets)
    return None if features is None else from_numpy(features, source, labels, name=name)


def note_dataset(client: Client, run_id: str, dataset: Dataset | None, context: str) -> None:
    """Note a data set as what a run used."""
    if dataset is not None:
        client.log_inputs(run_id, [DatasetInput(dataset.to_entity(), {CONTEXT_TAG: context})])


@attrs.frozen(eq=False)
class Measuring:
    """Where metrics are logged: to a run, and to the model that they were measured on, of a data set."""

    run_id: str
    client: Client
    model_id: str | None = None
    dataset: Dataset | None = None

    def log(self, metrics: Mapping[str, Any], step: int = 0) -> None:
        """Log metrics at a step."""
        values = {_cut(key, MAX_KEY): float(value) for key, value in metrics.items()}
        if self.model_id is None:
            self.client.writer(self.run_id).log_metrics(values, step)
            return
        at = now()
        on = (None, None) if self.dataset is None else (self.dataset.name, self.dataset.digest)
        points = [ModelMetric(self.model_id, key, value, at, step, self.run_id, *on) for key, value in values.items()]
        self.client.log_measurements(self.run_id, points)


def _array(data: Any) -> Any:
    """An array, dense, or None for what is none."""
    if hasattr(data, "toarray"):
        return data.toarray() if data.shape[0] * data.shape[1] <= MAX_DENSE else None
    if hasattr(data, "to_numpy"):
        return data.to_numpy()
    return data if hasattr(data, "dtype") and hasattr(data, "shape") else None


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 3] + "..."
