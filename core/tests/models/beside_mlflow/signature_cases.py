"""Data whose signatures are inferred, and signatures that are written and read back."""

from __future__ import annotations

import datetime as dt
import decimal
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import scipy.sparse as sp

Case = Callable[[], Any]

NAN = float("nan")
MOMENT = dt.datetime(2024, 5, 6, 7, 8, 9)  # noqa: DTZ001 - signatures know no zones


def inputs() -> dict[str, Any]:
    """Data by a name that says what is special about it."""
    return {
        **frames(),
        **series(),
        **arrays(),
        **json_values(),
    }


def frames() -> dict[str, Any]:
    objects = {
        "strings and none": ["a", None, "b"],
        "bytes": [b"a", b"b", b"c"],
        "bytearrays": [bytearray(b"a")] * 3,
        "dates": [dt.date(2024, 1, 2)] * 3,
        "datetimes": [MOMENT] * 3,
        "dicts": [{"a": 1, "b": "x"}, {"a": 2}, {"a": 3, "b": None}],
        "dicts of any": [{"a": None}, {"a": 2}, {"a": 3}],
        "lists": [[1.0], [2.0, 3.0], []],
        "lists of lists": [[["a"]], [["b", "c"], []], None],
        "lists of dicts": [[{"x": 1}], [{"x": 2, "y": True}], [{"x": 3}]],
        "arrays": [np.arange(3.0), np.arange(2.0), np.array([NAN])],
        "float32 arrays": [np.arange(3, dtype="float32")] * 3,
        "2d arrays": [np.ones((2, 2))] * 3,
        "empty arrays": [np.array([])] * 3,
        "nothing": [None, None, None],
        "nan": [NAN, NAN, NAN],
        "mixed": [1, "a", 2.0],
        "ints and floats in lists": [[1, 2.0], [1, 2], [3]],
        "booleans and none": [True, None, False],
        "ints and none": pd.Series([1, None, 2], dtype=object),
        "decimals": [decimal.Decimal("1.5")] * 3,
        "times of day": [dt.time(1, 2)] * 3,
        "numpy scalars": pd.Series([np.int32(1), np.int32(2), np.int32(3)], dtype=object),
        "text arrays": [np.array(["a", "bb"])] * 3,
        "empty dicts": [{}, {}, {}],
    }
    plain = pd.DataFrame(
        {
            "bool": [True, False],
            "i1": np.array([1, 2], "int8"),
            "i2": np.array([1, 2], "int16"),
            "i4": np.array([1, 2], "int32"),
            "i8": [1, 2],
            "u1": np.array([1, 2], "uint8"),
            "u4": np.array([1, 2], "uint32"),
            "f2": np.array([1, 2], "float16"),
            "f4": np.array([1, 2], "float32"),
            "f8": [1.0, NAN],
            "text": ["a", "b"],
            "moment": pd.Series([MOMENT, None], dtype="datetime64[ns]"),
        }
    )
    extension = pd.DataFrame(
        {
            "Int64": pd.array([1, None], "Int64"),
            "Int8": pd.array([1, 2], "Int8"),
            "UInt32": pd.array([1, 2], "UInt32"),
            "Float32": pd.array([1.5, None], "Float32"),
            "boolean": pd.array([True, None], "boolean"),
            "string": pd.array(["a", None], "string"),
            "category": pd.Categorical(["a", "b"]),
            "category of ints": pd.Categorical([1, 2]),
            "zoned": pd.to_datetime(["2024-01-01", "2024-01-02"]).tz_localize("UTC"),
        }
    )
    return {
        **{f"column of {name}": pd.DataFrame({"c": values}) for name, values in objects.items()},
        "plain columns": plain,
        "extension columns": extension,
        "unsigned 64": pd.DataFrame({"u8": np.array([1], "uint64")}),
        "timedelta": pd.DataFrame({"d": pd.to_timedelta(["1s"])}),
        "complex": pd.DataFrame({"c": [1j]}),
        "period": pd.DataFrame({"p": pd.period_range("2024-01", periods=2, freq="M")}),
        "empty frame": pd.DataFrame(),
        "no rows": plain.iloc[:0],
        "no rows of objects": pd.DataFrame({"c": pd.Series([], dtype=object)}),
        "numbered columns": pd.DataFrame([[1.0, "a"]]),
        "odd names": pd.DataFrame({"": [1.0], "a b": [1.0], "ä/%": [1.0], "0": [1.0]}),
        "repeated names": pd.DataFrame([[1.0, 2.0]], columns=["a", "a"]),
        "a string column of missing values": pd.DataFrame({"s": pd.array([None, None], "string")}),
    }


def series() -> dict[str, Any]:
    return {
        "series": pd.Series([1.0, 2.0]),
        "named series": pd.Series([1, 2], name="y"),
        "named series with gaps": pd.Series(["a", None], name="y"),
        "unnamed series with gaps": pd.Series([1.0, NAN]),
    }


