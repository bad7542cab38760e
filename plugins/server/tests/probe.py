"""A plugin for the tests: mounts that show what the server hands on, are slow, stream, or break."""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from runyard import hookimpl
from runyard.errors import RunyardError
from runyard.server.service import Service
from runyard.specs import ServerMount


@hookimpl
def runyard_server_mounts() -> list[ServerMount]:
    return [
        ServerMount(
            name="probe",
            target="probe:Probe",
            summary="Shows things.",
            prefixes=("/probe", "/probe/files"),
            streams=("/probe/files",),
            openapi="probe:describe",
        ),
        ServerMount(name="deep", target="probe:Deep", summary="Lies deeper.", prefixes=("/probe/deep",)),
        ServerMount(name="gone", target="no_such_module:x", summary="Is missing.", prefixes=("/gone",)),
        ServerMount(name="fails", target="probe:fail", summary="Fails.", prefixes=("/fails", "/probe/fails")),
        ServerMount(
            name="twin",
            target="probe:Deep",
            summary="Describes the same otherwise.",
            prefixes=("/twin",),
            openapi="probe:describe_twin",
        ),
    ]


class Deep:
    def __init__(self, service: Service) -> None:
        pass

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        await answer(send, {"mount": "deep", "path": scope["path"]})


class Probe:
    def __init__(self, service: Service) -> None:
        self.service = service

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        query = {key: values[0] for key, values in parse_qs(scope["query_string"].decode()).items()}
        word = scope["path"].removeprefix("/probe").strip("/").partition("/")[0]
        await getattr(self, f"on_{word}", self.on_show)(scope, query, receive, send)

    async def on_show(self, scope: dict[str, Any], query: Mapping[str, str], receive: Any, send: Any) -> None:
        body = await whole(receive)
        principal = scope["runyard.principal"]
        await answer(
            send,
            {
                "mount": "probe",
                "method": scope["method"],
                "path": scope["path"],
                "raw_path": scope["raw_path"].decode(),
                "query": scope["query_string"].decode(),
                "bytes": len(body),
                "user": principal.name,
                "roles": sorted(principal.roles),
                "request_id": scope["runyard.request_id"],
                "scheme": scope["scheme"],
                "client": scope["client"][0],
                "base_url": scope.get("runyard.base_url"),
                "pid": os.getpid(),
            },
        )

    async def on_files(self, scope: dict[str, Any], query: Mapping[str, str], receive: Any, send: Any) -> None:
        count, most, more = 0, 0, True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            count, most = count + len(message["body"]), max(most, len(message["body"]))
            more = message.get("more_body", False)
        await answer(send, {"bytes": count, "most": most})

    async def on_download(self, scope: dict[str, Any], query: Mapping[str, str], receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        while True:
            await send({"type": "http.response.body", "body": b"x" * 65536, "more_body": True})

    async def on_slow(self, scope: dict[str, Any], query: Mapping[str, str], receive: Any, send: Any) -> None:
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(None, time.sleep, float(query["seconds"]))
        await answer(send, {"slept": query["seconds"]})

    async def on_write(self, scope: dict[str, Any], query: Mapping[str, str], receive: Any, send: Any) -> None:
        """Keep a line, then say so."""
        body = await whole(receive)
        await asyncio.get_running_loop().run_in_executor(None, keep, query["file"], body)
        await answer(send, {"kept": body.decode()})

    async def on_events(self, scope: dict[str, Any], query: Mapping[str, str], receive: Any, send: Any) -> None:
        headers = [(b"content-type", b"text/event-stream")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        while not self.service.closing.is_set():
            await send({"type": "http.response.body", "body": b"data: tick\n\n", "more_body": True})
            await asyncio.sleep(0.1)
        await send({"type": "http.response.body", "body": b"data: end\n\n"})

    async def on_boom(self, scope: dict[str, Any], query: Mapping[str, str], receive: Any, send: Any) -> None:
        raise ValueError("a secret of the inside")

    async def on_exit(self, scope: dict[str, Any], query: Mapping[str, str], receive: Any, send: Any) -> None:
        raise SystemExit(3)

    async def on_late(self, scope: dict[str, Any], query: Mapping[str, str], receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"10")]})
        await send({"type": "http.response.body", "body": b"half", "more_body": True})
        raise ValueError("a secret of the inside")

    async def on_silent(self, scope: dict[str, Any], query: Mapping[str, str], receive: Any, send: Any) -> None:
        pass

    async def on_deaf(self, scope: dict[str, Any], query: Mapping[str, str], receive: Any, send: Any) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass

    async def on_loose(self, scope: dict[str, Any], query: Mapping[str, str], receive: Any, send: Any) -> None:
        await answer(send, {}, (b"Access-Control-Allow-Origin", b"*"), (b"X-Frame-Options", b"DENY"))

    async def on_sign(self, scope: dict[str, Any], query: Mapping[str, str], receive: Any, send: Any) -> None:
        principal = self.service.stores(scope).principal
        await answer(send, {"target": self.service.sign(query["target"], float(query["seconds"]), principal)})

    async def on_create(self, scope: dict[str, Any], query: Mapping[str, str], receive: Any, send: Any) -> None:
        try:
            made = self.service.stores(scope).tracking.create_experiment(query["name"])
        except RunyardError as error:
            await answer(send, {"error_code": error.code, "message": error.message})
        else:
            await answer(send, {"experiment": made.experiment_id})

    async def on_stop(self, scope: dict[str, Any], query: Mapping[str, str], receive: Any, send: Any) -> None:
        os._exit(9)


def fail(service: Service) -> None:
    raise RuntimeError("no way")


def describe(service: Service) -> dict[str, Any]:
    return described("/probe/show", {"type": "object"})


def describe_twin(service: Service) -> dict[str, Any]:
    return described("/twin", {"type": "array"})


def described(path: str, schema: dict[str, Any]) -> dict[str, Any]:
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Probe", "version": "1"},
        "paths": {path: {"get": {"responses": {"200": {"description": "What was asked.", "content": content}}}}},
        "components": {"schemas": {"Thing": schema}},
        "tags": [{"name": "probe"}],
    }


def keep(file: str, line: bytes) -> None:
    with Path(file).open("ab", buffering=0) as stream:
        stream.write(line + b"\n")


async def whole(receive: Any) -> bytes:
    parts = []
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            break
        parts.append(message["body"])
        more = message.get("more_body", False)
    return b"".join(parts)


async def answer(send: Any, value: object, *headers: tuple[bytes, bytes]) -> None:
    body = json.dumps(value).encode()
    await send(
        {
            "type": "http.response.start",
            "status": 200,
            "headers": [
                (b"content-type", b"application/json"),
                (b"content-length", str(len(body)).encode()),
                *headers,
            ],
        }
    )
    await send({"type": "http.response.body", "body": body})
