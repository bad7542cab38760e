"""The reference flavor that the contract's tests are proven with: a line through points, kept as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import attrs

from runyard.errors import InvalidInput
from runyard.protocols.flavor import ModelFiles, SavedModel
from runyard.testing.memory.loader import FILE, LineFunction

KEY = "line"


@attrs.frozen
class Line:
    """A model: `slope * x + offset` for each x."""

    slope: float
    offset: float = 0.0


@attrs.frozen
class LineFlavor:
    """Writes lines as JSON, which runs no code when it is read."""

    def save(self, model: Any, folder: Path, options: Mapping[str, Any]) -> SavedModel:
        if not isinstance(model, Line):
            raise InvalidInput(f"this flavor saves lines, got {type(model).__name__}")
        if unknown := set(options) - {"note"}:
            raise InvalidInput(f"unknown option {min(unknown)!r} of a line; there is: note")
        (folder / FILE).write_text(json.dumps({"slope": model.slope, "offset": model.offset}), encoding="utf-8")
        keys = {"data": FILE, "line_version": "1", **({"note": options["note"]} if options.get("note") else {})}
        return SavedModel(keys=keys, distributions=["attrs"])

    def load(self, files: ModelFiles, options: Mapping[str, Any]) -> Line:  # noqa: ARG002 - the protocol's
        return Line(**json.loads(files.path(files.keys["data"]).read_text(encoding="utf-8")))

    def predictor(self, model: Line, files: ModelFiles, config: Mapping[str, Any]) -> LineFunction:  # noqa: ARG002
        return LineFunction(model.slope, model.offset)

    def risks(self, files: ModelFiles) -> Sequence[str]:  # noqa: ARG002
        return ()
