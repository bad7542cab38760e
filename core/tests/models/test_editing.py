"""What a saved model says of itself, changed where it lies; what is checked before it is used."""

from __future__ import annotations

import pickle
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import runyard as ry
from runyard.artifacts import located
from runyard.errors import CorruptData, InvalidInput, NoSuchPlugin, NotFound
from runyard.host import Host
from runyard.models import (
    Model,
    get_model_dependencies,
    get_model_info,
    infer_pip_requirements,
    infer_signature,
    log_model,
    save_model,
    set_signature,
    update_model_requirements,
    validate_schema,
    validate_serving_input,
)
from runyard.models.loading import fetch_model
from runyard.models.pyfunc import load_model
from runyard.testing.memory.flavor import Line

pytestmark = pytest.mark.usefixtures("host")
SIGNATURE = infer_signature(pd.DataFrame({"x": [1.0]}), [2.0])


@pytest.fixture
def model(host: Host, tmp_path: Path) -> Path:
    options = {"pip_requirements": ["numpy==2.0", "pandas>=2", "-e ./mine"], "host": host}
    save_model("line", Line(2.0), tmp_path / "model", **options)  # type: ignore[arg-type]
    return tmp_path / "model"


def test_a_model_gets_a_signature_and_its_hashes_follow(model: Path) -> None:
    before = fetch_model(model).digest
    set_signature(model, SIGNATURE)
    assert get_model_info(model).signature == SIGNATURE
    assert fetch_model(model).digest != before
    subprocess.run(["sha256sum", "--check", "--quiet", "checksums.sha256"], cwd=model, check=True)
    with pytest.raises(InvalidInput, match="columns are missing: 'x'"):
        load_model(model).predict(pd.DataFrame({"y": [1.0]}))


def test_a_model_that_this_process_saved_stays_its_own(host: Host, tmp_path: Path) -> None:
    (tmp_path / "steps.py").write_text("x = 1\n", encoding="utf-8")
    save_model("line", Line(2.0), tmp_path / "coded", code_paths=[str(tmp_path / "steps.py")], host=host)
    set_signature(tmp_path / "coded", SIGNATURE)
    assert load_model(tmp_path / "coded").predict(pd.DataFrame({"x": [3.0]})) == [6.0]


def test_a_logged_model_gets_a_signature_but_a_version_keeps_its_own() -> None:
    with ry.start_run() as run:
        info = log_model("line", Line(2.0), name="net", registered_model_name="price")
    for uri in (info.model_uri, f"runs:/{run.info.run_id}/net"):
        set_signature(uri, SIGNATURE)
        assert get_model_info(uri).signature == SIGNATURE
        update_model_requirements(uri, "add", ["scipy==1.0"])
    for uri in ("models:/price/1", "models:/price@champion"):
        with pytest.raises(InvalidInput, match="stays as it was registered"):
            set_signature(uri, SIGNATURE)


def test_what_is_no_signature_or_no_model_is_refused(model: Path, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="must be a ModelSignature, got dict"):
        set_signature(model, {})  # type: ignore[arg-type]
    with pytest.raises(NotFound, match="no file MLmodel"):
        set_signature(tmp_path / "nothing", SIGNATURE)
    (model / "MLmodel").write_text((model / "MLmodel").read_text(encoding="utf-8") + "\n# mine\n", encoding="utf-8")
    with pytest.raises(CorruptData, match="MLmodel was changed after the model was saved"):
        set_signature(model, SIGNATURE)


@contextmanager
def interrupted(uri: str, write: int) -> Iterator[None]:
    """Ends the block at one of its writes to the store of a model, as Ctrl-C or a lost connection does."""
    kind: Any = type(located(uri)[0])
    left, real = iter(range(write)), kind.write

    def broken(store: Any, path: str, source: Any) -> Any:
        if next(left, None) is None:
            raise KeyboardInterrupt
        return real(store, path, source)

    with pytest.MonkeyPatch.context() as patch, suppress(KeyboardInterrupt):
        patch.setattr(kind, "write", broken)
        yield


@pytest.mark.parametrize("is_logged", [False, True])
@pytest.mark.parametrize("write", range(5))
def test_a_model_is_whole_wherever_its_editing_ended(host: Host, tmp_path: Path, write: int, is_logged: bool) -> None:
    (tmp_path / "steps.py").write_text("x = 1\n", encoding="utf-8")
    options: Any = {"pip_requirements": ["numpy==2.0"], "code_paths": [str(tmp_path / "steps.py")], "host": host}
    uri = str(tmp_path / "model")
    if is_logged:
        uri = log_model("line", Line(2.0), name="net", **options).model_uri
    else:
        save_model("line", Line(2.0), uri, **options)

    edits: list[Callable[[], None]] = [
        lambda: set_signature(uri, SIGNATURE),
        lambda: update_model_requirements(uri, "add", ["scipy==1.0"]),
    ]
    for edit in edits:
        with interrupted(uri, write):
            edit()
        assert load_model(uri).predict(pd.DataFrame({"x": [3.0]})) == [6.0]
    for edit in edits:
        edit()
    fetched = fetch_model(uri)
    assert fetched.model.signature == SIGNATURE
    assert "scipy==1.0" in (fetched.folder / "requirements.txt").read_text(encoding="utf-8")
    subprocess.run(["sha256sum", "--check", "--quiet", "checksums.sha256"], cwd=fetched.folder, check=True)


