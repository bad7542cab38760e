"""`runyard runs show`: all that one run logged."""

from __future__ import annotations

from typing import Any

import click

from runyard.cli import complete, output, text
from runyard.cli.columns import STATUS_COLOURS
from runyard.cli.context import Context, pass_context
from runyard.cli.lookup import find_run
from runyard.entities import FileInfo, LifecycleStage, MetricColumns, Run
from runyard.errors import NotSupported, RunyardError

CURVE_COLUMNS = 24
MOST_CURVES = 100
DESCRIPTION = "mlflow.note.content"


@click.command()
@click.argument("run", shell_complete=complete.run)
@output.json_option
@pass_context
def show(context: Context, run: str, as_json: bool) -> None:
    """Show what a run logged: params, metrics with their curves, tags, artifacts."""
    found = find_run(context, run)
    artifacts = _artifacts(context, found)
    if as_json:
        output.show_json(_as_json(found, artifacts))
        return
    _show_info(context, found)
    _show_params(found)
    _show_metrics(context, found)
    _show_inputs(found)
    _show_artifacts(artifacts)
    _show_tags(found)


def _as_json(run: Run, artifacts: list[FileInfo] | str) -> dict[str, Any]:
    metrics = {
        metric.key: {"value": metric.value, "step": metric.step, "timestamp": metric.timestamp}
        for metric in run.data.latest_metrics
    }
    return {
        "info": run.info,
        "params": run.data.params,
        "metrics": metrics,
        "tags": run.data.tags,
        "inputs": run.inputs.dataset_inputs,
        "artifacts": None if isinstance(artifacts, str) else artifacts,
    }


def _show_info(context: Context, run: Run) -> None:
    info = run.info
    experiment = context.client.get_experiment(info.experiment_id)
    deleted = info.lifecycle_stage is LifecycleStage.DELETED
    output.show_pairs(
        [
            ("run", info.run_id),
            ("name", info.run_name),
            ("experiment", f"{experiment.name} (id {experiment.experiment_id})"),
            ("status", output.Styled(info.status.value, STATUS_COLOURS.get(info.status))),
            ("state", output.Styled("deleted", "red") if deleted else ""),
            ("user", info.user_id),
            ("started", _moment(info.start_time)),
            ("ended", _moment(info.end_time)),
            ("took", text.duration(info.start_time, info.end_time)),
            ("artifacts", info.artifact_uri),
            ("description", run.data.tags.get(DESCRIPTION)),
        ]
    )


def _show_params(run: Run) -> None:
    if run.data.params:
        output.heading("Params")
        output.show_pairs(sorted(run.data.params.items()))


def _show_metrics(context: Context, run: Run) -> None:
    metrics = sorted(run.data.latest_metrics)
    if not metrics:
        return
    rows = []
    for position, metric in enumerate(metrics):
        curve = _curve(context, run, metric.key) if position < MOST_CURVES else ""
        rows.append([metric.key, metric.value, metric.step, curve])
    output.heading("Metrics")
    output.show_table(["metric", "last", "step", "curve"], rows, right=[False, True, True, False])


def _show_inputs(run: Run) -> None:
    if not run.inputs.dataset_inputs:
        return
    output.heading("Inputs")
    output.show_table(
        ["data set", "digest", "source", "used for"],
        [
            [given.dataset.name, given.dataset.digest, given.dataset.source_type, given.tags.get("mlflow.data.context")]
            for given in run.inputs.dataset_inputs
        ],
        right=[False] * 4,
    )


def _show_artifacts(artifacts: list[FileInfo] | str) -> None:
    if not artifacts:
        return
    output.heading("Artifacts")
    if isinstance(artifacts, str):
        output.echo(artifacts)
        return
    rows = [[f"{file.path}/" if file.is_dir else file.path, text.size(file.file_size)] for file in artifacts]
    output.show_pairs([(text.printable(str(name)), size or " ") for name, size in rows])


def _show_tags(run: Run) -> None:
    tags = sorted((key, value) for key, value in run.data.tags.items() if key not in {DESCRIPTION, "mlflow.runName"})
    if tags:
        output.heading("Tags")
        output.show_pairs(tags)


def _artifacts(context: Context, run: Run) -> list[FileInfo] | str:
    """What lies at the top of the run's artifacts, or why that cannot be told."""
    try:
        return context.host.artifact_store(run.info.artifact_uri).list()
    except RunyardError as error:
        return f"cannot be listed: {error}"


def _curve(context: Context, run: Run, key: str) -> str:
    columns = _points(context, run.info.run_id, key)
    return output.curve(columns.values, CURVE_COLUMNS) if len(columns) > 1 else ""


def _points(context: Context, run_id: str, key: str) -> MetricColumns:
    try:
        return context.client.get_metric_columns(run_id, key, max_points=2 * CURVE_COLUMNS)
    except NotSupported:
        return context.client.get_metric_columns(run_id, key)


def _moment(milliseconds: int | None) -> str:
    return f"{text.moment(milliseconds)} ({text.ago(milliseconds)})" if milliseconds is not None else ""
