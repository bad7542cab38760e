"""`/runs/diff`: what differs between runs."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Annotated, Any

import attrs

from runyard.entities import Run, RunStatus
from runyard.errors import InvalidInput
from runyard.query.best import lower_is_better
from runyard.tracking.captured import Captured, captured
from runyard_api_v1.diff_artifacts import ArtifactDiff, compared, files_of
from runyard_api_v1.endpoints import JSON, Call, Endpoint
from runyard_api_v1.fields import About

MAX_RUNS = 100
ENVIRONMENT = ("mlflow.user", "mlflow.source.", "runyard.host", "runyard.python", "runyard.cwd", "runyard.command")
GIT = "mlflow.source.git."


@attrs.frozen
class DiffRequest:
    """Which runs, and which of them the others are measured against."""

    run_ids: Annotated[Sequence[str], About("The runs.", min_items=2, max_items=MAX_RUNS)]
    base: Annotated[str | None, About("The run that others are measured against; the first where left out.")] = None
    everything: Annotated[bool, About("Also what is the same in all of them.")] = False


@attrs.frozen
class DiffRun:
    """One of the runs."""

    run_id: str
    run_name: str
    experiment_id: str
    status: RunStatus
    start_time: int
    end_time: int | None


@attrs.frozen
class TextDiff:
    """A text that differs, for each run in the order of `runs`; null where a run has none."""

    key: str
    differs: bool
    values: Sequence[str | None]


@attrs.frozen
class MetricDiff:
    """Last values of a metric for each run, and how far they are from the base's."""

    key: str
    differs: bool
    values: Sequence[float | None]
    deltas: Annotated[Sequence[float | None], About("Value minus the base's; null where either has none.")]
    ratios: Annotated[
        Sequence[float | None], About("Delta over the base's absolute value; null where that is 0 or not known.")
    ]
    best: Annotated[Sequence[str], About("The runs with the best value, where they differ.")]
    lower_is_better: Annotated[bool, About("What is taken for better: a guess from the metric's name.")]


@attrs.frozen
class PatchFile:
    """Uncommitted changes of a file for each run; null where a run has none or none were kept."""

    path: str
    differs: bool
    values: Sequence[str | None]


@attrs.frozen
class DiffAnswer:
    """What differs, in the order of keys."""

    base: str
    runs: Sequence[DiffRun]
    attributes: Sequence[TextDiff]
    params: Sequence[TextDiff]
    metrics: Sequence[MetricDiff]
    tags: Annotated[Sequence[TextDiff], About("But those about source, environment and git.")]
    environment: Sequence[TextDiff]
    packages: Annotated[Sequence[TextDiff], About("Versions of installed packages, where runs kept them.")]
    git: Annotated[Sequence[TextDiff], About("Commit, branch, repository, and whether there were uncommitted changes.")]
    patch: Annotated[Sequence[PatchFile], About("Uncommitted changes, file by file.")]
    artifacts: Annotated[Sequence[ArtifactDiff], About("Files by path, those included that may differ.")]
    notes: Annotated[Sequence[str], About("What could not be compared, and why.")]


def diff(call: Call) -> DiffAnswer:
    request: DiffRequest = call.body
    run_ids = list(dict.fromkeys(request.run_ids))
    base = request.base or run_ids[0]
    if base not in run_ids:
        raise InvalidInput(f"the base {base!r:.80} is none of the runs")
    if len(run_ids) < 2:
        raise InvalidInput("give at least two different runs")
    runs = [call.stores.tracking.get_run(run_id) for run_id in run_ids]
    places = [run.info.artifact_uri for run in runs]
    kept = [captured(partial(call.stores.artifact_store, place)) for place in places]
    files = [files_of(partial(call.stores.artifact_store, place)) for place in places]
    tags = [run.data.tags for run in runs]
    shown = _shown(request.everything)
    return DiffAnswer(
        base=base,
        runs=[_described(run) for run in runs],
        attributes=shown(_texts([_attributes(run) for run in runs])),
        params=shown(_texts([run.data.params for run in runs])),
        metrics=shown(_metrics(runs, run_ids.index(base))),
        tags=shown(_texts([_some(of_run, lambda key: not key.startswith(ENVIRONMENT)) for of_run in tags])),
        environment=shown(_texts([_some(of_run, _is_environment) for of_run in tags])),
        packages=shown(_texts([one.packages for one in kept])),
        git=shown(_texts([_some(of_run, lambda key: key.startswith(GIT)) for of_run in tags])),
        patch=shown(_patches(kept)),
        artifacts=shown(compared(files)),
        notes=[
            f"run {run_id}: {note}"
            for run_id, text, listed in zip(run_ids, kept, files, strict=True)
            for note in (*text.notes, *listed.notes)
        ],
    )


