"""The parts that batch scoring reads, asks a model with and writes, each small enough to be held."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import attrs

from runyard.errors import InvalidInput, NotSupported
from runyard.types.schema import Schema

ROWS = 10_000
SIZE = 8 << 20  # of what is read for a chunk, in bytes

Column = Any  # a sequence of values: a tuple of texts, a list, a numpy array, a pandas column, an Arrow array


@attrs.frozen
class Limits:
    """How much one chunk may hold: rows, and bytes of the input; None for no limit."""

    rows: int | None = ROWS
    size: int | None = SIZE

    @classmethod
    def of(cls, chunk_size: int | None, *, is_batchable: bool) -> Limits:
        """What the user says, else what fits a model: rows that may depend on each other are not torn apart."""
        if chunk_size is not None:
            if chunk_size < 1:
                raise InvalidInput(f"a chunk has at least one row, got a chunk size of {chunk_size}")
            return cls(chunk_size, None)
        return cls() if is_batchable else cls(None, None)


@attrs.frozen(kw_only=True)
class Chunk:
    """Rows of the input: `data` as the model takes them, the rest as they are written beside its predictions.

    `raw` has the columns as they stand in the input, `typed` as they are meant; `records` are the rows where the input
    has its rows as objects. `done` is how much of the input was read with it, and `place` names rows by their position.
    """

    data: Any
    count: int | None
    place: Callable[[int, int], str]
    raw: Mapping[str, Column] = attrs.field(factory=dict)
    typed: Mapping[str, Column] = attrs.field(factory=dict)
    records: Sequence[Mapping[str, Any]] | None = None
    params: Mapping[str, Any] | None = None
    is_unwrapped: bool = False
    done: int = 0

    @property
    def where(self) -> str:
        """All of its rows, for a message."""
        return self.place(0, self.count or 1)


@attrs.frozen
class Source:
    """An input that is open: its chunks, and how much it has in all, in what `Chunk.done` counts."""

    chunks: Iterator[Chunk]
    total: int | None = None
    in_bytes: bool = True


def model_columns(names: Sequence[str], schema: Schema | None, file: str) -> list[str]:
    """Those of an input's columns that the model takes; without a schema all of them.

    Raises:
        InvalidInput: a column comes twice, or one that the model needs is missing.
    """
    if repeated := sorted({name for name in names if names.count(name) > 1}):
        raise InvalidInput(f"{file}: columns are there more than once: {_listed(repeated)}")
    if schema is None:
        return list(names)
    if not schema.has_input_names():
        return list(names) if schema.is_tensor_spec() else list(names)[: len(schema)]
    if missing := [name for name in schema.required_input_names() if name not in names]:
        raise InvalidInput(f"{file}: columns are missing: {_listed(missing)}; there are {_listed(names) or 'none'}")
    return [name for name in schema.input_names() if name in names]


def column_specs(names: Sequence[str], schema: Schema | None) -> dict[str, Any]:
    """What the schema says of each of these columns, which `model_columns` has chosen; None where there is none."""
    if schema is None:
        return dict.fromkeys(names)
    if schema.has_input_names():
        known = schema.input_dict()
        return {name: known[name] for name in names}
    if schema.is_tensor_spec():
        return dict.fromkeys(names, schema.inputs[0])
    return dict(zip(names, schema.inputs, strict=False))


def failing_row(count: int, fails: Callable[[int, int], bool]) -> int | None:
    """The first row that fails by itself, found by halving; None where only several together do."""
    low, high = 0, count
    while high - low > 1:
        middle = (low + high) // 2
        if fails(low, middle):
            high = middle
        else:
            low = middle
    return low if count and fails(low, high) else None


def needed(module: str, what: str) -> Any:
    """A package that is needed for a format and need not be installed otherwise.

    Raises:
        NotSupported: it is not installed.
    """
    from importlib import import_module

    try:
        return import_module(module)
    except ImportError as error:
        package = module.partition(".")[0]
        raise NotSupported(f"{what} needs the package {package}: pip install {package}") from error


def _listed(names: Sequence[Any]) -> str:
    return ", ".join(map(repr, names))
