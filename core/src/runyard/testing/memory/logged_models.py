"""Logged models in memory, for the in-memory tracking store."""

from __future__ import annotations

import math
import uuid
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

import attrs

from runyard.entities import (
    ChangeKind,
    LifecycleStage,
    LoggedModel,
    LoggedModelStatus,
    ModelInput,
    ModelMetric,
    ModelOutput,
    Page,
    Subject,
)
from runyard.errors import AlreadyExists, InvalidInput, InvalidState, NotFound
from runyard.protocols.logged_models import LoggedModelQuery, point_order
from runyard.testing.memory.logged_model_search import select_logged_models
from runyard.testing.memory.tracking_core import PlainTrackingStore, locked
from runyard.testing.memory.tracking_state import now
from runyard.tracking.names import run_name as random_name
from runyard.uris import Uri
from runyard.validation import (
    check_integer,
    check_logged_model_id,
    check_logged_model_name,
    check_logged_model_type,
    check_model_metric,
    check_params,
    check_reference,
    check_tags,
)


@attrs.define
class LoggedModelState:
    """What is kept of a logged model; points are kept by all that tells them apart."""

    model: LoggedModel
    params: dict[str, str]
    tags: dict[str, str]
    points: dict[tuple[object, ...], ModelMetric] = attrs.field(factory=dict)

    def add_point(self, point: ModelMetric) -> None:
        self.points[attrs.astuple(attrs.evolve(point, value=0)), _identity(point.value)] = point


def _identity(value: float) -> float | None:
    return None if math.isnan(value) else value


