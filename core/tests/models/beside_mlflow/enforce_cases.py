"""Schemas with data that fits, is made to fit, or is refused; and params."""

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
PLAIN = ("boolean", "integer", "long", "float", "double", "string", "binary", "datetime")


def columns() -> dict[str, Any]:
    """One column each, to be tried with every plain type."""
    return {
        "bool": [True, False],
        "int8": np.array([1, 2], "int8"),
        "int32": np.array([1, 2], "int32"),
        "int64": [3, 4],
        "int64 flags": [0, 1],
        "uint16": np.array([1, 2], "uint16"),
        "uint32": np.array([1, 2], "uint32"),
        "uint64": np.array([1, 2], "uint64"),
        "float16": np.array([1, 2], "float16"),
        "float32": np.array([1.5, 2], "float32"),
        "float64": [1.5, 2.5],
        "float64 with gaps": [1.0, NAN],
        "text": ["a", "b"],
        "text with gaps": pd.Series(["a", None]),
        "text of numbers": ["1.5", "2"],
        "text of dates": ["2024-01-01", "2024-01-02"],
        "objects of text": pd.Series(["a", "b"], dtype=object),
        "objects of numbers": pd.Series([1, 2], dtype=object),
        "objects of numbers as text": pd.Series(["1.5", "x"], dtype=object),
        "objects of floats with gaps": pd.Series([1.5, None], dtype=object),
        "objects of booleans with gaps": pd.Series([True, None], dtype=object),
        "objects of dates": pd.Series([dt.date(2024, 1, 1), None], dtype=object),
        "objects of datetimes": pd.Series([MOMENT, MOMENT], dtype=object),
        "objects of dates as text": pd.Series(["2024-01-01", "x"], dtype=object),
        "decimals": [decimal.Decimal("1.5"), decimal.Decimal(2)],
        "bytes": [b"a", b"b"],
        "lists": [[1], [2]],
        "nothing": pd.Series([None, None], dtype=object),
        "moments": pd.to_datetime(["2024-01-01", "2024-01-02"]),
        "moments in seconds": pd.to_datetime(["2024-01-01"] * 2).as_unit("s"),
        "moments with a zone": pd.to_datetime(["2024-01-01"] * 2).tz_localize("UTC"),
        "durations": pd.to_timedelta(["1s", "2s"]),
        "Int64": pd.array([1, 2], "Int64"),
        "Int64 with gaps": pd.array([1, None], "Int64"),
        "Float64": pd.array([1.5, None], "Float64"),
        "boolean": pd.array([True, False], "boolean"),
        "boolean with gaps": pd.array([True, None], "boolean"),
        "string": pd.array(["a", None], "string"),
        "categories of text": pd.Categorical(["a", "b"]),
        "categories of numbers": pd.Categorical([1.5, 2.5]),
        "complex": [1j, 2j],
    }


