"""Models whose flavor no plugin provides, loaded by the module that MLmodel names."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from runyard.errors import CorruptData, Forbidden, NoSuchPlugin
from runyard.host import Host
from runyard.models import Model
from runyard.models.pyfunc import load_model

SOURCE = """
class Loaded:
    def __init__(self, path, config):
        self.config = config

    def ask(self, data, params=None):
        return [data, params, self.config]

    def plain(self, data):
        return data

    def pieces(self, data, params):
        yield from [data, params]


def _load_pyfunc(path, model_config=None):
    return Loaded(path, model_config)
"""


def model(folder: Path, name: str, **keys: Any) -> Path:
    """A model with a loader module of its own, which only its folder `code` has."""
    (folder / "code").mkdir(parents=True)
    (folder / "code" / f"{name}.py").write_text(SOURCE, encoding="utf-8")
    Model(flavors={"python_function": {"loader_module": name, "code": "code", **keys}}).save(folder / "MLmodel")
    return folder


def test_it_is_asked_by_the_method_that_mlmodel_names(tmp_path: Path, host: Host) -> None:
    folder = model(tmp_path / "model", "loader_of_ask", predict_fn="ask", config={"depth": 2})

    loaded = load_model(folder, trust=True, model_config={"width": 1})

    assert loaded.predict("data") == ["data", None, {"depth": 2, "width": 1}]
    assert load_model(model(tmp_path / "plain", "loader_of_plain", predict_fn="plain"), trust=True).predict(1) == 1


def test_it_streams_where_mlmodel_says_so(tmp_path: Path, host: Host) -> None:
    keys = {"predict_fn": "ask", "streamable": True, "predict_stream_fn": "pieces"}

    loaded = load_model(model(tmp_path / "model", "loader_of_pieces", **keys), trust=True)

    assert list(loaded.predict_stream("data")) == ["data", None]


def test_a_method_that_is_not_there_is_told_of(tmp_path: Path, host: Host) -> None:
    with pytest.raises(CorruptData, match="asked by the method 'predict', which what loader_of_none loads"):
        load_model(model(tmp_path / "model", "loader_of_none"), trust=True)


def test_a_module_that_loads_nothing_is_told_of(tmp_path: Path, host: Host) -> None:
    folder = model(tmp_path / "model", "loader_of_nothing")
    (folder / "code" / "loader_of_nothing.py").write_text("", encoding="utf-8")

    with pytest.raises(NoSuchPlugin, match="'loader_of_nothing', which has no function _load_pyfunc"):
        load_model(folder, trust=True)


def test_it_is_not_imported_unless_it_is_trusted(tmp_path: Path, host: Host) -> None:
    with pytest.raises(Forbidden, match="the loader module loader_of_harm, which is imported and called"):
        load_model(model(tmp_path / "model", "loader_of_harm"))
