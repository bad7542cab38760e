"""Which modules a pickle names, without loading it."""

from __future__ import annotations

import collections
import decimal
import io
import pickle
import pickletools
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from runyard.errors import CorruptData, NotFound
from runyard.models.pickled_modules import modules_of_pickle

COMPRESSIONS: list[Any] = [0, 3, ("gzip", 3), ("bz2", 3), ("xz", 3), ("lzma", 3)]


class Exploding:
    """An object whose unpickling fails a test."""

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[str]]:
        return eval, ("1/0",)


class Recorder(pickle.Unpickler):
    """The judge: what is really looked up when a pickle is loaded."""

    def __init__(self, data: bytes) -> None:
        super().__init__(io.BytesIO(data))
        self.modules: set[str] = set()

    def find_class(self, module: str, name: str) -> Any:
        found = super().find_class(module, name)
        self.modules.add({"copy_reg": "copyreg", "__builtin__": "builtins"}.get(module, module))
        return found


def fitted() -> Any:
    features = np.random.default_rng(1).random((60, 3))
    labels = (features[:, 0] > 0.5).astype(int)
    return make_pipeline(StandardScaler(), RandomForestClassifier(5)).fit(features, labels)


VALUES = [
    fitted(),
    {"a": decimal.Decimal(1), "texts": ["numpy", "x" * 70_000, "\n"], "bytes": b"csys\nexit\n." * 30, "big": 1 << 3000},
    [collections.OrderedDict(a=1.5), collections.Counter("ab"), {1, 2}, frozenset((3,)), bytearray(b"x"), True, None],
    [decimal.Decimal, decimal.Context, decimal.Decimal, "decimal", np.float64(1), np.arange(5000)],
]


@pytest.mark.parametrize("protocol", range(6))
@pytest.mark.parametrize("value", VALUES, ids=["model", "texts", "containers", "repeated"])
def test_the_modules_found_are_those_that_loading_looks_up(value: Any, protocol: int) -> None:
    data = pickle.dumps(value, protocol)
    judge = Recorder(data)
    judge.load()

    assert modules_of_pickle(data) == judge.modules


@pytest.mark.parametrize("protocol", [2, 4])
def test_an_optimized_pickle_is_read_too(protocol: int) -> None:
    data = pickletools.optimize(pickle.dumps(fitted(), protocol))
    assert "sklearn.pipeline" in modules_of_pickle(data)


def test_nothing_is_executed() -> None:
    assert modules_of_pickle(pickle.dumps(Exploding(), 4)) == {"builtins"}


def test_a_file_is_read_by_its_path(tmp_path: Path) -> None:
    file = tmp_path / "model.pkl"
    file.write_bytes(pickle.dumps(decimal.Decimal(1)))

    assert modules_of_pickle(file) == modules_of_pickle(str(file)) == {"decimal"}


@pytest.mark.parametrize("compress", COMPRESSIONS, ids=str)
def test_files_of_joblib_are_read(tmp_path: Path, compress: Any) -> None:
    joblib.dump(fitted(), tmp_path / "model.joblib", compress=compress)

    found = modules_of_pickle(tmp_path / "model.joblib")
    assert found >= modules_of_pickle(pickle.dumps(fitted(), 4)) - {"numpy._core.multiarray"}
    assert {name.partition(".")[0] for name in found} <= {"sklearn", "numpy", "joblib"}


def test_files_of_joblib_in_an_old_protocol_are_read(tmp_path: Path) -> None:
    joblib.dump(fitted(), tmp_path / "model.joblib", protocol=2)
    assert {"sklearn.pipeline", "sklearn.tree._classes"} <= modules_of_pickle(tmp_path / "model.joblib")


def test_pickles_of_an_archive_are_read(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "model.pth", "w") as archive:
        archive.writestr("model/data.pkl", pickle.dumps(decimal.Decimal(1), 2))
        archive.writestr("model/data/0", b"\x80\x04raw")

    assert modules_of_pickle(tmp_path / "model.pth") == {"decimal"}


@pytest.mark.mlflow
def test_files_of_skops_are_read(run_in_mlflow: Callable[[str], str], tmp_path: Path) -> None:
    file = tmp_path / "model.skops"
    run_in_mlflow(
        f"""
        import skops.io
        from sklearn.linear_model import LinearRegression
        from sklearn.pipeline import make_pipeline
        from sklearn.preprocessing import StandardScaler
        model = make_pipeline(StandardScaler(), LinearRegression()).fit([[1.0], [2.0]], [1.0, 2.0])
        skops.io.dump(model, {str(file)!r})
        """
    )

    found = modules_of_pickle(file)
    assert found >= {"sklearn.pipeline", "sklearn.preprocessing._data", "sklearn.linear_model._base", "numpy"}
    assert {name.partition(".")[0] for name in found} <= {"sklearn", "numpy", "builtins"}


@pytest.mark.parametrize(
    "data", [b"PK\x03\x04 no zip", b"\x78 no zlib", b"\x1f\x8b no gzip", b"BZh no bz2", b"\xfd7zXZ\0 no"]
)
def test_what_cannot_be_unpacked_is_corrupt(data: bytes) -> None:
    with pytest.raises(CorruptData, match="unpacked"):
        modules_of_pickle(data)


def test_several_pickles_in_a_row_are_read_and_what_follows_them_need_be_none() -> None:
    data = pickle.dumps(1, 2) + pickle.dumps(decimal.Decimal(1), 2) + b"\x80\x02\xffraw"
    assert modules_of_pickle(data) == {"decimal"}


@pytest.mark.mlflow
@pytest.mark.parametrize("protocol", [2, 4, 5])
def test_a_module_that_cloudpickle_keeps_for_a_function_is_found(
    run_in_mlflow: Callable[[str], str], tmp_path: Path, protocol: int
) -> None:
    file = tmp_path / "model.pkl"
    run_in_mlflow(
        f"""
        import cloudpickle, yaml, xml.dom, numpy as np
        def first(): return yaml.safe_load("1"), np.zeros(3)
        def second(): return np.ones(3), "numpy"
        cloudpickle.dump([first, second], open({str(file)!r}, "wb"), protocol={protocol})
        """
    )

    found = modules_of_pickle(file)
    assert found >= {"yaml", "numpy", "cloudpickle.cloudpickle"}
    assert {name.partition(".")[0] for name in found} <= {"yaml", "numpy", "cloudpickle", "builtins", "_codecs"}


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (pickle.dumps(VALUES[1])[:-1], "ends in the middle"),
        (pickle.dumps("text")[:5], "ends in the middle"),
        (b"\x80\x04\xff", "byte 2 of the pickle, 0xff, is no opcode"),
        (b"", "ends in the middle"),
        (b"cdecimal", "ends in the middle"),
    ],
)
def test_what_is_no_whole_pickle_is_refused(data: bytes, message: str) -> None:
    with pytest.raises(CorruptData, match=message):
        modules_of_pickle(data)


def test_a_file_that_is_missing_or_empty_is_refused(tmp_path: Path) -> None:
    (tmp_path / "empty.pkl").touch()
    with pytest.raises(CorruptData, match="is empty"):
        modules_of_pickle(tmp_path / "empty.pkl")
    with pytest.raises(NotFound, match="no pickle file"):
        modules_of_pickle(tmp_path / "none.pkl")
