"""Projects in containers of a real Docker engine, run as a person runs them: `runyard run`."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import attrs
import docker
import pytest

import runyard as ry
from runyard.entities import Run
from runyard.errors import InvalidInput
from runyard.host import Host, set_default_host
from runyard.settings import Settings
from runyard.testing.server import RunningServer, clean_environment, running_server

MLPROJECT = """
name: Boxed Project
docker_env:
  image: python:3.11-slim
  volumes: ["./shared:/shared"]
  environment: ["COPIED", ["MODE", "fast and $HOME"]]
entry_points:
  main:
    parameters:
      alpha: {type: float, default: 0.5}
    command: "python look.py {alpha}"
  data:
    parameters:
      file: path
    command: "cat {file} && ! echo more >> {file}"
  memory:
    command: 'python -c "x = bytearray(400 << 20)"'
  write:
    command: "echo mine > /shared/written.txt && echo here > kept.txt && ls -d /one /two"
  slow:
    command: "python slow.py && echo never"
"""
LOOK = """
import json, os, sys
print(json.dumps([sys.argv[1:], os.getcwd(), sorted(os.listdir()), os.environ["COPIED"], os.environ["MODE"]]))
"""
SLOW = "import time\nprint('begun', flush=True)\ntime.sleep({seconds})\nprint('end')\n"
TRACKED = """
import runyard as ry
with ry.start_run():
    ry.log_metric("score", 1.5)
    ry.log_text("from inside", "notes.txt")
