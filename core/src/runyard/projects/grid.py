"""Many runs of one project below a parent run: what they are to be is written down before the first begins."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Mapping, Sequence
from itertools import product
from typing import Any

import attrs

from runyard.entities import RunStatus
from runyard.errors import InvalidInput, InvalidState, NotFound
from runyard.projects.grid_runs import Done, Grid
from runyard.projects.launches import LaunchFolder, launch_folder
from runyard.projects.preparing import Prepared, prepare
from runyard.projects.request import RunRequest
from runyard.projects.runs import create_run, mark_failed
from runyard.protocols.environment import Report
from runyard.tracking.client import Client

PLAN = "runyard/grid.json"
MOST = 100_000  # runs of one grid
_KEPT = ("entry_point", "backend", "env_manager", "limit")
_SECRET = ("docker_auth",)  # parts of a backend's configuration that are not written down


def values_of(text: str) -> tuple[str, ...]:
    """The values that a text lists, separated by commas; a comma that belongs to a value has a backslash before it."""
    values = [""]
    escaped = False
    for sign in text:
        if escaped:
            values[-1] += sign if sign == "," else f"\\{sign}"
            escaped = False
        elif sign == "\\":
            escaped = True
        elif sign == ",":
            values.append("")
        else:
            values[-1] += sign
    values[-1] += "\\" if escaped else ""
    return tuple(values)


def combinations(varied: Mapping[str, Sequence[str]]) -> list[dict[str, str]]:
    """Every combination of values, the last name varying fastest.

    Raises:
        InvalidInput: there are too many.
    """
    count = 1
    for values in varied.values():
        count *= len(values)
    if count > MOST:
        raise InvalidInput(f"these are {count} runs; a grid has at most {MOST}")
    return [dict(zip(varied, values, strict=True)) for values in product(*varied.values())]


def begin(
    request: RunRequest,
    varied: Mapping[str, Sequence[str]],
    client: Client,
    parallel: int,
    report: Report,
    told: Callable[[Done], None],
) -> Grid:
    """A grid whose plan is written down, so that it can be resumed; nothing of it has been run yet.

    Args:
        request: What is run, without parameters.
        varied: The values of each parameter.
        client: Where it is tracked.
        parallel: How many run at a time.
        report: Told what is done before a command starts.
        told: Told of every run that comes to an end.

    Raises:
        RunyardError: the project cannot be run with these parameters; the parent run is FAILED.
    """
    every = combinations(varied)
    run_id = request.run_id or uuid.uuid4().hex
    folder = launch_folder(client.host, run_id)
    folder.claim()
    run = None
    try:
        prepared = _prepared(attrs.evolve(request, parameters=every[0]), every, folder, client)
        run = create_run(client, request, run_id, prepared)
        folder.note(tracking_uri=client.tracking_uri, grid=-1)
        plan = {name: getattr(request, name) for name in _KEPT}
        config = {name: value for name, value in request.config.items() if name not in _SECRET}
        source = prepared.source
        place = {"uri": request.uri, "version": source.commit or request.version}
        client.log_dict(run_id, {**place, **plan, "config": config, "runs": every}, PLAN)
        client.recorder.flush()
    except BaseException as error:
        mark_failed(client, request, run_id, run, error)
        folder.clear()
        raise
    return Grid(client, run, prepared, every, parallel, folder, report, told)


def resume(run_id: str, client: Client, parallel: int, report: Report, told: Callable[[Done], None]) -> Grid:
    """The grid of a parent run, as it was planned.

    Raises:
        NotFound: the run is no grid's.
        InvalidState: it is done.
        Conflict: another process is at it.
    """
    parent = client.get_run(run_id)
    plan = _plan(client, run_id)
    if parent.info.status is RunStatus.FINISHED:
        raise InvalidState(f"all runs of {run_id} are done; there is nothing to resume")
    folder = launch_folder(client.host, run_id)
    folder.claim()
    every = [{str(name): str(value) for name, value in one.items()} for one in plan["runs"]]
    known = {name: plan[name] for name in ("uri", "version", "config", *_KEPT)}
    request = RunRequest(run_id=run_id, parameters=every[0], **known)
    prepared = _prepared(request, every, folder, client)
    client.update_run(run_id, status=RunStatus.RUNNING)
    return Grid(client, parent, prepared, every, parallel, folder, report, told)


def _prepared(
    request: RunRequest, every: Sequence[Mapping[str, str]], folder: LaunchFolder, client: Client
) -> Prepared:
    """What the runs have in common, once all their parameters are found to be right."""
    prepared = prepare(request, folder.fresh_source, client.host)
    for parameters in every:
        prepared.entry_point.values(parameters)
    return prepared


def is_grid(client: Client, run_id: str) -> bool:
    """Whether a run is the parent of a grid."""
    return client.artifact_store(run_id).stat(PLAN) is not None


def _plan(client: Client, run_id: str) -> dict[str, Any]:
    store = client.artifact_store(run_id)
    try:
        with store.open(PLAN) as file:
            found = json.load(file)
    except NotFound as error:
        raise NotFound(f"run {run_id} is no grid of runs, which runyard run --parallel makes") from error
    return dict(found)
