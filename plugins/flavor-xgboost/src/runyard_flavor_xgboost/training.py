"""What is logged of a training: params, curves, where it stopped, the data, the importance of features, the model."""

from __future__ import annotations

import inspect
import weakref
from collections.abc import Generator, Mapping, Sequence
from copy import deepcopy
from typing import Any

from runyard.autologging import evaluation
from runyard.autologging.content import (
    EXAMPLE_ROWS,
    MODEL_NAME,
    Example,
    Measuring,
    dataset_of,
    fitting_params,
    note_dataset,
)
from runyard.entities import LoggedModelStatus, ModelOutput
from runyard.models import logging
from runyard.protocols.autologger import Call
from runyard.tracking.datasets import Dataset
from runyard_flavor_xgboost.importance import log_importance

# What is no param: data, functions, and `params`, which are logged one by one.
NO_PARAMS = frozenset(
    {"params", "dtrain", "evals", "obj", "feval", "evals_result", "xgb_model", "callbacks", "learning_rates"}
)

# The first rows of matrices, which do not give them back.
_rows: weakref.WeakKeyDictionary[Any, Any] = weakref.WeakKeyDictionary()


def make_matrix(call: Call) -> Generator[None, Any, None]:
    """Keep the first rows that a matrix is made of, for the example and the signature of a model."""
    data = call.args[1] if len(call.args) > 1 else call.kwargs.get("data")
    rows = None if data is None or not hasattr(data, "shape") else deepcopy(data[:EXAMPLE_ROWS])
    yield
    if rows is not None:
        _rows[call.args[0]] = rows


def train(call: Call) -> Generator[Call | None, Any, None]:
    """Log `xgboost.train`."""
    yield from _training(call, log_models=call.options.log_models)


def train_estimator(call: Call) -> Generator[Call | None, Any, None]:
    """Log what an estimator trains; the estimator itself is logged when it is fitted."""
    yield from _training(call, log_models=False)


def fit(call: Call) -> Generator[None, Any, None]:
    """Log a fitted estimator."""
    estimator = call.args[0]
    data = call.args[1] if len(call.args) > 1 else call.kwargs.get("X")
    example = Example.of(call, data)
    yield
    model_id = None
    if call.options.log_models:
        model_id = _log_model(call, estimator, example.model_options(call, estimator.predict), None)
    evaluation.remember(estimator, call.run, model_id)


def _training(call: Call, *, log_models: bool) -> Generator[Call, Any, None]:
    from runyard_flavor_xgboost.recording import Recording

    bound = inspect.signature(call.function).bind(*call.args, **call.kwargs)
    bound.apply_defaults()
    given = bound.arguments
    arguments = {key: value for key, value in given.items() if key not in NO_PARAMS}
    with call.attempt("the params"):
        call.run.writer.log_params(fitting_params({**given["params"], **arguments}))
    dataset = _note_data(call, given["dtrain"], given["evals"] or ())
    model_id = _new_model(call, arguments) if log_models else None
    measuring = Measuring(call.run.info.run_id, call.run.client, model_id, dataset)
    recording = Recording(call, measuring)
    try:
        callbacks = [*(given["callbacks"] or ()), recording]
        booster = yield call.replacing(*call.args, **{**call.kwargs, "callbacks": callbacks})
    except GeneratorExit:
        if model_id is not None:
            call.run.client.finalize_logged_model(model_id, LoggedModelStatus.FAILED)
        raise
    if log_models:
        example = Example(_rows.get(given["dtrain"]))
        _log_model(call, booster, example.model_options(call, lambda rows: _predict(booster, rows)), model_id)
    if given["early_stopping_rounds"]:
        with call.attempt("where the training stopped"):
            _log_stop(booster, recording.history, measuring)
    log_importance(call, booster)


def _predict(booster: Any, rows: Any) -> Any:
    import xgboost

    return booster.predict(xgboost.DMatrix(rows))


def _note_data(call: Call, matrix: Any, evals: Sequence[tuple[Any, str]]) -> Dataset | None:
    if not call.options.log_datasets:
        return None
    client, run_id = call.run.client, call.run.info.run_id
    dataset = None
    with call.attempt("the training data"):
        dataset = dataset_of(call.run, matrix.get_data())
        note_dataset(client, run_id, dataset, "train")
        for data, name in evals:
            note_dataset(client, run_id, dataset_of(call.run, data.get_data(), name=name), "eval")
    return dataset


def _new_model(call: Call, params: Mapping[str, Any]) -> str | None:
    """A model to log metrics of while it is trained."""
    run = call.run
    with call.attempt("the model"):
        model = run.client.create_logged_model(
            run.info.experiment_id, name=MODEL_NAME, source_run_id=run.info.run_id, params=fitting_params(params)
        )
        run.client.log_outputs(run.info.run_id, [ModelOutput(model.model_id, 0)])
        return model.model_id
    return None


def _log_model(call: Call, model: Any, facts: Mapping[str, Any], model_id: str | None) -> str | None:
    with call.attempt("the model"):
        options = {"model_format": call.options.model_format}
        return logging.log_model("xgboost", model, None, MODEL_NAME, options, model_id=model_id, **facts).model_id
    return None


def _log_stop(booster: Any, history: Sequence[Mapping[str, float]], measuring: Measuring) -> None:
    """Log the best iteration: which it was, and its metrics once more, after the last of the curve."""
    measuring.log({"stopped_iteration": len(history) - 1, "best_iteration": booster.best_iteration})
    measuring.log(history[booster.best_iteration], step=len(history))