def tables(lib: Any) -> dict[str, tuple[Any, Any]]:
    """Schemas of columns with data of every kind."""
    col, double = lib.ColSpec, lib.DataType.double
    two = lib.Schema([col(double, "a"), col(double, "b")])
    optional = lib.Schema([col(double, "a"), col(lib.DataType.string, "b", required=False)])
    unnamed = lib.Schema([col(double), col(double)])
    one = lib.Schema([col(double)])
    text = lib.Schema([col(lib.DataType.string)])
    frame = pd.DataFrame({"a": [1.0, 2.0], "b": [3.0, 4.0]})
    return {
        "fits": (two, frame),
        "in another order": (two, frame[["b", "a"]]),
        "with more": (two, frame.assign(c=[1, 2])),
        "with less": (two, frame[["a"]]),
        "with other index": (two, frame.set_index(pd.Index([7, 9]))),
        "with repeated index": (two, frame.set_index(pd.Index([7, 7]))),
        "with repeated names": (two, pd.DataFrame([[1.0, 2.0, 3.0]], columns=["a", "b", "a"])),
        "without rows": (two, frame.iloc[:0]),
        "numbered names": (two, pd.DataFrame([[1.0, 2.0]])),
        "one wrong column": (two, frame.assign(b=["x", "y"])),
        "no columns": (two, pd.DataFrame()),
        "optional missing": (optional, frame[["a"]]),
        "optional there": (optional, frame.assign(b=pd.Series(["x", None]))),
        "optional of wrong type": (optional, frame),
        "only the optional": (optional, pd.DataFrame({"b": ["x"]})),
        "dict of lists": (two, {"a": [1.0, 2.0], "b": [3.0, 4.0]}),
        "dict of arrays": (two, {"a": np.ones(2), "b": np.ones(2)}),
        "dict of scalars": (two, {"a": 1.0, "b": 2.0}),
        "dict of different lengths": (two, {"a": [1.0], "b": [3.0, 4.0]}),
        "dict with less": (two, {"a": [1.0]}),
        "dict of deep arrays": (two, {"a": np.ones((2, 2)), "b": np.ones((2, 2))}),
        "dict of text": (lib.Schema([col(lib.DataType.string, "q")]), {"q": "why"}),
        "dict of texts": (lib.Schema([col(lib.DataType.string, "q")]), {"q": ["why", "how"]}),
        "dict of boxed text": (lib.Schema([col(lib.DataType.string, "q")]), {"q": np.array("why")}),
        "dict with none": (optional, {"a": 1.0, "b": None}),
        "list of dicts": (two, [{"a": 1.0, "b": 2.0}, {"a": 3.0, "b": 4.0}]),
        "list of dicts with less": (two, [{"a": 1.0}]),
        "list of lists": (unnamed, [[1.0, 2.0], [3.0, 4.0]]),
        "list of shorter lists": (unnamed, [[1.0], [3.0]]),
        "list of longer lists": (unnamed, [[1.0, 2.0, 9.0]]),
        "array": (unnamed, np.ones((2, 2))),
        "array for names": (two, np.ones((2, 2))),
        "float32 array": (unnamed, np.ones((2, 2), "float32")),
        "flat array": (one, np.ones(2)),
        "flat array for two": (unnamed, np.ones(2)),
        "deep array": (one, np.ones((2, 2, 2))),
        "named frame for unnamed": (unnamed, frame),
        "wider frame for unnamed": (unnamed, frame.assign(c=[1, 2])),
        "series": (one, pd.Series([1.0])),
        "named series": (lib.Schema([col(double, "y")]), pd.Series([1.0], name="y")),
        "series of another name": (lib.Schema([col(double, "y")]), pd.Series([1.0], name="z")),
        "scalar": (one, 1.5),
        "int scalar": (one, 2),
        "text": (text, "why"),
        "texts": (text, ["why", "how"]),
        "bytes": (lib.Schema([col(lib.DataType.binary)]), b"x"),
        "bool": (lib.Schema([col(lib.DataType.boolean)]), True),
        "numpy scalar": (one, np.float64(1)),
        "datetime": (lib.Schema([col(lib.DataType.datetime)]), MOMENT),
        "none": (one, None),
        "empty list": (one, []),
        "empty dict": (two, {}),
        "sparse": (unnamed, sp.csr_matrix(np.eye(2))),
        "tuple": (one, (1.0, 2.0)),
        "object": (one, object()),
        "any": (lib.Schema([col(lib.AnyType())]), [{"a": 1}, "x", None]),
        "any of numbers": (lib.Schema([col(lib.AnyType(), "a")]), frame[["a"]]),
        "any of a dict": (lib.Schema([col(lib.AnyType(), "a")]), {"a": {"b": 1}}),
        "any of ints": (lib.Schema([col(lib.AnyType(), "a")]), pd.DataFrame({"a": np.array([1], "int32")})),
    }


