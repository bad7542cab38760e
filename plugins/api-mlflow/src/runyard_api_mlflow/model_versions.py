"""The endpoints of model versions: where they come from, their stages, descriptions and tags."""

from __future__ import annotations

import logging
from typing import Any

from runyard.entities import ModelVersion
from runyard.errors import Forbidden, InvalidState, NotFound
from runyard.protocols.logged_models import note_version
from runyard.protocols.registry import ModelQuery
from runyard.query import Target, parse_order
from runyard.server.service import Stores
from runyard.validation import check_key, check_stage
from runyard_api_mlflow.call import Call
from runyard_api_mlflow.paging import listing, page_size
from runyard_api_mlflow.prompts import check_prompt_source, is_prompt, search_filter
from runyard_api_mlflow.registry_entities import asked_model, asked_version, model_version
from runyard_api_mlflow.routes import Route
from runyard_api_mlflow.version_locations import location_of, logged_models
from runyard_api_mlflow.version_sources import Origin, checked_origin

MAX_PAGE = 200_000
DEFAULT_ORDER = ("last_updated_timestamp DESC", "name ASC", "version_number DESC")

log = logging.getLogger(__name__)


def create(call: Call) -> dict[str, Any]:
    """Make the next version; what its source tells of its run and its logged model is filled in."""
    name, tags = asked_model(call), call.pairs("tags")
    origin = Origin(
        source=call.text("source", required=True),
        run_id=call.text("run_id") or None,
        model_id=call.text("model_id") or None,
    )
    if is_prompt(tags):
        check_prompt_source(origin.source)
    else:
        origin = checked_origin(call.stores, origin)
    version = call.stores.registry.create_model_version(
        name,
        origin.source,
        run_id=origin.run_id,
        run_link=call.text("run_link") or None,
        model_id=origin.model_id,
        storage_location=_storage_location(call.stores, origin.source),
        tags=tags,
        description=call.text("description", default=""),
        user_id=call.user,
    )
    if origin.model_id and not is_prompt(tags):
        _note_version(call.stores, origin.model_id, version)
    return {"model_version": model_version(version)}


def get(call: Call) -> dict[str, Any]:
    return {"model_version": model_version(_asked(call))}


def search(call: Call) -> dict[str, Any]:
    query = ModelQuery(
        filter=search_filter(call.text("filter"), Target.VERSIONS),
        order_by=parse_order(call.list_of_text("order_by") or DEFAULT_ORDER, Target.VERSIONS),
        max_results=page_size(call, default=MAX_PAGE, most=MAX_PAGE),
        page_token=call.text("page_token") or None,
    )
    page = call.stores.registry.search_model_versions(query)
    return listing("model_versions", page, model_version)


def update(call: Call) -> dict[str, Any]:
    """Change the description; without one it is taken away, as MLflow does."""
    description = call.text("description", default="")
    version = call.stores.registry.update_model_version(
        asked_model(call), asked_version(call), description=description, user_id=call.user
    )
    return {"model_version": model_version(version)}


def transition_stage(call: Call) -> dict[str, Any]:
    version = call.stores.registry.transition_model_version_stage(
        asked_model(call),
        asked_version(call),
        check_stage(call.text("stage", required=True)),
        archive_existing_versions=call.flag("archive_existing_versions"),
        user_id=call.user,
    )
    return {"model_version": model_version(version)}


def delete(call: Call) -> None:
    call.stores.registry.delete_model_version(asked_model(call), asked_version(call), user_id=call.user)


def get_download_uri(call: Call) -> dict[str, Any]:
    # A version of a store that was told no storage location is looked for behind its source.
    return {"artifact_uri": location_of(call.stores, _asked(call).location)}


def set_tag(call: Call) -> None:
    key, value = call.text("key", required=True), call.text("value", default="")
    name, version = asked_model(call), asked_version(call)
    call.stores.registry.set_model_version_tag(name, version, key, value, user_id=call.user)


def delete_tag(call: Call) -> None:
    key = check_key(call.text("key", required=True), "tag")
    name, version = asked_model(call), asked_version(call)
    call.stores.registry.delete_model_version_tag(name, version, key, user_id=call.user)


def _storage_location(stores: Stores, source: str) -> str | None:
    """Where the files lie that a source stands for now, whatever becomes of the names in it."""
    location = location_of(stores, source)
    return None if location == source else location


def _asked(call: Call) -> ModelVersion:
    return call.stores.registry.get_model_version(asked_model(call), asked_version(call))


def _note_version(stores: Stores, model_id: str, version: ModelVersion) -> None:
    """Tell a logged model which version it became; the version itself stands without it."""
    try:
        note_version(logged_models(stores), model_id, version)
    except (Forbidden, InvalidState, NotFound) as error:
        log.warning("version %s of %r is not noted on its logged model: %s", version.version, version.name, error)


_VERSIONS = "/2.0/mlflow/model-versions"

ROUTES = (
    Route("POST", f"{_VERSIONS}/create", create),
    Route("GET", f"{_VERSIONS}/get", get),
    Route("GET", f"{_VERSIONS}/search", search),
    Route("PATCH", f"{_VERSIONS}/update", update),
    Route("POST", f"{_VERSIONS}/transition-stage", transition_stage),
    Route("DELETE", f"{_VERSIONS}/delete", delete),
    Route("GET", f"{_VERSIONS}/get-download-uri", get_download_uri),
    Route("POST", f"{_VERSIONS}/set-tag", set_tag),
    Route("DELETE", f"{_VERSIONS}/delete-tag", delete_tag),
)
