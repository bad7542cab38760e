"""What Runyard's own clients use: journals, heartbeats, whole curves, erasing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import attrs

from runyard import __version__
from runyard.entities import ModelMetric, Rejection, Run, RunStart
from runyard.protocols import access, changes, frames, logged_models, tracking
from runyard.validation import check_key, check_reference, check_run_id
from runyard.wire import (
    BATCH_TYPE,
    COLUMNS_TYPE,
    CURVES_TYPE,
    checked_start,
    decode_batch,
    encode_columns,
    encode_curves,
    from_plain,
)
from runyard_api_v1 import capabilities
from runyard_api_v1.endpoints import JSON, Call, Endpoint, Reply
from runyard_api_v1.fields import About
from runyard_api_v1.runs import RunParameters

MAX_BATCH = 256 << 20  # bytes
CAPABILITIES = (
    tracking.IngestsBatches,
    tracking.SamplesMetrics,
    tracking.ReadsManyMetrics,
    tracking.SummarizesDatasets,
    tracking.KeepsHeartbeats,
    tracking.Purges,
    logged_models.KeepsLoggedModels,
    frames.ReadsFrames,
    changes.RecordsChanges,
    changes.KeepsViews,
)


@attrs.frozen
class ServerInfo:
    """What a client finds here."""

    name: str
    version: str
    api: int
    capabilities: Annotated[
        Sequence[str], About("What the tracking store can do, by the names of Runyard's protocols.")
    ]
    serves_artifacts: bool
    user: Annotated[str | None, About("Who asks, as the server sees it; null where it does not ask.")]


@attrs.frozen
class IngestAnswer:
    """What of a batch was refused; the rest is stored."""

    rejections: Sequence[Rejection]


@attrs.frozen
class JournalParameters:
    journal_id: Annotated[str, About("The journal.", max_length=256)]


@attrs.frozen
class JournalAnswer:
    last: Annotated[int, About("The last sequence number that was taken; 0 where there is none.")]


@attrs.frozen
class HeartbeatsRequest:
    """Runs that live."""

    run_ids: Annotated[Sequence[str], About("The runs.", max_items=10_000)]
    expires: Annotated[int, About("When a run that has not been heard of again is taken for dead.", minimum=0)]


@attrs.frozen
class MetricParameters:
    run_id: Annotated[str, About("The run.", max_length=256)]
    key: Annotated[str, About("The metric.", max_length=250)]
    max_points: Annotated[int | None, About("At most so many points, extremes kept.", minimum=1)] = None
    start_step: Annotated[int | None, About("With max_points: the first step that is wanted.")] = None
    end_step: Annotated[int | None, About("With max_points: the last step that is wanted.")] = None


@attrs.frozen
class ReadMetricsRequest:
    """Whole curves of many runs."""

    pairs: Annotated[Sequence[tuple[str, str]], About("Run ids and keys.", max_items=10_000)]


@attrs.frozen
class PurgeRunsRequest:
    """Deleted runs that are to be erased for good."""

    run_ids: Annotated[Sequence[str], About("The runs.", max_items=10_000)]


@attrs.frozen
class ExperimentParameters:
    experiment_id: Annotated[str, About("The experiment.", max_length=256)]


@attrs.frozen
class PurgeLoggedModelsRequest:
    """Deleted logged models that are to be erased for good."""

    model_ids: Annotated[Sequence[str], About("The logged models.", max_items=10_000)]


@attrs.frozen
class MeasuredPoint:
    """A point of a metric that a run measured on a logged model."""

    model_id: Annotated[str, About("The model.", max_length=256)]
    key: Annotated[str, About("The metric.", max_length=250)]
    value: Annotated[Any, About("A number; NaN and the infinities, which JSON lacks, as texts.")]
    timestamp: Annotated[int, About("When it was measured.", minimum=0)]
    step: int = 0
    dataset_name: Annotated[str | None, About("The data set that it was measured on.")] = None
    dataset_digest: Annotated[str | None, About("Which version of the data set.")] = None


@attrs.frozen
class LogModelMetricsRequest:
    """Points that are kept for the models alone, not for the run; all or none."""

    metrics: Annotated[Sequence[MeasuredPoint], About("The points.", max_items=50_000)]


def server(call: Call) -> ServerInfo:
    store = call.stores.tracking
    call.stores.check(
        access.Operation("server.info", access.Action.READ, (access.Resource(access.ResourceKind.SERVER),))
    )
    return ServerInfo(
        name="runyard",
        version=__version__,
        api=1,
        capabilities=[one.__name__ for one in CAPABILITIES if isinstance(store, one)],
        serves_artifacts=call.service.artifact_root is not None,
        user=call.user,
    )


def ingest(call: Call) -> IngestAnswer:
    store = capabilities.journals(call.stores)
    return IngestAnswer(store.ingest(decode_batch(call.body, limit=MAX_BATCH)))


def journal(call: Call) -> JournalAnswer:
    store = capabilities.journals(call.stores)
    return JournalAnswer(store.ingested(check_run_id(call.parameters.journal_id)))


def forget_journal(call: Call) -> None:
    capabilities.journals(call.stores).forget_journal(check_run_id(call.parameters.journal_id))


def heartbeats(call: Call) -> None:
    request: HeartbeatsRequest = call.body
    capabilities.heartbeats(call.stores).heartbeat(request.run_ids, expires=request.expires)


def create_run(call: Call) -> Run:
    start: RunStart = call.body
    return call.stores.tracking.create_run(checked_start(start))


def metric(call: Call) -> Reply:
    asked: MetricParameters = call.parameters
    store = call.stores.tracking
    check_key(asked.key, "metric")
    if asked.max_points is None:
        columns = store.read_metric(asked.run_id, asked.key)
    else:
        columns = capabilities.samples(call.stores).sample_metric(
            asked.run_id,
            asked.key,
            max_points=asked.max_points,
            start_step=asked.start_step,
            end_step=asked.end_step,
        )
    return Reply(encode_columns(columns), COLUMNS_TYPE, compressible=False)


def read_metrics(call: Call) -> Reply:
    request: ReadMetricsRequest = call.body
    curves = capabilities.many_metrics(call.stores).read_metrics(request.pairs)
    return Reply(encode_curves(curves), CURVES_TYPE, compressible=False)


def log_model_metrics(call: Call) -> None:
    request: LogModelMetricsRequest = call.body
    points = [
        ModelMetric(**{**attrs.asdict(point), "value": from_plain(float, point.value)}) for point in request.metrics
    ]
    capabilities.logged_models(call.stores).log_model_metrics(call.parameters.run_id, points)


def purge_runs(call: Call) -> None:
    request: PurgeRunsRequest = call.body
    capabilities.purges(call.stores).purge_runs(request.run_ids)


def purge_logged_models(call: Call) -> None:
    request: PurgeLoggedModelsRequest = call.body
    capabilities.logged_models(call.stores).purge_logged_models(request.model_ids)


def purge_experiment(call: Call) -> None:
    experiment_id = check_reference(call.parameters.experiment_id, "experiment id")
    capabilities.purges(call.stores).purge_experiment(experiment_id or "")


def _endpoint(operation: str, method: str, path: str, summary: str, tag: str, handle: Any, **more: Any) -> Endpoint:
    return Endpoint(operation=operation, method=method, path=path, summary=summary, tag=tag, handle=handle, **more)


ENDPOINTS = (
    _endpoint(
        "getServer", "GET", "/server", "What this server is and can do.", "server", server, answers={JSON: ServerInfo}
    ),
    _endpoint(
        "ingest", "POST", "/ingest", "Take a batch of a journal, exactly once.", "journals", ingest,
        body=BATCH_TYPE, max_body=MAX_BATCH, answers={JSON: IngestAnswer}, errors=(409, 501),
    ),
    _endpoint(
        "getJournal", "GET", "/journals/{journal_id}", "How far a journal was taken.", "journals", journal,
        parameters=JournalParameters, answers={JSON: JournalAnswer}, errors=(501,),
    ),
    _endpoint(
        "forgetJournal", "DELETE", "/journals/{journal_id}", "Forget a journal that is gone.", "journals",
        forget_journal, parameters=JournalParameters, errors=(501,),
    ),
    _endpoint(
        "beat", "POST", "/heartbeats", "Say that runs live.", "journals", heartbeats,
        body=HeartbeatsRequest, errors=(404, 501),
    ),
    _endpoint(
        "createRun", "POST", "/runs", "A new run under an id of the client's choice, or the run that has it.",
        "runs", create_run, body=RunStart, answers={JSON: Run}, errors=(404,),
    ),
    _endpoint(
        "readMetric", "GET", "/runs/{run_id}/metric", "All points of a metric, or a sample, in Runyard's binary form.",
        "metrics", metric, parameters=MetricParameters, answers={COLUMNS_TYPE: None}, errors=(404, 501),
    ),
    _endpoint(
        "readMetrics", "POST", "/metrics/read", "All points of many metrics, in Runyard's binary form.",
        "metrics", read_metrics, body=ReadMetricsRequest, answers={CURVES_TYPE: None}, errors=(404, 501),
    ),
    _endpoint(
        "logModelMetrics", "POST", "/runs/{run_id}/model-metrics", "Note points that a run measured on models.",
        "metrics", log_model_metrics, parameters=RunParameters, body=LogModelMetricsRequest, errors=(404, 501),
    ),
    _endpoint(
        "purgeRuns", "POST", "/purge/runs", "Erase deleted runs for good.", "purge", purge_runs,
        body=PurgeRunsRequest, errors=(404, 501),
    ),
    _endpoint(
        "purgeLoggedModels", "POST", "/purge/logged-models", "Erase deleted logged models for good.", "purge",
        purge_logged_models, body=PurgeLoggedModelsRequest, errors=(404, 501),
    ),
    _endpoint(
        "purgeExperiment", "DELETE", "/purge/experiments/{experiment_id}", "Erase a deleted experiment with its runs.",
        "purge", purge_experiment, parameters=ExperimentParameters, errors=(404, 501),
    ),
)  # fmt: skip