def nested(lib: Any) -> dict[str, tuple[Any, Any]]:
    """Values in cells: lists, objects and maps, each with a type that it may fit."""
    array, obj, prop, mapping, kind = lib.Array, lib.Object, lib.Property, lib.Map, lib.DataType
    person = obj(
        [
            prop("name", kind.string),
            prop("age", kind.long, required=False),
            prop("tags", array(kind.string), required=False),
        ]
    )
    numbers = array(kind.double)
    return {
        "floats": (numbers, [1.0, 2.0]),
        "ints as doubles": (numbers, [1, 2]),
        "flags as doubles": (numbers, [0, 1]),
        "mixed numbers": (numbers, [1, 2.5]),
        "floats with gaps": (numbers, [1.0, None]),
        "floats with nan": (numbers, [1.0, NAN]),
        "text as doubles": (numbers, ["a"]),
        "an array of floats": (numbers, np.array([1.0, 2.0])),
        "an array of float32": (numbers, np.array([1.5, 2.0], "float32")),
        "an array of ints": (array(kind.long), np.array([1, 2])),
        "a deep array": (numbers, np.ones((2, 2))),
        "a deep array for lists": (array(numbers), np.ones((2, 2))),
        "no floats": (numbers, []),
        "an empty array": (numbers, np.array([])),
        "a scalar for a list": (numbers, 1.0),
        "a tuple for a list": (numbers, (1.0,)),
        "none for a list": (numbers, None),
        "ints": (array(kind.long), [1, 2]),
        "ints as integers": (array(kind.integer), [1, 2]),
        "int32s": (array(kind.integer), np.array([1], "int32")),
        "int32s as longs": (array(kind.long), np.array([1], "int32")),
        "floats as longs": (array(kind.long), [1.5]),
        "huge ints": (array(kind.long), [2**70]),
        "booleans": (array(kind.boolean), [True, False]),
        "booleans with gaps": (array(kind.boolean), [True, None]),
        "booleans as longs": (array(kind.long), [True]),
        "floats as floats": (array(kind.float), [1.5]),
        "texts": (array(kind.string), ["a", "b"]),
        "texts with gaps": (array(kind.string), ["a", None]),
        "numbers as texts": (array(kind.string), [1, 2]),
        "mixed texts": (array(kind.string), [1, "a"]),
        "an array of texts": (array(kind.string), np.array(["a", "bcd"])),
        "bytes": (array(kind.binary), [b"a", b"bc"]),
        "bytes that end in zeros": (array(kind.binary), [b"a\0", b"b"]),
        "datetimes": (array(kind.datetime), [MOMENT]),
        "datetimes as text": (array(kind.datetime), ["2024-01-01"]),
        "a datetime64 array": (array(kind.datetime), np.array(["2024-01-01"], "datetime64[ns]")),
        "lists of lists": (array(array(kind.string)), [["a"], ["b", "c"], []]),
        "lists of gaps": (array(array(kind.string)), [["a"], None]),
        "lists of any": (array(lib.AnyType()), [1, "a", None]),
        "none for a list of any": (array(lib.AnyType()), None),
        "object": (person, {"name": "a", "age": 3, "tags": ["x"]}),
        "object with less": (person, {"name": "a"}),
        "object with none": (person, {"name": "a", "age": None, "tags": None}),
        "object lacking": (person, {"age": 3}),
        "object with more": (person, {"name": "a", "size": 1}),
        "object of wrong type": (person, {"name": "a", "age": "old"}),
        "object with none for text": (person, {"name": None}),
        "text for an object": (person, "a"),
        "none for an object": (person, None),
        "number as text": (person, {"name": 3}),
        "objects in lists": (array(person), [{"name": "a"}, {"name": "b", "age": 1}]),
        "objects in lists lacking": (array(person), [{"name": "a"}, {}]),
        "object of datetime64": (obj([prop("t", kind.datetime)]), {"t": np.datetime64("2024-01-01")}),
        "object of datetime": (obj([prop("t", kind.datetime)]), {"t": MOMENT}),
        "object of int for double": (obj([prop("x", kind.double)]), {"x": 2}),
        "object of flag for double": (obj([prop("x", kind.double)]), {"x": 1}),
        "object of numpy for double": (obj([prop("x", kind.double)]), {"x": np.float32(1.5)}),
        "object of bool": (obj([prop("x", kind.boolean)]), {"x": True}),
        "object of bytes": (obj([prop("x", kind.binary)]), {"x": b"a"}),
        "object of any": (obj([prop("x", lib.AnyType())]), {"x": {"y": [1]}}),
        "object of int for integer": (obj([prop("x", kind.integer)]), {"x": 2}),
        "map": (mapping(kind.long), {"a": 1, "b": 2}),
        "map of wrong type": (mapping(kind.long), {"a": "x"}),
        "map with numbers as keys": (mapping(kind.long), {1: 2}),
        "empty map": (mapping(kind.long), {}),
        "none for a map": (mapping(kind.long), None),
        "map of lists": (mapping(array(kind.string)), {"a": ["x"], "b": []}),
        "map of any": (mapping(lib.AnyType()), {"a": 1, "b": None}),
        "none for a map of any": (mapping(lib.AnyType()), None),
        "list for a map": (mapping(kind.long), [1]),
    }


