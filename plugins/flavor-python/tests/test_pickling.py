"""Pickles that name nothing of Runyard's, and what is said of what cannot be pickled or read."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

from runyard.errors import InvalidInput, InvalidState
from runyard.models.pickled_modules import modules_of_pickle
from runyard_flavor_python import api as pyfunc
from runyard_flavor_python import pickling
from runyard_flavor_python.carried import carried_class

pytestmark = pytest.mark.usefixtures("default")
LOCK = threading.Lock()


def modules_of(model: Any, folder: Path) -> set[str]:
    pyfunc.save_model(folder, python_model=model)
    return {name.partition(".")[0] for name in modules_of_pickle(folder / "python_model.pkl")}


def test_a_pickle_of_a_class_names_nothing_of_runyard_s(tmp_path: Path) -> None:
    class Hinted(pyfunc.PythonModel):
        def predict(self, context: pyfunc.PythonModelContext, model_input: list[str]) -> list[str]:
            return model_input

    def hinted(model_input: list[str]) -> list[str]:
        return model_input

    for number, model in enumerate((Hinted(), hinted)):
        assert "runyard" not in " ".join(modules_of(model, tmp_path / str(number)))


def test_a_model_whose_own_code_uses_runyard_is_told_of(tmp_path: Path) -> None:
    import runyard as ry

    def logging(model_input: Any) -> Any:
        ry.log_metric("asked", 1)
        return model_input

    with pytest.warns(UserWarning, match="the model uses runyard, so it loads only where Runyard is installed"):
        assert "runyard" in modules_of(logging, tmp_path / "model")


class Holding(pyfunc.PythonModel):
    def __init__(self, **parts: Any) -> None:
        self.parts = parts

    def predict(self, context: Any, model_input: Any) -> Any:
        return model_input


def of_variable() -> Any:
    lock = threading.Lock()

    def uses(model_input: Any) -> Any:
        with lock:
            return model_input

    return uses


def of_default() -> Any:
    def uses(model_input: Any) -> Any:
        return model_input

    uses.__kwdefaults__ = {"model_input": threading.Lock()}
    return uses


def of_class() -> Any:
    class Shared(pyfunc.PythonModel):
        lock = threading.Lock()

        def predict(self, context: Any, model_input: Any) -> Any:
            return model_input

    return Shared()


def of_method() -> Any:
    lock = threading.Lock()

    class Locked(pyfunc.PythonModel):
        def predict(self, context: Any, model_input: list[str]) -> Any:
            with lock:
                return model_input

    return Locked()


@pytest.mark.parametrize(
    ("model", "place"),
    [
        (Holding(plain=1, deep=[1, {"a{}b": threading.Lock()}]), r"the model\.parts\['deep'\]\[1\]\['a\{\}b'\]"),
        (of_variable(), "the variable 'lock' that uses uses"),
        (of_default(), "a default value of uses"),
        (of_class(), r"Shared\.lock"),
        (of_method(), "the variable 'lock' that Locked.predict uses"),
    ],
)
def test_what_cannot_be_pickled_is_named(model: Any, place: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=f"cannot be pickled: {place} is of type lock .*; make it in load_context"):
        pyfunc.save_model(tmp_path / "model", python_model=model)


@pytest.mark.parametrize(
    ("name", "module"),
    [
        ("mlflow.pyfunc.model:ChatModel", "mlflow"),
        ("mlflow.gateway:client", "mlflow"),
        ("no_such_module:it", "no_such"),
    ],
)
def test_a_pickle_that_needs_what_is_not_installed_says_so(name: str, module: str, tmp_path: Path) -> None:
    file = tmp_path / "model.pkl"
    where, what = name.split(":")
    file.write_bytes(f"c{where}\n{what}\n.".encode())

    with pytest.raises(
        InvalidState, match=f"the pickle model.pkl needs the module '{module}.*which is not there; install"
    ):
        pickling.load(file, "", "written by a test")


def test_what_else_fails_in_a_pickle_says_who_wrote_it(tmp_path: Path) -> None:
    file = tmp_path / "model.pkl"
    file.write_bytes(b"cmath\nno_such_function\n.")

    with pytest.raises(InvalidState, match=r"\(written by a test\) cannot be loaded here: AttributeError"):
        pickling.load(file, "", "written by a test")


def test_an_object_of_mlflow_s_is_carried_along(tmp_path: Path) -> None:
    kind = carried_class("mlflow.types.schema:Schema")
    made = kind.__new__(kind, "a column")
    made.__setstate__({"inputs": [1]})
    called = carried_class("mlflow.types.schema:DataType")(3)

    pickling.dump([made, called], tmp_path / "first")
    pickling.dump(pickling.load(tmp_path / "first", "", ""), tmp_path / "second")

    assert (tmp_path / "first").read_bytes() == (tmp_path / "second").read_bytes()
    loaded, _ = pickling.load(tmp_path / "second", "", "")
    assert type(loaded) is kind
    with pytest.raises(InvalidState, match=r"uses 'columns' of an object of mlflow\.types\.schema\.Schema.*install"):
        _ = loaded.columns
