"""What each method of a store does, and to what: the table by which policies are asked.

A method that is not listed cannot be called through a server, so that nothing new is open by being forgotten.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any

import attrs

from runyard.entities import Batch, Change, RunStart
from runyard.protocols.access import Action, Resource, ResourceKind
from runyard.uris import artifact_path

Resources = Callable[[tuple[Any, ...], Mapping[str, Any]], Iterable[Resource]]

_E = ResourceKind.EXPERIMENT
_R = ResourceKind.RUN
_L = ResourceKind.LOGGED_MODEL
_M = ResourceKind.MODEL
_A = ResourceKind.ARTIFACT
_V = ResourceKind.VIEW
_S = ResourceKind.SERVER


@attrs.frozen
class Rule:
    """One method: what it does, and to which of its arguments.

    `found` says what a thing that it finds is asked for as, before it is shown; what may not be read is left out.
    `by_name` says that it takes names of experiments for ids: the policy is asked about the id where there is such an
    experiment, else also whether one may be created.
    """

    action: Action
    resources: Resources
    found: Callable[[Any], tuple[Resource, ...]] | None = None
    by_name: bool = False


def resource(kind: ResourceKind, value: object) -> Resource:
    """The resource of that id; ids that a store takes for the same are the same here too."""
    text = "" if value is None else str(value)
    if kind is _A:
        text = artifact_path(text)
    elif kind is _E and text.isascii() and text.isdecimal():
        text = text.lstrip("0") or "0"
    return Resource(kind, text)


def _given(arguments: tuple[Any, ...], named: Mapping[str, Any], name: str, position: int = 0) -> Any:
    """An argument, however it was given."""
    return arguments[position] if len(arguments) > position else named[name]


def _found(kind: ResourceKind, field: str) -> Callable[[Any], tuple[Resource, ...]]:
    """The id of what was found is an attribute of it."""
    return lambda item: (resource(kind, getattr(item, field)),)


def _first(kind: ResourceKind, name: str) -> Resources:
    """The first argument is the id."""
    return lambda arguments, named: (resource(kind, _given(arguments, named, name)),)


def _renamed(arguments: tuple[Any, ...], named: Mapping[str, Any]) -> Iterable[Resource]:
    """A model and the name that it is to get."""
    return (
        resource(_M, _given(arguments, named, "name")),
        resource(_M, _given(arguments, named, "new_name", 1)),
    )


def _none(kind: ResourceKind) -> Resources:
    return lambda _arguments, _named: (Resource(kind),)


def _field(kind: ResourceKind, name: str, field: str) -> Resources:
    """The id is an attribute of the first argument."""
    return lambda arguments, named: (resource(kind, getattr(_given(arguments, named, name), field)),)


def _each(kind: ResourceKind, name: str, field: str = "") -> Resources:
    """The first argument, or an attribute of it, holds ids."""

    def resources(arguments: tuple[Any, ...], named: Mapping[str, Any]) -> Iterable[Resource]:
        value = _given(arguments, named, name)
        return [resource(kind, found) for found in (getattr(value, field) if field else value)]

    return resources


def _pairs(arguments: tuple[Any, ...], named: Mapping[str, Any]) -> Iterable[Resource]:
    """The runs of (run id, key) pairs."""
    pairs = _given(arguments, named, "pairs")
    return [Resource(_R, run_id) for run_id in dict.fromkeys(run_id for run_id, _ in pairs)]


def _new_experiment(arguments: tuple[Any, ...], named: Mapping[str, Any]) -> Iterable[Resource]:
    return (Resource(_E, name=_given(arguments, named, "name")),)


def _start(arguments: tuple[Any, ...], named: Mapping[str, Any]) -> Iterable[Resource]:
    """The experiment of a new run, and the run, which exists already where a client tries again."""
    start: RunStart = _given(arguments, named, "start")
    return (_experiment(start), resource(_R, start.run_id))


def _experiment(start: RunStart) -> Resource:
    """The experiment that a run belongs to, by the name that is given where no id is."""
    if start.experiment_id is None:
        return Resource(_E, name=start.experiment_name or "")
    return resource(_E, start.experiment_id)


def _batch(arguments: tuple[Any, ...], named: Mapping[str, Any]) -> Iterable[Resource]:
    """The experiments in which a journal batch starts runs, and all runs it writes to.

    A run that it starts is among them: it may be there already, and somebody else's.
    """
    batch: Batch = _given(arguments, named, "batch")
    runs = [start.run_id for start in batch.starts]
    runs.extend(run_id for run_id, _, _ in (*batch.params, *batch.tags))
    runs.extend(run_id for run_id, _ in (*batch.inputs, *batch.points))
    runs.extend(str(point.run_id) for point in batch.measurements)
    runs.extend(update.run_id for update in batch.updates)
    return [
        *dict.fromkeys(_experiment(start) for start in batch.starts),
        *(resource(_R, run_id) for run_id in dict.fromkeys(runs)),
    ]


def changed(change: Change) -> tuple[Resource, ...]:
    """What a change is about, and the experiment that it lies in."""
    about = resource(ResourceKind(change.subject.value), change.id)
    if change.experiment_id is None or about.kind is _E:
        return (about,)
    return (about, resource(_E, change.experiment_id))


TRACKING: Mapping[str, Rule] = MappingProxyType(
    {
        "create_experiment": Rule(Action.CREATE, _new_experiment),
        "get_experiment": Rule(Action.READ, _first(_E, "experiment_id")),
        "get_experiment_by_name": Rule(Action.READ, _none(_E), _found(_E, "experiment_id")),
        "search_experiments": Rule(Action.READ, _none(_E), _found(_E, "experiment_id")),
        "rename_experiment": Rule(Action.UPDATE, _first(_E, "experiment_id")),
        "delete_experiment": Rule(Action.DELETE, _first(_E, "experiment_id")),
        "restore_experiment": Rule(Action.DELETE, _first(_E, "experiment_id")),
        "set_experiment_tags": Rule(Action.UPDATE, _first(_E, "experiment_id")),
        "delete_experiment_tag": Rule(Action.UPDATE, _first(_E, "experiment_id")),
        "create_run": Rule(Action.CREATE, _start, by_name=True),
        "get_run": Rule(Action.READ, _first(_R, "run_id")),
        "update_run": Rule(Action.UPDATE, _field(_R, "update", "run_id")),
        "delete_run": Rule(Action.DELETE, _first(_R, "run_id")),
        "restore_run": Rule(Action.DELETE, _first(_R, "run_id")),
        "log_batch": Rule(Action.UPDATE, _first(_R, "run_id")),
        "delete_tag": Rule(Action.UPDATE, _first(_R, "run_id")),
        "log_inputs": Rule(Action.UPDATE, _first(_R, "run_id")),
        "search_runs": Rule(Action.READ, _each(_E, "query", "experiment_ids")),
        "get_metric_history": Rule(Action.READ, _first(_R, "run_id")),
        "read_metric": Rule(Action.READ, _first(_R, "run_id")),
        "ingest": Rule(Action.UPDATE, _batch, by_name=True),
        "ingested": Rule(Action.UPDATE, _none(_R)),
        "forget_journal": Rule(Action.UPDATE, _none(_R)),
        "sample_metric": Rule(Action.READ, _first(_R, "run_id")),
        "read_metrics": Rule(Action.READ, _pairs),
        "search_datasets": Rule(Action.READ, _each(_E, "experiment_ids")),
        "heartbeat": Rule(Action.UPDATE, _each(_R, "run_ids")),
        "purge_runs": Rule(Action.ADMIN, _each(_R, "run_ids")),
        "purge_experiment": Rule(Action.ADMIN, _first(_E, "experiment_id")),
        "create_logged_model": Rule(Action.CREATE, _first(_E, "experiment_id")),
        "finalize_logged_model": Rule(Action.UPDATE, _first(_L, "model_id")),
        "get_logged_model": Rule(Action.READ, _first(_L, "model_id")),
        "delete_logged_model": Rule(Action.DELETE, _first(_L, "model_id")),
        "purge_logged_models": Rule(Action.ADMIN, _each(_L, "model_ids")),
        "search_logged_models": Rule(Action.READ, _each(_E, "query", "experiment_ids")),
        "set_logged_model_tags": Rule(Action.UPDATE, _first(_L, "model_id")),
        "delete_logged_model_tag": Rule(Action.UPDATE, _first(_L, "model_id")),
        "log_logged_model_params": Rule(Action.UPDATE, _first(_L, "model_id")),
        "log_model_metrics": Rule(Action.UPDATE, _first(_R, "run_id")),
        "log_model_inputs": Rule(Action.UPDATE, _first(_R, "run_id")),
        "log_model_outputs": Rule(Action.UPDATE, _first(_R, "run_id")),
        "read_frame": Rule(Action.READ, _each(_E, "query", "experiment_ids")),
        "describe_frame": Rule(Action.READ, _each(_E, "experiment_ids")),
        "changes": Rule(Action.READ, _none(_E), changed),
        "save_view": Rule(Action.UPDATE, _first(_V, "view_id")),
        "get_view": Rule(Action.READ, _first(_V, "view_id")),
        "list_views": Rule(Action.READ, _none(_V), _found(_V, "view_id")),
        "delete_view": Rule(Action.DELETE, _first(_V, "view_id")),
    }
)

REGISTRY: Mapping[str, Rule] = MappingProxyType(
    {
        "create_registered_model": Rule(Action.CREATE, _first(_M, "name")),
        "get_registered_model": Rule(Action.READ, _first(_M, "name")),
        "search_registered_models": Rule(Action.READ, _none(_M), _found(_M, "name")),
        "rename_registered_model": Rule(Action.UPDATE, _renamed),
        "update_registered_model": Rule(Action.UPDATE, _first(_M, "name")),
        "delete_registered_model": Rule(Action.DELETE, _first(_M, "name")),
        "set_registered_model_tag": Rule(Action.UPDATE, _first(_M, "name")),
        "delete_registered_model_tag": Rule(Action.UPDATE, _first(_M, "name")),
        "create_model_version": Rule(Action.UPDATE, _first(_M, "name")),
        "get_model_version": Rule(Action.READ, _first(_M, "name")),
        "search_model_versions": Rule(Action.READ, _none(_M), _found(_M, "name")),
        "get_latest_versions": Rule(Action.READ, _first(_M, "name")),
        "update_model_version": Rule(Action.UPDATE, _first(_M, "name")),
        "transition_model_version_stage": Rule(Action.UPDATE, _first(_M, "name")),
        "delete_model_version": Rule(Action.DELETE, _first(_M, "name")),
        "set_model_version_tag": Rule(Action.UPDATE, _first(_M, "name")),
        "delete_model_version_tag": Rule(Action.UPDATE, _first(_M, "name")),
        "set_registered_model_alias": Rule(Action.UPDATE, _first(_M, "name")),
        "delete_registered_model_alias": Rule(Action.UPDATE, _first(_M, "name")),
        "get_model_version_by_alias": Rule(Action.READ, _first(_M, "name")),
        "history": Rule(Action.READ, _first(_M, "name")),
        "changes": Rule(Action.READ, _none(_M), changed),
    }
)

ARTIFACTS: Mapping[str, Rule] = MappingProxyType(
    {
        "list": Rule(Action.READ, _first(_A, "path")),
        "stat": Rule(Action.READ, _first(_A, "path")),
        "open": Rule(Action.READ, _first(_A, "path")),
        "local_path": Rule(Action.READ, _first(_A, "path")),
        "list_pages": Rule(Action.READ, _first(_A, "path")),
        "version": Rule(Action.READ, _first(_A, "path")),
        "holds": Rule(Action.READ, _first(_A, "path")),
        "crc32": Rule(Action.READ, _first(_A, "path")),
        "checksum": Rule(Action.READ, _first(_A, "path")),
        "checks_reads": Rule(Action.READ, _first(_A, "path")),
        "list_parts": Rule(Action.READ, _first(_A, "path")),
        "list_uploads": Rule(Action.READ, _first(_A, "path")),
        "presign_download": Rule(Action.READ, _first(_A, "path")),
        "copies_from": Rule(Action.READ, _none(_A)),
        "copy": Rule(Action.UPDATE, _first(_A, "path")),
        "create": Rule(Action.UPDATE, _first(_A, "path")),
        "write": Rule(Action.UPDATE, _first(_A, "path")),
        "create_upload": Rule(Action.UPDATE, _first(_A, "path")),
        "create_checked_upload": Rule(Action.UPDATE, _first(_A, "path")),
        "write_part": Rule(Action.UPDATE, _first(_A, "path")),
        "complete_upload": Rule(Action.UPDATE, _first(_A, "path")),
        "abort_upload": Rule(Action.UPDATE, _first(_A, "path")),
        "presign_upload": Rule(Action.UPDATE, _first(_A, "path")),
        "presign_part": Rule(Action.UPDATE, _first(_A, "path")),
        "delete": Rule(Action.DELETE, _first(_A, "path")),
    }
)

SERVER = Resource(_S)