def tensors(lib: Any) -> dict[str, tuple[Any, Any]]:
    """Schemas of tensors with arrays, sparse matrices, dictionaries and frames."""

    def tensor(shape: tuple[int, ...], dtype: str = "float64", name: str | None = None) -> Any:
        return lib.TensorSpec(np.dtype(dtype), shape, name)

    matrix = lib.Schema([tensor((-1, 3))])
    flat = lib.Schema([tensor((-1,))])
    cube = lib.Schema([tensor((-1, 2, 2))])
    named = lib.Schema([tensor((-1, 2), name="x"), tensor((-1,), "int64", "y")])
    single = lib.Schema([tensor((-1, 2), name="x")])
    both = {"x": np.ones((2, 2)), "y": np.array([1, 2])}
    ragged = np.array([[1.0], [1.0, 2.0]], dtype=object)
    return {
        "fits": (matrix, np.ones((2, 3))),
        "float32": (matrix, np.ones((2, 3), "float32")),
        "ints": (matrix, np.ones((2, 3), "int64")),
        "swapped bytes": (matrix, np.ones((2, 3), ">f8")),
        "too wide": (matrix, np.ones((2, 4))),
        "too deep": (matrix, np.ones((2, 3, 1))),
        "too flat": (matrix, np.ones(3)),
        "no rows": (matrix, np.ones((0, 3))),
        "a subclass": (matrix, np.ma.masked_array(np.ones((2, 3)))),
        "a list": (matrix, [[1.0, 2.0, 3.0]]),
        "a scalar": (flat, 1.0),
        "none": (flat, None),
        "a dict for no names": (flat, {"x": np.ones(2)}),
        "csr": (matrix, sp.csr_matrix(np.ones((2, 3)))),
        "csc of float32": (matrix, sp.csc_matrix(np.ones((2, 3), "float32"))),
        "coo": (matrix, sp.coo_matrix(np.ones((2, 3)))),
        "a fixed first dimension": (lib.Schema([tensor((2, 3))]), np.ones((2, 3))),
        "another first dimension": (lib.Schema([tensor((2, 3))]), np.ones((4, 3))),
        "texts": (lib.Schema([tensor((-1,), "str")]), np.array(["a", "bcd"])),
        "bytes for texts": (lib.Schema([tensor((-1,), "str")]), np.array([b"a"])),
        "objects": (lib.Schema([tensor((-1,), "object")]), np.array([1, "a"], dtype=object)),
        "anything for objects": (lib.Schema([tensor((-1,), "object")]), np.ones((2, 2))),
        "ragged": (lib.Schema([tensor((-1, -1))]), ragged),
        "ragged for fixed": (matrix, ragged),
        "frame": (matrix, pd.DataFrame(np.ones((2, 3)))),
        "frame of ints": (matrix, pd.DataFrame(np.ones((2, 3), "int64"))),
        "frame too wide": (matrix, pd.DataFrame(np.ones((2, 4)))),
        "frame of different types": (matrix, pd.DataFrame({"a": [1.0], "b": ["x"], "c": [2]})),
        "empty frame": (matrix, pd.DataFrame()),
        "frame of one column": (flat, pd.DataFrame({"a": [1.0, 2.0]})),
        "frame of one column of ints": (flat, pd.DataFrame({"a": [1, 2]})),
        "frame of one column for two dimensions": (lib.Schema([tensor((-1, 1))]), pd.DataFrame({"a": [1.0]})),
        "frame of one column for three": (matrix, pd.DataFrame({"a": [1.0]})),
        "frame of lists": (matrix, pd.DataFrame({"a": [[1, 2, 3], [4, 5, 6]]})),
        "frame of short lists": (matrix, pd.DataFrame({"a": [[1, 2], [4, 5]]})),
        "frame of uneven lists": (matrix, pd.DataFrame({"a": [[1, 2, 3], [4, 5]]})),
        "frame of lists for a cube": (cube, pd.DataFrame({"a": [[1, 2, 3, 4], [4, 5, 6, 7]]})),
        "frame of arrays for a cube": (cube, pd.DataFrame({"a": [np.ones(4), np.ones(4)]})),
        "frame of arrays": (matrix, pd.DataFrame({"a": [np.ones(3), np.ones(3)]})),
        "frame of arrays of float32": (matrix, pd.DataFrame({"a": [np.ones(3, "float32")] * 2})),
        "frame of text": (flat, pd.DataFrame({"a": ["x"]})),
        "frame of dicts": (flat, pd.DataFrame({"a": [{"x": 1}]})),
        "frame with another index": (flat, pd.DataFrame({"a": [1.0, 2.0]}, index=[5, 6])),
        "series": (flat, pd.Series([1.0, 2.0])),
        "dict": (named, both),
        "dict in another order": (named, dict(reversed(both.items()))),
        "dict with more": (named, {**both, "z": np.ones(1)}),
        "dict with less": (named, {"x": np.ones((2, 2))}),
        "dict of lists": (named, {"x": [[1.0, 2.0]], "y": [1]}),
        "dict of wrong dtype": (named, {**both, "y": np.array([1.0, 2.0])}),
        "dict of sparse": (single, {"x": sp.csr_matrix(np.ones((2, 2)))}),
        "array for the one name": (single, np.ones((3, 2))),
        "array for two names": (named, np.ones((3, 2))),
        "list for names": (named, [1, 2]),
        "frame for names": (named, pd.DataFrame({"x": [[1.0, 2.0], [3.0, 4.0]], "y": [1, 2]})),
        "frame lacking a name": (named, pd.DataFrame({"x": [[1.0, 2.0], [3.0, 4.0]]})),
    }


