"""Training against a server: online, offline, and while the server is killed; the same on ours and on MLflow's."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import textwrap
import time
import uuid
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Protocol

import attrs
import pytest

from runyard.host import Host
from runyard.settings import Settings
from runyard.testing.server import RunningServer, clean_environment, running_server
from runyard.tracking.client import Client

NOWHERE = "http://127.0.0.1:9"  # the discard port, where nothing listens

FLUENT = """
import pathlib
import runyard as ry
from runyard.artifacts import load_text
ry.set_experiment(name)
with ry.start_run(run_name="one", tags={"stage": "test"}) as run:
    ry.log_params({"lr": 0.1, "depth": 3})
    for step in range(1500):
        ry.log_metric("loss", 1 / (1 + step), step=step)
    ry.log_text("hello", "notes/größe.txt")
    ry.set_tag("done", "yes")
    uri = ry.get_artifact_uri("notes")
found = ry.search_runs(experiment_names=[name], filter_string="metrics.loss < 0.01", output_format="list")
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
logged = ry.register_model(f"runs:/{run.info.run_id}/net", name)
assert logged.run_id == run.info.run_id
assert logged.source == model.model_uri
assert name in ry.get_logged_model(model.model_id).tags["mlflow.modelVersions"]
version = ry.register_model(f"runs:/{run.info.run_id}/notes", name)  # MLflow refuses a source without a run
ry.Client().set_registered_model_alias(name, "best", version.version)
assert ry.Client().get_model_version_by_alias(name, "best").run_id == run.info.run_id
print("fine")
"""

TRAINING = """
import sys, time
import runyard as ry
ry.set_experiment({name!r})
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
    sys.stdout.write(word + "\\n")  # at once, so that no message of another thread comes before the line's end
    sys.stdout.flush()
    assert sys.stdin.readline()

ry.set_experiment(sys.argv[1])
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


class Server(Protocol):
    """A server that is always at the same URL with the same data, running or not."""

    @property
    def url(self) -> str: ...
    def start(self) -> None: ...
    def kill(self) -> None: ...


@attrs.define
class OwnServer:
    """`runyard server`, as MLflow's own is offered to tests."""

    folder: Path
    port: int
    _running: RunningServer | None = None
    _stack: ExitStack = attrs.field(factory=ExitStack)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        if self._running is None:
            self._running = self._stack.enter_context(running_server(self.folder, "--port", str(self.port)))

    def kill(self) -> None:
        if self._running is not None:
            self._running.stop(signal.SIGKILL)
            self._running = None

    def close(self) -> None:
        self._stack.close()


@pytest.fixture(scope="module")
def own_server_at_a_port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    server = OwnServer(tmp_path_factory.mktemp("server"), port)
    yield server
    server.close()


@pytest.fixture(params=["own_server_at_a_port", pytest.param("mlflow_server", marks=pytest.mark.mlflow)])
def server(request: pytest.FixtureRequest) -> Server:
    """A server that earlier tests may have left running."""
    found: Server = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def name() -> str:
    """A name that no other test has used."""
    return f"training-{uuid.uuid4().hex}"


def test_a_training_that_begins_while_the_server_is_away_is_delivered_later(
    server: Server, name: str, tmp_path: Path
) -> None:
    server.kill()
    # The first process ends before there is any server.
    _finish(_script(tmp_path, server.url, _training(name, 50), RUNYARD_STORE_HTTP_PATIENCE="0.2"))
    assert len(_journals(tmp_path)) == 1
    server.start()
    _finish(_script(tmp_path, server.url, _sync()))
    _check_training(server.url, name, tmp_path, 50, status="FINISHED")
    assert _journals(tmp_path) == []


def test_the_fluent_interface_works_against_a_server(server: Server, name: str, tmp_path: Path) -> None:
    server.start()
    assert _finish(_script(tmp_path, server.url, f"name = {name!r}\n{FLUENT}")).endswith("fine\n")


def test_journals_go_to_another_server_where_sync_says_so(server: Server, name: str, tmp_path: Path) -> None:
    _finish(_script(tmp_path, NOWHERE, _training(name, 50), RUNYARD_STORE_HTTP_PATIENCE="0.2"))
    server.start()
    _finish(_script(tmp_path, NOWHERE, _sync("--to", server.url)))
    _check_training(server.url, name, tmp_path, 50, status="FINISHED")
    assert _journals(tmp_path) == []


