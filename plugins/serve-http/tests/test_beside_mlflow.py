"""The same requests to `mlflow models serve` and to ours: the same answers, but for what is declared here."""

from __future__ import annotations

import http.client
import io
import json
import os
import socket
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from conftest import running
from sklearn.linear_model import LinearRegression

from runyard.host import Host
from runyard.models import saving
from runyard.models.signature import ModelSignature
from runyard.settings import Settings
from runyard.testing.server import RunningServer, clean_environment
from runyard.types.schema import ColSpec, Schema, TensorSpec

pytestmark = pytest.mark.mlflow

JSON, CSV, PARQUET = "application/json", "text/csv", "application/vnd.apache.parquet"
ROWS = [[1.0, 2], [3.5, 4]]
TABLE = Schema([ColSpec("double", "x"), ColSpec("long", "n")])
TENSOR = Schema([TensorSpec(np.dtype("float64"), (-1, 2))])


def split(data: Any, **more: Any) -> bytes:
    return json.dumps({"dataframe_split": {"columns": ["x", "n"], "data": data, **more}}).encode()


def dumped(**value: Any) -> bytes:
    return json.dumps(value).encode()


def parquet() -> bytes:
    stream = io.BytesIO()
    pd.DataFrame(ROWS, columns=["x", "n"]).astype({"n": "int64"}).to_parquet(stream)
    return stream.getvalue()


# To a model of a table with a double and a long: name, content type, body.
TABLE_REQUESTS: list[tuple[str, str, bytes]] = [
    ("split", JSON, split(ROWS)),
    ("split with an index", JSON, split(ROWS, index=[5, 6])),
    ("split in another order", JSON, dumped(dataframe_split={"columns": ["n", "x"], "data": [[2, 1.0]]})),
    ("split with another column", JSON, dumped(dataframe_split={"columns": ["x", "n", "z"], "data": [[1.0, 2, 3]]})),
    ("split without a column", JSON, dumped(dataframe_split={"columns": ["x"], "data": [[1.0]]})),
    ("split with a charset", JSON + "; charset=utf-8", split(ROWS)),
    ("rows of different lengths", JSON, split([[1.0, 2], [3.5]])),
    ("no rows", JSON, split([])),
    ("whole numbers for doubles", JSON, split([[1, 2]])),
    ("a double for a long", JSON, split([[1.0, 2.5]])),
    ("a whole double for a long", JSON, split([[1.0, 2.0]])),
    ("more than 64 bit for a long", JSON, split([[1.0, 2**63]])),
    ("less than 64 bit for a long", JSON, split([[1.0, -(2**63) - 1]])),
    ("far more than 64 bit for a long", JSON, dumped(instances=[{"x": 1.0, "n": 10**25}])),
    ("more than 64 bit for a double", JSON, split([[2**64, 2]])),
    ("text for a double", JSON, split([["much", 2]])),
    ("records", JSON, dumped(dataframe_records=[{"x": 1.0, "n": 2}, {"x": 3.5, "n": 4}])),
    ("records without a key", JSON, dumped(dataframe_records=[{"x": 1.0}])),
    ("inputs by column", JSON, dumped(inputs={"x": [1.0, 3.5], "n": [2, 4]})),
    ("inputs by row", JSON, dumped(inputs=[{"x": 1.0, "n": 2}])),
    ("instances", JSON, dumped(instances=[{"x": 1.0, "n": 2}, {"x": 3.5, "n": 4}])),
    ("params that are not known", JSON, dumped(inputs={"x": [1.0], "n": [2]}, params={"a": 1})),
    ("a key that is not known", JSON, dumped(inputs={"x": [1.0], "n": [2]}, more=1)),
    ("a missing number", JSON, split([[None, 2]])),
    ("two formats", JSON, dumped(inputs=[1], instances=[1])),
    ("no format", JSON, dumped(data=[1])),
    ("an empty object", JSON, b"{}"),
    ("no JSON", JSON, b"{"),
    ("a list", JSON, b"[1]"),
    ("a number", JSON, b"1"),
    ("no UTF-8", JSON, b"\xff{}"),
    ("nothing", JSON, b""),
    ("csv", CSV, b"x,n\n1.0,2\n3.5,4\n"),
    ("csv without a column", CSV, b"x\n1.0\n"),
    ("csv with text", CSV, b"x,n\nmuch,2\n"),
    ("parquet", PARQUET, parquet()),
    ("no parquet", PARQUET, b"PAR1"),
    ("another type", "text/html", b"<p>"),
    ("another charset", JSON + "; charset=latin-1", split(ROWS)),
    ("another parameter", JSON + "; x=y", split(ROWS)),
]

# To a model of an array of doubles of two columns.
TENSOR_REQUESTS: list[tuple[str, str, bytes]] = [
    ("inputs", JSON, dumped(inputs=ROWS)),
    ("instances", JSON, dumped(instances=ROWS)),
    ("another shape", JSON, dumped(inputs=[[1.0, 2.0, 3.0]])),
    ("ragged rows", JSON, dumped(inputs=[[1.0, 2.0], [3.0]])),
    ("text", JSON, dumped(inputs=[["a", "b"]])),
    ("NaN", JSON, b'{"inputs": [[NaN, 1.0]]}'),
]