def params(lib: Any) -> dict[str, Any]:
    """Params, each tried with one schema that has every kind of param."""
    return {
        "none": None,
        "nothing": {},
        "known": {"k": 2, "s": "y"},
        "unknown": {"z": 1},
        "number as key": {1: 2, "k": 3},
        "int for double": {"d": 2},
        "numpy": {"k": np.int64(2), "d": np.float32(1.5), "f": np.int32(1)},
        "float for long": {"k": 1.5},
        "bool for long": {"k": True},
        "text for long": {"k": "2"},
        "number for text": {"s": 1},
        "int for boolean": {"b": 1},
        "none for long": {"k": None},
        "a list": {"l": [3, 4]},
        "an array": {"l": np.array([3, 4])},
        "a scalar for a list": {"l": 3},
        "a list of lists": {"l": [[3]]},
        "a list of text": {"l": ["x"]},
        "an empty list": {"l": []},
        "a list for a scalar": {"k": [1]},
        "a date": {"t": dt.date(2024, 2, 3)},
        "a time as text": {"t": "2024-02-03T04:05:06"},
        "a time that is none": {"t": "soon"},
        "a time as number": {"t": 5},
        "an object": {"o": {"a": 2}},
        "an object lacking": {"o": {}},
        "an object of wrong type": {"o": {"a": "x"}},
        "no dictionary": [1],
    }


def cases(lib: Any) -> dict[str, Case]:
    """Every case of one library."""
    schema = lib.ParamSchema(
        [
            lib.ParamSpec("k", "long", 1),
            lib.ParamSpec("d", "double", 0.5),
            lib.ParamSpec("f", "float", 0.5),
            lib.ParamSpec("s", "string", "x"),
            lib.ParamSpec("b", "boolean", True),
            lib.ParamSpec("t", "datetime", "2024-01-01"),
            lib.ParamSpec("l", "long", [1, 2], (-1,)),
            lib.ParamSpec("o", lib.Object([lib.Property("a", lib.DataType.long)]), {"a": 1}),
        ]
    )

    def fitted(wanted: Any, data: Any) -> Case:
        return lambda: lib.enforce(wanted, data)

    def column(kind: str, values: Any) -> Case:
        return fitted(lib.Schema([lib.ColSpec(kind, "c")]), pd.DataFrame({"c": values}))

    def cell(kind: Any, value: Any, required: bool) -> Case:
        def case() -> Any:
            wanted = lib.Schema([lib.ColSpec(kind, "c", required=required)])
            return lib.enforce(wanted, pd.DataFrame({"c": pd.Series([value], dtype=object)}))["c"].iloc[0]

        return case

    def with_params(wanted: Any, value: Any) -> Case:
        return lambda: lib.enforce_params(wanted, value)

    return {
        **{f"column of {name} as {kind}": column(kind, values) for name, values in columns().items() for kind in PLAIN},
        **{f"table: {name}": fitted(*pair) for name, pair in tables(lib).items()},
        **{f"required cell: {name}": cell(*pair, required=True) for name, pair in nested(lib).items()},
        **{f"optional cell: {name}": cell(*pair, required=False) for name, pair in nested(lib).items()},
        **{f"tensor: {name}": fitted(*pair) for name, pair in tensors(lib).items()},
        **{f"params: {name}": with_params(schema, value) for name, value in params(lib).items()},
        **{f"params unknown to the model: {name}": with_params(None, value) for name, value in params(lib).items()},
    }
