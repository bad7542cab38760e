"""Training against a server: online, offline, and while the server is killed; the same on ours and on MLflow's."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))  # tests are no package

from servers import free_port, mlflow_server

from runyard.host import Host
from runyard.settings import Settings
from runyard.testing.server import clean_environment, running_server
from runyard.tracking.client import Client

START = Callable[[int], AbstractContextManager[Callable[[], None]]]

FLUENT = """
import pathlib
import runyard as ry
from runyard.artifacts import load_text
ry.set_experiment("flow")
with ry.start_run(run_name="one", tags={"stage": "test"}) as run:
    ry.log_params({"lr": 0.1, "depth": 3})
    for step in range(1500):
        ry.log_metric("loss", 1 / (1 + step), step=step)
    ry.log_text("hello", "notes/größe.txt")
    ry.set_tag("done", "yes")
    uri = ry.get_artifact_uri("notes")
found = ry.search_runs(experiment_names=["flow"], filter_string="metrics.loss < 0.01", output_format="list")
assert [each.info.run_id for each in found] == [run.info.run_id], found
assert found[0].data.params == {"lr": "0.1", "depth": "3"}
assert len(ry.Client().get_metric_history(run.info.run_id, "loss")) == 1500
assert load_text(uri + "/größe.txt") == "hello"
model = ry.initialize_logged_model("net", source_run_id=run.info.run_id)
with ry.start_run(run_id=run.info.run_id):
    ry.log_metric("acc", 0.75, step=2, model_id=model.model_id)
    pathlib.Path("weights.txt").write_text("1 2 3")
    ry.Client().log_model_artifact(model.model_id, "weights.txt")
ry.finalize_logged_model(model.model_id, "READY")
(found,) = ry.search_logged_models(filter_string="metrics.acc > 0.5", output_format="list")
assert [(point.value, point.step) for point in found.metrics] == [(0.75, 2)], found
for place in (f"runs:/{run.info.run_id}/net", model.model_uri):
    assert load_text(f"{place}/weights.txt") == "1 2 3"
logged = ry.register_model(f"runs:/{run.info.run_id}/net", "flow-model")
assert logged.run_id == run.info.run_id
assert logged.source == model.model_uri
assert "flow-model" in ry.get_logged_model(model.model_id).tags["mlflow.modelVersions"]
version = ry.register_model(f"runs:/{run.info.run_id}/notes", "flow-model")  # MLflow refuses a source without a run
ry.Client().set_registered_model_alias("flow-model", "best", version.version)
assert ry.Client().get_model_version_by_alias("flow-model", "best").run_id == run.info.run_id
print("fine")
"""

TRAINING = """
import sys, time
import runyard as ry
ry.set_experiment("training")
with ry.start_run(run_name="long") as run:
    ry.log_param("lr", 0.1)
    ry.log_text("as it is", "note.txt")
    for step in range({steps}):
        ry.log_metric("loss", 1 / (1 + step), step=step, timestamp=1_700_000_000_000 + step)
        time.sleep({pause})
print("trained", flush=True)
"""


ARTIFACTS = """
import io, pathlib, sys, time
import runyard as ry

class Once(io.RawIOBase):  # a stream that cannot be read twice
    def __init__(self, data):
        self._left = io.BytesIO(data)
    def readable(self):
        return True
    def readinto(self, buffer):
        return self._left.readinto(buffer)

def names(client, run):
    try:
        return [info.path for info in client.list_artifacts(run.info.run_id)]
    except ry.errors.Unavailable as error:
        return str(error)

def turn(word):
    print(word, flush=True)
    assert sys.stdin.readline()

ry.set_experiment("artifacts")
client = ry.Client()
with ry.start_run(run_name="long") as run:
    ry.log_text("before", "before.txt")
    ry.log_text("old", "notes/changed.txt")
    turn("started")
    pathlib.Path("model.bin").write_bytes(bytes(range(256)) * 1000)
    ry.log_artifact("model.bin", "models")
    ry.log_text("new", "notes/changed.txt")
    ry.log_text("newer", "notes/changed.txt")
    ry.log_dict({"a": 1}, "config.json")
    client.log_stream(run.info.run_id, Once(b"streamed"), "stream.bin")
    ry.log_metric("loss", 0.5)
    turn("logged")
    ry.log_text("after", "after.txt")
    deadline = time.monotonic() + 60
    while "stream.bin" not in (found := names(client, run)):
        assert time.monotonic() < deadline, found
        time.sleep(0.2)