class LoggedModelsStore(PlainTrackingStore):
    """`KeepsLoggedModels`."""

    def __init__(self, artifact_root: Uri, clock: Callable[[], int] = now) -> None:
        super().__init__(artifact_root, clock)
        self._logged_models: dict[str, LoggedModelState] = {}

    @locked
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
        model_id = f"m-{uuid.uuid4().hex}" if model_id is None else check_logged_model_id(model_id)
        name = random_name() if name is None else check_logged_model_name(name)
        checked_params, checked_tags = check_params(params), check_tags(tags)
        check_logged_model_type(model_type)
        check_reference(source_run_id, "source run id")
        check_reference(user_id, "user")
        known = self._logged_models.get(model_id)
        if known is not None and known.model.experiment_id != experiment_id:
            raise AlreadyExists(f"a logged model {model_id!r} exists already, in another experiment")
        if known is None:
            experiment = self._active_experiment(experiment_id)
            location = Uri.parse(experiment.artifact_location).join("models", model_id, "artifacts")
            time = self.clock()
            model = LoggedModel(
                model_id=model_id,
                experiment_id=experiment_id,
                name=name,
                artifact_uri=location.text,
                creation_timestamp=time,
                last_updated_timestamp=time,
                model_type=model_type,
                source_run_id=source_run_id,
                creator_id=user_id,
            )
            self._logged_models[model_id] = LoggedModelState(model, checked_params, checked_tags)
            self._note(Subject.LOGGED_MODEL, model_id, ChangeKind.CREATED, experiment_id)
        return self._shown(self._logged_models[model_id])

    @locked
    def finalize_logged_model(self, model_id: str, status: LoggedModelStatus) -> LoggedModel:
        state = self._writable(model_id)
        self._touch(state, status=LoggedModelStatus(status))
        return self._shown(state)

    @locked
    def get_logged_model(self, model_id: str, *, allow_deleted: bool = False) -> LoggedModel:
        return self._shown(self._known(model_id) if allow_deleted else self._present(model_id))

    @locked
    def delete_logged_model(self, model_id: str) -> None:
        state = self._known(model_id)
        if state.model.deleted_time is None:
            self._touch(state, ChangeKind.DELETED, deleted_time=self.clock())

    @locked
    def purge_logged_models(self, model_ids: Sequence[str]) -> None:
        for state in [self._known(model_id) for model_id in model_ids]:
            if self._shown(state).lifecycle_stage is LifecycleStage.ACTIVE:
                raise InvalidState(f"logged model {state.model.model_id!r} is active; delete it first")
        for model_id in set(model_ids):
            gone = self._logged_models.pop(model_id).model
            self._note(Subject.LOGGED_MODEL, model_id, ChangeKind.DELETED, gone.experiment_id)

    @locked
    def search_logged_models(self, query: LoggedModelQuery) -> Page[LoggedModel]:
        models = [self._shown(state) for state in self._logged_models.values()]
        return select_logged_models([one for one in models if one.experiment_id in query.experiment_ids], query)

    @locked
    def set_logged_model_tags(self, model_id: str, tags: Mapping[str, str]) -> LoggedModel:
        checked = check_tags(tags)
        state = self._writable(model_id)
        state.tags.update(checked)
        self._touch(state)
        return self._shown(state)

    @locked
    def delete_logged_model_tag(self, model_id: str, key: str) -> None:
        state = self._writable(model_id)
        if state.tags.pop(key, None) is None:
            raise NotFound(f"logged model {model_id!r} has no tag {key!r}")
        self._touch(state)

    @locked
    def log_logged_model_params(self, model_id: str, params: Mapping[str, str]) -> None:
        checked = check_params(params)
        state = self._writable(model_id)
        for key, value in checked.items():
            known = state.params.get(key, value)
            if known != value:
                raise InvalidInput(
                    f"param {key!r} of logged model {model_id!r} is {known!r} already and cannot become {value!r}"
                )
        state.params.update(checked)
        self._touch(state)

    @locked
    def log_model_metrics(self, run_id: str, metrics: Sequence[ModelMetric]) -> None:
        checked = [attrs.evolve(check_model_metric(metric), run_id=run_id) for metric in metrics]
        self._active_run(run_id)
        states = [self._writable(metric.model_id) for metric in checked]
        before = {state.model.model_id: len(state.points) for state in states}
        for state, metric in zip(states, checked, strict=True):
            state.add_point(metric)
        for model_id, count in before.items():
            state = self._logged_models[model_id]
            if len(state.points) > count:
                self._note(Subject.LOGGED_MODEL, model_id, ChangeKind.METRICS, state.model.experiment_id)

    @locked
    def log_model_inputs(self, run_id: str, models: Sequence[ModelInput]) -> None:
        checked = [ModelInput(check_logged_model_id(model.model_id)) for model in models]
        state = self._active_run(run_id)
        for model in checked:
            state.model_inputs.setdefault(model.model_id, model)
        self._note_run(state, ChangeKind.UPDATED)

    @locked
    def log_model_outputs(self, run_id: str, models: Sequence[ModelOutput]) -> None:
        checked = [
            ModelOutput(check_logged_model_id(model.model_id), check_integer(model.step, "step of a model"))
            for model in models
        ]
        state = self._active_run(run_id)
        for model in checked:
            state.model_outputs[model.model_id] = model
        self._note_run(state, ChangeKind.UPDATED)

    # --- parts ----------------------------------------------------------------------------------------------------

    def _forget_points_of(self, run_ids: Collection[str]) -> None:
        for state in self._logged_models.values():
            state.points = {place: point for place, point in state.points.items() if point.run_id not in run_ids}

    def _forget_models_of(self, experiment_id: str) -> None:
        self._logged_models = {
            model_id: state
            for model_id, state in self._logged_models.items()
            if state.model.experiment_id != experiment_id
        }

    def _known(self, model_id: str) -> LoggedModelState:
        if model_id not in self._logged_models:
            raise NotFound(f"no logged model with id {model_id!r}")
        return self._logged_models[model_id]

    def _present(self, model_id: str) -> LoggedModelState:
        state = self._known(model_id)
        if state.model.deleted_time is not None:
            raise NotFound(f"logged model {model_id!r} is deleted")
        return state

    def _writable(self, model_id: str) -> LoggedModelState:
        state = self._present(model_id)
        self._active_experiment(state.model.experiment_id)
        return state

    def _touch(self, state: LoggedModelState, kind: ChangeKind = ChangeKind.UPDATED, **changes: Any) -> None:
        state.model = attrs.evolve(state.model, last_updated_timestamp=self.clock(), **changes)
        self._note(Subject.LOGGED_MODEL, state.model.model_id, kind, state.model.experiment_id)

    def _shown(self, state: LoggedModelState) -> LoggedModel:
        experiment = self._experiment(state.model.experiment_id)
        deleted = experiment.deleted_time if state.model.deleted_time is None else state.model.deleted_time
        return attrs.evolve(
            state.model,
            params=dict(sorted(state.params.items())),
            tags=dict(sorted(state.tags.items())),
            metrics=sorted(state.points.values(), key=point_order),
            lifecycle_stage=LifecycleStage.ACTIVE if deleted is None else LifecycleStage.DELETED,
            deleted_time=deleted,
        )
