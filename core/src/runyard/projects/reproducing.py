"""Run a run again, from what it has recorded, and say how far its metrics are from what they were."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path

import attrs

from runyard.entities import Run
from runyard.environments import LOCAL
from runyard.errors import ExecutionFailed, InvalidState
from runyard.projects import git, recorded
from runyard.projects.launching import launch
from runyard.projects.loading import load_project
from runyard.projects.project import EnvironmentKind, Project, ProjectEnvironment
from runyard.projects.request import RunRequest
from runyard.projects.sources import Source, fetch
from runyard.projects.submitted import Echo
from runyard.protocols.environment import Report
from runyard.tracking.client import Client

REPRODUCES = "runyard.reproduces"


@attrs.frozen(kw_only=True)
class Tolerance:
    """How far a value may be from what it was: `absolute` plus `relative` of that; `of` names metrics with their own.

    The rule is that of `numpy.allclose`: |now - before| <= absolute + relative * |before|.
    """

    relative: float = 0.0
    absolute: float = 0.0
    of: Mapping[str, float] = attrs.field(factory=dict)

    def allows(self, name: str, before: float, now: float) -> bool:
        """Whether a metric is near enough; what is no number only where it is the same again."""
        if math.isnan(before) or math.isnan(now):
            return math.isnan(before) and math.isnan(now)
        if before == now:
            return True
        return abs(now - before) <= self.absolute + self.of.get(name, self.relative) * abs(before)


@attrs.frozen
class Drift:
    """A metric as it was and as it is now; None where it is not there."""

    name: str
    before: float | None
    now: float | None
    is_within: bool

    @property
    def difference(self) -> float | None:
        return None if self.before is None or self.now is None else self.now - self.before


@attrs.frozen(kw_only=True)
class Reproduction:
    """A run that was run again."""

    original: str
    run_id: str
    metrics: Sequence[Drift]
    notes: Sequence[str]

    @property
    def is_reproduced(self) -> bool:
        return all(one.is_within for one in self.metrics)


def reproduce(
    run_id: str,
    client: Client,
    scratch: Path,
    *,
    tolerance: Tolerance | None = None,
    env_manager: str | None = None,
    limit: float | None = None,
    report: Report | None = None,
    echo: Echo | None = None,
) -> Reproduction:
    """Run a run again: its commit with its uncommitted changes, its packages, its entry point and its parameters.

    Args:
        run_id: The run.
        client: Where it is tracked, and the new run too.
        scratch: An empty folder, where its code is put.
        tolerance: How far metrics may be from what they were; by default they have to be the same.
        env_manager: What makes its environment; `local` runs it in what is here.
        limit: The seconds that it may take.
        report: Told each line of what is done before it starts.
        echo: Given what it writes.

    Raises:
        InvalidState: what it has recorded is not enough, or its changes do not fit its commit.
        ExecutionFailed: it ran again and did not succeed.
    """
    original = client.get_run(run_id)
    found = recorded.read(original, client.artifact_store(original.info.run_id))
    source = _code(found, scratch, client)
    project = _in_its_environment(found, found.project(source.folder, load_project))
    request = RunRequest(
        uri=source.uri,
        entry_point=found.entry_point,
        parameters=found.parameters,
        env_manager=env_manager or (None if found.environment else LOCAL),
        experiment_id=original.info.experiment_id,
        run_name=f"{original.info.run_name} again",
        tags={REPRODUCES: original.info.run_id},
        source=source,
        project=project,
        limit=limit,
    )
    submitted = launch(request, client, report=report, echo=echo)
    if not submitted.wait():
        raise ExecutionFailed(
            f"run {submitted.run_id}, which is {run_id} again, is {submitted.status}: {submitted.reason}"
        )
    return Reproduction(
        original=original.info.run_id,
        run_id=submitted.run_id,
        metrics=compare(original, client.get_run(submitted.run_id), tolerance or Tolerance()),
        notes=found.notes,
    )


def compare(original: Run, again: Run, tolerance: Tolerance) -> list[Drift]:
    """Every metric of either run, by its last value."""
    drifts = []
    for name in sorted({*original.data.metrics, *again.data.metrics}):
        before, now = original.data.metrics.get(name), again.data.metrics.get(name)
        is_within = before is not None and now is not None and tolerance.allows(name, before, now)
        drifts.append(Drift(name, before, now, is_within))
    return drifts


def _code(found: recorded.Recorded, scratch: Path, client: Client) -> Source:
    """The code as it was; where it lies in no repository, as it is now."""
    if not found.repository:
        return fetch(found.folder, None, lambda: scratch, client.host)
    place = found.repository if found.repository.startswith("git+") else f"git+{found.repository}"
    source = fetch(place, found.commit, lambda: scratch, client.host)
    if found.patch:
        git.apply(source.root, found.patch)
    folder = source.root / found.folder  # which the patch may have made
    if not folder.is_dir():
        raise InvalidState(f"{found.repository} at {found.commit} has no folder {found.folder!r}")
    return attrs.evolve(source, uri=f"{place}#{found.folder}" if found.folder else place, folder=folder)


def _in_its_environment(found: recorded.Recorded, project: Project) -> Project:
    if project.environment.kind is EnvironmentKind.DOCKER or found.environment is None:
        return project
    environment = ProjectEnvironment(EnvironmentKind.RECORDED, recorded=found.environment)
    return attrs.evolve(project, environment=environment)
