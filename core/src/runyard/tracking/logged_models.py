"""The part of the client that looks after logged models: models as runs made them, before any registration."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

from runyard.entities import FileInfo, LoggedModel, LoggedModelStatus, ModelOutput, Page
from runyard.errors import InvalidInput
from runyard.protocols.artifacts import ArtifactStore
from runyard.protocols.logged_models import KeepsLoggedModels, LoggedModelOrder, LoggedModelQuery
from runyard.protocols.tracking import capability
from runyard.query.tree import Target
from runyard.tracking.runs import Runs
from runyard.tracking.search import parsed
from runyard.transfers import folders
from runyard.validation import check_logged_model_id, check_logged_model_name, check_params, check_tags

PAGE = 100
_ORDER_FIELDS = ("field_name", "ascending", "dataset_name", "dataset_digest")
_DATASET_FIELDS = ("dataset_name", "dataset_digest")


class LoggedModels(Runs):
    """Logged models: create, fill, find, describe, delete. A store that keeps none raises `NotSupported`."""

    @property
    def logged_models(self) -> KeepsLoggedModels:
        """The tracking store as one that keeps logged models."""
        return capability(self.store, KeepsLoggedModels)  # type: ignore[type-abstract]

    def create_logged_model(
        self,
        experiment_id: str,
        name: str | None = None,
        source_run_id: str | None = None,
        tags: Mapping[str, Any] | None = None,
        params: Mapping[str, Any] | None = None,
        model_type: str | None = None,
    ) -> LoggedModel:
        """A new model, PENDING until `finalize_logged_model`; without a name it gets a random one."""
        return self.logged_models.create_logged_model(
            str(experiment_id),
            name=None if name is None else check_logged_model_name(name),
            model_type=model_type,
            source_run_id=source_run_id,
            params=check_params(params),
            tags=check_tags(tags),
            user_id=self.user,
        )

    def finalize_logged_model(self, model_id: str, status: LoggedModelStatus | str) -> LoggedModel:
        """Say that a model's files are all there, READY, or that they cannot be had, FAILED."""
        return self.logged_models.finalize_logged_model(check_logged_model_id(model_id), model_status(status))

    def get_logged_model(self, model_id: str) -> LoggedModel:
        return self.logged_models.get_logged_model(check_logged_model_id(model_id))

    def delete_logged_model(self, model_id: str) -> None:
        """Put a logged model into the bin."""
        self.logged_models.delete_logged_model(check_logged_model_id(model_id))

    def set_logged_model_tags(self, model_id: str, tags: Mapping[str, Any]) -> None:
        self.logged_models.set_logged_model_tags(check_logged_model_id(model_id), check_tags(tags))

    def delete_logged_model_tag(self, model_id: str, key: str) -> None:
        self.logged_models.delete_logged_model_tag(check_logged_model_id(model_id), key)

    def log_model_params(self, model_id: str, params: Mapping[str, Any]) -> None:
        """Log params of a model; a param never changes."""
        self.logged_models.log_logged_model_params(check_logged_model_id(model_id), check_params(params))

    def search_logged_models(
        self,
        experiment_ids: Sequence[str],
        filter_string: str | None = None,
        datasets: Sequence[Mapping[str, Any]] | None = None,
        max_results: int | None = None,
        order_by: Sequence[Mapping[str, Any]] | None = None,
        page_token: str | None = None,
    ) -> Page[LoggedModel]:
        """One page of the logged models that match a filter, newest first unless ordered otherwise.

        With `datasets`, dictionaries with `dataset_name` and perhaps `dataset_digest`, conditions on metrics look at
        what was measured on one of them only. `order_by` has dictionaries with `field_name`, such as
        `metrics.accuracy`, and perhaps `ascending` and, for a metric, `dataset_name` and `dataset_digest`.
        """
        if isinstance(experiment_ids, str):
            raise InvalidInput(f"experiment_ids must be a list, such as [{experiment_ids!r}]")
        condition, _ = parsed(Target.LOGGED_MODELS, filter_string, None)
        return self.logged_models.search_logged_models(
            LoggedModelQuery(
                experiment_ids=[str(experiment_id) for experiment_id in experiment_ids],
                filter=condition,
                datasets=[_dataset(item) for item in datasets or ()],
                order_by=[_order(item) for item in order_by or ()],
                max_results=PAGE if max_results is None else max_results,
                page_token=page_token,
            )
        )

    def log_outputs(self, run_id: str, models: Sequence[ModelOutput]) -> None:
        """Note logged models as what a run produced, each at one of its steps."""
        self.check_writable(run_id)
        self.recorder.flush_run(run_id)
        self.logged_models.log_model_outputs(run_id, models)

    # --- artifacts ------------------------------------------------------------------------------------------------

    def model_artifact_store(self, model_id: str) -> ArtifactStore:
        """What holds a logged model's files."""
        return self.host.artifact_store(self.get_logged_model(model_id).artifact_uri, beside=self._tracking)

    def log_model_artifact(
        self, model_id: str, local_path: str | os.PathLike[str], artifact_path: str | None = None
    ) -> None:
        """Store a file, or a folder, under its own name."""
        folders.upload(self.model_artifact_store(model_id), local_path, artifact_path)

    def log_model_artifacts(
        self, model_id: str, local_dir: str | os.PathLike[str], artifact_path: str | None = None
    ) -> None:
        """Store what a folder holds."""
        folders.upload_folder(self.model_artifact_store(model_id), local_dir, artifact_path)

    def list_logged_model_artifacts(self, model_id: str, path: str | None = None) -> list[FileInfo]:
        """What lies directly in a folder of a model's files; for a file or where nothing is, nothing."""
        return self.model_artifact_store(model_id).list(path or "")


def model_status(status: LoggedModelStatus | str) -> LoggedModelStatus:
    """A status, or one by its name."""
    try:
        return LoggedModelStatus(status)
    except ValueError as error:
        names = ", ".join(LoggedModelStatus.__members__)
        raise InvalidInput(f"not a logged model's status: {status!r}; there are {names}") from error


def _dataset(item: Mapping[str, Any]) -> tuple[str, str | None]:
    _check_fields(item, _DATASET_FIELDS, "datasets")
    return str(item["dataset_name"]), item.get("dataset_digest")


def _order(item: Mapping[str, Any]) -> LoggedModelOrder:
    from runyard.query.parser import order_by_field

    _check_fields(item, _ORDER_FIELDS, "order_by")
    ascending = bool(item.get("ascending", True))
    return LoggedModelOrder(
        order=order_by_field(str(item["field_name"]), Target.LOGGED_MODELS, ascending=ascending),
        dataset_name=item.get("dataset_name"),
        dataset_digest=item.get("dataset_digest"),
    )


def _check_fields(item: object, fields: Sequence[str], what: str) -> None:
    """Refuse what is no dictionary, lacks the first field, or has one that means nothing."""
    if not isinstance(item, Mapping) or not item.get(fields[0]) or not set(item) <= set(fields):
        raise InvalidInput(
            f"{what} must be a list of dictionaries with {fields[0]!r} and perhaps {', '.join(fields[1:])}, "
            f"such as [{{{fields[0]!r}: …}}]; got {item!r:.100}"
        )
