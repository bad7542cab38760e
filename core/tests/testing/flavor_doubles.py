"""Flavors, functions and loader modules that are wrong, each in one point; the reference is right."""

from __future__ import annotations

import json
import pickle
import shutil
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO

import attrs

from runyard.protocols.flavor import ModelFiles, SavedModel
from runyard.testing.memory import line
from runyard.testing.memory.flavor import Line, LineFlavor
from runyard.testing.memory.loader import FILE, LineFunction

OPEN: list[BinaryIO] = []


class LooseLine(Line):
    """A line that can be given attributes."""


class ShiftedLine(Line):
    """A line of another class."""


# --- functions ----------------------------------------------------------------------------------------------------


class ForgetsOptions:
    load_model = staticmethod(line.load_model)

    @staticmethod
    def save_model(model: Line, path: Any, **options: Any) -> None:
        line.save_model(model, path, host=options["host"])

    @staticmethod
    def log_model(model: Line, name: str, *, run_id: str, client: Any, **options: Any) -> Any:
        return line.log_model(model, name=name, run_id=run_id, client=client)


class LoadsAnother(ForgetsOptions):
    save_model = staticmethod(line.save_model)  # type: ignore[assignment]
    log_model = staticmethod(line.log_model)  # type: ignore[assignment]

    @staticmethod
    def load_model(*arguments: Any, **options: Any) -> Line:
        return Line(0.0)


class Overwrites(ForgetsOptions):
    @staticmethod
    def save_model(model: Line, path: Any, **options: Any) -> None:
        shutil.rmtree(path)
        line.save_model(model, path, **options)


# --- saving -------------------------------------------------------------------------------------------------------


class TakesAnyOption(LineFlavor):
    def save(self, model: Any, folder: Path, options: Mapping[str, Any]) -> SavedModel:
        return super().save(model, folder, {})


class TakesAnything(LineFlavor):
    def save(self, model: Any, folder: Path, options: Mapping[str, Any]) -> SavedModel:
        return super().save(model if isinstance(model, Line) else Line(0.0), folder, options)


class ChangesTheModel(LineFlavor):
    def save(self, model: Any, folder: Path, options: Mapping[str, Any]) -> SavedModel:
        saved = super().save(model, folder, options)
        object.__setattr__(model, "offset", 0.5)
        return saved


class LeavesAMark(LineFlavor):
    def save(self, model: Any, folder: Path, options: Mapping[str, Any]) -> SavedModel:
        model.__dict__["saved_in"] = folder
        return super().save(model, folder, options)


class IsNoFunction(LineFlavor):
    def save(self, model: Any, folder: Path, options: Mapping[str, Any]) -> SavedModel:
        return attrs.evolve(super().save(model, folder, options), pyfunc=None)


class NeedsNothing(LineFlavor):
    def save(self, model: Any, folder: Path, options: Mapping[str, Any]) -> SavedModel:
        return attrs.evolve(super().save(model, folder, options), distributions=())


class WritesNoFile(LineFlavor):
    def save(self, model: Any, folder: Path, options: Mapping[str, Any]) -> SavedModel:
        saved = super().save(model, folder, options)
        (folder / FILE).unlink()
        return attrs.evolve(saved, keys={"line": {"slope": model.slope, "offset": model.offset}})

    def load(self, files: ModelFiles, options: Mapping[str, Any]) -> Line:
        return Line(**files.keys["line"])


# --- loading ------------------------------------------------------------------------------------------------------


class ForgetsTheOffset(LineFlavor):
    def load(self, files: ModelFiles, options: Mapping[str, Any]) -> Line:
        return attrs.evolve(super().load(files, options), offset=0.0)


class ChangesTheClass(LineFlavor):
    def load(self, files: ModelFiles, options: Mapping[str, Any]) -> Line:
        loaded = super().load(files, options)
        return ShiftedLine(loaded.slope, loaded.offset)


class MakesDo(LineFlavor):
    def load(self, files: ModelFiles, options: Mapping[str, Any]) -> Line:
        file = files.folder / files.keys["data"]
        return super().load(files, options) if file.exists() else Line(0.0)


class FollowsAnyName(LineFlavor):
    def load(self, files: ModelFiles, options: Mapping[str, Any]) -> Line:
        return Line(**json.loads((files.folder / files.keys["data"]).read_text()))


class KeepsACache(LineFlavor):
    def load(self, files: ModelFiles, options: Mapping[str, Any]) -> Line:
        files.folder.chmod(0o755)
        (files.folder / "cache").write_text("cached")
        return super().load(files, options)


class LeavesFilesOpen(LineFlavor):
    def load(self, files: ModelFiles, options: Mapping[str, Any]) -> Line:
        OPEN.append(files.path(FILE).open("rb"))
        return super().load(files, options)


class Pickles(LineFlavor):
    """Unpickles, and says there is no risk."""

    def save(self, model: Any, folder: Path, options: Mapping[str, Any]) -> SavedModel:
        (folder / "line.pkl").write_bytes(pickle.dumps(model))
        return super().save(model, folder, options)

    def load(self, files: ModelFiles, options: Mapping[str, Any]) -> Line:
        loaded: Line = pickle.loads(files.path("line.pkl").read_bytes())
        return loaded


