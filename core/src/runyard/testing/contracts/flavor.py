"""What every flavor must do: inherit `FlavorContract` and give the fixtures `spec`, `model`, `data` and `libraries`."""

from __future__ import annotations

import json
import math
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from runyard.errors import AlreadyExists, CorruptData, InvalidInput, RunyardError
from runyard.host import Host
from runyard.models import hashes
from runyard.models.descriptor import FILE_NAME, PYFUNC, Model
from runyard.models.json_values import predictions_json
from runyard.models.loading import fetch_model, load_model
from runyard.models.pyfunc import load_model as load_pyfunc
from runyard.models.saving import save_model
from runyard.protocols.flavor import Flavor
from runyard.settings import Settings
from runyard.specs import FlavorSpec

MLFLOW = "RUNYARD_TEST_MLFLOW"

# Loads a model as MLflow does and prints what it predicts for its own input example.
_ASK_MLFLOW = """
import json, sys, warnings
warnings.simplefilter("ignore")
import mlflow
from mlflow.pyfunc.scoring_server import _get_jsonable_obj
model = mlflow.pyfunc.load_model(sys.argv[1])
print(json.dumps(_get_jsonable_obj(model.predict(model.input_example), pandas_orient="records")))
"""


class FlavorContract:
    """The tests. `data` is what the model is asked with, `libraries` what must not be imported before it is used."""

    @pytest.fixture
    def spec(self) -> FlavorSpec:
        raise NotImplementedError("override the fixture spec")

    @pytest.fixture
    def model(self) -> Any:
        raise NotImplementedError("override the fixture model")

    @pytest.fixture
    def data(self) -> Any:
        raise NotImplementedError("override the fixture data")

    @pytest.fixture
    def libraries(self) -> Sequence[str]:
        raise NotImplementedError("override the fixture libraries")

    @pytest.fixture
    def runs_no_code(self) -> bool:
        """Whether a model as it is saved by default runs no code when it is loaded."""
        return True

    @pytest.fixture
    def host(self, tmp_path: Path) -> Host:
        return Host(Settings(root=tmp_path, data_dir=str(tmp_path / "runyard-data"), strict_plugins=True))

    @pytest.fixture
    def saved(self, spec: FlavorSpec, model: Any, data: Any, host: Host, tmp_path: Path) -> Path:
        """A folder with the model, saved by default with an input example."""
        save_model(spec.name, model, tmp_path / "model", input_example=data, host=host)
        return tmp_path / "model"

    def answer(self, model: Any, data: Any) -> Any:
        """What the library itself predicts; override it where that is not `model.predict(data)`."""
        return model.predict(data)

    def test_users_find_the_functions_of_mlflow(self, spec: FlavorSpec) -> None:
        module = import_module(spec.module)
        missing = [
            name for name in ("save_model", "log_model", "load_model") if not callable(getattr(module, name, None))
        ]
        assert not missing, f"{spec.module} lacks {missing}"

    def test_the_library_is_imported_when_it_is_used(self, spec: FlavorSpec, libraries: Sequence[str]) -> None:
        code = (
            f"import importlib, sys; sys.path[:] = {sys.path!r}\n"
            f"for name in {[spec.module, spec.target.path.partition(':')[0]]!r}: importlib.import_module(name)\n"
            f"print([name for name in {list(libraries)!r} if name in sys.modules])"
        )
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        assert done.stdout.strip() == "[]"

    def test_a_model_comes_back_as_it_was(
        self, spec: FlavorSpec, saved: Path, model: Any, data: Any, host: Host
    ) -> None:
        loaded = load_model(spec.name, saved, trust=True, host=host)
        assert type(loaded) is type(model)
        assert_equal(self.answer(loaded, data), self.answer(model, data))

    def test_it_answers_as_a_python_function(self, saved: Path, model: Any, data: Any, host: Host) -> None:
        loaded = load_pyfunc(saved, trust=True, host=host)
        assert_equal(loaded.predict(data), self.answer(model, data))

    def test_its_signature_is_inferred_from_the_example(self, saved: Path) -> None:
        signature = Model.load(saved).signature
        assert signature is not None
        assert signature.inputs is not None
        assert signature.outputs is not None

    def test_mlmodel_names_the_flavor_and_what_loads_it(self, spec: FlavorSpec, saved: Path) -> None:
        flavors = Model.load(saved).flavors
        assert set(flavors) == {spec.key, PYFUNC}
        assert flavors[PYFUNC]["loader_module"] == spec.loader_module
        assert flavors[PYFUNC]["env"] == {"conda": "conda.yaml", "virtualenv": "python_env.yaml"}

    def test_its_requirements_are_pinned(self, spec: FlavorSpec, saved: Path) -> None:
        lines = (saved / "requirements.txt").read_text(encoding="utf-8").split()
        assert lines
        assert [line for line in lines if not re.fullmatch(r"[A-Za-z0-9._-]+(\[[a-z0-9,-]+\])?==\S+", line)] == []
        names = {re.split(r"[\[=]", line)[0].lower() for line in lines}
        assert {name.lower() for name in spec.requires} <= names

    def test_loading_runs_code_only_where_the_flavor_says_so(
        self, spec: FlavorSpec, saved: Path, host: Host, runs_no_code: bool
    ) -> None:
        flavor: Flavor = spec.target.resolve()()
        risks = list(flavor.risks(fetch_model(saved, host=host).files(spec.key)))
        assert (risks == []) is runs_no_code, risks

    def test_a_changed_file_is_noticed(self, spec: FlavorSpec, saved: Path, host: Host) -> None:
        for file in self._own_files(saved):
            content = file.read_bytes()
            file.write_bytes(content + b" ")
            with pytest.raises(CorruptData, match=re.escape(file.name)):
                load_model(spec.name, saved, trust=True, host=host)
            file.write_bytes(content)

    def test_a_missing_file_is_noticed(self, spec: FlavorSpec, saved: Path, host: Host) -> None:
        (saved / hashes.FILE_NAME).unlink()
        files = self._own_files(saved)
        assert files, "the flavor wrote no file"
        files[0].unlink()
        with pytest.raises(RunyardError):
            load_model(spec.name, saved, trust=True, host=host)

    def test_a_name_that_leads_out_is_refused(self, spec: FlavorSpec, saved: Path, host: Host) -> None:
        described = Model.load(saved).to_dict()
        keys = described["flavors"][spec.key]
        names = [key for key, value in keys.items() if isinstance(value, str) and (saved / value).exists() and value]
        (saved / hashes.FILE_NAME).unlink()
        for key in names:
            outside = {**keys, key: f"../{saved.name}-copy/{keys[key]}"}
            Model.from_dict({**described, "flavors": {**described["flavors"], spec.key: outside}}).save(
                saved / FILE_NAME
            )
            with pytest.raises(CorruptData, match="outside"):
                load_model(spec.name, saved, trust=True, host=host)

    def test_what_is_no_model_of_the_library_is_refused(self, spec: FlavorSpec, host: Host, tmp_path: Path) -> None:
        with pytest.raises(InvalidInput):
            save_model(spec.name, object(), tmp_path / "nothing", host=host)
        assert [path.name for path in tmp_path.iterdir() if "nothing" in path.name] == []

    def test_a_folder_with_something_in_it_is_left_alone(
        self, spec: FlavorSpec, model: Any, host: Host, tmp_path: Path
    ) -> None:
        (tmp_path / "kept").mkdir()
        (tmp_path / "kept" / "mine.txt").write_text("mine", encoding="utf-8")
        with pytest.raises(AlreadyExists):
            save_model(spec.name, model, tmp_path / "kept", host=host)
        assert [path.name for path in (tmp_path / "kept").iterdir()] == ["mine.txt"]

    @pytest.mark.mlflow
    def test_mlflow_loads_it_and_predicts_the_same(self, saved: Path, model: Any, data: Any) -> None:
        python = os.environ.get(MLFLOW)
        if not python:
            pytest.skip(f"no environment with mlflow: set {MLFLOW} to its Python")
        environ = {**os.environ, "MLFLOW_DISABLE_TELEMETRY": "true"}
        done = subprocess.run(
            [python, "-c", _ASK_MLFLOW, str(saved)], capture_output=True, text=True, check=False, env=environ
        )
        assert done.returncode == 0, done.stderr
        assert_equal(json.loads(done.stdout.splitlines()[-1]), _plain(self.answer(model, data)))

    @staticmethod
    def _own_files(saved: Path) -> list[Path]:
        """The files that the flavor wrote, not those that every model has."""
        common = {FILE_NAME, hashes.FILE_NAME, "requirements.txt", "conda.yaml", "python_env.yaml"}
        examples = {"input_example.json", "serving_input_example.json"}
        return [path for path in sorted(saved.rglob("*")) if path.is_file() and path.name not in common | examples]


def assert_equal(left: Any, right: Any) -> None:
    """Check that two predictions are equal; numbers may differ in the last digits of a float32."""
    left, right = _plain(left), _plain(right)
    assert _alike(left, right), f"{left!r} is not {right!r}"


def _plain(predictions: Any) -> Any:
    return json.loads(predictions_json(predictions))["predictions"]


def _alike(left: Any, right: Any) -> bool:
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(_alike(left[key], right[key]) for key in left)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(_alike, left, right))
    if isinstance(left, int | float) and isinstance(right, int | float):
        return math.isclose(left, right, rel_tol=1e-5, abs_tol=1e-6) or (math.isnan(left) and math.isnan(right))
    return bool(left == right)
