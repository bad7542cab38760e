"""What is logged of a search for the best params: the best, the table of all, and runs of those that did best."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from numbers import Real
from typing import TYPE_CHECKING, Any

import attrs

from runyard.autologging.content import Measuring, fitting_params, note_dataset
from runyard.autologging.watching import AUTOLOGGING
from runyard.entities import RunStatus
from runyard.protocols.autologger import Call
from runyard.tracking.starts import PARENT
from runyard_flavor_sklearn.fitted import estimator_tags, log_model

if TYPE_CHECKING:
    import pandas as pd

RANK = "rank_test_score"
# Each split's own figures are many, and the params are logged as params.
NO_METRICS = ("param", "split")


def is_search(estimator: Any) -> bool:
    """Whether an estimator looks for the best params of another one."""
    search = getattr(sys.modules.get("sklearn.model_selection._search"), "BaseSearchCV", ())
    return isinstance(estimator, search)


def log_search(call: Call, search: Any, measuring: Measuring, facts: Mapping[str, Any]) -> None:
    """Log what a search has found."""
    best_id = None
    best = getattr(search, "best_estimator_", None)
    if call.options.log_models and best is not None:
        best_id = log_model(call, "best_estimator", best, facts, best.get_params(deep=True))
    if hasattr(search, "best_score_"):
        measuring.log({"best_cv_score": search.best_score_})
    if hasattr(search, "best_params_"):
        call.run.writer.log_params(fitting_params({f"best_{key}": value for key, value in search.best_params_.items()}))
    if hasattr(search, "cv_results_"):
        _log_results(call, search, measuring, best_id)


def _log_results(call: Call, search: Any, measuring: Measuring, best_id: str | None) -> None:
    import pandas as pd

    results = pd.DataFrame.from_dict(search.cv_results_)
    with call.attempt("the table cv_results.csv"):
        call.run.client.log_text(call.run.info.run_id, results.to_csv(index=False), "cv_results.csv")
    params = search.estimator.get_params(deep=not is_search(search.estimator))
    for position, row in _best_of(results, call.options.max_tuning_runs).iterrows():
        with call.attempt(f"the run of candidate {position}"):
            is_best = best_id is not None and position == getattr(search, "best_index_", None)
            child = attrs.evolve(measuring, model_id=best_id if is_best else None)
            _log_candidate(call, search, child, {**params, **row.get("params", {})}, row)


def _best_of(results: pd.DataFrame, number: int | None) -> pd.DataFrame:
    if number is None:
        return results
    rank = RANK if RANK in results else next((name for name in results if str(name).startswith("rank_test_")), None)
    return results.head(number) if rank is None else results.nsmallest(number, str(rank))


def _log_candidate(call: Call, search: Any, measuring: Measuring, params: Mapping[str, Any], row: Any) -> None:
    run, client = call.run, call.run.client
    context = {key: value for key, value in run.data.tags.items() if key.startswith(("mlflow.user", "mlflow.source."))}
    child = client.create_run(
        run.info.experiment_id,
        # When it was tried is not known; it was during the search.
        start_time=run.info.start_time,
        tags={
            **context,
            AUTOLOGGING: "sklearn",
            PARENT: run.info.run_id,
            **estimator_tags(search.estimator),
        },
    )
    try:
        client.writer(child.info.run_id).log_params(fitting_params(params))
        metrics = {
            key: value for key, value in row.items() if not key.startswith(NO_METRICS) and isinstance(value, Real)
        }
        attrs.evolve(measuring, run_id=child.info.run_id).log(metrics)
        if call.options.log_datasets:
            note_dataset(client, child.info.run_id, measuring.dataset, "train")
    finally:
        client.set_terminated(child.info.run_id, RunStatus.FINISHED)
