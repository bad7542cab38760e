"""Experiments on a server."""

from __future__ import annotations

from collections.abc import Mapping

from runyard.entities import Experiment, LifecycleStage, Page
from runyard.errors import AlreadyExists, InvalidState, NotFound
from runyard.protocols.tracking import ExperimentQuery
from runyard.query import Target
from runyard.validation import MAX_EXPERIMENT_TAG_VALUE, check_experiment_name, check_tags
from runyard_store_http import reading, writing
from runyard_store_http.connection import Server
from runyard_store_http.peer import peer_at
from runyard_store_http.reading import Json
from runyard_store_http.writing import query as query_of

PATH = "/api/2.0/mlflow/experiments"
MOST = 50_000


class Base:
    """What the parts of a store share."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._peer = peer_at(server)

    def close(self) -> None:
        self._server.close()

    def _do(self, path: str, body: object, *, method: str = "POST", user: str | None = None) -> None:
        self._server.post(path, body, reader=_nothing, method=method, user=user)


class Experiments(Base):
    """The part of a tracking store that keeps experiments."""

    def create_experiment(
        self, name: str, *, artifact_location: str | None = None, tags: Mapping[str, str] | None = None
    ) -> Experiment:
        check_experiment_name(name)
        body: dict[str, object] = {"name": name, "tags": writing.pairs(check_tags(tags, MAX_EXPERIMENT_TAG_VALUE))}
        if artifact_location:
            body["artifact_location"] = artifact_location

        def made_before() -> str | None:
            known = self.get_experiment_by_name(name)
            if known is None or known.lifecycle_stage is LifecycleStage.DELETED:
                return None
            if artifact_location and known.artifact_location != artifact_location:
                return None
            return known.experiment_id if dict(tags or {}).items() <= known.tags.items() else None

        experiment_id = self._server.post(f"{PATH}/create", body, reader=_experiment_id, recall=made_before)
        return self.get_experiment(experiment_id)

    def get_experiment(self, experiment_id: str) -> Experiment:
        return self._server.get(f"{PATH}/get", query_of(experiment_id=experiment_id), reader=_experiment)

    def get_experiment_by_name(self, name: str) -> Experiment | None:
        try:
            return self._server.get(f"{PATH}/get-by-name", [("experiment_name", name)], reader=_experiment)
        except NotFound:
            return None

    def search_experiments(self, query: ExperimentQuery) -> Page[Experiment]:
        body: dict[str, object] = {
            "max_results": writing.page_size(query.max_results, MOST),
            "filter": writing.filter_text(query.filter, Target.EXPERIMENTS),
            "order_by": writing.orders(query.order_by),
            "view_type": query.view.value,
        }
        if query.page_token is not None:
            body["page_token"] = writing.token(query.page_token)
        return self._server.post(f"{PATH}/search", body, reader=reading.page("experiments", reading.experiment))

    def rename_experiment(self, experiment_id: str, name: str) -> None:
        self._do(f"{PATH}/update", {"experiment_id": experiment_id, "new_name": check_experiment_name(name)})

    def delete_experiment(self, experiment_id: str) -> None:
        self._move(experiment_id, "delete", LifecycleStage.DELETED)

    def restore_experiment(self, experiment_id: str) -> None:
        self._move(experiment_id, "restore", LifecycleStage.ACTIVE)

    def set_experiment_tags(self, experiment_id: str, tags: Mapping[str, str]) -> None:
        for pair in writing.pairs(check_tags(tags, MAX_EXPERIMENT_TAG_VALUE)):
            self._do(f"{PATH}/set-experiment-tag", {"experiment_id": experiment_id, **pair})

    def delete_experiment_tag(self, experiment_id: str, key: str) -> None:
        def is_gone() -> bool | None:
            return True if key not in self.get_experiment(experiment_id).tags else None

        body = {"experiment_id": experiment_id, "key": key}
        self._server.post(f"{PATH}/delete-experiment-tag", body, reader=bool, recall=is_gone)

    def _move(self, experiment_id: str, action: str, stage: LifecycleStage) -> None:
        def is_there() -> bool | None:
            return True if self.get_experiment(experiment_id).lifecycle_stage is stage else None

        self._server.post(f"{PATH}/{action}", {"experiment_id": experiment_id}, reader=bool, recall=is_there)

    def _experiment_named(self, name: str) -> str:
        """The id of the experiment that a new run names; it is created where it is missing.

        Raises:
            InvalidState: it is deleted, and the server gives its name to no other one.
        """
        for _ in range(3):
            known = self.get_experiment_by_name(name)
            if known is not None and known.lifecycle_stage is LifecycleStage.ACTIVE:
                return known.experiment_id
            try:
                return self.create_experiment(name).experiment_id
            except AlreadyExists:  # deleted, or somebody else was faster
                continue
        raise InvalidState(f"experiment {name!r} is deleted on {self._server}; restore it, or choose another name")


def _nothing(_answer: Json) -> None:
    return None


def _experiment_id(answer: Json) -> str:
    return str(answer["experiment_id"])


def _experiment(answer: Json) -> Experiment:
    return reading.experiment(answer["experiment"])
