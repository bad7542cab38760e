"""What Runyard keeps: experiments, runs, metrics, datasets, registered models. Frozen values, MLflow's names.

Times are milliseconds since the epoch (UTC), steps are integers, ids are strings.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from typing import Generic, NamedTuple, TypeVar

import attrs

ItemT = TypeVar("ItemT")


class LifecycleStage(StrEnum):
    """Whether an experiment or a run is in use or in the bin."""

    ACTIVE = "active"
    DELETED = "deleted"


class ViewType(StrEnum):
    """Which lifecycle stages a search looks at."""

    ACTIVE_ONLY = "ACTIVE_ONLY"
    DELETED_ONLY = "DELETED_ONLY"
    ALL = "ALL"

    @property
    def stages(self) -> tuple[LifecycleStage, ...]:
        match self:
            case ViewType.ACTIVE_ONLY:
                return (LifecycleStage.ACTIVE,)
            case ViewType.DELETED_ONLY:
                return (LifecycleStage.DELETED,)
            case ViewType.ALL:
                return (LifecycleStage.ACTIVE, LifecycleStage.DELETED)


class RunStatus(StrEnum):
    """What a run is doing, or how it ended."""

    RUNNING = "RUNNING"
    SCHEDULED = "SCHEDULED"
    FINISHED = "FINISHED"
    FAILED = "FAILED"
    KILLED = "KILLED"

    @property
    def is_terminated(self) -> bool:
        return self in {RunStatus.FINISHED, RunStatus.FAILED, RunStatus.KILLED}


class Metric(NamedTuple):
    """One point of a metric."""

    key: str
    value: float
    timestamp: int
    step: int = 0


class Param(NamedTuple):
    key: str
    value: str


class RunTag(NamedTuple):
    key: str
    value: str


@attrs.frozen(eq=False)
class MetricColumns:
    """Points of one metric as three columns of equal length, ready for numpy without a copy."""

    steps: array[int]  # typecode "q"
    timestamps: array[int]  # typecode "q"
    values: array[float]  # typecode "d"

    @classmethod
    def from_points(cls, points: Sequence[tuple[int, int, float]]) -> MetricColumns:
        """From (step, timestamp, value) triples."""
        return cls(
            array("q", [point[0] for point in points]),
            array("q", [point[1] for point in points]),
            array("d", [point[2] for point in points]),
        )

    def __len__(self) -> int:
        return len(self.values)

    def __iter__(self) -> Iterator[tuple[int, int, float]]:
        """(step, timestamp, value) triples."""
        return zip(self.steps, self.timestamps, self.values, strict=True)


@attrs.frozen
class Experiment:
    experiment_id: str
    name: str
    artifact_location: str
    lifecycle_stage: LifecycleStage = LifecycleStage.ACTIVE
    creation_time: int | None = None
    last_update_time: int | None = None
    tags: Mapping[str, str] = attrs.field(factory=dict)
    deleted_time: int | None = None  # None while active, and where a store does not say


@attrs.frozen
class RunInfo:
    run_id: str
    experiment_id: str
    run_name: str
    user_id: str
    status: RunStatus
    start_time: int
    end_time: int | None
    artifact_uri: str
    lifecycle_stage: LifecycleStage = LifecycleStage.ACTIVE
    deleted_time: int | None = None  # None while active, and where a store does not say

    @property
    def run_uuid(self) -> str:
        return self.run_id


@attrs.frozen
class RunData:
    """What was logged: the latest point of each metric, params and tags."""

    latest_metrics: Sequence[Metric] = ()
    params: Mapping[str, str] = attrs.field(factory=dict)
    tags: Mapping[str, str] = attrs.field(factory=dict)

    @property
    def metrics(self) -> dict[str, float]:
        """The latest value of each metric."""
        return {metric.key: metric.value for metric in self.latest_metrics}


@attrs.frozen
class Dataset:
    """A data set as a run saw it: where it came from and what it looked like."""

    name: str
    digest: str
    source_type: str
    source: str
    schema: str | None = None
    profile: str | None = None


@attrs.frozen
class DatasetInput:
    dataset: Dataset
    tags: Mapping[str, str] = attrs.field(factory=dict)


@attrs.frozen
class DatasetSummary:
    """A data set that runs of an experiment used, and one context it was used in."""

    experiment_id: str
    name: str
    digest: str
    context: str | None = None


@attrs.frozen
class ModelInput:
    """A logged model that a run used."""

    model_id: str


@attrs.frozen
class ModelOutput:
    """A logged model that a run produced, at one of its steps."""

    model_id: str
    step: int = 0


# MLflow's names of the two.
LoggedModelInput = ModelInput
LoggedModelOutput = ModelOutput


@attrs.frozen
class RunInputs:
    dataset_inputs: Sequence[DatasetInput] = ()
    model_inputs: Sequence[ModelInput] = ()


@attrs.frozen
class RunOutputs:
    model_outputs: Sequence[ModelOutput] = ()


@attrs.frozen
class Run:
    info: RunInfo
    data: RunData = attrs.field(factory=RunData)
    inputs: RunInputs = attrs.field(factory=RunInputs)
    outputs: RunOutputs = attrs.field(factory=RunOutputs)


@attrs.frozen
class RunStart:
    """All that is needed to create a run, decided by the client so that it can be created later or twice.

    Exactly one of `experiment_id` and `experiment_name` is set; an experiment that is named and missing is created.
    """

    run_id: str
    run_name: str
    user_id: str
    start_time: int
    experiment_id: str | None = None
    experiment_name: str | None = None
    tags: Mapping[str, str] = attrs.field(factory=dict)


@attrs.frozen
class RunUpdate:
    """A change of a run's own fields; None leaves a field as it is."""

    run_id: str
    status: RunStatus | None = None
    end_time: int | None = None
    run_name: str | None = None