def _shown(everything: bool) -> Callable[[Sequence[Any]], list[Any]]:
    return lambda rows: [row for row in rows if everything or row.differs is not False]


def _is_environment(key: str) -> bool:
    return key.startswith(ENVIRONMENT) and not key.startswith(GIT)


def _some(tags: Mapping[str, str], wanted: Callable[[str], bool]) -> dict[str, str]:
    return {key: value for key, value in tags.items() if wanted(key)}


def _described(run: Run) -> DiffRun:
    info = run.info
    return DiffRun(info.run_id, info.run_name, info.experiment_id, info.status, info.start_time, info.end_time)


def _attributes(run: Run) -> dict[str, str]:
    info = run.info
    found = {"experiment_id": info.experiment_id, "status": info.status.value, "user_id": info.user_id}
    inputs = {f"{one.dataset.name} {one.dataset.digest}" for one in run.inputs.dataset_inputs}
    return found | ({"datasets": ", ".join(sorted(inputs))} if inputs else {})


def _keys(of_runs: Sequence[Mapping[str, Any]]) -> list[str]:
    return sorted({key for of_run in of_runs for key in of_run})


def _texts(of_runs: Sequence[Mapping[str, str]]) -> list[TextDiff]:
    rows = [(key, [of_run.get(key) for of_run in of_runs]) for key in _keys(of_runs)]
    return [TextDiff(key, len(set(values)) > 1, values) for key, values in rows]


def _patches(kept: Sequence[Captured]) -> list[PatchFile]:
    of_runs = [one.patch for one in kept]
    rows = [(path, [of_run.get(path) for of_run in of_runs]) for path in _keys(of_runs)]
    return [PatchFile(path, len(set(values)) > 1, values) for path, values in rows]


def _metrics(runs: Sequence[Run], base: int) -> list[MetricDiff]:
    of_runs = [run.data.metrics for run in runs]
    found = []
    for key in _keys(of_runs):
        values = [of_run.get(key) for of_run in of_runs]
        own = values[base]
        deltas = [None if value is None or own is None else value - own for value in values]
        ratios = [None if delta is None or not own or not math.isfinite(own) else delta / abs(own) for delta in deltas]
        differs = len({"nan" if value is not None and math.isnan(value) else value for value in values}) > 1
        best = [run.info.run_id for run, value in zip(runs, values, strict=True) if value == _best(key, values)]
        found.append(MetricDiff(key, differs, values, deltas, ratios, best if differs else (), lower_is_better(key)))
    return found


def _best(key: str, values: Sequence[float | None]) -> float | None:
    numbers = [value for value in values if value is not None and not math.isnan(value)]
    if not numbers:
        return math.nan
    return min(numbers) if lower_is_better(key) else max(numbers)


ENDPOINTS = (
    Endpoint(
        operation="diffRuns",
        method="POST",
        path="/runs/diff",
        summary="What differs between runs: params, metrics, tags, environment, packages, code, artifacts.",
        tag="runs",
        handle=diff,
        body=DiffRequest,
        answers={JSON: DiffAnswer},
        errors=(404,),
    ),
)
