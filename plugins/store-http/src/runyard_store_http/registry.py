"""The model registry on a server."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar
from urllib.parse import quote

from runyard.entities import Changes, ModelStage, ModelVersion, Page, RegisteredModel, RegistryEvent, Subject
from runyard.errors import InvalidInput, NotFound, NotSupported
from runyard.protocols.registry import ModelQuery
from runyard.query import OrderBy, Target, parse_filter, parse_order
from runyard.settings import Settings
from runyard.uris import Uri
from runyard.validation import MAX_REGISTRY_TAG_VALUE, check_archiving, check_model_name, check_source, check_tags
from runyard.wire import from_plain
from runyard_store_http import reading, writing
from runyard_store_http.address import server_address
from runyard_store_http.changes import read_changes
from runyard_store_http.connection import server_at
from runyard_store_http.experiments import Base
from runyard_store_http.peer import API
from runyard_store_http.reading import Json
from runyard_store_http.writing import query as query_of

FoundT = TypeVar("FoundT")

MODELS = "/api/2.0/mlflow/registered-models"
VERSIONS = "/api/2.0/mlflow/model-versions"
MOST_MODELS = 1_000
MOST_VERSIONS = 10_000


def open_store(uri: Uri, settings: Settings) -> HttpRegistryStore:
    """The registry on the server at a URI."""
    return HttpRegistryStore(server_at(*server_address(uri, settings)))


class HttpRegistryStore(Base):
    """A `RegistryStore` and `RecordsChanges`. A server that knows who asks puts changes down to that one, others to
    `user_id`.
    """

    # --- registered models --------------------------------------------------------------------------------------------

    def create_registered_model(
        self,
        name: str,
        *,
        tags: Mapping[str, str] | None = None,
        description: str = "",
        user_id: str | None = None,
    ) -> RegisteredModel:
        def made_before() -> RegisteredModel | None:
            known = _found(lambda: self.get_registered_model(name))
            same = known is not None and (dict(known.tags), known.description) == (dict(tags or {}), description)
            return known if same else None

        check_model_name(name)
        checked = check_tags(tags, MAX_REGISTRY_TAG_VALUE)
        body = {"name": name, "tags": writing.pairs(checked), "description": description}
        return self._server.post(f"{MODELS}/create", body, reader=_model, recall=made_before, user=user_id)

    def get_registered_model(self, name: str) -> RegisteredModel:
        return self._server.get(f"{MODELS}/get", [("name", name)], reader=_model)

    def search_registered_models(self, query: ModelQuery) -> Page[RegisteredModel]:
        asked = query_of(
            filter=writing.filter_text(query.filter, Target.MODELS),
            order_by=writing.orders(query.order_by),
            max_results=writing.page_size(query.max_results, MOST_MODELS),
            page_token=writing.token(query.page_token),
        )
        reader = reading.page("registered_models", reading.registered_model)
        return self._server.get(f"{MODELS}/search", asked, reader=reader)

    def rename_registered_model(self, name: str, new_name: str, *, user_id: str | None = None) -> RegisteredModel:
        def renamed_before() -> RegisteredModel | None:
            is_gone = _found(lambda: self.get_registered_model(name)) is None
            return _found(lambda: self.get_registered_model(new_name)) if is_gone else None

        body = {"name": name, "new_name": check_model_name(new_name)}
        return self._server.post(f"{MODELS}/rename", body, reader=_model, recall=renamed_before, user=user_id)

    def update_registered_model(
        self,
        name: str,
        *,
        description: str,
        user_id: str | None = None,
    ) -> RegisteredModel:
        body = {"name": name, "description": description}
        return self._server.post(f"{MODELS}/update", body, reader=_model, method="PATCH", user=user_id)

    def delete_registered_model(self, name: str, *, user_id: str | None = None) -> None:
        def is_gone() -> bool | None:
            return True if _found(lambda: self.get_registered_model(name)) is None else None

        body = {"name": name}
        self._server.post(f"{MODELS}/delete", body, reader=bool, method="DELETE", recall=is_gone, user=user_id)

    def set_registered_model_tag(self, name: str, key: str, value: str, *, user_id: str | None = None) -> None:
        self._do(f"{MODELS}/set-tag", {"name": name, "key": key, "value": value}, user=user_id)

    def delete_registered_model_tag(self, name: str, key: str, *, user_id: str | None = None) -> None:
        def is_gone() -> bool | None:
            return True if key not in self.get_registered_model(name).tags else None

        body = {"name": name, "key": key}
        self._server.post(f"{MODELS}/delete-tag", body, reader=bool, method="DELETE", recall=is_gone, user=user_id)

    # --- versions -----------------------------------------------------------------------------------------------------

    def create_model_version(
        self,
        name: str,
        source: str,
        *,
        run_id: str | None = None,
        run_link: str | None = None,
        model_id: str | None = None,
        storage_location: str | None = None,  # noqa: ARG002 - the server finds it out
        tags: Mapping[str, str] | None = None,
        description: str = "",
        user_id: str | None = None,
    ) -> ModelVersion:
        check_source(source)
        check_tags(tags, MAX_REGISTRY_TAG_VALUE)
        last = self._last_version(name)

        def made_before() -> ModelVersion | None:
            """The version that an earlier attempt made: it came after all others and is what was asked for."""
            asked = (run_id, run_link, dict(tags or {}), description)
            for version in self._newest(name):
                if version.version <= last:
                    break
                if asked == (version.run_id, version.run_link, dict(version.tags), version.description) and (
                    version.source == source or version.model_id == model_id
                ):
                    return version
            return None

        body = {
            "name": name,
            "source": source,
            "run_id": run_id,
            "run_link": run_link,
            "model_id": model_id,
            "tags": writing.pairs(tags),
            "description": description,
        }
        body = {field: value for field, value in body.items() if value}
        return self._server.post(f"{VERSIONS}/create", body, reader=_version, recall=made_before, user=user_id)

    def get_model_version(self, name: str, version: int) -> ModelVersion:
        return self._server.get(f"{VERSIONS}/get", query_of(name=name, version=version), reader=_version)

    def search_model_versions(self, query: ModelQuery) -> Page[ModelVersion]:
        asked = query_of(
            filter=writing.filter_text(query.filter, Target.VERSIONS),
            order_by=writing.orders(query.order_by),
            max_results=writing.page_size(query.max_results, MOST_VERSIONS),
            page_token=writing.token(query.page_token),
        )
        reader = reading.page("model_versions", reading.model_version)
        return self._server.get(f"{VERSIONS}/search", asked, reader=reader)

    def get_latest_versions(self, name: str, stages: Sequence[ModelStage] = ()) -> list[ModelVersion]:
        body = {"name": name, "stages": [stage.value for stage in stages]}
        page = self._server.post(
            f"{MODELS}/get-latest-versions", body, reader=reading.page("model_versions", reading.model_version)
        )
        return list(page)

    def update_model_version(
        self,
        name: str,
        version: int,
        *,
        description: str,
        user_id: str | None = None,
    ) -> ModelVersion:
        body = {"name": name, "version": str(version), "description": description}
        return self._server.post(f"{VERSIONS}/update", body, reader=_version, method="PATCH", user=user_id)

    def transition_model_version_stage(
        self,
        name: str,
        version: int,
        stage: ModelStage,
        *,
        archive_existing_versions: bool = False,
        user_id: str | None = None,
    ) -> ModelVersion:
        check_archiving(stage, archive_existing_versions=archive_existing_versions)
        body = {
            "name": name,
            "version": str(version),
            "stage": stage.value,
            "archive_existing_versions": archive_existing_versions,
        }
        return self._server.post(f"{VERSIONS}/transition-stage", body, reader=_version, user=user_id)

    def delete_model_version(self, name: str, version: int, *, user_id: str | None = None) -> None:
        def is_gone() -> bool | None:
            return True if _found(lambda: self.get_model_version(name, version)) is None else None

        body = {"name": name, "version": str(version)}
        self._server.post(f"{VERSIONS}/delete", body, reader=bool, method="DELETE", recall=is_gone, user=user_id)

    def set_model_version_tag(
        self, name: str, version: int, key: str, value: str, *, user_id: str | None = None
    ) -> None:
        body = {"name": name, "version": str(version), "key": key, "value": value}
        self._do(f"{VERSIONS}/set-tag", body, user=user_id)

    def delete_model_version_tag(self, name: str, version: int, key: str, *, user_id: str | None = None) -> None:
        def is_gone() -> bool | None:
            return True if key not in self.get_model_version(name, version).tags else None

        body = {"name": name, "version": str(version), "key": key}
        self._server.post(f"{VERSIONS}/delete-tag", body, reader=bool, method="DELETE", recall=is_gone, user=user_id)

    # --- aliases and history ------------------------------------------------------------------------------------------

    def set_registered_model_alias(self, name: str, alias: str, version: int, *, user_id: str | None = None) -> None:
        self._do(f"{MODELS}/alias", {"name": name, "alias": alias, "version": str(version)}, user=user_id)

    def delete_registered_model_alias(self, name: str, alias: str, *, user_id: str | None = None) -> None:
        self._do(f"{MODELS}/alias", {"name": name, "alias": alias}, method="DELETE", user=user_id)

    def get_model_version_by_alias(self, name: str, alias: str, *, at: int | None = None) -> ModelVersion:
        if at is not None:
            self._require_history(f"asking where alias {alias!r} pointed to")
        if self._peer.is_runyard:
            path = f"{API}/models/{_in_path(name)}/aliases/{_in_path(alias)}"
            return self._server.get(path, query_of(at=at), reader=_own_version)
        try:
            return self._server.get(f"{MODELS}/alias", [("name", name), ("alias", alias)], reader=_version)
        except InvalidInput as error:
            if "not found" not in str(error):
                raise
            raise NotFound(str(error)) from error  # MLflow says of an alias that is missing that it is invalid

    def history(
        self, name: str, *, version: int | None = None, max_results: int = 1000, page_token: str | None = None
    ) -> Page[RegistryEvent]:
        self._require_history("reading the history of a model")
        asked = query_of(version=version, max_results=max_results, page_token=writing.token(page_token))
        return self._server.get(f"{API}/models/{_in_path(name)}/history", asked, reader=_events)

    def changes(self, since: int | None = None, *, max_results: int = 1000) -> Changes:
        self._peer.require("RecordsChanges", "telling what changed")
        return read_changes(self._server, "registry", (Subject.MODEL,), since, max_results)

    def _require_history(self, what: str) -> None:
        if not self._peer.is_runyard:
            raise NotSupported(f"{self._server} is not a Runyard server and keeps no history; {what} needs one")

    def _last_version(self, name: str) -> int:
        newest = self._newest(name, 1)
        return newest[0].version if newest else 0

    def _newest(self, name: str, most: int = 20) -> Page[ModelVersion]:
        """The highest versions of a model."""
        quoted = check_model_name(name).replace("'", "''")
        return self.search_model_versions(
            ModelQuery(
                filter=parse_filter(f"name = '{quoted}'", Target.VERSIONS), order_by=_HIGHEST_FIRST, max_results=most
            )
        )


_HIGHEST_FIRST: Sequence[OrderBy] = tuple(parse_order(["version_number DESC"], Target.VERSIONS))


def _found(get: Callable[[], FoundT]) -> FoundT | None:
    try:
        return get()
    except NotFound:
        return None


def _in_path(name: str) -> str:
    return quote(name, safe="")


def _model(answer: Json) -> RegisteredModel:
    return reading.registered_model(answer["registered_model"])


def _version(answer: Json) -> ModelVersion:
    return reading.model_version(answer["model_version"])


def _own_version(answer: Json) -> ModelVersion:
    return from_plain(ModelVersion, answer)


def _events(answer: Json) -> Page[RegistryEvent]:
    return Page([from_plain(RegistryEvent, item) for item in answer["events"]], answer.get("next_page_token") or None)
