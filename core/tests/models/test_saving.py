"""Saving a model to a folder and loading it again, with the reference flavor."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml

import runyard as ry
from runyard.errors import AlreadyExists, CorruptData, InvalidInput, NoSuchPlugin, NotFound
from runyard.host import Host
from runyard.models import Model, ModelSignature, get_model_dependencies, infer_signature, set_signature
from runyard.models.inspection import inspect_model
from runyard.models.pyfunc import load_model as load_pyfunc
from runyard.protocols.flavor import SavedModel
from runyard.testing.memory.flavor import Line, LineFlavor

pytestmark = pytest.mark.usefixtures("host")
LINE = Line(2.0, 1.0)


def line() -> Any:
    """`runyard.line`, as users reach it."""
    return ry.line


def test_a_relative_path_starts_from_the_working_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "below").mkdir()
    monkeypatch.chdir(tmp_path / "below")
    line().save_model(LINE, "model")

    assert (tmp_path / "below" / "model" / "MLmodel").is_file()
    assert line().load_model("model") == LINE
    assert set(ry.models.get_model_info("model").flavors) == {"line", "python_function"}
    assert inspect_model("model").size > 0
    assert Path(get_model_dependencies("model")) == tmp_path / "below" / "model" / "requirements.txt"
    set_signature("model", infer_signature(np.array([1.0])))
    assert Model.load("model").signature is not None


def test_importing_the_models_makes_no_host() -> None:
    code = "import runyard.models.loading, runyard.host; print(runyard.host._default.host)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "None"


@pytest.mark.parametrize(
    ("given", "is_named"),
    [
        ({}, False),
        ({"signature": infer_signature(pd.DataFrame({"x": [1.0]}))}, True),
        ({"input_example": pd.DataFrame({"x": [1.0]})}, True),
        ({"input_example": pd.DataFrame({"x": [1.0]}), "signature": False}, False),
        ({"signature": infer_signature(np.ones(2))}, False),
    ],
)
def test_a_model_whose_input_is_made_a_table_requires_pandas(
    tmp_path: Path, given: dict[str, Any], is_named: bool
) -> None:
    line().save_model(LINE, tmp_path / "model", **given)
    assert ("pandas==" in (tmp_path / "model" / "requirements.txt").read_text(encoding="utf-8")) is is_named


def test_a_model_is_saved_and_loaded_by_the_flavor_s_own_functions(tmp_path: Path) -> None:
    line().save_model(LINE, tmp_path / "model", note="mine")

    assert line().load_model(tmp_path / "model") == LINE
    assert Model.load(tmp_path / "model").flavors["line"] == {
        "code": None,
        "data": "line.json",
        "line_version": "1",
        "note": "mine",
    }


def test_it_is_asked_for_predictions_whatever_its_flavor(tmp_path: Path) -> None:
    line().save_model(LINE, tmp_path / "model", signature=infer_signature(np.array([1.0])))

    loaded = load_pyfunc(tmp_path / "model")

    assert loaded.predict(np.array([1.0, 2.0])) == [3.0, 5.0]
    with pytest.raises(InvalidInput, match="dtype <U3 is not float64"):
        loaded.predict(np.array(["one"]))


def test_an_input_example_gives_the_signature(tmp_path: Path) -> None:
    line().save_model(LINE, tmp_path / "model", input_example=pd.DataFrame({"x": [1.0, 2.0]}))

    described = Model.load(tmp_path / "model")
    assert described.signature == infer_signature(pd.DataFrame({"x": [1.0]}), [3.0])
    assert load_pyfunc(tmp_path / "model").input_example.equals(pd.DataFrame({"x": [1.0, 2.0]}))


def test_an_example_of_arrays_comes_back_in_the_type_of_the_signature(tmp_path: Path) -> None:
    line().save_model(LINE, tmp_path / "model", input_example=np.array([[1.0], [2.0]], dtype=np.float32))

    loaded = load_pyfunc(tmp_path / "model")
    assert loaded.input_example.dtype == np.float32
    assert loaded.predict(loaded.input_example) == [3.0, 5.0]


def test_a_flavor_that_follows_an_example_gets_it_with_the_signature(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Any] = []

    def save(flavor: LineFlavor, model: Line, folder: Path, options: Any, example: Any, signature: Any) -> SavedModel:
        seen.append((None if example is None else example.data.tolist(), signature))
        return flavor.save(model, folder, options)

    monkeypatch.setattr(LineFlavor, "save_by_example", save, raising=False)
    signature = infer_signature(np.array([1.0]))
    line().save_model(LINE, tmp_path / "one", input_example=np.array([1.0]), signature=signature)
    line().save_model(LINE, tmp_path / "other", signature=False)

    assert seen == [([1.0], signature), (None, None)]
    assert line().load_model(tmp_path / "one") == LINE


def test_no_signature_is_inferred_where_none_is_wanted(tmp_path: Path) -> None:
    line().save_model(LINE, tmp_path / "model", input_example=np.array([1.0]), signature=False)

    assert Model.load(tmp_path / "model").signature is None


def test_the_folder_has_what_mlflow_s_has(tmp_path: Path) -> None:
    line().save_model(LINE, tmp_path / "model", metadata={"team": "x"}, code_paths=[_module(tmp_path)])

    files = {
        path.relative_to(tmp_path / "model").as_posix() for path in (tmp_path / "model").rglob("*") if path.is_file()
    }
    assert files == {
        "MLmodel",
        "checksums.sha256",
        "code/helper.py",
        "conda.yaml",
        "line.json",
        "python_env.yaml",
        "requirements.txt",
    }
    described = yaml.safe_load((tmp_path / "model" / "MLmodel").read_text(encoding="utf-8"))
    assert described["metadata"] == {"team": "x"}
    assert described["model_size_bytes"] > 0
    assert described["flavors"]["python_function"]["code"] == "code"
    assert "signature" not in described


def test_the_hashes_can_be_checked_with_sha256sum(tmp_path: Path) -> None:
    line().save_model(LINE, tmp_path / "model")

    subprocess.run(["sha256sum", "--check", "--quiet", "checksums.sha256"], cwd=tmp_path / "model", check=True)


def test_a_file_that_was_changed_is_refused(tmp_path: Path) -> None:
    line().save_model(LINE, tmp_path / "model")
    (tmp_path / "model" / "line.json").write_text('{"slope": 3.0, "offset": 0.0}', encoding="utf-8")

    with pytest.raises(CorruptData, match=r"line\.json has another SHA-256"):
        line().load_model(tmp_path / "model")


def test_a_module_that_was_added_is_refused(tmp_path: Path) -> None:
    line().save_model(LINE, tmp_path / "model", code_paths=[_module(tmp_path)])
    (tmp_path / "model" / "note.txt").write_text("mine", encoding="utf-8")
    assert line().load_model(tmp_path / "model") == LINE
    (tmp_path / "model" / "code" / "json.py").write_text("import os\n", encoding="utf-8")

    with pytest.raises(CorruptData, match=r"code/json\.py was added to its modules"):
        line().load_model(tmp_path / "model")


def test_a_model_without_hashes_is_loaded_as_mlflow_s_are(tmp_path: Path) -> None:
    line().save_model(LINE, tmp_path / "model")
    (tmp_path / "model" / "checksums.sha256").unlink()

    assert line().load_model(tmp_path / "model") == LINE


@pytest.mark.parametrize(
    "hashes", ["../outside", "x  line.json", f"{'0' * 64}  ../line.json", f"{'0' * 64}  /etc/passwd"]
)
def test_hashes_that_are_none_are_refused(tmp_path: Path, hashes: str) -> None:
    line().save_model(LINE, tmp_path / "model")
    (tmp_path / "model" / "checksums.sha256").write_text(hashes + "\n", encoding="utf-8")

    with pytest.raises(CorruptData, match=r"line 1 of .*checksums\.sha256"):
        line().load_model(tmp_path / "model")


def test_nothing_is_left_of_a_model_that_cannot_be_saved(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="this flavor saves lines, got dict"):
        line().save_model({}, tmp_path / "model")
    with pytest.raises(NotFound, match="missing"):
        line().save_model(LINE, tmp_path / "model", extra_files=[tmp_path / "missing.txt"])

    assert [path.name for path in tmp_path.iterdir() if "model" in path.name] == []


def test_a_folder_that_has_something_in_it_is_left_alone(tmp_path: Path) -> None:
    line().save_model(LINE, tmp_path / "model")

    with pytest.raises(AlreadyExists, match="save the model to another path"):
        line().save_model(Line(9.0), tmp_path / "model")
    assert line().load_model(tmp_path / "model") == LINE


def test_a_model_of_another_flavor_says_which_it_has(tmp_path: Path) -> None:
    line().save_model(LINE, tmp_path / "model")
    described = Model.load(tmp_path / "model").to_dict()
    flavors = {"square": described["flavors"]["line"], "python_function": {"loader_module": "no_such_package.square"}}
    Model.from_dict({**described, "flavors": flavors}).save(tmp_path / "model" / "MLmodel")
    (tmp_path / "model" / "checksums.sha256").unlink()

    with pytest.raises(InvalidInput, match="has no flavor 'line'; it has: python_function, square"):
        line().load_model(tmp_path / "model")
    with pytest.raises(NoSuchPlugin, match="no_such_package"):
        load_pyfunc(tmp_path / "model", trust=True)


def test_a_folder_that_is_no_model_says_so(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()

    with pytest.raises(NotFound, match="there is no file MLmodel"):
        line().load_model(tmp_path / "empty")
    with pytest.raises(NotFound):
        line().load_model(tmp_path / "missing")


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("flavors: [", "cannot be read"),
        ("just text", "described by a mapping"),
        ("flavors: {}", "names no flavors"),
        ("flavors: {line: 3}", "must be a mapping"),
        ("flavors: !!python/object/apply:os.system ['true']", "cannot be read"),
        ("flavors: {line: {}}\nsignature: {inputs: 'no json'}", "signature|inputs|JSON"),
    ],
)
def test_a_broken_mlmodel_is_refused_in_one_line(tmp_path: Path, content: str, problem: str) -> None:
    (tmp_path / "MLmodel").write_text(content, encoding="utf-8")

    with pytest.raises(CorruptData, match=problem) as refused:
        Model.load(tmp_path)
    assert "\n" not in str(refused.value)


def test_keys_that_are_not_known_are_kept(tmp_path: Path) -> None:
    (tmp_path / "MLmodel").write_text("flavors: {line: {data: x}}\nof_tomorrow: {a: 1}\n", encoding="utf-8")

    assert Model.load(tmp_path).to_dict()["of_tomorrow"] == {"a": 1}


def test_a_signature_must_be_one(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="see infer_signature"):
        line().save_model(LINE, tmp_path / "model", signature={"inputs": []})
    assert ModelSignature(inputs=infer_signature(np.array([1.0])).inputs).outputs is None


def test_an_embedded_host_needs_no_default_one(host: Host, tmp_path: Path) -> None:
    line().save_model(LINE, tmp_path / "model", host=host)

    assert line().load_model(tmp_path / "model", host=host) == LINE


def _module(folder: Path) -> Path:
    file = folder / "helper.py"
    file.write_text("def helped() -> int:\n    return 1\n", encoding="utf-8")
    return file


def test_what_mlmodel_says_of_the_signature_s_origin_is_read_and_written() -> None:
    inputs = '[{"type": "string", "required": true}]'
    flags = {"is_signature_from_type_hint": True, "type_hint_from_example": False}
    described = {"flavors": {"line": {}}, "signature": {"inputs": inputs, "outputs": None, "params": None}, **flags}

    model = Model.from_dict(described)

    assert model.signature is not None
    assert model.signature.is_signature_from_type_hint
    assert not model.signature.is_type_hint_from_example
    assert flags.items() <= model.to_dict().items()
    assert flags.keys().isdisjoint(Model(flavors={"line": {}}).to_dict())
