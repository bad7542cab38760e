"""Tables given back the form of a model's input example, for models that ask for it with `TypeFromExample`."""

from __future__ import annotations

from typing import Any

from runyard.types.kinds import is_frame, is_scalar


def in_example_form(data: Any, example: Any) -> Any:
    """A table as the list, dictionary, column or single value that the example is; anything else as it is."""
    if not is_frame(data) or is_frame(example):
        return data
    if is_scalar(example):
        return data.iloc[0, 0]
    if isinstance(example, list):
        is_plain = len(data.columns) == 1 and all(map(is_scalar, example))
        return data.iloc[:, 0].tolist() if is_plain else data.to_dict(orient="records")
    if isinstance(example, dict):
        return data.to_dict(orient="records")[0] if len(data) == 1 else data
    return data.iloc[:, 0].rename(example.name) if hasattr(example, "to_frame") else data
