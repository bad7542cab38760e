"""Runs: create, find, change, delete, restore, search."""

from __future__ import annotations

import time
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from runyard.entities import RunStart, RunStatus, RunUpdate, ViewType
from runyard.errors import AlreadyExists, InvalidInput
from runyard.protocols.tracking import RunQuery
from runyard.query import Target, parse_filter, parse_order
from runyard.tracking.names import run_name as random_name
from runyard.validation import MAX_TAG_VALUE, check_run_id
from runyard_api_mlflow.call import Call
from runyard_api_mlflow.experiments import experiment_id
from runyard_api_mlflow.paging import page_size
from runyard_api_mlflow.routes import Route
from runyard_api_mlflow.run_json import page_json, run_info_json, run_json
from runyard_api_mlflow.run_state import writing

NAME_TAG = "mlflow.runName"
USER_TAG = "mlflow.user"
RUN_ID_TAG = "runyard.run_id"  # a client that may send a request twice chooses the run's id itself, by this tag
MAX_RESULTS = 50_000


def create_run(call: Call) -> Mapping[str, Any]:
    """A new run; with a run id chosen by the client, sending the request again gives the same run."""
    experiment = experiment_id(call)
    tags = {key: value[:MAX_TAG_VALUE] for key, value in call.pairs("tags").items()}
    given, tagged = call.text("run_name"), tags.get(NAME_TAG)
    if given and tagged and given != tagged:
        raise InvalidInput(
            f"Both 'run_name' argument and '{NAME_TAG}' tag are specified, but with different values "
            f"(run_name='{given}', {NAME_TAG}='{tagged}')."
        )
    name = given or tagged or random_name()
    chosen = tags.pop(RUN_ID_TAG, None)
    start_time = call.integer("start_time")
    run = call.stores.tracking.create_run(
        RunStart(
            run_id=check_run_id(chosen) if chosen is not None else uuid.uuid4().hex,
            run_name=name,
            user_id=call.text("user_id") or tags.get(USER_TAG) or call.user or "",
            start_time=time.time_ns() // 1_000_000 if start_time is None else start_time,
            experiment_id=experiment,
            tags={**tags, NAME_TAG: name},
        )
    )
    if run.info.experiment_id != experiment:
        raise AlreadyExists(f"a run {run.info.run_id!r} exists already, in another experiment; choose another id")
    fields = run_json(run)
    if not fields["outputs"]:
        del fields["outputs"]  # as in MLflow's answer to this request, and this one only
    return {"run": fields}


def get_run(call: Call) -> Mapping[str, Any]:
    return {"run": run_json(call.stores.tracking.get_run(call.run_id()))}


def update_run(call: Call) -> Mapping[str, Any]:
    update = RunUpdate(
        run_id=call.run_id(),
        status=call.choice("status", RunStatus),
        end_time=call.integer("end_time"),
        run_name=call.text("run_name") or None,
    )
    with writing(update.run_id):
        info = call.stores.tracking.update_run(update)
    return {"run_info": run_info_json(info)}


def delete_run(call: Call) -> None:
    call.stores.tracking.delete_run(call.run_id())


def restore_run(call: Call) -> None:
    call.stores.tracking.restore_run(call.run_id())


def search_runs(call: Call) -> bytes:
    page = call.stores.tracking.search_runs(
        RunQuery(
            experiment_ids=call.list_of_text("experiment_ids"),
            filter=parse_filter(call.text("filter"), Target.RUNS),
            view=call.choice("run_view_type", ViewType) or ViewType.ACTIVE_ONLY,
            order_by=parse_order(call.list_of_text("order_by"), Target.RUNS),
            max_results=page_size(call, default=1_000, most=MAX_RESULTS),
            page_token=call.text("page_token") or None,
        )
    )
    return page_json(page)


ROUTES: Sequence[Route] = (
    Route("POST", "/2.0/mlflow/runs/create", create_run),
    Route("GET", "/2.0/mlflow/runs/get", get_run),
    Route("POST", "/2.0/mlflow/runs/update", update_run),
    Route("POST", "/2.0/mlflow/runs/delete", delete_run),
    Route("POST", "/2.0/mlflow/runs/restore", restore_run),
    Route("POST", "/2.0/mlflow/runs/search", search_runs),
)
