"""The part of the client that logs params, metrics, tags and inputs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from runyard.entities import Dataset, DatasetInput, Metric, ModelInput, ModelMetric, Param, RunTag
from runyard.errors import InvalidInput, Unavailable
from runyard.tracking.connection import now
from runyard.tracking.logged_models import LoggedModels
from runyard.tracking.recorder import RunWriter
from runyard.validation import (
    check_integer,
    check_key,
    check_metric_value,
    check_model_metric,
    check_param_value,
    check_tags,
)


class RunLogs(LoggedModels):
    """What a run logs, through this process's journal: it is safe when a call returns, and delivered soon after."""

    def writer(self, run_id: str) -> RunWriter:
        """What logs to one run; for many calls the fastest way.

        Raises:
            NotFound: there is no such run.
            InvalidState: the run is deleted.
        """
        self.check_writable(run_id)
        return self.recorder.run(run_id)

    def log_metric(
        self,
        run_id: str,
        key: str,
        value: float,
        timestamp: int | None = None,
        step: int | None = None,
        synchronous: bool | None = None,  # noqa: ARG002 - MLflow's; the journal makes it needless
        dataset_name: str | None = None,
        dataset_digest: str | None = None,
        model_id: str | None = None,
    ) -> None:
        """Log one point; no step means 0, no timestamp means now. With `model_id`, also as measured on that model."""
        if model_id is None:
            self.writer(run_id).log_metric(key, value, step, timestamp)
        else:
            at = now() if timestamp is None else timestamp
            dataset = (dataset_name, dataset_digest)
            self.log_measurements(run_id, [ModelMetric(model_id, key, value, at, step or 0, run_id, *dataset)])

    def log_measurements(self, run_id: str, points: Sequence[ModelMetric]) -> None:
        """Log points that the run measured on logged models: for these, and for the run as any other; all or none.

        Raises:
            NotFound: there is no such run or logged model.
        """
        writer = self.writer(run_id)
        checked = [check_model_metric(point) for point in points]
        for model_id in dict.fromkeys(point.model_id for point in checked):
            self._note_use(run_id, model_id)
        writer.log_measurements(checked)
        for point in checked:
            writer.log_metric(point.key, point.value, point.step, point.timestamp)

    def log_param(self, run_id: str, key: str, value: Any, synchronous: bool | None = None) -> Any:  # noqa: ARG002
        """Log a param and give its value back; a param never changes."""
        self.writer(run_id).log_params({key: value})
        return value

    def set_tag(self, run_id: str, key: str, value: Any, synchronous: bool | None = None) -> None:  # noqa: ARG002
        self.writer(run_id).set_tags({key: value})

    def delete_tag(self, run_id: str, key: str) -> None:
        """Delete a tag; while the store cannot be reached, the deletion is delivered later.

        Raises:
            NotFound: the run has no such tag.
        """
        self.check_writable(run_id)
        self.recorder.delete_tag(run_id, key)

    def log_inputs(
        self, run_id: str, datasets: Sequence[DatasetInput] | None = None, models: Sequence[ModelInput] | None = None
    ) -> None:
        """Note data sets and logged models as what a run used; the models are noted in the store at once."""
        self.writer(run_id).log_inputs(datasets or ())
        if models:
            self.recorder.flush_run(run_id)
            self.logged_models.log_model_inputs(run_id, models)

    def log_batch(
        self,
        run_id: str,
        metrics: Sequence[Metric | ModelMetric] = (),
        params: Sequence[Param] = (),
        tags: Sequence[RunTag] = (),
        synchronous: bool | None = None,  # noqa: ARG002
    ) -> None:
        """Log many things; if one of them is refused, nothing is logged."""
        points = [_checked(metric) for metric in metrics if not isinstance(metric, ModelMetric)]
        measured = [check_model_metric(metric) for metric in metrics if isinstance(metric, ModelMetric)]
        named = {check_key(key, "param"): check_param_value(key, value) for key, value in _unique(params).items()}
        labels = check_tags({tag.key: tag.value for tag in tags})
        writer = self.writer(run_id)
        if named:
            writer.log_params(named)
        if labels:
            writer.set_tags(labels)
        for metric in points:
            writer.log_metric(metric.key, metric.value, metric.step, metric.timestamp)
        if measured:
            self.log_measurements(run_id, measured)

    def note_dataset(self, run_id: str, dataset: Dataset) -> None:
        """Note a data set as what the run used, unless this client did so before."""
        noted = (run_id, dataset.name, dataset.digest)
        if noted not in self._used:
            self.log_inputs(run_id, [DatasetInput(dataset)])
            self._used.add(noted)

    def _note_use(self, run_id: str, model_id: str) -> None:
        """Note a logged model as the run's input, once, unless the run made it or has it noted."""
        if (run_id, model_id) in self._used:
            return
        try:
            self.get_logged_model(model_id)
            run = self.get_run(run_id)
            known = {model.model_id for model in run.inputs.model_inputs}
            known |= {model.model_id for model in run.outputs.model_outputs}
            if model_id not in known:
                self.logged_models.log_model_inputs(run_id, [ModelInput(model_id)])
        except Unavailable:  # the points are safe without it, and the next one tries again
            return
        self._used.add((run_id, model_id))


def _checked(metric: Metric) -> Metric:
    return Metric(
        check_key(metric.key, "metric"),
        check_metric_value(metric.key, metric.value),
        now() if metric.timestamp is None else check_integer(metric.timestamp, "timestamp", minimum=0),
        check_integer(metric.step or 0, "step"),
    )


def _unique(params: Iterable[Param]) -> Mapping[str, Any]:
    values: dict[str, Any] = {}
    for param in params:
        if values.setdefault(param.key, param.value) != param.value:
            raise InvalidInput(f"param {param.key!r} is {values[param.key]!r} and {param.value!r} in one batch")
    return values