def test_a_server_that_is_killed_while_a_client_trains_loses_nothing(server: Server, name: str, tmp_path: Path) -> None:
    steps = 3000
    server.start()
    training = _script(tmp_path, server.url, _training(name, steps, pause=0.002))
    _wait_for_points(server.url, name, tmp_path)
    server.kill()
    time.sleep(1)
    server.start()
    time.sleep(2)
    server.kill()
    server.start()
    assert "trained" in _finish(training)
    _finish(_script(tmp_path, server.url, _sync()))  # what its end left, if any
    _check_training(server.url, name, tmp_path, steps, status="FINISHED")
    assert _journals(tmp_path) == []


def test_artifacts_logged_while_the_server_is_away_arrive_when_it_is_back(
    server: Server, name: str, tmp_path: Path
) -> None:
    server.start()
    training = _script(tmp_path, server.url, ARTIFACTS, name, RUNYARD_STORE_HTTP_PATIENCE="0.5")
    _wait_for_word(training, "started")
    server.kill()
    _say(training)
    _wait_for_word(training, "logged")
    server.start()
    _say(training)
    assert "trained" in _finish(training)
    _finish(_script(tmp_path, server.url, _sync()))  # where the client had not noticed yet that the server is back
    _check_artifacts(server.url, name, tmp_path, {**LOGGED, "after.txt": b"after"})
    assert _journals(tmp_path) == []


def test_artifacts_of_a_process_that_ended_while_the_server_was_away_are_delivered_by_the_next(
    server: Server, name: str, tmp_path: Path
) -> None:
    server.start()
    training = _script(tmp_path, server.url, ARTIFACTS, name, RUNYARD_STORE_HTTP_PATIENCE="0.5")
    _wait_for_word(training, "started")
    server.kill()
    _say(training)
    _wait_for_word(training, "logged")
    training.kill()
    training.communicate(timeout=150)
    server.start()
    _finish(_script(tmp_path, server.url, _sync()))
    _check_artifacts(server.url, name, tmp_path, LOGGED)
    assert _journals(tmp_path) == []


def _check_artifacts(url: str, name: str, folder: Path, expected: dict[str, bytes]) -> None:
    with _host(url, folder) as host:
        client = Client(host=host)
        experiment = client.get_experiment_by_name(name)
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


def _training(name: str, steps: int, *, pause: float = 0) -> str:
    return TRAINING.format(name=name, steps=steps, pause=pause)


def _check_training(url: str, name: str, folder: Path, steps: int, *, status: str) -> None:
    """There is one run, with every point once."""
    with _host(url, folder) as host:
        client = Client(host=host)
        experiment = client.get_experiment_by_name(name)
        assert experiment is not None
        (run,) = client.search_runs([experiment.experiment_id])
        assert (run.info.run_name, run.info.status, run.data.params) == ("long", status, {"lr": "0.1"})
        points = list(client.get_metric_columns(run.info.run_id, "loss"))
        assert points == [(step, 1_700_000_000_000 + step, 1 / (1 + step)) for step in range(steps)]
        with client.artifact_store(run.info.run_id).open("note.txt") as stream:
            assert stream.read() == b"as it is"


def _wait_for_points(url: str, name: str, folder: Path) -> None:
    deadline = time.monotonic() + 60
    with _host(url, folder) as host:
        client = Client(host=host)
        while time.monotonic() < deadline:
            experiment = client.get_experiment_by_name(name)
            runs = client.search_runs([experiment.experiment_id]) if experiment is not None else []
            if runs and "loss" in runs[0].data.metrics:
                return
            time.sleep(0.1)
    raise AssertionError("the training has delivered nothing within a minute")


def _host(url: str, folder: Path) -> Host:
    # Its journals are elsewhere, so that it delivers nothing of the training's.
    return Host(Settings(tracking_uri=url, data_dir=str(folder / "other"), environ={}))


def _script(folder: Path, url: str, script: str, *arguments: str, **more: str) -> subprocess.Popen[str]:
    environment = {
        **clean_environment(),
        "RUNYARD_TRACKING_URI": url,
        "RUNYARD_DATA_DIR": str(folder / "data"),
        **more,
    }
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(script), *arguments],
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