# --- risks --------------------------------------------------------------------------------------------------------


class SaysTooMuch(LineFlavor):
    def risks(self, files: ModelFiles) -> Sequence[str]:
        return ["a pickle"]


class SaysNothingInWords(LineFlavor):
    def risks(self, files: ModelFiles) -> Sequence[str]:
        return [""]


class LoadsForRisks(LineFlavor):
    def risks(self, files: ModelFiles) -> Sequence[str]:
        self.load(files, {})
        return []


class UnpicklesForRisks(Pickles):
    def risks(self, files: ModelFiles) -> Sequence[str]:
        return [type(pickle.loads(files.path("line.pkl").read_bytes())).__name__]


class BreaksAtRisks(LineFlavor):
    def risks(self, files: ModelFiles) -> Sequence[str]:
        json.loads(files.path(FILE).read_bytes())
        return []


# --- predictors ---------------------------------------------------------------------------------------------------


class Asked(LineFunction):
    """The reference's predictor, to be changed in one point."""

    def __init__(self, model: Line) -> None:
        super().__init__(model.slope, model.offset)

    def values(self, data: Any) -> Any:
        return data.to_numpy() if hasattr(data, "to_numpy") else data


class AnswersWrongly(Asked):
    def predict(self, data: Any, params: Mapping[str, Any] | None = None) -> list[float]:
        return [answer + 1 for answer in super().predict(data)]


class ChangesTheData(Asked):
    def predict(self, data: Any, params: Mapping[str, Any] | None = None) -> list[float]:
        answer = super().predict(data)
        self.values(data)[:] = 0.0
        return answer


class Drifts(Asked):
    def predict(self, data: Any, params: Mapping[str, Any] | None = None) -> list[float]:
        self._offset += 1.0
        return super().predict(data)


class SharesItsInput(Asked):
    def predict(self, data: Any, params: Mapping[str, Any] | None = None) -> list[float]:
        self._data = data
        time.sleep(1e-5)
        return super().predict(self._data)


class Centres(Asked):
    """What it says of a row depends on the rows beside it."""

    def predict(self, data: Any, params: Mapping[str, Any] | None = None) -> list[float]:
        return super().predict(self.values(data) - self.values(data).mean())


class AnswersOnce(Asked):
    def predict(self, data: Any, params: Mapping[str, Any] | None = None) -> Any:
        return {"sum": sum(super().predict(data))}


class IsPerhapsBatchable(Asked):
    is_batchable = None  # type: ignore[assignment]


class TakesTables(Asked):
    takes = "table"


class GoesByNames(Asked):
    def predict(self, data: Any, params: Mapping[str, Any] | None = None) -> list[float]:
        return super().predict(data) if hasattr(data, "columns") and "x" in data.columns else [0.0] * len(data)


class GoesByNamesOfTables(Asked):
    """Arrays are all right, but a table must have its names."""

    def predict(self, data: Any, params: Mapping[str, Any] | None = None) -> list[float]:
        named = not hasattr(data, "columns") or "x" in data.columns
        return super().predict(data) if named else [0.0] * len(data)


class Scales(Asked):
    """Right: it honours `scale` and ignores what it does not know."""

    def predict(self, data: Any, params: Mapping[str, Any] | None = None) -> list[float]:
        return [answer * (params or {}).get("scale", 1) for answer in super().predict(data)]


class ForgetsParams(Scales):
    def predict(self, data: Any, params: Mapping[str, Any] | None = None) -> list[float]:
        return super().predict(data)


class KeepsParams(Scales):
    _kept: Mapping[str, Any] = {}

    def predict(self, data: Any, params: Mapping[str, Any] | None = None) -> list[float]:
        self._kept = params or self._kept
        return super().predict(data, self._kept)


class EatsParams(Scales):
    def predict(self, data: Any, params: Any = None) -> list[float]:
        scale = (params or {}).pop("scale", 1) if params else 1
        return super().predict(data, {"scale": scale})


class TakesAnyParamForScale(Scales):
    def predict(self, data: Any, params: Mapping[str, Any] | None = None) -> list[float]:
        return super().predict(data, {"scale": 2} if params else {})


class LastModel(Asked):
    last: Line

    def __init__(self, model: Line) -> None:
        super().__init__(model)
        type(self).last = model

    def predict(self, data: Any, params: Mapping[str, Any] | None = None) -> list[float]:
        return LineFunction(self.last.slope, self.last.offset).predict(data)


def asking(predictor: type[Asked]) -> type[LineFlavor]:
    """The reference flavor with another predictor."""

    class Flavor(LineFlavor):
        def predictor(self, model: Line, files: ModelFiles, config: Mapping[str, Any]) -> Any:
            return predictor(model)

    Flavor.__name__ = f"FlavorOf{predictor.__name__}"
    return Flavor
