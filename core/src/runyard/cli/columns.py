"""The columns of a table of runs: fields of a run, metrics, params and tags, by name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import attrs

from runyard.cli import output, text
from runyard.entities import Run, RunStatus
from runyard.errors import InvalidInput, did_you_mean
from runyard.query import Identifier, Kind

FIELDS = ("run_id", "name", "status", "user", "started", "duration", "experiment", "artifact_uri", "state")
PREFIXES = {"metrics": Kind.METRIC, "params": Kind.PARAM, "tags": Kind.TAG}
STATUS_COLOURS = {
    RunStatus.FINISHED: "green",
    RunStatus.RUNNING: "cyan",
    RunStatus.FAILED: "red",
    RunStatus.KILLED: "red",
}
SHORT_ID = 8
MOST_DEFAULTS = 4  # of metrics, and of params


@attrs.frozen
class Column:
    """One column: a field of a run, or what it logged under a key."""

    name: str
    kind: Kind | None = None
    key: str = ""

    @classmethod
    def parse(cls, name: str) -> Column:
        """`status`, `metrics.loss`, `params.lr`, `tags.team`.

        Raises:
            InvalidInput: it is none of these.
        """
        prefix, dot, key = name.partition(".")
        kind = PREFIXES.get(prefix) or PREFIXES.get(f"{prefix}s")
        if dot and key and kind is not None:
            return cls(f"{kind}s.{key}", kind, key)
        if name in FIELDS:
            return cls(name)
        raise InvalidInput(
            f"no column is named {name!r}{did_you_mean(name, FIELDS)}; "
            f"there are {', '.join(FIELDS)}, metrics.KEY, params.KEY and tags.KEY"
        )

    @property
    def title(self) -> str:
        return self.key if self.kind in {Kind.METRIC, Kind.PARAM} else self.name

    @property
    def identifier(self) -> Identifier | None:
        return None if self.kind is None else Identifier(self.kind, self.key)

    def value(self, run: Run) -> Any:
        """What a run has there, None where it has nothing."""
        match self.kind:
            case Kind.METRIC:
                return run.data.metrics.get(self.key)
            case Kind.PARAM:
                return run.data.params.get(self.key)
            case Kind.TAG:
                return run.data.tags.get(self.key)
            case _:
                return _field(run, self.name)

    def cell(self, run: Run) -> object:
        """The value as it stands in a table."""
        info = run.info
        match self.name if self.kind is None else "":
            case "run_id":
                return info.run_id[:SHORT_ID] if output.interactive() else info.run_id
            case "status":
                return output.Styled(info.status.value, STATUS_COLOURS.get(info.status))
            case "started":
                return text.ago(info.start_time)
            case "duration":
                return text.duration(info.start_time, info.end_time)
        return self.value(run)


def parse_columns(names: str) -> list[Column]:
    """Names separated by commas, as columns."""
    return [Column.parse(name.strip()) for name in names.split(",") if name.strip()]


def default_columns(runs: Sequence[Run], *, several_experiments: bool, with_state: bool) -> list[Column]:
    """What says most about these runs: the basics, and the metrics and params that most of them have."""
    basics = ["run_id", "name", "status", "started", "duration"]
    basics += ["experiment"] if several_experiments else []
    basics += ["state"] if with_state else []
    metrics = _frequent([list(run.data.metrics) for run in runs])
    params = _frequent([list(run.data.params) for run in runs], [run.data.params for run in runs])
    return [
        *map(Column, basics),
        *(Column.parse(f"metrics.{key}") for key in metrics),
        *(Column.parse(f"params.{key}") for key in params),
    ]


def _field(run: Run, name: str) -> Any:
    info = run.info
    return {
        "run_id": info.run_id,
        "name": info.run_name,
        "status": info.status.value,
        "user": info.user_id,
        "started": info.start_time,
        "duration": None if info.end_time is None else info.end_time - info.start_time,
        "experiment": info.experiment_id,
        "artifact_uri": info.artifact_uri,
        "state": info.lifecycle_stage.value,
    }[name]


def _frequent(keys: Sequence[Sequence[str]], values: Sequence[Any] = ()) -> list[str]:
    """The keys that most runs have; of equally frequent ones those that differ between runs, then by name."""
    counts: dict[str, int] = {}
    for of_run in keys:
        for key in of_run:
            counts[key] = counts.get(key, 0) + 1
    differ = {key: len({of_run.get(key) for of_run in values}) > 1 for key in counts}
    ranked = sorted(counts, key=lambda key: (-counts[key], not differ[key], key))
    return sorted(ranked[:MOST_DEFAULTS])