PROBES = [("GET", "/ping"), ("GET", "/health"), ("POST", "/ping"), ("GET", "/invocations"), ("GET", "/nowhere")]

# Where we differ, and why.
DIFFERENT = {
    "table a double for a long": (400, 200),  # MLflow cuts 2.5 to 2 and predicts for that
    "table more than 64 bit for a long": (400, 200),  # MLflow predicts for -2**63, which nobody asked for
}


class Both:
    """The two servers of one model."""

    def __init__(self, ours: RunningServer, theirs: RunningServer) -> None:
        self.ours, self.theirs = ours, theirs

    def ask(self, method: str, path: str, kind: str = "", body: bytes | None = None) -> tuple[Any, Any]:
        return tuple(answer(server.url + path, method, kind, body) for server in (self.ours, self.theirs))  # type: ignore[return-value]


def answer(url: str, method: str, kind: str, body: bytes | None) -> tuple[int, Any]:
    headers = {"Content-Type": kind} if kind else {}
    try:
        with urllib.request.urlopen(urllib.request.Request(url, body, headers, method=method), timeout=60) as reply:
            status, content = reply.status, reply.read()
    except urllib.error.HTTPError as error:
        status, content = error.code, error.read()
    try:
        return status, json.loads(content)
    except ValueError:
        return status, content.decode()


@pytest.fixture(scope="module")
def servers(mlflow_python: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Both]]:
    folder = tmp_path_factory.mktemp("beside")
    x = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 7.0]])
    frame = pd.DataFrame({"x": x[:, 0], "n": x[:, 1].astype("int64")})
    y = np.array([1.0, 2.0, 4.0])
    output = Schema([TensorSpec(np.dtype("float64"), (-1,))])
    models = {
        "table": (LinearRegression().fit(frame, y), ModelSignature(TABLE, output)),
        "tensor": (LinearRegression().fit(x, y), ModelSignature(TENSOR, output)),
    }
    with ExitStack() as stack, Host(Settings(data_dir=str(folder / "data"), root=folder)) as host:
        found = {}
        for name, (model, signature) in models.items():
            saving.save_model("sklearn", model, folder / name, host=host, signature=signature)
            found[name] = Both(
                *(stack.enter_context(server(folder, name, mlflow_python if at else "")) for at in range(2))
            )
        yield found


def server(folder: Path, name: str, mlflow_python: str) -> Any:
    environment = clean_environment()
    if not mlflow_python:
        command = [sys.executable, "-m", "runyard", "models", "serve", "-m", name, "--port", "0"]
        return running(command, folder, environment, r"http://[\d.]+:\d+")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    environment["PATH"] = f"{Path(mlflow_python).parent}{os.pathsep}{environment['PATH']}"
    command = [str(Path(mlflow_python).parent / "mlflow"), "models", "serve", "-m", name, "-p", port]
    return running([*command, "--env-manager", "local"], folder, environment, rf"http://127.0.0.1:{port}")


CASES = [("table", *item) for item in TABLE_REQUESTS] + [("tensor", *item) for item in TENSOR_REQUESTS]


@pytest.mark.parametrize(("model", "name", "kind", "body"), CASES, ids=[f"{case[0]} {case[1]}" for case in CASES])
def test_requests_are_answered_as_mlflow_answers_them(
    servers: dict[str, Both], model: str, name: str, kind: str, body: bytes
) -> None:
    ours, theirs = servers[model].ask("POST", "/invocations", kind, body)
    if f"{model} {name}" in DIFFERENT:
        assert (ours[0], theirs[0]) == DIFFERENT[f"{model} {name}"], (ours, theirs)
        return
    assert ours[0] == theirs[0], (ours, theirs)
    if ours[0] == 200:
        np.testing.assert_allclose(ours[1]["predictions"], theirs[1]["predictions"], rtol=1e-12)
        assert ours[1].keys() == theirs[1].keys()
    elif ours[0] == 400:
        assert ours[1]["error_code"] == theirs[1]["error_code"], (ours, theirs)
        assert "stack_trace" not in ours[1]


@pytest.mark.parametrize(("method", "path"), PROBES)
def test_probes_are_answered_as_mlflow_answers_them(servers: dict[str, Both], method: str, path: str) -> None:
    ours, theirs = servers["table"].ask(method, path)
    assert ours == theirs


def test_a_missing_content_type_is_no_failure_of_the_server(servers: dict[str, Both]) -> None:
    def status(server: RunningServer) -> int:
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
        try:
            connection.request("POST", "/invocations", split(ROWS))
            return connection.getresponse().status
        finally:
            connection.close()

    assert status(servers["table"].ours) == 415
    assert status(servers["table"].theirs) == 500
