"""The server's own pages: health, version, the OpenAPI document of all mounts, and a page for who comes by."""

from __future__ import annotations

import copy
import json
import logging
from collections.abc import Mapping
from html import escape
from typing import Any

from runyard import __version__
from runyard.server.answers import Answer
from runyard.server.service import Service

logger = logging.getLogger("runyard.server")

HEALTH = Answer(200, b"OK")
# MLflow's clients read it to know whether the server takes traces, and see from 0.x that this one does not.
VERSION = Answer(200, __version__.encode())
OPEN = {"/health": HEALTH, "/version": VERSION}

_TEXT = {"content": {"text/plain": {"schema": {"type": "string"}}}}


def welcome(service: Service) -> Answer:
    """A small page for the root, until a plugin mounts one."""
    names = ", ".join(escape(name) for name in service.host.server_mounts.names()) or "nothing"
    page = (
        "<!doctype html><html lang=en><meta charset=utf-8><title>Runyard</title>"
        f"<h1>Runyard {escape(__version__)}</h1><p>This server answers. It serves: {names}.</p>"
        "<p>Point clients at its address: <code>MLFLOW_TRACKING_URI</code> or <code>runyard --tracking-uri</code>."
        " What it offers is described in <a href=openapi.json>openapi.json</a>.</p></html>"
    )
    return Answer(200, page.encode(), b"text/html; charset=utf-8")


def openapi(service: Service) -> Answer:
    """The paths and components of every mount that describes itself, in one OpenAPI document."""
    document: dict[str, Any] = {
        "openapi": "3.1.0",
        "info": {"title": "Runyard", "version": __version__},
        "paths": {
            "/health": {"get": _page("Whether the server answers: OK.")},
            "/version": {"get": _page("The version of Runyard.")},
        },
        "components": {},
        "tags": [],
    }
    for plugin, spec in service.host.server_mounts.all():
        if spec.openapi is None:
            continue
        try:
            part = spec.openapi.resolve()(service)
            _merge(document, spec.name, part)
        except (Exception, SystemExit) as error:
            service.host.plugins.report(plugin, "load", error)
            logger.exception("plugin %r: its OpenAPI document failed", plugin)
    return Answer(200, json.dumps(document).encode(), b"application/json")


def _page(summary: str) -> dict[str, Any]:
    return {"summary": summary, "responses": {"200": {"description": summary, **_TEXT}}, "security": []}


def _merge(document: dict[str, Any], mount: str, part: Mapping[str, Any]) -> None:
    part = copy.deepcopy(dict(part))
    renamed = {}
    for kind, found in part.get("components", {}).items():
        known = document["components"].get(kind, {})
        for name, value in found.items():
            if name in known and known[name] != value:
                renamed[f"#/components/{kind}/{name}"] = f"#/components/{kind}/{mount}_{name}"
    part = _with_references(part, renamed)
    for kind, found in part.get("components", {}).items():
        place = document["components"].setdefault(kind, {})
        for name, value in found.items():
            new = renamed.get(f"#/components/{kind}/{name}", "").rpartition("/")[2]
            place[new or name] = value
    for path, item in part.get("paths", {}).items():
        document["paths"].setdefault(path, item)
    document["tags"] += [tag for tag in part.get("tags", []) if tag not in document["tags"]]


def _with_references(value: Any, renamed: Mapping[str, str]) -> Any:
    """The same with references to components that got another name."""
    if isinstance(value, dict):
        return {
            key: renamed.get(inner, inner)
            if key == "$ref" and isinstance(inner, str)
            else _with_references(inner, renamed)
            for key, inner in value.items()
        }
    return [_with_references(inner, renamed) for inner in value] if isinstance(value, list) else value
