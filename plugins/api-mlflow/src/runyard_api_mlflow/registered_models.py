"""The endpoints of registered models: their names, descriptions, tags and aliases."""

from __future__ import annotations

from typing import Any

from runyard.errors import InvalidInput, NotFound
from runyard.protocols.registry import ModelQuery
from runyard.query import Target, parse_order
from runyard.registry_history import LATEST
from runyard.validation import check_key, check_stage
from runyard_api_mlflow.call import Call
from runyard_api_mlflow.paging import listing, page_size
from runyard_api_mlflow.prompts import search_filter
from runyard_api_mlflow.registry_entities import (
    asked_model,
    asked_version,
    latest_versions,
    model_version,
    registered_model,
)
from runyard_api_mlflow.routes import Route

DEFAULT_PAGE = 100
MAX_PAGE = 1_000


def create(call: Call) -> dict[str, Any]:
    model = call.stores.registry.create_registered_model(
        asked_model(call),
        tags=call.pairs("tags"),
        description=call.text("description", default=""),
        user_id=call.user,
    )
    return {"registered_model": registered_model(model)}


def get(call: Call) -> dict[str, Any]:
    return {"registered_model": registered_model(call.stores.registry.get_registered_model(asked_model(call)))}


def search(call: Call) -> dict[str, Any]:
    query = ModelQuery(
        filter=search_filter(call.text("filter"), Target.MODELS),
        order_by=parse_order(call.list_of_text("order_by"), Target.MODELS),
        max_results=page_size(call, default=DEFAULT_PAGE, most=MAX_PAGE),
        page_token=call.text("page_token") or None,
    )
    page = call.stores.registry.search_registered_models(query)
    return listing("registered_models", page, registered_model)


def rename(call: Call) -> dict[str, Any]:
    name, new_name = asked_model(call), asked_model(call, "new_name")
    model = call.stores.registry.rename_registered_model(name, new_name, user_id=call.user)
    return {"registered_model": registered_model(model)}


def update(call: Call) -> dict[str, Any]:
    """Change the description; without one it is taken away, as MLflow does."""
    description = call.text("description", default="")
    model = call.stores.registry.update_registered_model(asked_model(call), description=description, user_id=call.user)
    return {"registered_model": registered_model(model)}


def delete(call: Call) -> None:
    call.stores.registry.delete_registered_model(asked_model(call), user_id=call.user)


def get_latest_versions(call: Call) -> dict[str, Any]:
    stages = [check_stage(stage) for stage in call.list_of_text("stages")]
    versions = call.stores.registry.get_latest_versions(asked_model(call), stages)
    return {"model_versions": latest_versions(versions)} if versions else {}


def set_tag(call: Call) -> None:
    key, value = call.text("key", required=True), call.text("value", default="")
    call.stores.registry.set_registered_model_tag(asked_model(call), key, value, user_id=call.user)


def delete_tag(call: Call) -> None:
    key = check_key(call.text("key", required=True), "tag")
    call.stores.registry.delete_registered_model_tag(asked_model(call), key, user_id=call.user)


def set_alias(call: Call) -> None:
    name, alias, version = asked_model(call), call.text("alias", required=True), asked_version(call)
    call.stores.registry.set_registered_model_alias(name, alias, version, user_id=call.user)


def delete_alias(call: Call) -> None:
    name, alias = asked_model(call), call.text("alias", required=True)
    call.stores.registry.get_registered_model(name)
    call.stores.registry.delete_registered_model_alias(name, alias, user_id=call.user)


def get_alias(call: Call) -> dict[str, Any]:
    """The version of an alias; a missing one is `INVALID_PARAMETER_VALUE`, which MLflow's clients look for."""
    name, alias = asked_model(call), call.text("alias", required=True)
    try:
        version = call.stores.registry.get_model_version_by_alias(name, alias)
    except NotFound as error:
        call.stores.registry.get_registered_model(name)
        if alias.lower() == LATEST:
            raise NotFound(f"Latest version not found for model {name}.") from error
        raise InvalidInput(f"Registered model alias {alias} not found.") from error
    return {"model_version": model_version(version)}


_MODELS = "/2.0/mlflow/registered-models"

ROUTES = (
    Route("POST", f"{_MODELS}/create", create),
    Route("GET", f"{_MODELS}/get", get),
    Route("GET", f"{_MODELS}/search", search),
    Route("POST", f"{_MODELS}/rename", rename),
    Route("PATCH", f"{_MODELS}/update", update),
    Route("DELETE", f"{_MODELS}/delete", delete),
    Route("GET", f"{_MODELS}/get-latest-versions", get_latest_versions),
    Route("POST", f"{_MODELS}/get-latest-versions", get_latest_versions),
    Route("POST", f"{_MODELS}/set-tag", set_tag),
    Route("DELETE", f"{_MODELS}/delete-tag", delete_tag),
    Route("POST", f"{_MODELS}/alias", set_alias),
    Route("DELETE", f"{_MODELS}/alias", delete_alias),
    Route("GET", f"{_MODELS}/alias", get_alias),
)