"""

pytestmark = pytest.mark.docker


@attrs.frozen
class Place:
    """A folder with a project and a tracking store of its own, and an engine."""

    folder: Path
    environ: Mapping[str, str]
    host: Host
    engine: docker.DockerClient

    @property
    def project(self) -> Path:
        return self.folder / "project"

    def command(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "runyard", "run", *words]

    def run(self, *words: str, code: int = 0, **more: str) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            self.command(*words),
            cwd=self.project,
            env={**self.environ, **more},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == code, f"exit code {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done

    def last(self) -> Run:
        client = ry.Client(host=self.host)
        experiments = [one.experiment_id for one in client.search_experiments()]
        run: Run = client.search_runs(experiments, order_by=["attributes.start_time DESC"], max_results=1)[0]
        return run

    def artifact(self, run: Run, path: str) -> str:
        with self.host.artifact_store(run.info.artifact_uri).open(path) as file:
            return file.read().decode()

    def containers(self, run: Run) -> list[Any]:
        found: list[Any] = self.engine.containers.list(all=True, filters={"label": f"runyard.run={run.info.run_id}"})
        return found


@pytest.fixture
def place(tmp_path: Path, docker_engine: str) -> Iterator[Place]:
    project = tmp_path / "project"
    (project / "shared").mkdir(parents=True)
    files = {"MLproject": MLPROJECT, "look.py": LOOK, "slow.py": SLOW.format(seconds=600), "secret.txt": "hidden"}
    for name, text in {**files, ".dockerignore": "secret.txt\nshared\n"}.items():
        (project / name).write_text(text)
    data = tmp_path / "runyard-data"
    environ = {
        **clean_environment(),
        "RUNYARD_TRACKING_URI": str(data),
        "RUNYARD_DATA_DIR": str(data),
        "DOCKER_HOST": os.environ["DOCKER_HOST"],
        "COPIED": "copied 'value'",
    }
    host = Host(Settings(tracking_uri=str(data), data_dir=str(data)))
    before = set_default_host(host)
    engine = docker.from_env()
    yield Place(tmp_path, environ, host, engine)
    engine.close()
    set_default_host(before)
    host.close()


class TestImageOfTheProject:
    def test_it_runs_with_its_code_and_variables(self, place: Place) -> None:
        done = place.run(".", "-P", "alpha=2")
        files = [".dockerignore", "MLproject", "look.py", "slow.py"]
        assert json.loads(done.stdout) == [["2"], "/mlflow/projects/code", files, "copied 'value'", "fast and $HOME"]
        run = place.last()
        assert (run.info.status, run.data.params) == ("FINISHED", {"alpha": "2"})
        assert place.artifact(run, "runyard/output.log") == done.stdout
        tags = run.data.tags
        assert (tags["mlflow.project.env"], tags["mlflow.project.backend"]) == ("docker", "local")
        image = place.engine.images.get(tags["mlflow.docker.image.uri"])
        assert "boxed-project:" in tags["mlflow.docker.image.uri"]
        assert tags["mlflow.docker.image.id"] == image.id
        assert not place.containers(run)
        history = json.dumps([image.history(), image.attrs])
        assert "copied" not in history
        assert "fast and" not in history

    def test_it_is_made_once_for_the_same_content(self, place: Place) -> None:
        (place.project / "look.py").write_text(f"print({str(place.folder)!r})")
        assert "making image" in place.run(".").stderr
        first = place.last().data.tags["mlflow.docker.image.id"]
        (place.project / "look.py").touch()
        (place.project / "secret.txt").write_text("of no matter")
        assert "making image" not in place.run(".").stderr
        assert place.last().data.tags["mlflow.docker.image.id"] == first
        assert "making image" in place.run(".", "--build-image").stderr

    def test_its_own_dockerfile_makes_the_image_that_it_names(self, place: Place) -> None:
        name = f"of-{place.folder.name.replace('_', '-')}"
        (place.project / "MLproject").write_text(
            f"name: x\ndocker_env: {{image: {name}}}\n"
            "entry_points: {main: {command: 'cat /made.txt; (command -v bash || echo none); cat added.txt'}}\n"
        )
        (place.project / "Dockerfile").write_text(
            "FROM python:3.11-slim\nCOPY added.txt /made.txt\nRUN rm /usr/bin/bash\n"
        )
        (place.project / "added.txt").write_text("one\n")
        assert place.run(".").stdout == "one\nnone\none\n"
        (place.project / "added.txt").write_text("two\n")
        assert place.run(".").stdout == "two\nnone\ntwo\n"
        assert "making image" not in place.run(".").stderr
        place.engine.images.remove(name, force=True)

    def test_one_that_is_not_to_be_had_is_said_in_one_line(self, place: Place) -> None:
        (place.project / "MLproject").write_text(
            "docker_env: {image: 127.0.0.1:9/no/such}\nentry_points: {main: {command: x}}\n"
        )
        lines = place.run(".", code=1).stderr.splitlines()
        assert lines[-1].startswith("runyard: image 127.0.0.1:9/no/such is not to be had: ")
        assert place.last().info.status == "FAILED"


class TestWhatItMayReach:
    def test_volumes_are_written_and_belong_to_the_user(self, place: Place) -> None:
        (place.project / "shared").chmod(0o777)
        two = (f"volume={place.folder}:/{name}:ro" for name in ("one", "two"))
        place.run(".", "-e", "write", "-c", '{"user": "4321:4321"}', *(word for one in two for word in ("-A", one)))
        written = place.project / "shared" / "written.txt"
        assert (written.read_text(), written.stat().st_uid) == ("mine\n", 4321)
        assert not (place.project / "kept.txt").exists()

    def test_a_path_is_seen_at_its_place_and_stays_as_it_is(self, place: Place) -> None:
        file = place.folder / "in put.txt"
        file.write_text("given\n")
        assert "given\n" in place.run(".", "-e", "data", "-P", f"file={file}").stdout
        assert file.read_text() == "given\n"

    def test_memory_ends_and_the_run_says_so(self, place: Place) -> None:
        place.run(".", "-e", "memory", "-A", "memory=64m", "-A", "memory-swap=64m", code=137)
        run = place.last()
        assert run.info.status == "FAILED"
        assert "want of memory" in run.data.tags["runyard.failure"]

    def test_an_option_that_it_does_not_know_is_refused(self, place: Place) -> None:
        with pytest.raises(InvalidInput, match="the backend docker has no option 'memry', did you mean 'memory'"):
            ry.projects.run(place.project, backend_config={"memry": "1g"})

    def test_a_variable_that_is_not_set_is_said(self, place: Place) -> None:
        (place.project / "MLproject").write_text(MLPROJECT.replace("COPIED", "NOT_SET_HERE"))
        with pytest.raises(InvalidInput, match=r"of Boxed Project copies .* that are not set here: NOT_SET_HERE$"):
            ry.projects.run(place.project)

    def test_no_engine_is_said_with_what_to_do(self, place: Place) -> None:
        (line,) = place.run(".", code=1, DOCKER_HOST=f"unix://{place.folder}/none.sock").stderr.splitlines()
        assert "no Docker engine answers at unix://" in line
        assert "DOCKER_HOST" in line


class TestEnding:
    def test_an_interrupt_ends_it(self, place: Place) -> None:
        process = _begun(place)
        run = place.last()
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
        assert process.returncode != 0
        ended = ry.get_run(run.info.run_id)
        assert (ended.info.status, ended.data.tags["runyard.failure"]) == ("KILLED", "interrupted")
        assert "KeyboardInterrupt" in place.artifact(ended, "runyard/output.log")
        assert not place.containers(run)

    def test_what_a_killed_launcher_left_is_settled_by_the_next(self, place: Place) -> None:
        (place.project / "slow.py").write_text(SLOW.format(seconds=1))
        process = _begun(place)
        process.kill()
        process.communicate()
        run = place.last()
        assert run.info.status == "RUNNING"
        _until(lambda: place.containers(run)[0].status == "exited")
        # Where its container is has been written down: the engine that the environment names now is another one.
        place.run("../other", "-e", "nothing.sh", DOCKER_HOST="unix:///nowhere.sock")
        settled = ry.get_run(run.info.run_id)
        assert settled.info.status == "FINISHED"
        assert place.artifact(settled, "runyard/output.log") == "begun\nend\nnever\n"
        assert settled.data.tags["mlflow.docker.image.id"].startswith("sha256:")
        assert not place.containers(run)


class TestImageOfADescription:
    def test_a_program_tracks_into_the_folder_here_and_onto_a_server_here(
        self, place: Place, server: RunningServer
    ) -> None:
        (place.project / "MLproject").unlink()
        (place.project / "main.py").write_text(TRACKED)
        (place.project / "requirements.txt").write_text("runyard-core\nrunyard-store-http\n")
        place.run(".", "-b", "docker")
        run = place.last()
        assert (run.info.status, run.data.metrics) == ("FINISHED", {"score": 1.5})
        assert place.artifact(run, "notes.txt") == "from inside"
        assert run.data.tags["mlflow.project.env"] == "docker"
        uri, image = server.url, run.data.tags["mlflow.docker.image.uri"]
        (place.project / "MLproject").write_text(f"docker_env: {{image: '{image}'}}")
        done = place.run(".", "-e", "main.py", "--json", RUNYARD_TRACKING_URI=uri)
        assert "in this machine's network" in done.stderr
        with Host(Settings(tracking_uri=uri, data_dir=str(place.folder / "elsewhere"))) as host:
            found = ry.Client(host=host).get_run(json.loads(done.stdout)["run_id"])
            assert (found.info.status, found.data.metrics) == ("FINISHED", {"score": 1.5})

    def test_a_package_is_built_and_its_image_named(self, place: Place) -> None:
        (place.project / "MLproject").unlink()
        (place.project / "pyproject.toml").write_text(
            '[build-system]\nrequires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n'
            '[project]\nname = "mine"\nversion = "1.2"\n[tool.setuptools]\npy-modules = ["mine"]\n'
        )
        (place.project / "mine.py").write_text("import importlib.metadata as m\nprint(m.version('mine'))\n")
        (place.project / "main.py").write_text("import mine\n")
        name = ry.projects.build(place.project, backend="docker")
        assert name.startswith("mine:")
        assert place.engine.images.get(name).id
        assert place.run(".", "-b", "docker").stdout == "1.2\n"

    def test_a_secret_is_not_put_into_an_image(self, place: Place) -> None:
        (place.project / "MLproject").unlink()
        (place.project / "main.py").touch()
        (place.project / "requirements.txt").write_text("--extra-index-url https://me:hush@127.0.0.1:9/simple\nx\n")
        with pytest.raises(InvalidInput, match="has a password in it, which the image would keep") as caught:
            ry.projects.build(place.project, backend="docker")
        assert "hush" not in str(caught.value)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RunningServer]:
    folder = tmp_path / "served"
    folder.mkdir()
    with running_server(folder) as running:
        yield running


def _begun(place: Place) -> subprocess.Popen[bytes]:
    (place.folder / "other").mkdir()
    (place.folder / "other" / "nothing.sh").write_text("true")
    process = subprocess.Popen(
        place.command(".", "-e", "slow"), cwd=place.project, env=place.environ, stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"begun\n"
    return process


def _until(look: Callable[[], object], seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not look():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.05)
