"""Servers for tests: `running_server` is a real process, `asgi_client` calls a sub-application without one."""

from __future__ import annotations

import asyncio
import http.client
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import attrs

from runyard.protocols.access import Principal
from runyard.server.service import BASE_URL, PRINCIPAL, REQUEST_ID

if TYPE_CHECKING:
    import httpx

PATIENCE = 60.0  # seconds until a server answers or ends, on a machine that is busy with other tests
_URL = re.compile(r"http://\S+:\d+")


@attrs.frozen(eq=False)
class RunningServer:
    """A server process: where it answers, its data folder, and what it has printed."""

    url: str
    data: Path
    process: subprocess.Popen[bytes]
    output: Path

    @property
    def port(self) -> int:
        port = urlsplit(self.url).port
        assert port is not None
        return port

    def printed(self) -> str:
        return self.output.read_text(encoding="utf-8", errors="replace")

    def stop(self, sign: int = signal.SIGTERM) -> int:
        """Send a signal and wait; the exit code."""
        self.process.send_signal(sign)
        return self.process.wait(PATIENCE)


RunServer = Callable[..., AbstractContextManager[RunningServer]]
"""What `running_server` is, for fixtures that add something to it."""


@contextmanager
def running_server(
    folder: Path, *flags: str, python: str | Path = sys.executable, **environment: str
) -> Iterator[RunningServer]:
    """Run `runyard server` in a folder on a free port of 127.0.0.1 until the block ends.

    It is given `flags` and `environment` and nothing of the environment's own settings; `python` has what is to run.
    A server that the block has not stopped is sent SIGTERM and must then end with exit code 0.
    """
    env = {**clean_environment(), **environment}
    data = Path(env.get("RUNYARD_DATA_DIR") or folder / "runyard-data")
    output = folder / f"server-{time.monotonic_ns()}.log"
    command = [str(python), "-m", "runyard", "server", "--port", "0", *flags]
    with output.open("wb") as log:
        process = subprocess.Popen(
            command, cwd=folder, env=env, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT
        )
    server = RunningServer("", data, process, output)
    try:
        server = attrs.evolve(server, url=_wait_for_url(server))
        yield server
        if process.poll() is None:
            code = server.stop()
            assert code == 0, f"the server ended with exit code {code}:\n{server.printed()}"
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


def clean_environment() -> dict[str, str]:
    """The environment without any setting of Runyard or MLflow in it."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("RUNYARD_", "MLFLOW_"))}


def asgi_client(
    application: Any,
    *,
    principal: Principal | None = None,
    request_id: str = "test",
    base_url: str | None = "http://127.0.0.1",
) -> httpx.Client:
    """An httpx client whose requests go straight to an ASGI application, as the server would hand them on.

    Where a `principal` is given, the requests are made by it; `base_url` is how the client is said to call the server,
    None where the server does not know. All requests run in one event loop of the client's own;
    what the application raises is raised.
    """
    import httpx

    scope: dict[str, Any] = {REQUEST_ID: request_id}
    if principal is not None:
        scope[PRINCIPAL] = principal
    if base_url is not None:
        scope[BASE_URL] = base_url

    class Transport(httpx.BaseTransport):
        def __init__(self) -> None:
            self._runner = asyncio.Runner()
            self._inner = httpx.ASGITransport(_with_scope(application, scope))

        def handle_request(self, request: httpx.Request) -> httpx.Response:
            return self._runner.run(self._answer(request))

        async def _answer(self, request: httpx.Request) -> httpx.Response:
            # The body is read here: an asynchronous transport takes no body that is a plain iterator.
            request = httpx.Request(request.method, request.url, headers=request.headers, content=request.read())
            answer = await self._inner.handle_async_request(request)
            content = b"".join([part async for part in answer.aiter_raw()])  # decoded once, by the client
            return httpx.Response(answer.status_code, headers=answer.headers, stream=httpx.ByteStream(content))

        def close(self) -> None:
            self._runner.close()

    return httpx.Client(transport=Transport(), base_url="http://127.0.0.1")


def _with_scope(application: Any, more: Mapping[str, Any]) -> Any:
    async def called(scope: Mapping[str, Any], receive: Any, send: Any) -> None:
        await application({**scope, **more}, receive, send)

    return called


def _wait_for_url(server: RunningServer) -> str:
    """The URL that the server prints, once it answers there."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and server.process.poll() is None:
        found = _URL.search(server.printed())
        if found is not None and _is_healthy(found.group()):
            return found.group()
        time.sleep(0.02)
    raise AssertionError(f"the server does not answer (exit code {server.process.poll()}):\n{server.printed()}")


def _is_healthy(url: str) -> bool:
    place = urlsplit(url)
    connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=5)
    try:
        connection.request("GET", "/health")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()
