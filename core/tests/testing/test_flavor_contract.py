"""The flavor contract passes for right flavors and catches every way a flavor can be wrong."""

from __future__ import annotations

import inspect
import itertools
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import attrs
import numpy as np
import pandas as pd
import pytest

from runyard import hookimpl
from runyard.host import Host
from runyard.models.saving import save_model
from runyard.settings import Settings
from runyard.specs import FlavorSpec
from runyard.testing.contracts.flavor import FlavorContract
from runyard.testing.doubles import assert_caught, assert_each_has_a_double
from runyard.testing.memory import plugin as memory
from runyard.testing.memory.flavor import Line, LineFlavor

from . import flavor_doubles as doubles
from .flavor_doubles import asking

REFERENCE = memory.runyard_flavors()[0]
TABLE = pd.DataFrame({"x": [1.0, 2.5]})
ARRAY = np.array([1.0, 2.5])
WRONG_LOADER = "def _load_pyfunc(path):\n    return type('M', (), {'predict': lambda self, data: [0.0, 0.0]})()\n"


@attrs.frozen
class Double:
    """A wrong flavor, functions or loader module, and the other fixtures where they matter."""

    flavor: type[LineFlavor] = LineFlavor
    functions: Any = None
    module: str = ""
    loader: str = ""
    requires: tuple[str, ...] = ()
    fixtures: Mapping[str, Any] = attrs.field(factory=dict)


def asked(predictor: type[doubles.Asked], **fixtures: Any) -> Double:
    return Double(asking(predictor), fixtures=fixtures)


DOUBLES: dict[str, list[Double]] = {
    "test_users_find_the_functions_of_mlflow": [Double(functions=SimpleNamespace(save_model=print, log_model=1))],
    "test_the_library_is_imported_when_it_is_used": [Double(module="import numpy")],
    "test_its_functions_save_and_load": [
        Double(functions=doubles.ForgetsOptions),
        Double(functions=doubles.LoadsAnother),
    ],
    "test_its_functions_log": [Double(functions=doubles.ForgetsOptions), Double(functions=doubles.LoadsAnother)],
    "test_options_it_does_not_know_are_refused": [Double(doubles.TakesAnyOption)],
    "test_mlflow_loads_it_and_predicts_the_same": [Double(loader=WRONG_LOADER), Double(loader="import runyard.host")],
    "test_a_model_comes_back_as_it_was": [Double(doubles.ForgetsTheOffset), Double(doubles.ChangesTheClass)],
    "test_saving_leaves_the_model_as_it_was": [
        Double(doubles.ChangesTheModel),
        Double(doubles.LeavesAMark, fixtures={"model": doubles.LooseLine(2.0, 1.0)}),
    ],
    "test_mlmodel_names_the_flavor_and_what_loads_it": [Double(doubles.IsNoFunction)],
    "test_its_requirements_are_pinned": [Double(requires=("numpy",)), Double(doubles.NeedsNothing)],
    "test_loading_runs_code_only_where_the_flavor_says_so": [
        Double(doubles.SaysTooMuch),
        Double(doubles.Pickles),
        Double(doubles.SaysNothingInWords, fixtures={"runs_no_code": False}),
        Double(fixtures={"runs_no_code": False}),
    ],
    "test_asking_for_risks_loads_nothing": [Double(doubles.LoadsForRisks), Double(doubles.UnpicklesForRisks)],
    "test_damaged_files_have_risks_or_are_refused": [Double(doubles.BreaksAtRisks)],
    "test_a_changed_file_is_noticed": [Double(doubles.WritesNoFile)],
    "test_a_missing_file_is_noticed": [Double(doubles.WritesNoFile), Double(doubles.MakesDo)],
    "test_a_name_that_leads_out_is_refused": [Double(doubles.FollowsAnyName)],
    "test_what_is_no_model_of_the_library_is_refused": [Double(doubles.TakesAnything)],
    "test_a_folder_with_something_in_it_is_left_alone": [Double(functions=doubles.Overwrites)],
    "test_nothing_is_written_where_a_model_is_loaded": [Double(doubles.KeepsACache)],
    "test_no_file_stays_open": [Double(doubles.LeavesFilesOpen)],
    "test_it_answers_as_a_python_function": [asked(doubles.AnswersWrongly)],
    "test_its_signature_is_inferred_from_the_example": [Double(doubles.IsNoFunction)],
    "test_asking_changes_nothing": [asked(doubles.ChangesTheData), asked(doubles.Drifts)],
    "test_several_threads_may_ask_at_once": [asked(doubles.SharesItsInput)],
    "test_rows_may_be_asked_together_where_it_says_so": [
        asked(doubles.Centres),
        asked(doubles.AnswersOnce),
        asked(doubles.IsPerhapsBatchable),
        Double(fixtures={"data": ARRAY[:1]}),
    ],
    "test_it_takes_the_form_of_data_that_it_names": [
        asked(doubles.TakesTables),
        asked(doubles.GoesByNames, data=TABLE),
        asked(doubles.GoesByNamesOfTables, data=TABLE),
    ],
    "test_params_are_honoured_or_ignored": [
        asked(doubles.ForgetsParams, params={"scale": 2}),
        asked(doubles.KeepsParams, params={"scale": 2}),
        asked(doubles.EatsParams, params={"scale": 2}),
        asked(doubles.TakesAnyParamForScale),
    ],
    "test_two_models_answer_each_for_itself": [
        asked(doubles.LastModel),
        Double(fixtures={"other_model": Line(2.0, 1.0)}),
    ],
}


