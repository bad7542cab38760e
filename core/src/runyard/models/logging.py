"""Log a model: save it, keep it in the tracking store as a logged model of the active run, and register it if asked."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Unpack

from runyard.entities import LoggedModel, LoggedModelStatus, ModelMetric, ModelOutput, Run
from runyard.errors import InvalidInput, Unavailable
from runyard.models.descriptor import Model
from runyard.models.info import ModelInfo
from runyard.models.saving import CommonOptions, check_names, save_model
from runyard.tracking.active import active_run
from runyard.tracking.client import Client
from runyard.tracking.session import current_client, current_experiment_id

SAVE_NAMES = frozenset(CommonOptions.__annotations__)


class LogOptions(CommonOptions, total=False):
    """What MLflow's `log_model` takes beside the model and the flavor's own options."""

    registered_model_name: str | None
    await_registration_for: int | None
    params: Mapping[str, Any] | None
    tags: Mapping[str, Any] | None
    model_type: str | None
    step: int
    model_id: str | None
    run_id: str | None
    client: Client | None


def log_model(
    flavor: str,
    model: Any,
    artifact_path: str | None = None,
    name: str | None = None,
    options: Mapping[str, Any] | None = None,
    **given: Unpack[LogOptions],
) -> ModelInfo:
    """Save a model of a flavor and keep it as a logged model: of the active run, else of the experiment alone.

    `artifact_path` is MLflow's old word for `name`. Metrics that the run logged at `step` are noted on the model.

    Raises:
        InvalidInput: the model is not of this flavor, or an option is refused; nothing is kept then.
        InvalidState: the run it is to belong to is deleted.
        Unavailable: the tracking store cannot be reached.
    """
    check_names(given, LogOptions, "log_model")
    if artifact_path is not None and name is not None:
        raise InvalidInput("give name only; artifact_path is the old word for the same")
    if given.get("resources") is not None and given.get("auth_policy") is not None:
        raise InvalidInput("give one of resources and auth_policy")
    try:
        return _Logging(flavor, given).run(model, name or artifact_path, options or {})
    except Unavailable as error:
        # The store gives a model its id, which stands in its hashed files, so that they cannot be written before.
        raise Unavailable(
            f"the model is not logged, for that needs the tracking store ({error}); to keep it, give save_model a new "
            "folder and pass that to log_artifacts with a path: it waits for the store, and can be registered as "
            "runs:/RUN_ID/PATH then"
        ) from error


class _Logging:
    """One model on its way into the tracking store."""

    def __init__(self, flavor: str, given: LogOptions) -> None:
        self.flavor = flavor
        self.given = given
        run = active_run()
        self.run_id = given.get("run_id") or (run.info.run_id if run else None)
        host = given.get("host")
        own = run.client if run and host is None else None
        self.client = given.get("client") or own or (Client(host=host) if host else current_client())

    def run(self, model: Any, name: str | None, options: Mapping[str, Any]) -> ModelInfo:
        logged = self._logged_model(name)
        try:
            with tempfile.TemporaryDirectory(prefix="runyard-model-") as scratch:
                saved = self._save(logged, model, Path(scratch) / "model", options)
                self.client.log_model_artifacts(logged.model_id, Path(scratch) / "model")
        except BaseException:
            self.client.finalize_logged_model(logged.model_id, LoggedModelStatus.FAILED)
            raise
        self.client.finalize_logged_model(logged.model_id, LoggedModelStatus.READY)
        uri = f"models:/{logged.model_id}"
        registered = self.given.get("registered_model_name")
        version = self.client.register_model(uri, registered, tags=self.given.get("tags")) if registered else None
        return ModelInfo.of(
            saved, uri, name=logged.name, registered_model_version=version.version if version is not None else None
        )

    def _save(self, logged: LoggedModel, model: Any, folder: Path, options: Mapping[str, Any]) -> Model:
        descriptor = Model(
            model_id=logged.model_id,
            model_uuid=logged.model_id,
            run_id=self.run_id,
            artifact_path=logged.artifact_uri,
        )
        save_options: dict[str, Any] = {key: value for key, value in self.given.items() if key in SAVE_NAMES}
        save_options["host"] = self.client.host
        return save_model(self.flavor, model, folder, options, mlflow_model=descriptor, **save_options)

    def _logged_model(self, name: str | None) -> LoggedModel:
        """The model that the caller has made already, else a new one: of the run, with its params and metrics."""
        model_id = self.given.get("model_id")
        if model_id is not None:
            return self.client.get_logged_model(model_id)
        run = self.client.get_run(self.run_id) if self.run_id else None
        params = {**(self.given.get("params") or {}), **(run.data.params if run else {})}
        logged = self.client.create_logged_model(
            run.info.experiment_id if run else current_experiment_id(),
            name=name,
            source_run_id=self.run_id,
            model_type=self.given.get("model_type"),
            params={key: str(value) for key, value in params.items()},
            tags={key: str(value) for key, value in (self.given.get("tags") or {}).items()},
        )
        if run is not None:
            step = self.given.get("step", 0)
            self.client.log_outputs(run.info.run_id, [ModelOutput(logged.model_id, step)])
            self.client.logged_models.log_model_metrics(
                run.info.run_id, list(self._metrics(run, logged.model_id, step))
            )
        return logged

    def _metrics(self, run: Run, model_id: str, step: int) -> Iterator[ModelMetric]:
        """What the run has logged at a step, as points of the model."""
        for metric in run.data.latest_metrics:
            if metric.step < step:
                continue
            for at, timestamp, value in self.client.get_metric_columns(run.info.run_id, metric.key):
                if at == step:
                    yield ModelMetric(model_id, metric.key, value, timestamp, step)
