"""Digests that tell data sets apart: 32 hexadecimal characters, the same in every process.

Of frames and arrays up to 100,000 rows and 10 million values count, whole rows spread evenly over all of them, first
and last included, together with the full shape and the names: quick for any size, but a change in a row between is not
seen. Files count in full.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from runyard.errors import NotFound

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

MAX_ROWS = 100_000
MAX_VALUES = 10_000_000
LENGTH = 32


def of_frame(frame: pd.DataFrame) -> str:
    """Of a data frame: column names, index, values, number of rows."""
    import numpy as np
    import pandas as pd

    sample = frame.iloc[_rows(len(frame), len(frame.columns))]
    digest = hashlib.sha256(f"frame {frame.shape} {[_text(name) for name in frame.columns]}".encode())
    digest.update(_values(pd.Series(sample.index.to_numpy())))
    blocks: dict[str, list[int]] = {}
    for position, dtype in enumerate(frame.dtypes):
        if isinstance(dtype, np.dtype) and dtype.kind in "biuf":
            blocks.setdefault(dtype.str, []).append(position)
        else:
            digest.update(f"\0{position}\0".encode() + _values(sample.iloc[:, position]))
    for name, positions in sorted(blocks.items()):
        block = sample.iloc[:, positions].to_numpy(dtype=name)
        digest.update(f"\0{name} {positions}\0".encode() + np.ascontiguousarray(block).tobytes())
    return digest.hexdigest()[:LENGTH]


def of_arrays(
    features: np.ndarray[Any, Any] | Mapping[str, np.ndarray[Any, Any]],
    targets: np.ndarray[Any, Any] | Mapping[str, np.ndarray[Any, Any]] | None,
) -> str:
    """Of arrays: names, types, shapes, values."""
    digest = hashlib.sha256(b"arrays")
    for what, arrays in (("features", features), ("targets", targets)):
        if arrays is None:
            continue
        named = arrays if isinstance(arrays, Mapping) else {"": arrays}
        for name in sorted(named):
            array = named[name]
            digest.update(f"\0{what}\0{name}\0{array.dtype.str}\0{array.shape}\0".encode())
            digest.update(_array_bytes(array))
    return digest.hexdigest()[:LENGTH]


def of_path(path: Path) -> str:
    """Of a file's content, or of the names and contents of all files in a folder.

    Raises:
        NotFound: nothing is there.
    """
    if path.is_file():
        return _file_digest(path).hex()[:LENGTH]
    digest = hashlib.sha256(b"folder")
    for file, name in files_of(path):
        digest.update(f"\0{name}\0".encode("utf-8", "surrogateescape"))
        digest.update(_file_digest(file))
    return digest.hexdigest()[:LENGTH]


def files_of(path: Path) -> list[tuple[Path, str]]:
    """A file by itself, or all files below a folder, with relative names, sorted.

    Raises:
        NotFound: nothing is there.
    """
    if path.is_file():
        return [(path, path.name)]
    if not path.is_dir():
        raise NotFound(f"no file or folder {str(path)!r}")
    found = [Path(folder) / name for folder, _, names in os.walk(path) for name in names]
    return sorted((file, file.relative_to(path).as_posix()) for file in found if file.is_file())


def _rows(count: int, width: int = 1) -> Any:
    import numpy as np

    most = max(2, min(MAX_ROWS, MAX_VALUES // max(width, 1)))
    return slice(None) if count <= most else np.linspace(0, count - 1, most).astype("int64")


def _values(column: pd.Series[Any]) -> bytes:
    """Eight bytes a value; what pandas cannot hash is taken by its content, never by its address."""
    import pandas as pd

    if column.dtype == object and not all(value is None or isinstance(value, str) for value in column):
        column = column.map(_text).astype(object)
    return pd.util.hash_pandas_object(column, index=False).to_numpy().tobytes()


def _array_bytes(array: np.ndarray[Any, Any]) -> bytes:
    import numpy as np

    rows = array[_rows(len(array), array[:1].size)] if array.ndim else array
    flat = np.ravel(rows)
    if flat.size > MAX_VALUES:  # single rows that are larger than all that counts
        flat = flat[np.linspace(0, flat.size - 1, MAX_VALUES).astype("int64")]
    if array.dtype.hasobject:
        return "\0".join(map(_text, flat.tolist())).encode("utf-8", "surrogatepass")
    return np.ascontiguousarray(flat).tobytes()


def _text(value: Any) -> str:
    """A value as text that says its type and its content; objects that have none in it by their type alone."""
    kind = type(value).__name__
    if isinstance(value, Mapping):
        inner = ",".join(sorted(f"{_text(key)}:{_text(item)}" for key, item in value.items()))
        return f"{kind}{{{inner}}}"
    if isinstance(value, list | tuple):
        return f"{kind}[{','.join(map(_text, value))}]"
    if isinstance(value, set | frozenset):
        return f"{kind}[{','.join(sorted(map(_text, value)))}]"
    if hasattr(value, "tobytes") and hasattr(value, "shape"):
        return f"{kind}{value.shape}{hashlib.sha256(value.tobytes()).hexdigest()}"
    return kind if " at 0x" in repr(value) else f"{kind}:{value!r}"


def _file_digest(path: Path) -> bytes:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").digest()
