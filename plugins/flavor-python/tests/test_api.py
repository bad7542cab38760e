"""Saving, logging and loading Python models as users do it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import runyard as ry
from runyard import models
from runyard.errors import CorruptData, Forbidden, InvalidInput, InvalidState, NotFound, NotSupported, SettingsError
from runyard.host import Host
from runyard.models import Model, ModelSignature, infer_signature
from runyard.models.hashes import FILE_NAME as HASHES
from runyard.settings import Settings
from runyard.types import Schema
from runyard_flavor_python import api as pyfunc

pytestmark = pytest.mark.usefixtures("default")
TABLE = pd.DataFrame({"x": [1.0, 2.0]})


def adding(amount: float) -> pyfunc.PythonModel:
    class Adding(pyfunc.PythonModel):
        def __init__(self, amount: float) -> None:
            self.amount = amount

        def predict(self, context: Any, model_input: Any, params: dict[str, Any] | None = None) -> Any:
            return (model_input["x"] + self.amount + (params or {}).get("more", 0)).tolist()

    return Adding(amount)


def test_runyard_has_the_functions_as_an_attribute() -> None:
    assert ry.pyfunc is pyfunc


def test_a_model_is_logged_found_and_asked() -> None:
    with ry.start_run() as run:
        info = pyfunc.log_model(name="adding", python_model=adding(1), input_example=TABLE)

    for uri in (info.model_uri, f"runs:/{run.info.run_id}/adding"):
        assert pyfunc.load_model(uri).predict(TABLE) == [2.0, 3.0]
    assert info.signature == infer_signature(TABLE, [1.0])


def test_params_of_the_signature_reach_the_model(tmp_path: Path) -> None:
    signature = infer_signature(TABLE, [1.0], {"more": 10.0})
    pyfunc.save_model(tmp_path / "model", python_model=adding(1), signature=signature)

    model = pyfunc.load_model(tmp_path / "model")
    assert model.predict(TABLE) == [12.0, 13.0]
    assert model.predict(TABLE, {"more": 0.5}) == [2.5, 3.5]


def test_params_that_predict_does_not_take_are_told_of(tmp_path: Path) -> None:
    signature = infer_signature(TABLE, [1.0], {"more": 10.0})
    pyfunc.save_model(tmp_path / "model", python_model=lambda data: data["x"].tolist(), signature=signature)

    model = pyfunc.load_model(tmp_path / "model")
    with pytest.warns(UserWarning, match="takes no params, so these are dropped: more"):
        assert model.predict(TABLE) == [1.0, 2.0]
    assert model.predict(TABLE) == [1.0, 2.0], "it is told once"


def test_data_that_does_not_fit_the_signature_is_refused(tmp_path: Path) -> None:
    pyfunc.save_model(tmp_path / "model", python_model=adding(1), signature=infer_signature(TABLE))

    with pytest.raises(InvalidInput, match="x"):
        pyfunc.load_model(tmp_path / "model").predict(pd.DataFrame({"y": [1.0]}))


def test_artifacts_and_configuration_are_in_the_context(tmp_path: Path) -> None:
    class Reading(pyfunc.PythonModel):
        def load_context(self, context: pyfunc.PythonModelContext) -> None:
            self.texts = [Path(context.artifacts[name]).read_text(encoding="utf-8") for name in ("one", "two")]

        def predict(self, context: pyfunc.PythonModelContext, model_input: Any) -> Any:
            return [*self.texts, context.model_config]

    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "same.txt").write_text(name, encoding="utf-8")
    model = Reading()
    artifacts = {name: str(tmp_path / name / "same.txt") for name in ("one", "two")}
    pyfunc.save_model(
        tmp_path / "model",
        python_model=model,
        artifacts={**artifacts, "again": artifacts["one"]},
        model_config={"beams": 2, "length": 9},
        input_example=TABLE,
        signature=False,
    )

    assert not hasattr(model, "texts"), "the user's own object is left alone"
    kept = Model.load(tmp_path / "model").flavors["python_function"]["artifacts"]
    assert kept["one"] == kept["again"] == {"path": "artifacts/same.txt", "uri": artifacts["one"]}
    assert kept["two"]["path"] != kept["one"]["path"]
    for name in ("one", "two"):
        (tmp_path / name / "same.txt").unlink()
    assert pyfunc.load_model(tmp_path / "model").predict(TABLE) == ["one", "two", {"beams": 2, "length": 9}]
    loaded = pyfunc.load_model(tmp_path / "model", model_config={"beams": 5})
    assert loaded.predict(TABLE)[2] == {"beams": 5, "length": 9}
    assert loaded.unwrap_python_model().texts == ["one", "two"]


def test_an_input_example_is_predicted_with_a_copy_that_has_its_context(tmp_path: Path) -> None:
    class Counting(pyfunc.PythonModel):
        def load_context(self, context: pyfunc.PythonModelContext) -> None:
            self.length = len(Path(context.artifacts["text"]).read_text(encoding="utf-8"))

        def predict(self, context: Any, model_input: Any) -> list[int]:
            return [self.length] * len(model_input)

    (tmp_path / "text").write_text("four", encoding="utf-8")
    model = Counting()
    pyfunc.save_model(
        tmp_path / "model", python_model=model, artifacts={"text": str(tmp_path / "text")}, input_example=TABLE
    )

    assert vars(model) == {}
    signature = Model.load(tmp_path / "model").signature
    assert signature is not None
    assert signature.outputs is not None


def test_an_artifact_that_is_not_there_is_told_of(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="nowhere"):
        pyfunc.save_model(tmp_path / "model", python_model=adding(1), artifacts={"text": str(tmp_path / "nowhere")})
    assert not (tmp_path / "model").exists()


def test_artifacts_of_a_run_are_fetched(tmp_path: Path) -> None:
    class Reading(pyfunc.PythonModel):
        def predict(self, context: pyfunc.PythonModelContext, model_input: Any) -> Any:
            return sorted(path.name for path in Path(context.artifacts["folder"]).iterdir())

    with ry.start_run() as run:
        ry.log_text("one", "words/one.txt")
        ry.log_text("two", "words/two.txt")
    pyfunc.save_model(
        tmp_path / "model", python_model=Reading(), artifacts={"folder": f"runs:/{run.info.run_id}/words"}
    )

    assert pyfunc.load_model(tmp_path / "model").predict(TABLE) == ["one.txt", "two.txt"]


def test_hints_become_the_signature_and_are_checked(tmp_path: Path) -> None:
    def shouted(texts: list[str]) -> list[str]:
        return [text.upper() for text in texts]

    pyfunc.save_model(tmp_path / "model", python_model=shouted, input_example=(["a"], {"volume": 1.0}))

    signature = Model.load(tmp_path / "model").signature
    assert signature is not None
    assert signature.is_signature_from_type_hint
    assert signature.params is not None
    model = pyfunc.load_model(tmp_path / "model")
    with pytest.warns(UserWarning, match="dropped: volume"):
        assert model.predict(["a", "b"]) == ["A", "B"]
    with pytest.raises(InvalidInput, match="item 1 of the input must be str, got int: 2"):
        model.predict(["a", 2])


def test_a_signature_that_is_given_wins_over_hints(tmp_path: Path) -> None:
    def shouted(texts: list[str]) -> list[str]:
        return [text.upper() for text in texts]

    given = ModelSignature(inputs=Schema.from_json('[{"type": "string", "name": "text", "required": true}]'))
    pyfunc.save_model(tmp_path / "model", python_model=shouted, signature=given)

    assert Model.load(tmp_path / "model").signature == given
    assert pyfunc.load_model(tmp_path / "model").predict(pd.DataFrame({"text": ["a"]})) == ["A"]


def test_a_stream_comes_piece_by_piece(tmp_path: Path) -> None:
    class Spelling(pyfunc.PythonModel):
        def predict(self, context: Any, model_input: Any) -> Any:
            return model_input

        def predict_stream(self, context: Any, model_input: Any, params: Any = None) -> Iterator[str]:
            yield from model_input["word"]

    example = pd.DataFrame({"word": ["abc"]})
    pyfunc.save_model(tmp_path / "model", python_model=Spelling(), signature=infer_signature(example))
    pyfunc.save_model(tmp_path / "whole", python_model=adding(1))

    model = pyfunc.load_model(tmp_path / "model")
    assert list(model.predict_stream(example)) == ["a", "b", "c"]
    with pytest.raises(InvalidInput, match="one input, got 2"):
        model.predict_stream(pd.DataFrame({"word": ["abc", "de"]}))
    with pytest.raises(NotSupported, match="does not stream"):
        pyfunc.load_model(tmp_path / "whole").predict_stream(TABLE)


def test_a_file_of_code_is_the_model(tmp_path: Path) -> None:
    file = tmp_path / "model.py"
    file.write_text(
        "import runyard as mlflow\n"
        "from runyard.models import ModelConfig, set_model\n"
        "factor = ModelConfig(development_config={'factor': 1}).get('factor')\n"
        "class Scaled(mlflow.pyfunc.PythonModel):\n"
        "    def predict(self, context, model_input):\n"
        "        return (model_input['x'] * factor).tolist()\n"
        "set_model(Scaled())\n",
        encoding="utf-8",
    )
    pyfunc.save_model(tmp_path / "model", python_model=file, model_config={"factor": 3.0}, input_example=TABLE)

    keys = Model.load(tmp_path / "model").flavors["python_function"]
    assert keys["model_code_path"] == "model.py"
    assert "python_model" not in keys
    assert pyfunc.load_model(tmp_path / "model").predict(TABLE) == [3.0, 6.0]
    assert pyfunc.load_model(tmp_path / "model", model_config={"factor": 5.0}).predict(TABLE) == [5.0, 10.0]


def test_code_that_needs_what_is_not_installed_says_what_to_install(tmp_path: Path) -> None:
    file = tmp_path / "model.py"
    file.write_text("import mlflow_is_not_here\n", encoding="utf-8")
    with pytest.raises(InvalidState, match=r"model\.py needs the module 'mlflow_is_not_here', which is not there"):
        pyfunc.save_model(tmp_path / "model", python_model=str(file))

    file.write_text("import mlflow\nmlflow.models.set_model(print)\n", encoding="utf-8")
    with pytest.raises(InvalidState, match="needs the module 'mlflow', which is not there; install it: pip install"):
        pyfunc.save_model(tmp_path / "model", python_model=str(file))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "give python_model"),
        ({"python_model": 3}, "python_model is an object of a class derived from PythonModel.*got int"),
        ({"python_model": pyfunc.PythonModel}, "got the class PythonModel; give an object of it"),
        ({"python_model": lambda one, two: one}, "takes one argument, the input; <lambda> takes 2"),
        ({"python_model": "nowhere.py"}, "there is none at 'nowhere.py'"),
        ({"python_model": print, "loader_module": "json"}, "got both"),
        ({"data_path": "x"}, "name it as loader_module"),
    ],
)
def test_what_is_no_model_is_refused(options: dict[str, Any], message: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=message):
        pyfunc.save_model(tmp_path / "model", **options)
    assert not (tmp_path / "model").exists()


def test_a_loader_module_loads_its_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(Path(__file__).parent / "interchange")
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "text.txt").write_text("hi", encoding="utf-8")
    pyfunc.save_model(
        tmp_path / "model",
        "text_loader",
        tmp_path / "data" / "text.txt",
        model_config={"times": 2},
        input_example=TABLE,
    )

    assert Model.load(tmp_path / "model").flavors["python_function"]["data"] == "data/text.txt"
    model = pyfunc.load_model(tmp_path / "model")
    assert model.predict(TABLE) == ["hihi", "hihi"]
    assert not model.predictor.is_batchable
    with pytest.raises(NotSupported, match="no Python model; it is loaded by text_loader"):
        model.unwrap_python_model()


def test_what_can_run_code_is_named(tmp_path: Path) -> None:
    (tmp_path / "code.py").write_text(
        "from runyard.models import set_model\nset_model(lambda data: data)\n", encoding="utf-8"
    )
    pyfunc.save_model(tmp_path / "pickled", python_model=adding(1))
    pyfunc.save_model(tmp_path / "coded", python_model=tmp_path / "code.py")
    pyfunc.save_model(tmp_path / "loaded", "text_loader", tmp_path / "code.py", code_paths=[_loader()])

    for name, risk in {
        "pickled": r"the pickle python_model\.pkl\.",
        "coded": r"the Python file code\.py, which is run\.",
        "loaded": "the loader module text_loader, which is imported and called; its own modules in code/",
    }.items():
        with pytest.raises(Forbidden, match=risk):
            pyfunc.load_model(tmp_path / name, trust=False)


def _loader() -> str:
    return str(Path(__file__).parent / "interchange" / "text_loader.py")


@pytest.mark.parametrize(("said", "metadata", "expected"), [(False, None, False), (True, None, True)])
def test_a_class_says_whether_its_rows_are_independent(
    said: bool, metadata: Any, expected: bool, tmp_path: Path
) -> None:
    model = adding(1)
    type(model).is_batchable = said
    pyfunc.save_model(tmp_path / "model", python_model=model, metadata=metadata)

    assert pyfunc.load_model(tmp_path / "model").predictor.is_batchable is expected


def test_metadata_says_it_for_any_model(tmp_path: Path) -> None:
    for said in (True, False):
        pyfunc.save_model(tmp_path / str(said), python_model=adding(1), metadata={"is_batchable": said})
        assert pyfunc.load_model(tmp_path / str(said)).predictor.is_batchable is said


@pytest.mark.parametrize(("name", "ending"), [("lzma", ".xz"), ("bzip2", ".bz2"), ("gzip", ".gz")])
def test_a_pickle_is_compressed_where_the_settings_say_so(name: str, ending: str, tmp_path: Path) -> None:
    with Host(Settings(root=tmp_path, extra={"flavor-python.compression": name})) as host:
        pyfunc.save_model(tmp_path / "model", python_model=adding(1), host=host)

    keys = Model.load(tmp_path / "model").flavors["python_function"]
    assert keys["python_model"] == f"python_model.pkl{ending}"
    assert keys["python_model_compression"] == name
    assert pyfunc.load_model(tmp_path / "model").predict(TABLE) == [2.0, 3.0]
    assert "cloudpickle==" in (tmp_path / "model" / "requirements.txt").read_text(encoding="utf-8")


def test_an_unknown_compression_is_refused(tmp_path: Path) -> None:
    host = Host(Settings(root=tmp_path, extra={"flavor-python.compression": "gzp"}))
    with pytest.raises(SettingsError, match="takes lzma, bzip2, gzip, not 'gzp', did you mean 'gzip'"):
        pyfunc.save_model(tmp_path / "model", python_model=adding(1), host=host)


def test_a_pickle_that_is_cut_off_is_told_of(tmp_path: Path) -> None:
    pyfunc.save_model(tmp_path / "model", python_model=adding(1))
    file = tmp_path / "model" / "python_model.pkl"
    file.write_bytes(file.read_bytes()[:40])
    (tmp_path / "model" / HASHES).unlink()

    with pytest.raises(CorruptData, match=r"the pickle python_model\.pkl cannot be read"):
        pyfunc.load_model(tmp_path / "model", trust=True)


def test_a_model_is_asked_by_several_threads(tmp_path: Path) -> None:
    pyfunc.save_model(tmp_path / "model", python_model=adding(1), signature=infer_signature(TABLE))
    model = pyfunc.load_model(tmp_path / "model")
    wrong: list[Any] = []

    def ask(number: int) -> None:
        for _ in range(50):
            answer = model.predict(pd.DataFrame({"x": [float(number)]}))
            if answer != [number + 1.0]:
                wrong.append(answer)

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_requirements_are_where_they_are_said_to_be(tmp_path: Path) -> None:
    assert pyfunc.get_model_dependencies is models.get_model_dependencies
    pyfunc.save_model(tmp_path / "model", python_model=adding(1))

    assert Path(pyfunc.get_model_dependencies(str(tmp_path / "model"))) == tmp_path / "model" / "requirements.txt"
    assert pyfunc.get_model_dependencies(tmp_path / "model", format="conda").endswith("conda.yaml")
    with pytest.raises(InvalidInput, match=r"no format 'poetry'.*'pip' and 'conda'"):
        pyfunc.get_model_dependencies(tmp_path / "model", format="poetry")


def test_a_folder_of_one_s_own_becomes_a_model(tmp_path: Path) -> None:
    model = Model()
    (tmp_path / "text.txt").write_text("hi", encoding="utf-8")
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "text_loader.py").write_bytes(Path(_loader()).read_bytes())
    pyfunc.add_to_model(model, "text_loader", data="text.txt", code="code", python_env="python_env.yaml", note="mine")
    model.save(tmp_path / "MLmodel")

    assert model.flavors["python_function"]["env"] == {"virtualenv": "python_env.yaml"}
    assert model.flavors["python_function"]["note"] == "mine"
    assert pyfunc.load_model(tmp_path, trust=True).predict(TABLE) == ["hi", "hi"]
