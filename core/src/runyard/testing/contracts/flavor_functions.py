"""What the functions of every flavor must do, and that MLflow understands what they write."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from runyard.entities import LoggedModelStatus
from runyard.errors import InvalidInput
from runyard.host import Host
from runyard.models.descriptor import PYFUNC, Model
from runyard.models.saving import save_model
from runyard.specs import FlavorSpec
from runyard.testing.contracts.flavor_parts import FlavorFixtures, assert_equal, plain
from runyard.testing.mlflow_scripts import MlflowScripts
from runyard.tracking.client import Client

# Loads a model as MLflow does and prints what it predicts for its own input example.
_ASK_MLFLOW = """
import json, sys, warnings
warnings.simplefilter("ignore")
import mlflow
from mlflow.pyfunc.scoring_server import _get_jsonable_obj
model = mlflow.pyfunc.load_model(sys.argv[1])
print(json.dumps(_get_jsonable_obj(model.predict(model.input_example), pandas_orient="records")))
"""


class FlavorFunctionsContract(FlavorFixtures):
    """What users call, and MLflow."""

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

    def test_its_functions_save_and_load(
        self, spec: FlavorSpec, model: Any, data: Any, host: Host, tmp_path: Path
    ) -> None:
        module = import_module(spec.module)
        folder = tmp_path / "by-function"
        self.save_by_function(module, model, folder, input_example=data, metadata={"team": "vision"}, host=host)
        described = Model.load(folder)
        assert spec.key in described.flavors
        assert described.metadata == {"team": "vision"}
        assert described.saved_input_example_info is not None
        loaded = self.load_by_function(module, folder, host)
        assert_equal(self.answer(loaded, data), self.answer(model, data))

    def test_its_functions_log(self, spec: FlavorSpec, model: Any, data: Any, host: Host) -> None:
        module = import_module(spec.module)
        client = Client(host=host)
        run = client.create_run(client.create_experiment("flavor-contract"))
        info = self.log_by_function(
            module, model, name="by-function", run_id=run.info.run_id, tags={"team": "vision"}, client=client
        )
        logged = client.get_logged_model(info.model_id)
        assert (logged.name, logged.status) == ("by-function", LoggedModelStatus.READY)
        assert logged.source_run_id == run.info.run_id
        assert logged.tags == {"team": "vision"}
        loaded = self.load_by_function(module, logged.artifact_uri, host)
        assert_equal(self.answer(loaded, data), self.answer(model, data))

    def test_options_it_does_not_know_are_refused(
        self, spec: FlavorSpec, model: Any, host: Host, tmp_path: Path
    ) -> None:
        with pytest.raises(InvalidInput, match="no_such_option"):
            save_model(spec.name, model, tmp_path / "refused", {"no_such_option": 1}, host=host)

    @pytest.mark.mlflow
    def test_mlflow_loads_it_and_predicts_the_same(
        self, saved: Path, model: Any, data: Any, libraries: Sequence[str], runyard_mlflow: MlflowScripts
    ) -> None:
        loader = Model.load(saved).flavors[PYFUNC]["loader_module"]
        environ = {**os.environ, "PYTHONPATH": str(_package_alone(loader, saved))}
        done = runyard_mlflow.run("-c", _ASK_MLFLOW, str(saved), environ=environ, modules=libraries)
        assert done.returncode == 0, done.stderr
        assert_equal(json.loads(done.stdout.splitlines()[-1]), plain(self.answer(model, data)))


def _package_alone(loader: str, saved: Path) -> Path:
    """A folder with the package that a loader module is in and nothing else; MLflow's own is there already."""
    folder = saved.with_name(f"{saved.name}-package")
    folder.mkdir(exist_ok=True)
    package = loader.partition(".")[0]
    found = None if package == "mlflow" else find_spec(package)
    if found is not None and found.submodule_search_locations:
        ignore = shutil.ignore_patterns("__pycache__")
        shutil.copytree(found.submodule_search_locations[0], folder / package, ignore=ignore, dirs_exist_ok=True)
    elif found is not None and found.origin:
        shutil.copy(found.origin, folder)
    return folder
