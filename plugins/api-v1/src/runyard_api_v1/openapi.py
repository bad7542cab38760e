"""The OpenAPI 3.1 document of the API, made from its endpoints."""

from __future__ import annotations

import typing
from collections.abc import Sequence
from importlib.metadata import version
from typing import Any

import attrs

from runyard.server.service import Service
from runyard_api_v1.catalogue import ENDPOINTS, TAGS
from runyard_api_v1.endpoints import JSON, Endpoint
from runyard_api_v1.errors import MEANINGS, Error
from runyard_api_v1.fields import split
from runyard_api_v1.schemas import Schema, Schemas

ALWAYS = (403, 500, 503)


def document(service: Service) -> dict[str, Any]:  # noqa: ARG001 - every server has the same endpoints
    """The description of every operation."""
    return described(ENDPOINTS)


def described(endpoints: Sequence[Endpoint]) -> dict[str, Any]:
    """The document of these endpoints."""
    schemas = Schemas()
    paths: dict[str, dict[str, Any]] = {}
    for endpoint in endpoints:
        paths.setdefault(endpoint.full_path, {})[endpoint.method.lower()] = _operation(endpoint, schemas)
    return {
        "openapi": "3.1.0",
        "jsonSchemaDialect": "https://spec.openapis.org/oas/3.1/dialect/base",
        "info": {
            "title": "Runyard API",
            "version": version("runyard-api-v1"),
            "description": "Runyard's own API: columns, series, live changes, journals. Times are milliseconds since "
            "the epoch (UTC), steps are integers, ids are strings.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/", "description": "The server that serves this document."}],
        "tags": [{"name": name, "description": text} for name, text in TAGS.items()],
        "paths": paths,
        "components": {"schemas": dict(sorted(schemas.components.items()))},
    }


def _operation(endpoint: Endpoint, schemas: Schemas) -> dict[str, Any]:
    described_operation: dict[str, Any] = {
        "operationId": endpoint.operation,
        "tags": [endpoint.tag],
        "summary": endpoint.summary,
        "responses": _responses(endpoint, schemas),
    }
    for kind in endpoint.events:
        schemas.of(kind, answer=True)
    if endpoint.parameters is not None:
        described_operation["parameters"] = _parameters(endpoint, schemas)
    if isinstance(endpoint.body, str):
        content = {endpoint.body: {"schema": _binary()}}
        described_operation["requestBody"] = {"required": True, "content": content}
    elif endpoint.body is not None:
        content = {JSON: {"schema": schemas.of(endpoint.body, answer=False)}}
        described_operation["requestBody"] = {"required": True, "content": content}
    return described_operation


def _parameters(endpoint: Endpoint, schemas: Schemas) -> list[dict[str, Any]]:
    cls: Any = endpoint.parameters
    hints = typing.get_type_hints(cls, include_extras=True)
    found = []
    for attribute in attrs.fields(cls):
        in_path = f"{{{attribute.name}}}" in endpoint.path
        schema = schemas.field(hints[attribute.name], attribute.default, answer=False)
        if isinstance(schema.get("type"), list):  # one that may be left out is not null when it is given
            schema["type"] = schema["type"][0]
        schema.pop("description", None)
        found.append(
            {
                "name": attribute.name,
                "in": "path" if in_path else "query",
                "required": in_path or attribute.default is attrs.NOTHING,
                "description": split(hints[attribute.name])[1].text,
                "schema": schema,
            }
        )
    return found


def _responses(endpoint: Endpoint, schemas: Schemas) -> dict[str, Any]:
    responses: dict[str, Any] = {}
    if endpoint.answers:
        content = {
            media: {"schema": _binary() if kind is None else schemas.of(kind, answer=True)}
            for media, kind in endpoint.answers.items()
        }
        responses["200"] = {"description": endpoint.summary, "content": content}
    else:
        responses["204"] = {"description": "Done."}
    if 304 in endpoint.errors:
        responses["304"] = {"description": "Nothing has changed since the ETag in If-None-Match."}
    error = {JSON: {"schema": schemas.of(Error, answer=True)}}
    statuses = {*ALWAYS, *(status for status in endpoint.errors if status >= 400)}
    if endpoint.parameters is not None or endpoint.body is not None:
        statuses.add(400)
    if endpoint.body is not None:
        statuses.add(413)
    for status in sorted(statuses):
        responses[str(status)] = {"description": MEANINGS[status], "content": error}
    return responses


def _binary() -> Schema:
    return {"type": "string", "format": "binary"}
