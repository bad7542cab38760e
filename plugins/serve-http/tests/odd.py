"""A plugin of the tests' own: the flavor `odd`, whose models sleep, fail, stream and tell how they were asked."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import attrs

from runyard import hookimpl
from runyard.protocols.flavor import ModelFiles, SavedModel
from runyard.specs import FlavorSpec


@hookimpl
def runyard_flavors() -> list[FlavorSpec]:
    return [
        FlavorSpec(
            name="odd",
            target="odd:OddFlavor",
            module="odd",
            key="odd",
            loader_module="odd",
            summary="Models with odd manners, for tests.",
        )
    ]


@attrs.frozen(kw_only=True)
class Odd:
    """What a model does: `factor` times each row's first value, after `seconds`; it fails for what is negative."""

    factor: float = 1.0
    seconds: float = 0.0
    is_batchable: bool = True
    takes: str = "ndarray"
    streams: bool = False
    tells: bool = False  # the number of rows it was asked with, in place of the product
    risky: bool = False
    load_fails: bool = False


class OddFlavor:
    def save(self, model: Any, folder: Path, options: Mapping[str, Any]) -> SavedModel:
        (folder / "odd.json").write_text(json.dumps(attrs.asdict(model)), encoding="utf-8")
        return SavedModel(keys={"data": "odd.json"}, distributions=["attrs"])

    def load(self, files: ModelFiles, options: Mapping[str, Any]) -> Odd:
        model = Odd(**json.loads(files.path("odd.json").read_text(encoding="utf-8")))
        if model.load_fails:
            raise RuntimeError("this model cannot be loaded")
        return model

    def predictor(self, model: Odd, files: ModelFiles, config: Mapping[str, Any]) -> OddPredictor:
        return StreamingPredictor(model) if model.streams else OddPredictor(model)

    def risks(self, files: ModelFiles) -> Sequence[str]:
        return ["it is risky"] if json.loads(files.path("odd.json").read_text(encoding="utf-8"))["risky"] else []


class OddPredictor:
    def __init__(self, model: Odd) -> None:
        self.model = model
        self.is_batchable = model.is_batchable
        self.takes = model.takes
        self.asked: list[int] = []
        self.threads: set[str] = set()
        self.kinds: set[str] = set()

    def predict(self, data: Any, params: Mapping[str, Any] | None = None) -> Any:
        if isinstance(data, dict) and "messages" in data:
            return {"said": data["messages"]}
        self.kinds.add(type(data).__name__)
        values = data.to_numpy() if hasattr(data, "to_numpy") else data
        self.asked.append(len(values))
        self.threads.add(threading.current_thread().name)
        time.sleep(self.model.seconds)
        if (values < 0).any():
            raise ValueError("this model takes no negative numbers")
        if (values > 1e6).any():
            raise RuntimeError("the secret is 12345")
        if self.model.tells:
            return [len(values)] * len(values)
        scale = (params or {}).get("scale", 1.0)
        return values.reshape(len(values), -1)[:, 0] * self.model.factor * scale


class StreamingPredictor(OddPredictor):
    def predict_stream(self, data: Any, params: Mapping[str, Any] | None = None) -> Iterator[Any]:
        values = data.to_numpy() if hasattr(data, "to_numpy") else data
        for value in values.reshape(-1).tolist():
            if value < 0:
                raise ValueError("this model takes no negative numbers")
            yield {"piece": value}
