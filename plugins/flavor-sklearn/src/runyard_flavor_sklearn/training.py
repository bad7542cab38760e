"""What is logged of a fit: params, tags, the data, metrics and plots on the training data, the model, a search."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from typing import Any

from runyard.autologging import evaluation
from runyard.autologging.content import Example, Measuring, dataset_of, fitting_params, note_dataset
from runyard.protocols.autologger import Call
from runyard.tracking.datasets import Dataset
from runyard_flavor_sklearn import searches, training_plots
from runyard_flavor_sklearn.fitted import FittedData, estimator_tags, log_model
from runyard_flavor_sklearn.training_metrics import metrics_of, score_of

MODEL = "model"


def fit(call: Call) -> Generator[None, Any, None]:
    """Log a fit."""
    estimator = call.args[0]
    call.run.writer.set_tags(estimator_tags(estimator))
    params = estimator.get_params(deep=not searches.is_search(estimator))
    with call.attempt("the params"):
        call.run.writer.log_params(fitting_params(params))
    data = FittedData.of(call)
    example = Example.of(call, data.X)
    dataset = None
    if call.options.log_datasets or call.options.log_models:
        with call.attempt("the training data"):
            dataset = dataset_of(call.run, data.X, data.y)
    if call.options.log_datasets:
        with call.attempt("the training data"):
            note_dataset(call.run.client, call.run.info.run_id, dataset, "train")
    yield
    _after(call, data, example, dataset, params)


def _after(call: Call, data: FittedData, example: Example, dataset: Dataset | None, params: Mapping[str, Any]) -> None:
    estimator, run = data.estimator, call.run
    facts = example.model_options(call, _answer(estimator))
    model_id = None
    if call.options.log_models:
        best = {f"best_{key}": value for key, value in getattr(estimator, "best_params_", {}).items()}
        model_id = log_model(call, MODEL, estimator, facts, {**params, **best})
    measuring = Measuring(run.info.run_id, run.client, model_id, dataset)
    if data.y is not None:
        with call.attempt("the training metrics"):
            measuring.log(metrics_of(call, data))
        with call.attempt("the training score"):
            measuring.log(score_of(data))
        training_plots.log_plots(call, data)
    with call.attempt("the picture of the estimator"):
        training_plots.log_html(run, estimator)
    if searches.is_search(estimator):
        searches.log_search(call, estimator, measuring, {**facts, "registered_model_name": None})
    if call.options.log_post_training_metrics:
        evaluation.remember(estimator, run, model_id)


def _answer(estimator: Any) -> Any:
    for name in ("predict", "transform"):
        if hasattr(estimator, name):
            return getattr(estimator, name)

    def refuse(rows: Any) -> Any:  # noqa: ARG001
        raise AttributeError(f"this {type(estimator).__name__} has neither predict nor transform to infer it from")

    return refuse
