"""What a tracking store implements that keeps logged models: models as runs produced them, before any registration.

`NotFound` is raised for a model that does not exist or is deleted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol, runtime_checkable

import attrs

from runyard.entities import LoggedModel, LoggedModelStatus, ModelInput, ModelMetric, ModelOutput, Page
from runyard.query import Filter, OrderBy


@attrs.frozen(kw_only=True)
class LoggedModelOrder:
    """An order by an attribute, or by a metric, perhaps only where it was measured on a certain data set."""

    order: OrderBy
    dataset_name: str | None = None
    dataset_digest: str | None = None


@attrs.frozen(kw_only=True)
class LoggedModelQuery:
    """Which logged models. Default order: newest first, then by id.

    `datasets` are (name, digest or None): conditions on metrics then look at points measured on one of them only, and
    without a condition on a metric, models that have such a point are found.
    """

    experiment_ids: Sequence[str]
    filter: Filter | None = None
    datasets: Sequence[tuple[str, str | None]] = ()
    order_by: Sequence[LoggedModelOrder] = ()
    max_results: int = 100
    page_token: str | None = None


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

        Without a name it gets a random one. With the id of an existing model, that model as it is.
        """

    def finalize_logged_model(self, model_id: str, status: LoggedModelStatus) -> LoggedModel: ...

    def get_logged_model(self, model_id: str) -> LoggedModel: ...

    def delete_logged_model(self, model_id: str) -> None: ...

    def search_logged_models(self, query: LoggedModelQuery) -> Page[LoggedModel]: ...

    def set_logged_model_tags(self, model_id: str, tags: Mapping[str, str]) -> LoggedModel: ...

    def delete_logged_model_tag(self, model_id: str, key: str) -> None: ...

    def log_logged_model_params(self, model_id: str, params: Mapping[str, str]) -> None:
        """Params are written once: the same value again is no error, another one is `InvalidInput`."""

    def log_model_metrics(self, run_id: str, metrics: Sequence[ModelMetric]) -> None:
        """Note points that a run measured on models, beside what `log_batch` keeps for the run itself."""

    def log_model_inputs(self, run_id: str, models: Sequence[ModelInput]) -> None:
        """Note models that a run used; one noted before is kept once."""

    def log_model_outputs(self, run_id: str, models: Sequence[ModelOutput]) -> None:
        """Note models that a run produced; one noted before is kept once, with its last step."""
