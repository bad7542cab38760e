"""Models with the reference flavor and with odd ones, applications in this process, and real servers."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Coroutine, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import attrs
import numpy as np
import pandas as pd
import pytest

from runyard.host import Host
from runyard.models import infer_signature, saving
from runyard.models.signature import ModelSignature
from runyard.settings import Settings
from runyard.testing.memory import plugin as memory
from runyard.testing.server import RunningServer, clean_environment
from runyard_serve_http.application import Application
from runyard_serve_http.settings import Options
from runyard_serve_http.sources import Source

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))  # for `odd`, which a flavor's loader module must be found as

import odd  # noqa: E402

JSON = "application/json"
PATIENCE = 60.0


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Host]:
    settings = Settings(data_dir=str(tmp_path / "data"), root=tmp_path, user="ann", disabled_plugins=("capture",))
    with Host(settings, plugins={"memory": memory, "odd": odd}) as host:
        yield host


SaveOdd = Callable[..., str]


@pytest.fixture
def save_odd(host: Host, tmp_path: Path) -> SaveOdd:
    """Saves a model of the flavor `odd` to a new folder; `columns` are its inputs."""

    def save(*, columns: tuple[str, ...] = ("x",), signature: ModelSignature | None = None, **manners: Any) -> str:
        folder = tmp_path / f"model{len(list(tmp_path.glob('model*')))}"
        example = pd.DataFrame(np.ones((1, len(columns))), columns=list(columns))
        signature = signature or infer_signature(example, np.ones(1))
        options: Any = {"signature": signature, "input_example": example if signature.inputs is not None else None}
        saving.save_model("odd", odd.Odd(**manners), folder, host=host, **options)
        return str(folder)

    return save


@attrs.frozen
class Reply:
    """What an application answered."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    chunks: tuple[bytes, ...] = ()

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def predictions(self) -> Any:
        assert self.status == 200, self.body
        return self.json["predictions"]


@attrs.define
class Asked:
    """An application in this process, asked through its ASGI interface inside `run`."""

    application: Application

    @property
    def predictor(self) -> odd.OddPredictor:
        return self.application._model.model.predictor  # type: ignore[return-value]

    def run(self, main: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
        async def started() -> Any:
            self.application.start()
            try:
                return await main()
            finally:
                self.application.close()

        return asyncio.run(started())

    def once(self, *arguments: Any, **named: Any) -> Reply:
        reply: Reply = self.run(lambda: self.ask(*arguments, **named))
        return reply

    async def ask(
        self,
        body: Any = b"",
        kind: str | None = JSON,
        *,
        path: str = "/invocations",
        method: str = "POST",
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        given = {"host": "localhost", **({"content-type": kind} if kind else {}), **(headers or {})}
        scope = {
            "type": "http", "method": method, "path": path,
            "headers": [(name.encode(), value.encode()) for name, value in given.items()],
        }  # fmt: skip
        messages = [{"type": "http.request", "body": content, "more_body": False}]
        sent: list[Any] = []

        async def receive() -> Any:
            if messages:
                return messages.pop()
            return await asyncio.Event().wait()

        async def send(message: Any) -> None:
            sent.append(message)

        await self.application(scope, receive, send)
        assert sent[0]["type"] == "http.response.start"
        shown = {name.decode().lower(): value.decode() for name, value in sent[0]["headers"]}
        chunks = tuple(message.get("body", b"") for message in sent[1:])
        return Reply(sent[0]["status"], shown, b"".join(chunks), chunks)


Serve = Callable[..., Asked]


@pytest.fixture
def asked(host: Host) -> Serve:
    """An application for a model's URI; named arguments are options."""

    def make(uri: str, *, trust: bool | None = None, **options: Any) -> Asked:
        source = Source(host, uri, trust=trust)
        return Asked(Application(source, source.load(), Options(**options)))

    return make


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the test's plugins are installed."""
    folder = tmp_path_factory.mktemp("site")
    shutil.copy(HERE / "odd.py", folder)
    for name, module in (("odd", "odd"), ("memory", "runyard.testing.memory.plugin")):
        info = folder / f"{name}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n", encoding="utf-8")
        (info / "entry_points.txt").write_text(f"[runyard.plugins.v1]\n{name} = {module}\n", encoding="utf-8")
    return folder


@contextmanager
def running(command: list[str], folder: Path, environment: Mapping[str, str], url: str) -> Iterator[RunningServer]:
    """A process that prints its URL, or has the one given, until the block ends."""
    output = folder / f"output-{time.monotonic_ns()}.txt"
    with output.open("wb") as stream:
        process = subprocess.Popen(
            command, cwd=folder, env=dict(environment), stdout=stream, stderr=stream, start_new_session=True
        )
    try:
        deadline = time.monotonic() + PATIENCE
        found = None
        while found is None:
            text = output.read_text(encoding="utf-8", errors="replace")
            found = re.search(url, text)
            assert process.poll() is None, text
            assert time.monotonic() < deadline, text
            time.sleep(0.05)
        yield RunningServer(found[0], folder, process, output)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(PATIENCE)


RunServer = Callable[..., Any]


@pytest.fixture
def serve(site: Path, tmp_path: Path) -> RunServer:
    """`runyard models serve` as a process of its own, in the folder of the test."""

    def start(uri: str, *flags: str, **environment: str) -> Any:
        command = [sys.executable, "-m", "runyard", "models", "serve", "-m", uri, "--port", "0", *flags]
        environ = {**clean_environment(), "PYTHONPATH": str(site), "RUNYARD_DATA_DIR": str(tmp_path / "data")}
        return running(command, tmp_path, {**environ, **environment}, r"http://[\d.]+:\d+")

    return start