@attrs.frozen
class Batch:
    """Records `first` to `last` of one journal; see `runyard.protocols.tracking.IngestsBatches`."""

    journal_id: str
    first: int
    last: int
    starts: Sequence[RunStart] = ()
    params: Sequence[tuple[str, str, str]] = ()  # run id, key, value
    tags: Sequence[tuple[str, str, str | None]] = ()  # run id, key, value; None deletes it; the last one of a key wins
    inputs: Sequence[tuple[str, DatasetInput]] = ()  # run id and what it used
    points: Mapping[tuple[str, str], MetricColumns] = attrs.field(factory=dict)  # by run id and key
    measurements: Sequence[ModelMetric] = ()  # points on logged models, each with the run that measured it
    updates: Sequence[RunUpdate] = ()


@attrs.frozen
class Rejection:
    """Something in a batch that the store refused while it took the rest."""

    run_id: str
    what: str  # such as "param 'lr'"
    reason: str


@attrs.frozen
class FileInfo:
    """One artifact: its path below the store's root, with forward slashes."""

    path: str
    is_dir: bool
    file_size: int | None = None


@attrs.frozen
class Page(Sequence[ItemT], Generic[ItemT]):
    """One page of a listing, itself a sequence; `token` asks for the next one, None at the end."""

    items: Sequence[ItemT] = ()
    token: str | None = None

    def __len__(self) -> int:
        return len(self.items)

    def __getitem__(self, index):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN204
        return self.items[index]

    def __iter__(self) -> Iterator[ItemT]:
        return iter(self.items)


class LoggedModelStatus(StrEnum):
    """Whether a logged model's files are all there."""

    PENDING = "LOGGED_MODEL_PENDING"
    READY = "LOGGED_MODEL_READY"
    FAILED = "LOGGED_MODEL_UPLOAD_FAILED"

    @classmethod
    def _missing_(cls, value: object) -> LoggedModelStatus | None:
        """A status by its name, as MLflow's Python package writes it."""
        return cls.__members__.get(value) if isinstance(value, str) else None


@attrs.frozen
class ModelMetric:
    """A point of a metric that was measured on a logged model, perhaps on a certain data set."""

    model_id: str
    key: str
    value: float
    timestamp: int
    step: int = 0
    run_id: str | None = None
    dataset_name: str | None = None
    dataset_digest: str | None = None