print("trained", flush=True)
"""
LOGGED = {
    "before.txt": b"before",
    "notes/changed.txt": b"newer",
    "models/model.bin": bytes(range(256)) * 1000,
    "stream.bin": b"streamed",
}


pytestmark = pytest.mark.timeout(900)  # MLflow's server may take minutes to start on a busy machine


@pytest.fixture(params=["ours", pytest.param("mlflow", marks=pytest.mark.mlflow)])
def start(request: pytest.FixtureRequest, tmp_path: Path) -> START:
    """Starts the server at a port, always with the same data; what it gives kills the server with -9."""
    folder = tmp_path / "server"
    folder.mkdir()
    if request.param == "ours":

        @contextmanager
        def ours(port: int) -> Iterator[Callable[[], None]]:
            with running_server(folder, "--port", str(port)) as server:
                yield lambda: _discard(server.stop(signal.SIGKILL))

        return ours
    python = os.environ.get("RUNYARD_TEST_MLFLOW")
    if not python:
        pytest.skip("no MLflow: set RUNYARD_TEST_MLFLOW to a Python that has the mlflow package")
    return lambda port: mlflow_server(str(python), folder, port)


def test_the_fluent_interface_works_against_a_server(start: START, tmp_path: Path) -> None:
    port = free_port()
    with start(port):
        assert _finish(_script(tmp_path, port, FLUENT)).endswith("fine\n")


def test_a_training_that_begins_while_the_server_is_away_is_delivered_later(start: START, tmp_path: Path) -> None:
    port = free_port()
    # The first process ends before there is any server.
    _finish(_script(tmp_path, port, TRAINING.format(steps=50, pause=0), RUNYARD_STORE_HTTP_PATIENCE="0.2"))
    assert len(_journals(tmp_path)) == 1
    with start(port):
        _finish(_script(tmp_path, port, _sync()))
        _check_training(port, tmp_path, 50, status="FINISHED")
    assert _journals(tmp_path) == []


def test_journals_go_to_another_server_where_sync_says_so(start: START, tmp_path: Path) -> None:
    port = free_port()
    _finish(_script(tmp_path, 9, TRAINING.format(steps=50, pause=0), RUNYARD_STORE_HTTP_PATIENCE="0.2"))
    with start(port):
        to = f"http://127.0.0.1:{port}"
        _finish(_script(tmp_path, 9, _sync("--to", to)))
        _check_training(port, tmp_path, 50, status="FINISHED")
    assert _journals(tmp_path) == []


def test_a_server_that_is_killed_while_a_client_trains_loses_nothing(start: START, tmp_path: Path) -> None:
    port = free_port()
    steps = 3000
    with start(port) as kill:
        training = _script(tmp_path, port, TRAINING.format(steps=steps, pause=0.002))
        _wait_for_points(port, tmp_path)
        kill()
    time.sleep(1)
    with start(port) as kill:
        time.sleep(2)
        kill()
    with start(port):
        assert "trained" in _finish(training)
        _finish(_script(tmp_path, port, _sync()))  # what its end left, if any
        _check_training(port, tmp_path, steps, status="FINISHED")
    assert _journals(tmp_path) == []


def test_artifacts_logged_while_the_server_is_away_arrive_when_it_is_back(start: START, tmp_path: Path) -> None:
    port = free_port()
    with start(port) as kill:
        training = _script(tmp_path, port, ARTIFACTS, RUNYARD_STORE_HTTP_PATIENCE="0.5")
        _wait_for_word(training, "started")
        kill()
    _say(training)
    _wait_for_word(training, "logged")
    with start(port):
        _say(training)
        assert "trained" in _finish(training)
        _finish(_script(tmp_path, port, _sync()))  # where the client had not noticed yet that the server is back
        _check_artifacts(port, tmp_path, {**LOGGED, "after.txt": b"after"})
    assert _journals(tmp_path) == []


def test_artifacts_of_a_process_that_ended_while_the_server_was_away_are_delivered_by_the_next(
    start: START, tmp_path: Path
) -> None:
    port = free_port()
    with start(port) as kill:
        training = _script(tmp_path, port, ARTIFACTS, RUNYARD_STORE_HTTP_PATIENCE="0.5")
        _wait_for_word(training, "started")
        kill()
    _say(training)
    _wait_for_word(training, "logged")
    training.kill()
    training.communicate(timeout=150)
    with start(port):
        _finish(_script(tmp_path, port, _sync()))
        _check_artifacts(port, tmp_path, LOGGED)
    assert _journals(tmp_path) == []


def _check_artifacts(port: int, folder: Path, expected: dict[str, bytes]) -> None:
    with _host(port, folder) as host:
        client = Client(host=host)
        experiment = client.get_experiment_by_name("artifacts")
        assert experiment is not None
        (run,) = client.search_runs([experiment.experiment_id])
        assert run.data.metrics == {"loss": 0.5}
        store = client.artifact_store(run.info.run_id)
        assert {path: store.open(path).read() for path in expected} == expected


def _say(process: subprocess.Popen[str]) -> None:
    assert process.stdin is not None
    process.stdin.write("go on\n")
    process.stdin.flush()


def _wait_for_word(process: subprocess.Popen[str], word: str) -> None:
    assert process.stdout is not None
    printed = []
    for line in process.stdout:
        printed.append(line)
        if line.strip() == word:
            return
    raise AssertionError("".join(printed))


def _check_training(port: int, folder: Path, steps: int, *, status: str) -> None:
    """There is one run, with every point once."""
    with _host(port, folder) as host:
        client = Client(host=host)
        experiment = client.get_experiment_by_name("training")
        assert experiment is not None
        (run,) = client.search_runs([experiment.experiment_id])
        assert (run.info.run_name, run.info.status, run.data.params) == ("long", status, {"lr": "0.1"})
        points = list(client.get_metric_columns(run.info.run_id, "loss"))
        assert points == [(step, 1_700_000_000_000 + step, 1 / (1 + step)) for step in range(steps)]
        with client.artifact_store(run.info.run_id).open("note.txt") as stream:
            assert stream.read() == b"as it is"


def _wait_for_points(port: int, folder: Path) -> None:
    deadline = time.monotonic() + 60
    with _host(port, folder) as host:
        client = Client(host=host)
        while time.monotonic() < deadline:
            experiment = client.get_experiment_by_name("training")
            runs = client.search_runs([experiment.experiment_id]) if experiment is not None else []
            if runs and "loss" in runs[0].data.metrics:
                return
            time.sleep(0.1)
    raise AssertionError("the training has delivered nothing within a minute")


def _host(port: int, folder: Path) -> Host:
    # Its journals are elsewhere, so that it delivers nothing of the training's.
    return Host(Settings(tracking_uri=f"http://127.0.0.1:{port}", data_dir=str(folder / "other"), environ={}))


def _script(folder: Path, port: int, script: str, **more: str) -> subprocess.Popen[str]:
    environment = {
        **clean_environment(),
        "RUNYARD_TRACKING_URI": f"http://127.0.0.1:{port}",
        "RUNYARD_DATA_DIR": str(folder / "data"),
        **more,
    }
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(script)],
        cwd=folder,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def _sync(*more: str) -> str:
    arguments = ["runyard", "sync", *more]
    return f"import runpy, sys; sys.argv = {arguments!r}; runpy.run_module('runyard', run_name='__main__')"


def _finish(process: subprocess.Popen[str]) -> str:
    output, _ = process.communicate(timeout=150)
    assert process.returncode == 0, output
    return output


def _journals(folder: Path) -> list[Path]:
    return sorted(path for path in (folder / "data" / "journal").glob("*") if path.is_dir())


def _discard(_value: object) -> None:
    return None