def arrays() -> dict[str, Any]:
    return {
        "array": np.ones((3, 4)),
        "float32 array": np.ones((3, 4, 2), "float32"),
        "array of one dimension": np.arange(3),
        "array of no dimension": np.array(3.0),
        "empty array": np.ones((0, 4)),
        "text array": np.array([["a", "bcd"]]),
        "bytes array": np.array([b"a", b"bcd"]),
        "object array": np.array([1, "a", None], dtype=object),
        "bool array": np.array([True]),
        "datetime array": np.array(["2024-01-01"], "datetime64[D]"),
        "dict of arrays": {"x": np.ones((2, 3)), "y": np.array(["a"])},
        "csr": sp.csr_matrix(np.eye(3)),
        "csc": sp.csc_matrix(np.eye(3, dtype="float32")),
        "coo": sp.coo_matrix(np.eye(3)),
    }


def json_values() -> dict[str, Any]:
    values = ["a", 1, 1.5, True, b"x", NAN, MOMENT, dt.date(2024, 1, 1), np.float32(1), np.int64(1), np.str_("a")]
    return {
        **{f"scalar {type(value).__name__} {value}": value for value in values},
        "odd numpy scalar": np.int16(1),
        "numpy datetime": np.datetime64("2024-01-01"),
        "pandas timestamp": pd.Timestamp("2024-01-01"),
        "decimal": decimal.Decimal(1),
        "object": object(),
        "set": {1, 2},
        "tuple": (1, 2),
        "no items": [],
        "strings": ["a", "b"],
        "strings and none": ["a", None],
        "none and strings": [None, "a"],
        "only none": [None],
        "numbers": [1, 2.0],
        "lists": [[1, 2], [3]],
        "lists of nothing": [[], []],
        "array in list": [np.arange(3)],
        "no keys": {},
        "empty dict in list": [{}],
        "dict of scalars": {"a": 1, "b": "x", "c": None, "d": [], "e": {"f": 1.0}},
        "dict of lists": {"a": [1, 2], "b": ["x", None], "c": [None]},
        "dict of list and array": {"a": [1, 2], "b": np.arange(2)},
        "dict with a number as key": {1: "a"},
        "dicts": [{"a": 1, "b": "x"}, {"a": 2}],
        "dicts with none": [{"a": 1, "b": None}, {"a": None, "b": None}],
        "dicts of lists of dicts": [
            {"m": [{"role": "user", "n": 1}]},
            {"m": [{"role": "user"}, {"role": "x", "n": 2}]},
        ],
        "dicts of objects": [{"a": {"x": 1}}, {"a": {"x": 2, "y": [1.0]}}, {"a": None}],
        "conflicting objects": [{"a": {"x": 1}}, {"a": {"x": "s"}}],
        "conflicting shapes": [{"a": [1]}, {"a": 1}],
        "dicts and a number": [{"a": 1}, 2],
    }


def params() -> dict[str, Any]:
    return {
        "scalars": {"i": 1, "f": 1.5, "s": "x", "b": True},
        "numpy scalars": {"i": np.int32(1), "l": np.int64(1), "f": np.float32(1.5), "s": np.str_("x")},
        "lists": {"l": [1, 2], "f": [1.0, 2], "s": ["a"], "array": np.arange(2)},
        "dates": {"d": dt.date(2024, 1, 1), "t": MOMENT, "n": np.datetime64("2024-01-01"), "l": [MOMENT]},
        "objects": {"o": {"a": 1, "b": {"c": ["x"]}}},
        "none": {"n": None},
        "bytes": {"b": b"x"},
        "nested lists": {"l": [[1]]},
        "empty list": {"l": []},
        "mixed list": {"l": [1, "a"]},
        "a set": {"s": {1}},
        "a numbered name": {1: 2},
        "nothing": {},
        "no dictionary": [1],
    }


def cases(lib: Any) -> dict[str, Case]:
    """Every case of one library."""

    def inferred(data: Any) -> Case:
        return lambda: lib.infer_signature(data).to_dict()

    def with_params(value: Any) -> Case:
        return lambda: lib.infer_signature("x", params=value).to_dict()

    def read_back(data: Any) -> Case:
        def case() -> list[bool]:
            signature = lib.infer_signature(data, data)
            again = lib.ModelSignature.from_dict(signature.to_dict())
            return [again == signature, again.to_dict() == signature.to_dict()]

        return case

    def shown(data: Any) -> Case:
        return lambda: repr(lib.infer_signature(data))

    return {
        **{f"inputs: {name}": inferred(data) for name, data in inputs().items()},
        **{f"params: {name}": with_params(value) for name, value in params().items()},
        **{f"read back: {name}": read_back(data) for name, data in inputs().items()},
        **{f"shown: {name}": shown(data) for name, data in inputs().items()},
        "nothing at all": lambda: lib.infer_signature().to_dict(),
    }
