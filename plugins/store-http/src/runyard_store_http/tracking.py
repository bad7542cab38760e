"""The tracking store on a server: MLflow's protocol, and against a Runyard server all that ours has beyond it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from urllib.parse import quote

from runyard.entities import Batch, Changes, MetricColumns, Rejection, Subject, View
from runyard.errors import InvalidInput, NotFound
from runyard.settings import Settings
from runyard.uris import Uri
from runyard.validation import check_run_id
from runyard.wire import BATCH_TYPE, CURVES_TYPE, decode_curves, encode_batch, from_plain
from runyard_store_http import views
from runyard_store_http.address import server_address
from runyard_store_http.changes import read_changes
from runyard_store_http.connection import JSON, Request, Server, json_bytes, server_at
from runyard_store_http.logged_models import LoggedModels
from runyard_store_http.peer import API
from runyard_store_http.reading import Json
from runyard_store_http.settings import COMPRESS
from runyard_store_http.writing import query as query_of

SUBJECTS = (Subject.EXPERIMENT, Subject.RUN, Subject.LOGGED_MODEL)


def open_store(uri: Uri, settings: Settings) -> HttpTrackingStore:
    """The store on the server at a URI; the server is not asked anything yet, for it may be away."""
    server = server_at(*server_address(uri, settings))
    return HttpTrackingStore(server, compress=settings.lookup(COMPRESS).value)


class HttpTrackingStore(LoggedModels):
    """A `TrackingStore` with every capability but columns; what MLflow's servers lack raises `NotSupported` there."""

    def __init__(self, server: Server, *, compress: bool = False) -> None:
        super().__init__(server)
        self._compress = compress

    # --- IngestsBatches -----------------------------------------------------------------------------------------------

    def ingest(self, batch: Batch) -> Sequence[Rejection]:
        """Take a batch. Where an answer is lost and the batch is sent again, that is a `Conflict`: ask `ingested`."""
        self._peer.require("IngestsBatches", "taking batches")
        data = encode_batch(batch, compress=self._compress)
        return self._server.post_bytes(f"{API}/ingest", data, BATCH_TYPE, reader=_rejections)

    def ingested(self, journal_id: str) -> int:
        self._peer.require("IngestsBatches", "taking batches")
        return self._server.get(_journal(journal_id), reader=_last)

    def forget_journal(self, journal_id: str) -> None:
        self._peer.require("IngestsBatches", "taking batches")
        with suppress(InvalidInput):  # what cannot be a journal's id was never one
            self._server.delete(_journal(journal_id))

    # --- KeepsHeartbeats ----------------------------------------------------------------------------------------------

    def heartbeat(self, run_ids: Sequence[str], *, expires: int) -> None:
        self._peer.require("KeepsHeartbeats", "keeping heartbeats")
        self._do(f"{API}/heartbeats", {"run_ids": list(run_ids), "expires": expires})

    # --- SamplesMetrics and ReadsManyMetrics --------------------------------------------------------------------------

    def sample_metric(
        self, run_id: str, key: str, *, max_points: int, start_step: int | None = None, end_step: int | None = None
    ) -> MetricColumns:
        self._peer.require("SamplesMetrics", "thinning out metrics")
        if max_points < 1:
            raise InvalidInput(f"max_points must be at least 1, got {max_points}")
        query = query_of(max_points=max_points, start_step=start_step, end_step=end_step)
        return self._columns(run_id, [("key", key), *query])

    def read_metrics(self, pairs: Sequence[tuple[str, str]]) -> Mapping[tuple[str, str], MetricColumns]:
        self._peer.require("ReadsManyMetrics", "reading many metrics at once")
        data = json_bytes({"pairs": [list(pair) for pair in pairs]})
        headers = {"Content-Type": JSON, "Accept": CURVES_TYPE}
        request = Request(method="POST", path=f"{API}/metrics/read", headers=headers, body=lambda: data)
        return decode_curves(self._server.send(request).content)

    # --- Purges -------------------------------------------------------------------------------------------------------

    def purge_runs(self, run_ids: Sequence[str]) -> None:
        self._peer.require("Purges", "erasing runs")

        def are_gone() -> bool | None:
            return True if all(self._is_missing(run_id) for run_id in run_ids) else None

        body = {"run_ids": list(run_ids)}
        self._server.post(f"{API}/purge/runs", body, reader=lambda _: True, recall=are_gone)

    def purge_experiment(self, experiment_id: str) -> None:
        self._peer.require("Purges", "erasing experiments")

        def is_gone() -> bool | None:
            try:
                self.get_experiment(experiment_id)
            except NotFound:
                return True
            return None

        self._server.delete(f"{API}/purge/experiments/{quote(experiment_id, safe='')}", recall=is_gone)

    # --- RecordsChanges and KeepsViews --------------------------------------------------------------------------------

    def changes(self, since: int | None = None, *, max_results: int = 1000) -> Changes:
        self._peer.require("RecordsChanges", "telling what changed")
        return read_changes(self._server, "tracking", SUBJECTS, since, max_results)

    def save_view(
        self,
        view_id: str,
        *,
        name: str,
        experiment_ids: Sequence[str],
        state: str,
        user_id: str | None = None,
        revision: int | None = None,
    ) -> View:
        """Change a view. The server gives views their ids, so one that it does not have is `NotFound`."""
        self._peer.require("KeepsViews", "saving views")
        return views.save(self._server, view_id, name, experiment_ids, state, revision, user_id)

    def get_view(self, view_id: str) -> View:
        self._peer.require("KeepsViews", "saving views")
        return views.get(self._server, view_id)

    def list_views(self, experiment_id: str | None = None) -> Sequence[View]:
        self._peer.require("KeepsViews", "saving views")
        return views.listed(self._server, experiment_id)

    def delete_view(self, view_id: str) -> None:
        self._peer.require("KeepsViews", "saving views")
        views.delete(self._server, view_id)

    def _is_missing(self, run_id: str) -> bool:
        try:
            self.get_run(run_id)
        except NotFound:
            return True
        return False


def _journal(journal_id: str) -> str:
    return f"{API}/journals/{check_run_id(journal_id)}"


def _last(answer: Json) -> int:
    return int(answer["last"])


def _rejections(answer: Json) -> list[Rejection]:
    return [from_plain(Rejection, item) for item in answer["rejections"]]
