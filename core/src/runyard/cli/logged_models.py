"""`runyard models logged`: models as runs made them, before any registration."""

from __future__ import annotations

import json
from collections.abc import Sequence

import click

from runyard.cli import lookup, output, search, text
from runyard.cli.context import Context, pass_context
from runyard.cli.lazy import Group
from runyard.cli.model_arguments import limit_option, order_option, tell_deleted
from runyard.cli.runs import experiment_option
from runyard.entities import LoggedModel, LoggedModelStatus, ModelMetric
from runyard.protocols.logged_models import VERSIONS_TAG, point_age

STATUS_COLOURS = {LoggedModelStatus.READY: "green", LoggedModelStatus.FAILED: "red", LoggedModelStatus.PENDING: "cyan"}

id_argument = click.argument("model_id", metavar="MODEL_ID")


@click.group(cls=Group)
def logged() -> None:
    """Look after the models that runs have logged; MODEL_ID reads m- and 32 digits."""


@logged.command("list")
@experiment_option
@limit_option
@output.json_option
@pass_context
def list_(context: Context, names: Sequence[str], limit: int, as_json: bool) -> None:
    """List logged models, the newest first."""
    _list(context, names, "", (), limit, as_json=as_json)


@logged.command("search")
@click.argument("condition", metavar="[FILTER]", default="")
@experiment_option
@order_option
@limit_option
@output.json_option
@pass_context
def search_(
    context: Context, condition: str, names: Sequence[str], order_by: Sequence[str], limit: int, as_json: bool
) -> None:
    """Search logged models, such as: runyard models logged search "metrics.accuracy > 0.9 AND params.depth = '3'"."""
    _list(context, names, condition, order_by, limit, as_json=as_json)


@logged.command()
@id_argument
@output.json_option
@pass_context
def show(context: Context, model_id: str, as_json: bool) -> None:
    """Show what is noted of a logged model; runyard models show models:/MODEL_ID looks into its files."""
    model = context.client.get_logged_model(model_id)
    if as_json:
        output.show_json(model)
        return
    output.show_pairs(
        [
            ("name", model.name),
            ("id", model.model_id),
            ("status", _status(model)),
            ("type", model.model_type),
            ("experiment", model.experiment_id),
            ("run", model.source_run_id),
            ("registered", ", ".join(_versions(model))),
            ("created", text.moment(model.creation_timestamp)),
            ("artifacts", model.artifact_uri),
        ]
    )
    metrics = [(point.key, point.value, point.dataset_name or "") for point in latest_metrics(model)]
    tags = {key: value for key, value in model.tags.items() if key != VERSIONS_TAG}
    for title, pairs in (("Params", model.params), ("Tags", tags)):
        if pairs:
            output.heading(title)
            output.show_pairs(sorted(pairs.items()))
    if metrics:
        output.heading("Metrics")
        output.show_table(["metric", "value", "data set"], metrics)


@logged.command()
@click.argument("model_ids", metavar="MODEL_ID...", nargs=-1, required=True)
@output.yes_option
@output.json_option
@pass_context
def delete(context: Context, model_ids: Sequence[str], yes: bool, as_json: bool) -> None:
    """Delete logged models; runyard gc erases them with their files."""
    found = [context.client.get_logged_model(model_id) for model_id in model_ids]
    output.confirm(f"Delete {', '.join(_described(model) for model in found)}?", yes=yes)
    for model in found:
        context.client.delete_logged_model(model.model_id)
    told = ", ".join(_described(model) for model in found)
    tell_deleted({"model_ids": [model.model_id for model in found]}, f"deleted {told}", as_json=as_json)


def latest_metrics(model: LoggedModel) -> list[ModelMetric]:
    """The latest point of each metric on each data set."""
    latest: dict[tuple[str, str | None, str | None], ModelMetric] = {}
    for point in sorted(model.metrics, key=point_age):
        latest[point.key, point.dataset_name, point.dataset_digest] = point
    return [latest[key] for key in sorted(latest, key=lambda key: tuple(part or "" for part in key))]


def _list(
    context: Context, names: Sequence[str], condition: str, order_by: Sequence[str], limit: int, *, as_json: bool
) -> None:
    ids = lookup.experiment_ids(context, names)
    order = [_order(text) for text in order_by]
    found, more = search.limited(
        lambda size, token: context.client.search_logged_models(
            ids, condition, max_results=size, order_by=order, page_token=token
        ),
        limit,
    )
    if as_json:
        output.show_json(found)
        return
    output.show_table(
        ["id", "name", "status", "run", "registered", "created", "metrics"],
        [
            [
                model.model_id,
                model.name,
                _status(model),
                model.source_run_id,
                ", ".join(_versions(model)),
                text.ago(model.creation_timestamp),
                ", ".join(f"{point.key}={text.number(point.value)}" for point in latest_metrics(model)),
            ]
            for model in found
        ],
        empty="no logged model matches; flavors such as runyard.sklearn make them with log_model",
    )
    search.note_more(len(found), more=more)


def _order(field: str) -> dict[str, object]:
    name, _, direction = field.strip().partition(" ")
    if direction.strip().upper() not in {"", "ASC", "DESC"}:
        raise click.BadParameter(f"{field!r} does not read FIELD, FIELD ASC or FIELD DESC")
    return {"field_name": name, "ascending": direction.strip().upper() != "DESC"}


def _status(model: LoggedModel) -> object:
    return output.Styled(model.status.name, STATUS_COLOURS.get(model.status))


def _versions(model: LoggedModel) -> list[str]:
    """The versions that a model became, as NAME/3."""
    try:
        noted = json.loads(model.tags.get(VERSIONS_TAG, "[]"))
    except ValueError:
        return []
    entries = noted if isinstance(noted, list) else []
    return [f"{entry.get('name')}/{entry.get('version')}" for entry in entries if isinstance(entry, dict)]


def _described(model: LoggedModel) -> str:
    return f"logged model {model.model_id} ({text.printable(model.name)})"
