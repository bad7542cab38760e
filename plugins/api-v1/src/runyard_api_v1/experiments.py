"""`/experiments`: every experiment with how many runs it has and when something last happened in it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Annotated

import attrs
import orjson

from runyard.entities import Experiment, LifecycleStage, RunStatus, ViewType
from runyard.errors import InvalidInput
from runyard.protocols.frames import FrameQuery, NumberColumn, TextColumn
from runyard.protocols.tracking import ExperimentQuery
from runyard.query import Filter, Identifier, Kind, OrderBy, Target, parse_filter
from runyard.wire import to_plain
from runyard_api_v1.endpoints import JSON, Call, Endpoint, Reply
from runyard_api_v1.fields import About
from runyard_api_v1.frames import MAX_ROWS, etag, read_all

AT_ONCE = 1_000  # experiments
_EXPERIMENT, _STATUS, _USER, _START, _END = (
    Identifier(Kind.ATTRIBUTE, name) for name in ("experiment_id", "status", "user_id", "start_time", "end_time")
)


@attrs.frozen
class ExperimentsParameters:
    view: Annotated[ViewType, About("Whether experiments in use, deleted ones or all.")] = ViewType.ACTIVE_ONLY
    ids: Annotated[
        str | None,
        About("Ids with commas between, up to 1,000: these only, as far as they are there.", max_length=40_000),
    ] = None


@attrs.frozen
class ExperimentParameters:
    experiment_id: Annotated[str, About("The experiment.", max_length=256)]


@attrs.frozen
class ExperimentSummary:
    """An experiment, and what happens in it."""

    experiment_id: str
    name: str
    lifecycle_stage: LifecycleStage
    creation_time: int | None
    last_update_time: int | None
    tags: Mapping[str, str]
    runs: Annotated[int, About("How many runs it has, without deleted ones.")]
    running: Annotated[int, About("How many of them run now.")]
    last_activity: Annotated[int | None, About("When a run of it last began or ended; null where it has none.")]
    first_user: Annotated[str | None, About("Who began its first run; null where it has none or nobody is named.")]


@attrs.frozen
class ExperimentsAnswer:
    """All experiments, the newest first."""

    experiments: Sequence[ExperimentSummary]


@attrs.define
class _Activity:
    """What the runs of experiments tell, by experiment; the newest runs are added first."""

    runs: Counter[str] = attrs.field(factory=Counter)
    running: Counter[str] = attrs.field(factory=Counter)
    last: dict[str, int] = attrs.field(factory=dict)
    first: dict[str, str] = attrs.field(factory=dict)  # who began the first one

    def add(self, experiments: TextColumn, status: TextColumn, user: TextColumn, times: Sequence[NumberColumn]) -> None:
        names = [experiments.categories[code] for code in experiments.codes]
        now = {code for code, text in enumerate(status.categories) if text == RunStatus.RUNNING}
        self.runs.update(names)
        self.running.update(name for name, code in zip(names, status.codes, strict=True) if code in now)
        for column in times:
            for name, value, present in zip(names, column.values, column.present, strict=True):
                if present and value > self.last.get(name, -1):
                    self.last[name] = int(value)
        for name, code in dict(zip(names, user.codes, strict=True)).items():  # what comes last stays, and is the first
            self.first[name] = user.categories[code] if code >= 0 else ""

    def summary(self, experiment: Experiment) -> ExperimentSummary:
        number = experiment.experiment_id
        return ExperimentSummary(
            experiment_id=number,
            name=experiment.name,
            lifecycle_stage=experiment.lifecycle_stage,
            creation_time=experiment.creation_time,
            last_update_time=experiment.last_update_time,
            tags=experiment.tags,
            runs=self.runs[number],
            running=self.running[number],
            last_activity=self.last.get(number),
            first_user=self.first.get(number) or None,
        )


def experiments(call: Call) -> Reply:
    tag = etag(call, call.parameters, is_binary=False)
    headers = {"Cache-Control": "private, no-cache"} | ({"ETag": tag} if tag else {})
    if tag and tag in call.header("if-none-match"):
        return Reply(b"", status=304, headers=headers)
    found: list[Experiment] = []
    token: str | None = None
    among = _among(call.parameters.ids)
    while True:
        query = ExperimentQuery(view=call.parameters.view, filter=among, max_results=AT_ONCE, page_token=token)
        page = call.stores.tracking.search_experiments(query)
        found += page.items
        token = page.token
        if not token:
            break
    answer = ExperimentsAnswer(_summaries(call, found))
    return Reply(orjson.dumps(to_plain(answer)), JSON, headers)


def _among(text: str | None) -> Filter | None:
    """A filter of the experiments that are named; what is no id is the name of none."""
    if text is None:
        return None
    ids = list(dict.fromkeys(one.strip() for one in text.split(",")))
    if len(ids) > AT_ONCE:
        raise InvalidInput(f"{len(ids):,} experiments are asked for, at most {AT_ONCE:,} at once; ask in several steps")
    listed = ", ".join(f"'{one}'" for one in ids if one.isalnum()) or "''"
    return parse_filter(f"experiment_id IN ({listed})", Target.EXPERIMENTS)


def experiment(call: Call) -> ExperimentSummary:
    return _summaries(call, [call.stores.tracking.get_experiment(call.parameters.experiment_id)])[0]


def _summaries(call: Call, found: Sequence[Experiment]) -> list[ExperimentSummary]:
    activity = _Activity()
    for at in range(0, len(found), AT_ONCE):
        ids = [one.experiment_id for one in found[at : at + AT_ONCE]]
        columns = (_EXPERIMENT, _STATUS, _USER, _START, _END)
        newest_first = (OrderBy(_START, ascending=False),)
        query = FrameQuery(experiment_ids=ids, columns=columns, order_by=newest_first, max_results=MAX_ROWS)
        frame = read_all(call, query)
        names, status, user, *times = (frame.columns[column] for column in columns)
        if isinstance(names, TextColumn) and isinstance(status, TextColumn) and isinstance(user, TextColumn):
            activity.add(names, status, user, [column for column in times if isinstance(column, NumberColumn)])
    return [activity.summary(one) for one in found]


ENDPOINTS = (
    Endpoint(
        operation="listExperiments",
        method="GET",
        path="/experiments",
        summary="All experiments, with how many runs they have and when something last happened.",
        tag="experiments",
        handle=experiments,
        parameters=ExperimentsParameters,
        answers={JSON: ExperimentsAnswer},
        errors=(304, 501),
    ),
    Endpoint(
        operation="getExperiment",
        method="GET",
        path="/experiments/{experiment_id}",
        summary="One experiment, with how many runs it has and when something last happened.",
        tag="experiments",
        handle=experiment,
        parameters=ExperimentParameters,
        answers={JSON: ExperimentSummary},
        errors=(404, 501),
    ),
)
