"""Models are served and scored in environments made from their own requirements, with what is really installed here."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import attrs
import pandas as pd
import pytest
import sklearn

import runyard as ry
from runyard.errors import Forbidden, InvalidInput, NoSuchPlugin
from runyard.host import Host, set_default_host
from runyard.models.inspection import get_model_dependencies
from runyard.settings import Settings
from runyard.testing.server import clean_environment
from runyard_flavor_python import api as pyfunc

PATIENCE = 120.0
# None of these is installed here, nor within what Runyard's own packages want.
OTHER = "1.3.2"
REQUIREMENTS = (f"scikit-learn=={OTHER}", "numpy==1.26.4", "pandas==2.1.4")


def answering_with_its_version() -> Callable[[pd.DataFrame], list[str]]:
    """A model that answers with the version of scikit-learn that it runs with."""

    def predict(data: pd.DataFrame) -> list[str]:
        import sklearn

        return [sklearn.__version__] * len(data)

    return predict  # defined in here, it is pickled by value


@attrs.frozen
class Place:
    """A folder with a host, whose environments lie in one folder for all tests."""

    folder: Path
    host: Host
    environ: Mapping[str, str]

    def save(self, name: str = "model", requirements: Sequence[str] = REQUIREMENTS) -> str:
        folder = self.folder / name
        pyfunc.save_model(folder, python_model=answering_with_its_version(), pip_requirements=list(requirements))
        return str(folder)

    def run(self, *words: str, typed: str = "", **environ: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "runyard", *words],
            cwd=self.folder,
            env={**self.environ, **environ},
            input=typed,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )


@pytest.fixture(scope="module")
def environments(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("environments")


@pytest.fixture
def place(environments: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    # Where it is set, each of the processes in a new environment would compile all it imports.
    monkeypatch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)
    (tmp_path / "runyard.toml").write_text(f'environments_dir = "{environments}"\n', encoding="utf-8")
    settings = Settings.load(environ={}, cwd=tmp_path)
    with Host(settings) as host:
        earlier = set_default_host(host)
        yield Place(tmp_path, host, {**clean_environment(), "HOME": os.environ["HOME"]})
        set_default_host(earlier)


@contextmanager
def serving(place: Place, *flags: str) -> Iterator[tuple[str, subprocess.Popen[bytes], Path]]:
    """`runyard models serve`: its URL, the process and what it prints."""
    log = place.folder / "serve.log"
    command = [sys.executable, "-m", "runyard", "models", "serve", "--port", "0", *flags]
    with log.open("wb") as stream:
        process = subprocess.Popen(command, cwd=place.folder, env=place.environ, stdout=stream, stderr=stream)
    try:
        deadline = time.monotonic() + PATIENCE
        while (found := re.search(r"http://[\d.]+:\d+", log.read_text())) is None:
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.05)
        yield found[0], process, log
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()


def ask(url: str) -> Any:
    body = json.dumps({"dataframe_split": {"columns": ["x"], "data": [[1.0]]}}).encode()
    request = urllib.request.Request(f"{url}/invocations", body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)["predictions"]


def test_a_model_is_served_with_the_versions_it_asks_for(place: Place) -> None:
    assert sklearn.__version__ != OTHER
    with ry.start_run():
        for requirements in (list(REQUIREMENTS), [f"scikit-learn=={sklearn.__version__}"]):
            pyfunc.log_model(
                name="model",
                python_model=answering_with_its_version(),
                pip_requirements=requirements,
                registered_model_name="versions",
            )
    client = ry.MlflowClient()
    client.set_registered_model_alias("versions", "prod", 1)
    flags = ("-m", "models:/versions@prod", "--env-manager", "virtualenv", "--poll-interval", "0.2")
    with serving(place, *flags) as (url, process, log):
        assert ask(url) == [OTHER]
        client.set_registered_model_alias("versions", "prod", 2)
        deadline = time.monotonic() + PATIENCE
        wanted = f"scikit-learn=={sklearn.__version__} is needed, {OTHER} is installed"
        told = f"version 2 asks for other packages than the environment of this server has: {wanted}"
        while told not in log.read_text():
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.05)
        assert ask(url) == [OTHER]
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE) == 0, log.read_text()


def test_a_file_is_scored_with_the_versions_that_the_model_asks_for(place: Place) -> None:
    model = place.save()
    words = ("models", "predict", "-m", model, "--trust", "--env-manager", "virtualenv")
    fresh = {"RUNYARD_ENV_VENV_FOLDER": str(place.folder / "environments")}
    done = place.run(*words, "-t", "csv", "--format", "csv", typed="x\n1\n2\n", **fresh)
    assert done.stdout == f"x,prediction\n1,{OTHER}\n2,{OTHER}\n", done.stderr
    assert "making environment" in done.stderr
    assert "requires `numpy>=2.0,<3`, but `1.26.4` is installed" in done.stderr
    (place.folder / "in.csv").write_text("x\n1\n", encoding="utf-8")
    told = place.run(*words, "-i", "in.csv", "-o", "out.csv", "--json", **fresh)
    assert json.loads(told.stdout)["rows"] == 1
    assert (place.folder / "out.csv").read_text() == f"x,prediction\n1,{OTHER}\n"
    assert "making environment" not in told.stderr, "it was made a second time"


def test_data_is_scored_from_python(place: Place, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    model = place.save()
    out = place.folder / "out.jsonl"
    data = pd.DataFrame({"x": [1.0, 2.0, 3.0]})
    found = ry.models.predict(model, data, content_type="csv", output_path=out, env_manager="uv")
    assert (found.rows, found.output) == (3, str(out))
    assert json.loads(out.read_text().splitlines()[0]) == {"x": 1.0, "prediction": OTHER}
    capfdbinary.readouterr()
    ry.models.predict(model, data, env_manager="uv")
    assert json.loads(capfdbinary.readouterr().out) == {"predictions": [OTHER] * 3}


def test_what_the_other_process_refuses_is_raised_here(place: Place) -> None:
    model = place.save()
    (place.folder / "in.json").write_text("{", encoding="utf-8")
    with pytest.raises(InvalidInput, match="params are sent to another process as JSON"):
        ry.models.predict(model, "x\n1\n", content_type="csv", params={"a": object()}, env_manager="uv")
    with pytest.raises(InvalidInput, match=r"in\.json"):
        ry.models.predict(model, input_path=place.folder / "in.json", env_manager="uv")
    done = place.run("models", "predict", "-m", model, "--trust", "--env-manager", "uv", "-i", "nowhere.csv")
    assert (done.returncode, done.stderr) == (1, "runyard: cannot read nowhere.csv: No such file or directory\n")


def test_an_environment_is_prepared_and_then_used(place: Place) -> None:
    model = place.save()
    words = ("models", "prepare-env", "-m", model, "--trust", "--json")
    first, second = (json.loads(place.run(*words).stdout) for _ in range(2))
    assert first == second
    version = subprocess.run(
        [first["python"], "-c", "import sklearn; print(sklearn.__version__)"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert version.stdout.strip() == OTHER
    listed = json.loads(place.run("environments", "list", "--json").stdout)
    (entry,) = (one for one in listed if one["name"] == first["name"])
    assert f"file://{model}" in entry["purposes"]


def test_a_requirement_that_cannot_be_met_is_named(place: Place) -> None:
    model = place.save(requirements=["scikit-learn", "no-such-package-of-runyard==7.0"])
    done = place.run("models", "serve", "-m", model, "--trust", "--env-manager", "virtualenv", "-p", "0")
    assert done.returncode == 1
    message = done.stderr[done.stderr.rindex("runyard: ") :]
    assert message.startswith(f"runyard: cannot make the environment of file://{model}: uv failed for no-such-package")
    assert "it said at last:\n" in message


def test_a_model_that_nobody_trusts_has_nothing_installed(place: Place, environments: Path) -> None:
    model = place.save(requirements=["no-such-package-of-runyard==8.0"])
    before = sorted(environments.iterdir())
    done = place.run("models", "predict", "-m", model, "--env-manager", "virtualenv", typed="{}")
    assert done.returncode == 1
    assert "installing the packages it asks for" in done.stderr
    with pytest.raises(Forbidden):
        ry.models.prepare_env(model, trust=False)
    assert [path for path in sorted(environments.iterdir()) if path.is_dir() and path not in before] == []


def test_a_python_that_cannot_be_had_is_told(place: Place) -> None:
    for version, told in (("3.99.1", "Python 3.99 is asked for"), ("3.9.18", "needs 3.11")):
        model = place.save(f"model-{version}")
        file = Path(model, "python_env.yaml")
        file.write_text(re.sub("python: .*", f"python: {version}", file.read_text()), encoding="utf-8")
        Path(model, "checksums.sha256").unlink()
        done = place.run("models", "prepare-env", "-m", model, "--trust")
        assert done.returncode == 1
        assert told in done.stderr


def test_a_manager_that_nothing_provides_is_told(place: Place) -> None:
    model = place.save()
    assert Path(get_model_dependencies(model)).is_file()
    with pytest.raises(NoSuchPlugin, match=r"environment manager 'poetry' \(available: conda, uv, virtualenv\)"):
        ry.models.predict(model, "x\n1\n", content_type="csv", env_manager="poetry")
    done = place.run("models", "serve", "-m", model, "--env-manager", "poetry")
    assert done.returncode == 1
    assert done.stderr.startswith("runyard: no plugin provides environment manager 'poetry'")


SAVE = """
import json, sys
import mlflow.sklearn
import numpy as np
from sklearn.linear_model import LinearRegression

model = LinearRegression().fit(np.array([[1.0], [2.0]]), np.array([2.0, 4.0]))
mlflow.sklearn.save_model(model, f"{sys.argv[1]}/theirs", serialization_format="cloudpickle")
print(json.dumps(open(f"{sys.argv[1]}/theirs/requirements.txt").read().split()))
"""


@pytest.mark.mlflow
@pytest.mark.slow
def test_a_model_that_mlflow_saved_is_scored_with_mlflow_beside_it(
    place: Place, in_mlflow: Callable[[str, Path, Any], Any]
) -> None:
    requirements = in_mlflow(SAVE, place.folder, None)
    assert any(line.startswith("mlflow==") for line in requirements)
    words = ("models", "predict", "-m", "theirs", "--trust", "--env-manager", "virtualenv", "-t", "csv")
    done = place.run(*words, "--format", "csv", "--columns-out", "none", typed="x\n3\n")
    assert done.returncode == 0, done.stderr
    assert float(done.stdout.split()[1]) == pytest.approx(6.0)
    assert f" + {requirements[0]}" in done.stderr
