"""Logged models on a server."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import quote

import attrs

from runyard.entities import LoggedModel, LoggedModelStatus, ModelInput, ModelMetric, ModelOutput, Page, ViewType
from runyard.errors import AlreadyExists, NotFound, NotSupported
from runyard.protocols.logged_models import LoggedModelQuery
from runyard.query import Target
from runyard.validation import (
    check_logged_model_id,
    check_logged_model_name,
    check_model_metric,
    check_params,
    check_tags,
)
from runyard.wire import plain_float
from runyard_store_http import reading, writing
from runyard_store_http.peer import API
from runyard_store_http.reading import Json
from runyard_store_http.run_ids import PATH as RUNS_PATH
from runyard_store_http.runs import Runs

PATH = "/api/2.0/mlflow/logged-models"
MOST = 1_000
MOST_POINTS = 50_000


class LoggedModels(Runs):
    """The part of a tracking store that keeps logged models."""

    def create_logged_model(
        self,
        experiment_id: str,
        *,
        model_id: str | None = None,
        name: str | None = None,
        model_type: str | None = None,
        source_run_id: str | None = None,
        params: Mapping[str, str] | None = None,
        tags: Mapping[str, str] | None = None,
        user_id: str | None = None,
    ) -> LoggedModel:
        """As in the protocol, but only a Runyard server takes a `model_id`; others choose ids themselves.

        A server that knows who asks puts the model down to that one, others to `user_id`.
        """
        if name is not None:
            check_logged_model_name(name)
        params, tags = check_params(params), check_tags(tags)
        if model_id is not None:
            known = self._existing(check_logged_model_id(model_id), experiment_id)
            if known is not None:
                return known
        run_id = source_run_id and self._ids.get(source_run_id, source_run_id)
        body = {
            "experiment_id": experiment_id,
            "model_id": model_id,
            "name": name,
            "model_type": model_type,
            "source_run_id": run_id,
            "params": writing.pairs(params),
            "tags": writing.pairs(tags),
        }
        body = {field: value for field, value in body.items() if value}
        before = self._last_model(experiment_id)

        def made_before() -> LoggedModel | None:
            """The model that an earlier attempt made: newer than all before, and the same in all that was asked for."""
            query = LoggedModelQuery(experiment_ids=[experiment_id], max_results=20)
            for model in self.search_logged_models(query):
                if before is not None and model.model_id == before.model_id:
                    return None
                asked = (name or model.name, model_type, run_id or None, dict(params or {}), dict(tags or {}))
                if asked == (model.name, model.model_type, model.source_run_id, model.params, model.tags):
                    return model
            return None

        model = self._server.post(PATH, body, reader=_model, recall=made_before, user=user_id)
        if model_id is not None and model.model_id != model_id:
            self.delete_logged_model(model.model_id)
            raise NotSupported(f"{self._server} chooses the ids of logged models itself; leave model_id out")
        return model

    def finalize_logged_model(self, model_id: str, status: LoggedModelStatus) -> LoggedModel:
        body = {"model_id": model_id, "status": status.value}
        return self._server.post(_path(model_id), body, reader=_model, method="PATCH")

    def get_logged_model(self, model_id: str, *, allow_deleted: bool = False) -> LoggedModel:
        asked = [("allow_deleted", "true")] if allow_deleted else ()
        return self._server.get(_path(model_id), asked, reader=_model)

    def delete_logged_model(self, model_id: str) -> None:
        body = {"model_id": model_id}
        self._server.post(_path(model_id), body, reader=bool, method="DELETE", recall=lambda: self._is_gone(model_id))

    def purge_logged_models(self, model_ids: Sequence[str]) -> None:
        self._peer.require("KeepsLoggedModels", "erasing logged models")

        def are_gone() -> bool | None:
            return True if all(self._is_gone(model_id) for model_id in model_ids) else None

        body = {"model_ids": list(model_ids)}
        self._server.post(f"{API}/purge/logged-models", body, reader=lambda _: True, recall=are_gone)

    def search_logged_models(self, query: LoggedModelQuery) -> Page[LoggedModel]:
        if query.view is not ViewType.ACTIVE_ONLY and not self._peer.is_runyard:
            raise NotSupported(f"{self._server} is not a Runyard server and shows no deleted logged models")
        size = writing.page_size(query.max_results, MOST)
        if not query.experiment_ids:
            return Page()
        datasets = [{"dataset_name": name, "dataset_digest": digest} for name, digest in query.datasets]
        body: dict[str, object] = {
            "experiment_ids": list(query.experiment_ids),
            "filter": writing.filter_text(query.filter, Target.LOGGED_MODELS),
            "datasets": [{field: value for field, value in item.items() if value} for item in datasets],
            "order_by": [
                {
                    "field_name": writing.field_name(order.order),
                    "ascending": order.order.ascending,
                    **({"dataset_name": order.dataset_name} if order.dataset_name else {}),
                    **({"dataset_digest": order.dataset_digest} if order.dataset_digest else {}),
                }
                for order in query.order_by
            ],
            "max_results": size,
        }
        if query.view is not ViewType.ACTIVE_ONLY:
            body["view_type"] = query.view.value
        if query.page_token is not None:
            body["page_token"] = writing.token(query.page_token)
        return self._server.post(f"{PATH}/search", body, reader=reading.page("models", reading.logged_model))

    def set_logged_model_tags(self, model_id: str, tags: Mapping[str, str]) -> LoggedModel:
        self._do(f"{_path(model_id)}/tags", {"model_id": model_id, "tags": writing.pairs(tags)}, method="PATCH")
        return self.get_logged_model(model_id)

    def delete_logged_model_tag(self, model_id: str, key: str) -> None:
        def is_gone() -> bool | None:
            return True if key not in self.get_logged_model(model_id).tags else None

        path = f"{_path(model_id)}/tags/{quote(key, safe='')}"
        body = {"model_id": model_id, "tag_key": key}
        self._server.post(path, body, reader=bool, method="DELETE", recall=is_gone)

    def log_logged_model_params(self, model_id: str, params: Mapping[str, str]) -> None:
        body = {"model_id": model_id, "params": writing.pairs(params)}

        def are_there() -> bool | None:
            return True if params.items() <= self.get_logged_model(model_id).params.items() else None

        self._server.post(f"{_path(model_id)}/params", body, reader=lambda _: True, recall=are_there)

    def log_model_metrics(self, run_id: str, metrics: Sequence[ModelMetric]) -> None:
        """As in the protocol, up to 50,000 points; MLflow's servers keep such points for the run as well."""
        points = [_point(point) for point in metrics]
        if self._peer.is_runyard:
            for part in writing.parts(points, MOST_POINTS):
                self._do(f"{API}/runs/{quote(run_id, safe='')}/model-metrics", {"metrics": part})
            return

        def send(found: str) -> None:
            for part in writing.parts(points, writing.MAX_METRICS):
                measured = [{**point, "run_id": found} for point in part]
                self._do(f"{RUNS_PATH}/log-batch", {"run_id": found, "metrics": measured})

        self._of_run(run_id, send)

    def log_model_inputs(self, run_id: str, models: Sequence[ModelInput]) -> None:
        listed = [{"model_id": model.model_id} for model in models]
        self._of_run(run_id, lambda found: self._do(f"{RUNS_PATH}/log-inputs", {"run_id": found, "models": listed}))

    def log_model_outputs(self, run_id: str, models: Sequence[ModelOutput]) -> None:
        listed = [{"model_id": model.model_id, "step": model.step} for model in models]
        self._of_run(run_id, lambda found: self._do(f"{RUNS_PATH}/outputs", {"run_id": found, "models": listed}))

    def _existing(self, model_id: str, experiment_id: str) -> LoggedModel | None:
        try:
            model = self.get_logged_model(model_id)
        except NotFound as error:
            if not self._peer.is_runyard:
                raise NotSupported(
                    f"{self._server} chooses the ids of logged models itself; leave model_id out"
                ) from error
            return None
        if model.experiment_id != experiment_id:
            raise AlreadyExists(f"logged model {model_id!r} belongs to experiment {model.experiment_id}")
        return model

    def _last_model(self, experiment_id: str) -> LoggedModel | None:
        newest = self.search_logged_models(LoggedModelQuery(experiment_ids=[experiment_id], max_results=1))
        return newest[0] if newest else None

    def _is_gone(self, model_id: str) -> bool | None:
        try:
            self.get_logged_model(model_id)
        except NotFound:
            return True
        return None


def _path(model_id: str) -> str:
    return f"{PATH}/{check_logged_model_id(model_id)}"


def _point(point: ModelMetric) -> Json:
    checked = check_model_metric(point)
    fields = {**attrs.asdict(checked), "run_id": None, "value": plain_float(checked.value)}
    return {name: value for name, value in fields.items() if value is not None}


def _model(answer: Json) -> LoggedModel:
    return reading.logged_model(answer["model"])
