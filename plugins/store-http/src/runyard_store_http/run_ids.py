"""Which run of a server is meant by the id that a client chose."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import TypeVar

from runyard.entities import Run, RunStart, ViewType
from runyard.errors import NotFound
from runyard.protocols.tracking import ExperimentQuery
from runyard.validation import check_run_id, check_tags
from runyard.wire import checked_start, from_plain, to_plain
from runyard_store_http import reading, writing
from runyard_store_http.connection import Server
from runyard_store_http.experiments import Experiments
from runyard_store_http.peer import API
from runyard_store_http.reading import Json

AnswerT = TypeVar("AnswerT")

PATH = "/api/2.0/mlflow/runs"
TAG = "runyard.run_id"  # where a run of a server that chooses ids itself has the client's id
PARENT = "mlflow.parentRunId"
_PAGE = 1_000


class RunIds(Experiments):
    """The part of a tracking store that makes runs and knows them by either id.

    A Runyard server takes the client's ids. Others choose ids themselves; there, a tag holds the client's id.
    """

    def __init__(self, server: Server) -> None:
        super().__init__(server)
        self._ids: dict[str, str] = {}  # by the client's id
        self._creating = threading.Lock()

    def create_run(self, start: RunStart) -> Run:
        checked_start(start)
        check_tags(start.tags)
        if self._peer.is_runyard:
            return self._server.post(f"{API}/runs", to_plain(start), reader=_own_run)
        with self._creating:
            return self._create_elsewhere(start)

    def get_run(self, run_id: str) -> Run:
        return self._of_run(run_id, self._get_run)

    def _of_run(self, run_id: str, call: Callable[[str], AnswerT]) -> AnswerT:
        """Call with the server's id of a run; where it is not found, see whether the id is a client's."""
        known = self._ids.get(run_id)
        if known is not None:
            return call(known)
        try:
            return call(run_id)
        except NotFound:
            if self._peer.is_runyard:
                raise
            found = self._find(run_id, self._every_experiment())
            if found is None:
                raise
        return call(found)

    def _get_run(self, run_id: str) -> Run:
        return self._server.get(f"{PATH}/get", [("run_id", run_id), ("run_uuid", run_id)], reader=_run)

    def _create_elsewhere(self, start: RunStart) -> Run:
        if start.run_id in self._ids:
            return self.get_run(start.run_id)
        experiment_id = start.experiment_id or self._experiment_named(str(start.experiment_name))
        found = self._find(start.run_id, [experiment_id])
        if found is not None:
            return self._get_run(found)

        def made_before() -> Run | None:
            made = self._find(start.run_id, [experiment_id])
            return None if made is None else self._get_run(made)

        tags = {**start.tags, "mlflow.runName": start.run_name, TAG: start.run_id}
        if PARENT in tags:
            tags[PARENT] = self._ids.get(tags[PARENT]) or self._find(tags[PARENT], [experiment_id]) or tags[PARENT]
        body = {
            "experiment_id": experiment_id,
            "user_id": start.user_id,
            "run_name": start.run_name,
            "start_time": start.start_time,
            "tags": writing.pairs(tags),
        }
        run = self._server.post(f"{PATH}/create", body, reader=_run, recall=made_before)
        self._ids[start.run_id] = run.info.run_id
        return run

    def _find(self, run_id: str, experiment_ids: Sequence[str]) -> str | None:
        """The server's id of the run that a client calls so; of two, the one that was started first."""
        for part in writing.parts(experiment_ids, _PAGE):
            body = {
                "experiment_ids": part,
                "filter": f"tags.`{TAG}` = '{check_run_id(run_id)}'",
                "run_view_type": ViewType.ALL.value,
                "order_by": ["attributes.start_time ASC"],
                "max_results": 1,
            }
            page = self._server.post(f"{PATH}/search", body, reader=reading.page("runs", reading.run))
            if page:
                found: str = page[0].info.run_id
                self._ids[run_id] = found
                return found
        return None

    def _every_experiment(self) -> list[str]:
        found, token = [], None
        while True:
            page = self.search_experiments(ExperimentQuery(view=ViewType.ALL, max_results=_PAGE, page_token=token))
            found += [experiment.experiment_id for experiment in page]
            token = page.token
            if token is None:
                return found


def _run(answer: Json) -> Run:
    return reading.run(answer["run"])


def _own_run(answer: Json) -> Run:
    return from_plain(Run, answer)
