"""What MLflow's functions for models take, ours take by the same names, but for what is declared here."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, get_args, get_type_hints

import pytest

from runyard.models import Model, infer_signature
from runyard.testing.mlflow_scripts import MlflowScripts

FLAVORS = ("sklearn", "xgboost", "pytorch", "pyfunc")
FUNCTIONS = ("save_model", "log_model", "load_model")
DEFAULTS = ("get_default_pip_requirements", "get_default_conda_env")

# Arguments of MLflow's that are refused by name, as any that nobody knows.
ABSENT: Mapping[str, set[str]] = {
    # A requirements file made by uv is given as pip_requirements; prompts are no part of Runyard.
    "pyfunc.save_model": {"uv_project_path", "uv_groups", "uv_extras"},
    "pyfunc.log_model": {"uv_project_path", "uv_groups", "uv_extras", "prompts"},
}

# Prints the parameters of each function, those that take any name left out, and what the defaults are.
ASK = """
import importlib, inspect, json, sys
answer = {}
for flavor in sys.argv[1].split():
    module = importlib.import_module("mlflow." + flavor)
    for name in sys.argv[2].split():
        parameters = inspect.signature(getattr(module, name)).parameters.values()
        answer[f"{flavor}.{name}"] = [each.name for each in parameters if each.kind is not each.VAR_KEYWORD]
    answer[f"{flavor} needs"] = [line.partition("=")[0] for line in module.get_default_pip_requirements()]
    answer[f"{flavor} conda"] = sorted(module.get_default_conda_env())
print(json.dumps(answer))
"""


@pytest.fixture(scope="module")
def theirs(runyard_mlflow: MlflowScripts) -> Mapping[str, list[str]]:
    done = runyard_mlflow.run("-c", ASK, " ".join(FLAVORS), " ".join((*FUNCTIONS, *DEFAULTS)))
    assert done.returncode == 0, done.stderr
    found: Mapping[str, list[str]] = json.loads(done.stdout.splitlines()[-1])
    return found


def taken_by(function: Callable[..., Any]) -> list[str]:
    """The names of a function's arguments, those in its `**options` with them."""
    names: list[str] = []
    for name, parameter in inspect.signature(function).parameters.items():
        if parameter.kind is parameter.VAR_KEYWORD:
            (options,) = get_args(get_type_hints(function)[name])
            names.extend(get_type_hints(options))
        else:
            names.append(name)
    return names


@pytest.mark.mlflow
@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.parametrize("flavor", FLAVORS)
def test_what_mlflow_takes_is_taken(flavor: str, function: str, theirs: Mapping[str, list[str]]) -> None:
    name = f"{flavor}.{function}"
    ours = taken_by(getattr(import_module(f"runyard.{flavor}"), function))
    assert set(theirs[name]) - set(ours) == ABSENT.get(name, set())
    assert ours[:2] == theirs[name][:2]  # what may be given by its place


@pytest.mark.mlflow
@pytest.mark.parametrize("flavor", FLAVORS)
def test_what_every_model_of_a_flavor_needs_is_told(flavor: str, theirs: Mapping[str, list[str]]) -> None:
    if flavor == "pytorch":
        pytest.importorskip("torch")
    module: Any = import_module(f"runyard.{flavor}")
    for name in DEFAULTS:
        assert list(inspect.signature(getattr(module, name)).parameters) == theirs[f"{flavor}.{name}"]
    lines = module.get_default_pip_requirements()
    assert [line.partition("==")[0].removesuffix("-cpu") for line in lines] == theirs[f"{flavor} needs"]
    conda = module.get_default_conda_env()
    assert sorted(conda) == theirs[f"{flavor} conda"]
    assert conda["dependencies"][-1] == {"pip": lines}


@pytest.mark.parametrize("flavor", FLAVORS)
@pytest.mark.parametrize("argument", ["no_such_thing", "uv_groups", "input_exmple"])
def test_an_argument_that_nobody_knows_is_refused_by_name(flavor: str, argument: str, tmp_path: Path) -> None:
    if flavor == "pytorch":
        pytest.importorskip("torch")
    module: Any = import_module(f"runyard.{flavor}")
    with pytest.raises(TypeError, match=f"unexpected keyword argument '{argument}'"):
        save(module, flavor, tmp_path / "model", **{argument: None})
    assert not (tmp_path / "model").exists()


@pytest.mark.parametrize("flavor", ["sklearn", "pyfunc"])
def test_what_was_known_of_a_model_before_is_kept(flavor: str, tmp_path: Path) -> None:
    module: Any = import_module(f"runyard.{flavor}")
    known = Model(run_id="5" * 32, metadata=None, flavors={"other": {"data": "x"}})
    save(module, flavor, tmp_path / "model", mlflow_model=known, signature=infer_signature([1.0]))
    saved = Model.load(tmp_path / "model")
    assert (saved.run_id, saved.model_uuid) == (known.run_id, known.model_uuid)
    assert {"other", "python_function"} <= set(saved.flavors)


def save(module: Any, flavor: str, folder: Path, **options: Any) -> None:
    """Save some model of a flavor."""
    if flavor == "pyfunc":
        module.save_model(folder, python_model=lambda model_input: model_input, **options)
        return
    from sklearn.linear_model import LinearRegression

    module.save_model(LinearRegression().fit([[1.0], [2.0]], [1.0, 2.0]), folder, **options)
