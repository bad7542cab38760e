"""`/openapi.json`: this API, described."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from runyard_api_v1.endpoints import JSON, Call, Endpoint


def describe(call: Call) -> Mapping[str, Any]:
    from runyard_api_v1.openapi import document

    return document(call.service)


ENDPOINTS = (
    Endpoint(
        operation="getOpenApi",
        method="GET",
        path="/openapi.json",
        summary="This description.",
        tag="server",
        handle=describe,
        answers={JSON: Mapping[str, Any]},
    ),
)