@attrs.frozen
class LoggedModel:
    """A model that a run produced, before and apart from its registration.

    `metrics` has every point that was measured on it, ordered by key, data set, timestamp, step and value.
    """

    model_id: str  # m- and 32 hexadecimal digits
    experiment_id: str
    name: str
    artifact_uri: str
    creation_timestamp: int
    last_updated_timestamp: int
    status: LoggedModelStatus = LoggedModelStatus.PENDING
    status_message: str = ""
    model_type: str | None = None
    source_run_id: str | None = None
    creator_id: str | None = None
    params: Mapping[str, str] = attrs.field(factory=dict)
    tags: Mapping[str, str] = attrs.field(factory=dict)
    metrics: Sequence[ModelMetric] = ()
    lifecycle_stage: LifecycleStage = LifecycleStage.ACTIVE  # deleted also while its experiment is
    deleted_time: int | None = None  # None while active, and where a store does not say

    @property
    def model_uri(self) -> str:
        return f"models:/{self.model_id}"

    @property
    def artifact_location(self) -> str:
        return self.artifact_uri


class ModelStage(StrEnum):
    """MLflow's stages of a model version."""

    NONE = "None"
    STAGING = "Staging"
    PRODUCTION = "Production"
    ARCHIVED = "Archived"


@attrs.frozen
class ModelVersion:
    name: str
    version: int
    creation_timestamp: int
    last_updated_timestamp: int
    current_stage: ModelStage = ModelStage.NONE
    description: str = ""
    source: str = ""
    run_id: str | None = None
    run_link: str | None = None
    user_id: str | None = None
    model_id: str | None = None
    status: str = "READY"
    status_message: str = ""
    tags: Mapping[str, str] = attrs.field(factory=dict)
    aliases: Sequence[str] = ()
    storage_location: str | None = None  # where the files lie, if the source only stands for it, as models: does

    @property
    def location(self) -> str:
        """Where the files lie, as far as it is known."""
        return self.storage_location or self.source


@attrs.frozen
class RegisteredModel:
    name: str
    creation_timestamp: int
    last_updated_timestamp: int
    description: str = ""
    tags: Mapping[str, str] = attrs.field(factory=dict)
    aliases: Mapping[str, int] = attrs.field(factory=dict)
    latest_versions: Sequence[ModelVersion] = ()  # the highest version of each stage


class RegistryChange(StrEnum):
    """What an entry of the registry's history is about."""

    CREATED = "created"
    RENAMED = "renamed"
    DELETED = "deleted"
    STAGE = "stage"
    ALIAS = "alias"
    DESCRIPTION = "description"
    TAG = "tag"


@attrs.frozen
class RegistryEvent:
    """One entry of the append-only history of a registered model.

    `subject` is the alias for ALIAS and the key for TAG, else empty. `old` and `new` are the stage, the version an
    alias points to (as text), the description, the value of a tag, the name of a model or the source of a version; None
    means that there was or is none.
    """

    name: str
    change: RegistryChange
    timestamp: int
    user_id: str | None = None
    version: int | None = None
    subject: str = ""
    old: str | None = None
    new: str | None = None


class Subject(StrEnum):
    """What a change is about."""

    EXPERIMENT = "experiment"
    RUN = "run"
    LOGGED_MODEL = "logged_model"
    MODEL = "model"  # a registered model, with its versions


class ChangeKind(StrEnum):
    """What happened."""

    CREATED = "created"
    UPDATED = "updated"  # its own fields, params, tags, inputs or outputs
    METRICS = "metrics"  # points were logged
    DELETED = "deleted"
    RESTORED = "restored"


@attrs.frozen
class Change:
    """Something changed; numbers grow, with gaps, and are never used again."""

    number: int
    subject: Subject
    id: str
    kind: ChangeKind
    timestamp: int
    experiment_id: str | None = None


@attrs.frozen
class Changes:
    """What changed since a number; `last` is the number to go on from. `reset`: too old, so read everything anew."""

    items: Sequence[Change]
    last: int
    reset: bool = False


@attrs.frozen
class View:
    """A saved way of looking at runs; `state` is JSON of whoever shows it."""

    view_id: str
    name: str
    experiment_ids: Sequence[str]
    state: str
    creation_time: int
    last_update_time: int
    revision: int = 1  # counts up with every change
    user_id: str | None = None