def test_requirements_are_added_replaced_and_removed(model: Path) -> None:
    update_model_requirements(model, "add", ["NumPy==2.1", "scipy>=1"])
    update_model_requirements(model, "remove", ["pandas==9", "unknown"])
    expected = ["NumPy==2.1", "-e ./mine", "scipy>=1"]
    assert (model / "requirements.txt").read_text(encoding="utf-8").splitlines() == expected
    assert "- scipy>=1" in (model / "conda.yaml").read_text(encoding="utf-8")
    assert "pandas" not in (model / "conda.yaml").read_text(encoding="utf-8")
    assert fetch_model(model).digest is not None
    assert Path(get_model_dependencies(model)).read_text(encoding="utf-8").splitlines() == expected


def test_requirements_that_are_none_are_refused(model: Path) -> None:
    with pytest.raises(InvalidInput, match="'add' or 'remove', got 'drop'"):
        update_model_requirements(model, "drop", [])
    with pytest.raises(InvalidInput, match="must be a list"):
        update_model_requirements(model, "add", "numpy")
    with pytest.raises(InvalidInput, match="'!!' is no requirement"):
        update_model_requirements(model, "add", ["!!"])
    (model / "requirements.txt").unlink()
    with pytest.raises(NotFound, match=r"no file requirements\.txt"):
        update_model_requirements(model, "add", ["numpy"])


@pytest.mark.mlflow
def test_mlflow_reads_what_was_changed(model: Path, run_in_mlflow: Callable[[str], str]) -> None:
    set_signature(model, SIGNATURE)
    update_model_requirements(model, "add", ["scipy==1.0"])
    printed = run_in_mlflow(
        f"""
        import mlflow
        print(mlflow.models.get_model_info({str(model)!r}).signature.inputs.to_dict())
        print(open(mlflow.pyfunc.get_model_dependencies({str(model)!r})).read())
        """
    )
    assert "[{'type': 'double', 'name': 'x', 'required': True}]" in printed
    assert "scipy==1.0" in printed


def test_data_is_checked_against_a_schema() -> None:
    assert SIGNATURE.inputs is not None
    validate_schema(pd.DataFrame({"x": [1.0]}), SIGNATURE.inputs)
    with pytest.raises(InvalidInput, match="column 'x'"):
        validate_schema(pd.DataFrame({"x": ["a"]}), SIGNATURE.inputs)


def test_a_request_is_checked_against_a_model(model: Path) -> None:
    set_signature(model, SIGNATURE)
    assert validate_serving_input(model, '{"dataframe_records": [{"x": 2.0}]}') == [4.0]
    assert validate_serving_input(model, {"dataframe_split": {"columns": ["x"], "data": [[1.0]]}}) == [2.0]
    with pytest.raises(InvalidInput, match="columns are missing"):
        validate_serving_input(model, {"dataframe_split": {"columns": ["y"], "data": [[1.0]]}})


def test_requirements_are_inferred_from_the_files_of_a_model(host: Host, tmp_path: Path) -> None:
    (tmp_path / "more.pkl").write_bytes(pickle.dumps({"a": np.zeros(2), "b": Decimal(2)}))
    (tmp_path / "steps.py").write_text("import yaml\n", encoding="utf-8")
    extra = {"extra_files": [tmp_path / "more.pkl"], "code_paths": [tmp_path / "steps.py"], "host": host}
    save_model("line", Line(2.0), tmp_path / "used", **extra)  # type: ignore[arg-type]
    found = [line.partition("==")[0] for line in infer_pip_requirements(tmp_path / "used", "line")]
    assert found == ["numpy", "pyyaml"]
    with pytest.raises(NoSuchPlugin, match="'sine'"):
        infer_pip_requirements(tmp_path / "used", "sine")
    with pytest.warns(UserWarning, match="not inferred"):
        assert infer_pip_requirements(tmp_path / "used", "sine", ["numpy"]) == ["numpy"]


def test_mlmodel_keeps_what_is_not_known(model: Path) -> None:
    described = Model.load(model).to_dict()
    Model.from_dict({**described, "of_tomorrow": 1}).save(model / "MLmodel")
    (model / "checksums.sha256").unlink()
    set_signature(model, SIGNATURE)
    assert Model.load(model).to_dict()["of_tomorrow"] == 1
    assert not (model / "checksums.sha256").exists()
