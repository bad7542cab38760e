"""A model of PyTorch asked as a Python function: what it takes, what it gives."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd
import pytest

from runyard import Host
from runyard.errors import InvalidInput
from runyard.models.pyfunc import load_model
from runyard.protocols.flavor import ModelFiles
from runyard_flavor_pytorch import api
from runyard_flavor_pytorch.predictor import PytorchPredictor

pytestmark = pytest.mark.torch
NO_FILES = ModelFiles(folder=Path(), keys={})


@pytest.fixture
def predictor(layers: Any) -> PytorchPredictor:
    return PytorchPredictor.of(layers, NO_FILES)


@pytest.fixture
def expected(torch: Any, layers: Any, rows: Any) -> Any:
    with torch.no_grad():
        return layers(torch.from_numpy(rows)).numpy()


def test_arrays_of_any_float_strides_and_rights_are_taken(
    torch: Any, predictor: PytorchPredictor, rows: Any, expected: Any
) -> None:
    locked = rows.copy()
    locked.flags.writeable = False
    backwards = rows[::-1].copy()[::-1]
    for data in (rows, rows.astype(np.float64), locked, backwards, np.asfortranarray(rows), torch.from_numpy(rows)):
        assert predictor.predict(data) == pytest.approx(expected)
    assert predictor.predict(rows.astype(np.float64)).dtype == np.float32


def test_a_table_gets_a_table_with_its_index(predictor: PytorchPredictor, rows: Any, expected: Any) -> None:
    table = pd.DataFrame(rows.astype(np.float64), columns=["a", "b", "c"], index=list("vwxyz"))
    answer = predictor.predict(table)
    assert isinstance(answer, pd.DataFrame)
    assert list(answer.index) == list("vwxyz")
    assert answer.to_numpy() == pytest.approx(expected)


def test_a_table_with_words_is_refused(predictor: PytorchPredictor) -> None:
    with pytest.raises(InvalidInput, match="takes numbers"):
        predictor.predict(pd.DataFrame({"a": ["x"], "b": [1.0], "c": [2.0]}))


@pytest.mark.parametrize("data", [[1.0, 2.0], "text", 3.0])
def test_other_forms_are_refused(predictor: PytorchPredictor, data: Any) -> None:
    with pytest.raises(InvalidInput, match="takes a pandas DataFrame, a numpy array"):
        predictor.predict(data)
    with pytest.raises(InvalidInput, match="takes numbers; got an array of"):
        predictor.predict(np.array([["x"]]))


def test_whole_numbers_stay_whole(torch: Any) -> None:
    words = torch.nn.Embedding(5, 3)
    answer = PytorchPredictor.of(words, NO_FILES).predict(np.array([1, 4]))
    assert answer.tolist() == words.weight[[1, 4]].tolist()


def test_a_model_of_half_the_bits_gives_numbers_that_numpy_has(torch: Any, rows: Any) -> None:
    model = torch.nn.Linear(3, 2).to(torch.bfloat16)
    answer = PytorchPredictor.of(model, NO_FILES).predict(rows)
    assert (answer.dtype, answer.shape) == (np.float32, (5, 2))


def test_several_arguments_are_given_by_name_and_come_back_by_it(
    torch: Any, own: ModuleType, rows: Any, host: Host, tmp_path: Path
) -> None:
    model = own.Net().eval()
    tensor = torch.from_numpy(rows)
    api.save_model(model, tmp_path / "model", input_example=[tensor, 2 * tensor], host=host)
    loaded = load_model(tmp_path / "model", host=host)
    assert loaded.metadata.signature is not None
    assert loaded.predict({"second": 2 * rows, "first": rows}) == pytest.approx(
        model(tensor, 2 * tensor).detach().numpy()
    )
    assert loaded.predict(loaded.input_example).shape == (5, 2)
    with pytest.raises(InvalidInput, match="first, second in this order"):
        loaded.predictor.predict({"second": rows})


def test_answers_in_parts_are_arrays_in_parts(torch: Any, rows: Any) -> None:
    class Parts(torch.nn.Module):  # type: ignore[misc]
        def forward(self, data: Any) -> Any:
            return {"twice": 2 * data, "rest": (data, [data.sum()])}

    answer = PytorchPredictor.of(Parts(), NO_FILES).predict(rows)
    assert answer["twice"] == pytest.approx(2 * rows)
    assert answer["rest"][0] == pytest.approx(rows)
    assert answer["rest"][1][0] == pytest.approx(rows.sum())


def test_params_are_given_to_forward_but_no_device(torch: Any, rows: Any) -> None:
    class Scaled(torch.nn.Module):  # type: ignore[misc]
        def forward(self, data: Any, factor: float = 1.0) -> Any:
            return factor * data

    predictor = PytorchPredictor.of(Scaled(), NO_FILES)
    assert predictor.predict(rows, {"factor": 3.0}) == pytest.approx(3 * rows)
    with pytest.raises(InvalidInput, match="said when it is loaded"):
        predictor.predict(rows, {"device": "cpu"})


def test_gradients_are_not_followed(torch: Any, layers: Any, rows: Any, predictor: PytorchPredictor) -> None:
    predictor.predict(rows)
    assert all(parameter.grad is None for parameter in layers.parameters())
    assert torch.is_grad_enabled()


@pytest.mark.parametrize("serialization_format", ["pt2", "pickle"])
def test_a_loaded_model_answers_several_threads_and_says_that_rows_are_independent(
    layers: Any, rows: Any, expected: Any, host: Host, tmp_path: Path, serialization_format: str
) -> None:
    layers.train()
    api.save_model(layers, tmp_path / "model", input_example=rows, serialization_format=serialization_format, host=host)
    loaded = load_model(tmp_path / "model", model_config={"device": "cpu"}, host=host)
    assert (loaded.predictor.is_batchable, loaded.predictor.takes) == (True, "ndarray")
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(loaded.predict, [rows] * 50))
    assert all(answer == pytest.approx(expected) for answer in answers)


def test_a_table_as_example_makes_a_model_of_tables(layers: Any, rows: Any, host: Host, tmp_path: Path) -> None:
    table = pd.DataFrame(rows, columns=["a", "b", "c"])
    api.save_model(layers, tmp_path / "model", input_example=table, host=host)
    loaded = load_model(tmp_path / "model", host=host)
    assert (loaded.predictor.is_batchable, loaded.predictor.takes) == (True, "dataframe")
    assert loaded.predict(table[["c", "a", "b"]]).to_numpy() == pytest.approx(loaded.predict(table).to_numpy())


def test_a_model_is_loaded_to_another_device_and_type(torch: Any, layers: Any, host: Host, tmp_path: Path) -> None:
    api.save_model(layers, tmp_path / "model", host=host)
    assert next(api.load_model(tmp_path / "model", map_location="meta", host=host).parameters()).device.type == "meta"
    assert next(api.load_model(tmp_path / "model", device="cpu", host=host).parameters()).device.type == "cpu"
