"""Servers of the same scikit-learn model, each started in the environment that has it: what bench_serve.py compares."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import textwrap
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import attrs

COLUMNS = [f"f{number}" for number in range(64)]
PATIENCE = 120.0

Rows = Sequence[Sequence[float]]


def split(rows: Rows) -> bytes:
    """The request that MLflow's protocol has for a table."""
    return json.dumps({"dataframe_split": {"columns": COLUMNS, "data": rows}}).encode()


def open_inference(rows: Rows) -> bytes:
    """The request of the Open Inference Protocol."""
    flat = [number for row in rows for number in row]
    tensor = {"name": "x", "shape": [len(rows), len(COLUMNS)], "datatype": "FP64", "data": flat}
    return json.dumps({"inputs": [tensor]}).encode()


def named(key: str) -> Callable[[Rows], bytes]:
    return lambda rows: json.dumps({key: rows}).encode()


@attrs.frozen(kw_only=True)
class ModelServer:
    """How a server is started, in a folder with the files it needs, and how it is asked."""

    name: str
    command: Callable[[str, Path, int], list[str]]  # of its Python, the folder with the model, the port
    path: str = "/invocations"
    request: Callable[[Rows], bytes] = split
    files: Mapping[str, str] = attrs.field(factory=dict)
    package: str = ""  # what its environment must have


ECHO = """
async def app(scope, receive, send):
    while (await receive()).get("more_body"):
        pass
    head = [(b"content-type", b"application/json"), (b"content-length", b"2")]
    await send({"type": "http.response.start", "status": 200, "headers": head})
    await send({"type": "http.response.body", "body": b"{}"})
"""

FASTAPI = """
import pickle
import numpy as np
from fastapi import FastAPI
from pydantic import BaseModel
model = pickle.load(open("model.pkl", "rb"))
app = FastAPI()
class Rows(BaseModel):
    data: list[list[float]]
@app.post("/invocations")
def predict(rows: Rows):
    return {"predictions": model.predict(np.array(rows.data)).tolist()}
"""

BENTO = """
import pickle
import bentoml
import numpy as np
@bentoml.service(workers=1)
class Service:
    def __init__(self):
        self.model = pickle.load(open("model.pkl", "rb"))
    @bentoml.api(batchable=True, max_latency_ms=1000)
    def predict(self, data: np.ndarray) -> np.ndarray:
        return self.model.predict(data)
"""

LIT = """
import pickle, sys
import litserve
import numpy as np
class Api(litserve.LitAPI):
    def setup(self, device):
        self.model = pickle.load(open("model.pkl", "rb"))
    def decode_request(self, request):
        return np.array(request["data"])
    def predict(self, data):
        return self.model.predict(data)
    def encode_response(self, output):
        return {"predictions": output.tolist()}
if __name__ == "__main__":
    server = litserve.LitServer(Api(), accelerator="cpu", workers_per_device=1, api_path="/invocations")
    server.run(host="127.0.0.1", port=int(sys.argv[1]), num_api_servers=1, generate_client_file=False)
"""

UVICORN = ["--host", "127.0.0.1", "--log-level", "warning", "--no-access-log"]


def _in(python: str, name: str) -> str:
    return str(Path(python).parent / name)


def _mlserver_files() -> dict[str, str]:
    settings = {"host": "127.0.0.1", "http_port": 0, "grpc_port": 0, "metrics_port": 0, "parallel_workers": 0}
    model = {"name": "m", "implementation": "mlserver_sklearn.SKLearnModel", "parameters": {"uri": "./model.joblib"}}
    return {"settings.json": json.dumps(settings), "model-settings.json": json.dumps(model)}


RUNYARD = ModelServer(
    name="runyard models serve",
    command=lambda python, folder, port: [
        *(python, "-m", "runyard", "models", "serve", "-m", str(folder / "model"), "-p", str(port)),
    ],
)
SERVERS = (
    RUNYARD,
    ModelServer(
        name="mlflow models serve",
        package="mlflow",
        command=lambda python, folder, port: [
            *(_in(python, "mlflow"), "models", "serve", "-m", str(folder / "model"), "-p", str(port)),
            *("--env-manager", "local"),
        ],
    ),
    ModelServer(
        name="FastAPI, raw model",
        package="fastapi",
        command=lambda python, _folder, port: [python, "-m", "uvicorn", "own_app:app", "--port", str(port), *UVICORN],
        request=named("data"),
        files={"own_app.py": FASTAPI},
    ),
    ModelServer(
        name="MLServer",
        package="mlserver",
        path="/v2/models/m/infer",
        command=lambda python, _folder, _port: [_in(python, "mlserver"), "start", "."],
        request=open_inference,
        files=_mlserver_files(),
    ),
    ModelServer(
        name="BentoML",
        package="bentoml",
        path="/predict",
        command=lambda python, _folder, port: [
            *(_in(python, "bentoml"), "serve", "own_service:Service", "--host", "127.0.0.1", "-p", str(port)),
        ],
        request=named("data"),
        files={"own_service.py": BENTO},
    ),
    ModelServer(
        name="LitServe",
        package="litserve",
        command=lambda python, _folder, port: [python, "own_lit.py", str(port)],
        request=named("data"),
        files={"own_lit.py": LIT},
    ),
    ModelServer(
        name="bare uvicorn, no model",
        command=lambda python, _folder, port: [python, "-m", "uvicorn", "own_echo:app", "--port", str(port), *UVICORN],
        files={"own_echo.py": ECHO},
    ),
)


@attrs.frozen
class Running:
    """A server that answers: where, its process, and the seconds until its first prediction."""

    url: str
    process: subprocess.Popen[bytes]
    seconds: float


@contextmanager
def running(server: ModelServer, python: str, folder: Path, row: Rows) -> Iterator[Running]:
    """A server from its start to its first prediction, until it is left."""
    port = free_port()
    for name, text in server.files.items():
        filled = text.replace('"http_port": 0', f'"http_port": {port}')
        for kind in ("grpc_port", "metrics_port"):
            filled = filled.replace(f'"{kind}": 0', f'"{kind}": {free_port()}')
        (folder / name).write_text(textwrap.dedent(filled), encoding="utf-8")
    begun = time.perf_counter()
    with (folder / f"log-{port}.txt").open("wb") as log:
        process = subprocess.Popen(
            server.command(python, folder, port),
            cwd=folder,
            env=environment(python),
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    url = f"http://127.0.0.1:{port}{server.path}"
    try:
        wait_until_it_predicts(url, server.request(row), process, folder / f"log-{port}.txt")
        yield Running(url, process, time.perf_counter() - begun)
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def environment(python: str = sys.executable) -> dict[str, str]:
    """What all servers are started with: one process is one thread of arithmetic."""
    return {
        **os.environ,
        "PATH": f"{Path(python).parent}{os.pathsep}{os.environ['PATH']}",
        "PYTHONWARNINGS": "ignore",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
    }


def wait_until_it_predicts(url: str, body: bytes, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    request = urllib.request.Request(url, body, {"Content-Type": "application/json"})
    while time.monotonic() < deadline and process.poll() is None:
        try:
            urllib.request.urlopen(request, timeout=10).read()
        except urllib.error.HTTPError as error:
            if error.code < 500:
                raise RuntimeError(f"{url}: {error.code} {error.read()[:500]!r}") from error
            time.sleep(0.05)
        except OSError:
            time.sleep(0.02)
        else:
            return
    raise RuntimeError(f"{url} never answered:\n{log.read_text(errors='replace')[-2000:]}")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