class Right(FlavorContract):
    """What is right with the reference."""

    @pytest.fixture
    def spec(self) -> FlavorSpec:
        return REFERENCE

    @pytest.fixture
    def model(self) -> Line:
        return Line(2.0, 1.0)

    @pytest.fixture
    def other_model(self) -> Line:
        return Line(-1.0, 4.0)

    @pytest.fixture
    def libraries(self) -> Sequence[str]:
        return ("numpy", "pandas")

    def answer(self, model: Line, data: Any) -> Any:
        return [model.slope * x + model.offset for x in np.asarray(data).reshape(-1).tolist()]


class TestLinesOfArrays(Right):
    @pytest.fixture
    def data(self) -> Any:
        return ARRAY.copy()


class TestLinesOfTables(Right):
    @pytest.fixture
    def data(self) -> Any:
        return TABLE.copy()


class TestLinesWithParams(Right):
    @pytest.fixture
    def spec(self, monkeypatch: pytest.MonkeyPatch) -> FlavorSpec:
        return registered(monkeypatch, asking(doubles.Scales))

    @pytest.fixture
    def host(self, spec: FlavorSpec, tmp_path: Path) -> Iterator[Host]:
        with host_of(spec, tmp_path) as host:
            yield host

    @pytest.fixture
    def data(self) -> Any:
        return ARRAY.copy()

    @pytest.fixture
    def params(self) -> Mapping[str, Any]:
        return {"scale": 2}

    def test_the_library_is_imported_when_it_is_used(self, spec: FlavorSpec, libraries: Sequence[str]) -> None:
        """Its module is one of tests, which no other process can import."""


def registered(monkeypatch: pytest.MonkeyPatch, flavor: type[LineFlavor], **changes: Any) -> FlavorSpec:
    """The reference's spec with another flavor behind it, which it can refer to."""
    monkeypatch.setitem(sys.modules, "one_flavor", SimpleNamespace(Flavor=flavor))
    target = REFERENCE.target if flavor is LineFlavor else "one_flavor:Flavor"
    return attrs.evolve(REFERENCE, target=target, **changes)


def host_of(spec: FlavorSpec, folder: Path) -> Host:
    hooks = {name: hook for name, hook in vars(memory).items() if name.startswith("runyard_")}
    manifest = SimpleNamespace(**{**hooks, "runyard_flavors": hookimpl(lambda: [spec])})
    settings = Settings(root=folder, tracking_uri=f"memory:{folder.as_posix()}", strict_plugins=True)
    return Host(settings, plugins={"double": manifest}, discover=False)


def spec_of(double: Double, folder: Path, monkeypatch: pytest.MonkeyPatch) -> FlavorSpec:
    changes: dict[str, Any] = {"requires": double.requires}
    monkeypatch.syspath_prepend(str(folder))
    for field, name, source in (
        ("module", "eager_module", double.module),
        ("loader_module", "a_loader", double.loader),
    ):
        if source:
            (folder / f"{name}.py").write_text(source, encoding="utf-8")
            changes[field] = name
    if double.functions is not None:
        monkeypatch.setitem(sys.modules, "wrong_functions", double.functions)
        changes["module"] = "wrong_functions"
    return registered(monkeypatch, double.flavor, **changes)


@pytest.fixture(autouse=True)
def _open_files_are_closed() -> Iterator[None]:
    yield
    while doubles.OPEN:
        doubles.OPEN.pop().close()


def test_no_test_lacks_a_wrong_double() -> None:
    assert_each_has_a_double(FlavorContract, DOUBLES)


CASES = [
    pytest.param(test, double, marks=pytest.mark.mlflow if "mlflow_loads" in test else (), id=f"{test}-{number}")
    for test, found in DOUBLES.items()
    for number, double in enumerate(found)
]


@pytest.mark.parametrize(("test", "double"), CASES)
def test_a_wrong_flavor_is_caught(
    test: str, double: Double, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    # Which skips where there is none.
    mlflow = request.getfixturevalue("runyard_mlflow") if "mlflow_loads" in test else None
    spec = spec_of(double, tmp_path, monkeypatch)
    model = double.fixtures.get("model", Line(2.0, 1.0))
    data = double.fixtures.get("data", ARRAY).copy()
    numbers = itertools.count()
    with host_of(spec, tmp_path) as host:

        def saved() -> Path:
            folder = tmp_path / f"model-{next(numbers)}"
            save_model(spec.name, model, folder, input_example=data, host=host)
            return folder

        fixtures = {
            "spec": spec,
            "model": model,
            "data": data,
            "other_model": Line(-1.0, 4.0),
            "params": {},
            "libraries": ("numpy",),
            "runs_no_code": True,
            "host": host,
            "tmp_path": tmp_path,
            "monkeypatch": monkeypatch,
            "runyard_mlflow": mlflow,
            **double.fixtures,
        }
        factories = {name: (lambda value=value: value) for name, value in fixtures.items()}
        asked_for = inspect.signature(getattr(FlavorContract, test)).parameters
        chosen = {name: factory for name, factory in {**factories, "saved": saved}.items() if name in asked_for}
        assert_caught(Right, test, **chosen)
