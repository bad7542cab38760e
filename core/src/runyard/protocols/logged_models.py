"""What a tracking store implements that keeps logged models: models as runs produced them, before any registration.

`NotFound` is raised for a model that does not exist or is deleted. While its experiment is deleted, a model counts as
deleted in searches and is found by its id only; to write to it is `InvalidState`.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any, Protocol, runtime_checkable

import attrs

from runyard.entities import (
    LoggedModel,
    LoggedModelStatus,
    ModelInput,
    ModelMetric,
    ModelOutput,
    ModelVersion,
    Page,
    RunInfo,
    ViewType,
)
from runyard.errors import NotSupported
from runyard.query import And, Comparison, Filter, Identifier, Kind, Operator, OrderBy, render
from runyard.validation import is_logged_model_name

VERSIONS_TAG = "mlflow.modelVersions"  # of a logged model: the versions it was registered as, in JSON


@attrs.frozen(kw_only=True)
class LoggedModelOrder:
    """An order by an attribute, a param, a tag or a metric, this perhaps only where it was measured on a data set.

    By a metric means by its latest point: the greatest by (timestamp, step, value).
    """

    order: OrderBy
    dataset_name: str | None = None
    dataset_digest: str | None = None


@attrs.frozen(kw_only=True)
class LoggedModelQuery:
    """Which logged models. Default order: newest first, then by id.

    A condition on a metric holds where any of its points meets it. `datasets` are (name, digest or None): conditions on
    metrics then look at points measured on one of them only, and without a condition on a metric, models that have such
    a point are found.
    """

    experiment_ids: Sequence[str]
    filter: Filter | None = None
    datasets: Sequence[tuple[str, str | None]] = ()
    order_by: Sequence[LoggedModelOrder] = ()
    max_results: int = 100
    page_token: str | None = None
    view: ViewType = ViewType.ACTIVE_ONLY


@runtime_checkable
class KeepsLoggedModels(Protocol):
    """A tracking store with logged models."""

    def create_logged_model(
        self,
        experiment_id: str,
        *,
        model_id: str | None = None,
        name: str | None = None,
        model_type: str | None = None,
        source_run_id: str | None = None,
        params: Mapping[str, str] | None = None,
        tags: Mapping[str, str] | None = None,
        user_id: str | None = None,
    ) -> LoggedModel:
        """A new model, PENDING, its files at `<experiment's artifact location>/models/<model id>/artifacts`.

        Without a name it gets a random one. With the id of an existing model of the experiment, that model as it is;
        `AlreadyExists` where the model is another experiment's. The source run need not exist.
        """

    def finalize_logged_model(self, model_id: str, status: LoggedModelStatus) -> LoggedModel: ...

    def get_logged_model(self, model_id: str, *, allow_deleted: bool = False) -> LoggedModel:
        """A model by its id; a deleted one only where that is allowed, else it is `NotFound`."""

    def delete_logged_model(self, model_id: str) -> None:
        """Mark a model deleted; again is no error."""

    def purge_logged_models(self, model_ids: Sequence[str]) -> None:
        """Erase deleted models; `InvalidState` where one is active. What runs noted about them stays."""

    def search_logged_models(self, query: LoggedModelQuery) -> Page[LoggedModel]: ...

    def set_logged_model_tags(self, model_id: str, tags: Mapping[str, str]) -> LoggedModel: ...

    def delete_logged_model_tag(self, model_id: str, key: str) -> None:
        """Delete a tag; `NotFound` where there is none."""

    def log_logged_model_params(self, model_id: str, params: Mapping[str, str]) -> None:
        """Params are written once: the same value again is no error, another one is `InvalidInput`."""

    def log_model_metrics(self, run_id: str, metrics: Sequence[ModelMetric]) -> None:
        """Note points that a run measured on models, beside what `log_batch` keeps for the run itself.

        The points become this run's, whatever run they name. All or nothing; one that exists already is kept once.
        """

    def log_model_inputs(self, run_id: str, models: Sequence[ModelInput]) -> None:
        """Note models that a run used; one noted before is kept once. The models may be of another place."""

    def log_model_outputs(self, run_id: str, models: Sequence[ModelOutput]) -> None:
        """Note models that a run produced; one noted before is kept once, with the step that was noted last."""


def logged_model_at(store: object, run: RunInfo, path: str) -> tuple[LoggedModel, str] | None:
    """The newest logged model of a run whose name a path begins with, and the rest of the path.

    None where there is none, and where the store keeps no logged models: the path then lies in the run's own folder.
    """
    name, _, below = path.partition("/")
    if not is_logged_model_name(name) or not isinstance(store, KeepsLoggedModels):
        return None
    tree = And((_is("source_run_id", run.run_id), _is("name", name)))
    condition = Filter(render(tree), tree)
    try:
        found = store.search_logged_models(
            LoggedModelQuery(experiment_ids=[run.experiment_id], filter=condition, max_results=1)
        )
    except NotSupported:  # a server that is older than logged models
        return None
    return (found[0], below) if found else None


def note_version(store: KeepsLoggedModels, model_id: str, version: ModelVersion) -> None:
    """Tell a logged model which version it became, as MLflow does; once, whoever says it again."""
    noted = _versions(store.get_logged_model(model_id).tags.get(VERSIONS_TAG, ""))
    entry = {"name": version.name, "version": version.version}
    if entry not in noted:
        store.set_logged_model_tags(model_id, {VERSIONS_TAG: json.dumps([*noted, entry])})


def _versions(text: str) -> list[Any]:
    """The versions noted so far; none where somebody wrote something else there."""
    try:
        noted = json.loads(text or "[]")
    except ValueError:
        return []
    return noted if isinstance(noted, list) else []


def _is(attribute: str, value: str) -> Comparison:
    return Comparison(Identifier(Kind.ATTRIBUTE, attribute), Operator.EQ, value)


def point_order(point: ModelMetric) -> tuple[str, str, str, int, int, bool, float, str]:
    """What a model's points are ordered by; NaN comes before the numbers."""
    dataset = (point.dataset_name or "", point.dataset_digest or "")
    return (point.key, *dataset, *point_age(point), point.run_id or "")


def point_age(point: ModelMetric) -> tuple[int, int, bool, float]:
    """What the latest of a metric's points is the greatest by."""
    is_number = not math.isnan(point.value)
    return (point.timestamp, point.step, is_number, point.value if is_number else 0.0)
