"""The frames that the tests of the pages read are those that the server writes; --write writes them anew."""

from __future__ import annotations

import json
import math
import sys
from pathlib import Path
from typing import Any

import numpy as np

from runyard_api_v1.binary import FrameWriter

FOLDER = Path(__file__).parents[1] / "web" / "src" / "store" / "golden"


def columns_frame() -> tuple[bytes, dict[str, list[Any]]]:
    """A column of each type, and what is in it."""
    writer = FrameWriter()
    ids = [f"{number * 0x9E3779B97F4A7C15 % 2**128:032x}" for number in range(1, 21)]
    loss = np.array([math.nan, math.inf, *(1 / number for number in range(1, 19))])
    valid = np.array([number % 3 > 0 for number in range(20)])
    times = np.arange(1_800_000_000_000, 1_800_000_000_020)
    names = [f"run {number} é" if number else "" for number in range(20)]
    from array import array

    from runyard.protocols.frames import TextColumn

    status = TextColumn(["FINISHED", "RUNNING"], array("i", [number % 2 if number % 5 else -1 for number in range(20)]))
    cols = [
        {"key": "run_id", **writer.texts(ids)},
        {"key": "metrics.loss@last", **writer.numbers(loss, valid)},
        {"key": "metrics.half@last", **writer.numbers(np.arange(20) / 2)},
        {"key": "attributes.start_time", **writer.numbers(times.astype(np.float64))},
        {"key": "attributes.run_name", **writer.texts(names)},
        {"key": "attributes.status", **writer.text_column(status)},
    ]
    content: dict[str, list[Any]] = {
        "run_id": ids,
        "metrics.loss@last": [
            None if not there else str(value) if not math.isfinite(value) else value
            for value, there in zip(loss.tolist(), valid, strict=True)
        ],
        "metrics.half@last": (np.arange(20) / 2).tolist(),
        "attributes.start_time": times.tolist(),
        "attributes.run_name": names,
        "attributes.status": [None if code < 0 else status.categories[code] for code in status.codes],
    }
    return writer.finish({"total": 50, "offset": 0, "rows": 20, "cols": cols}), content


def series_frame() -> tuple[bytes, dict[str, list[float]]]:
    writer = FrameWriter()
    x, y = np.arange(0, 1_000, 100), np.linspace(1, 0.1, 10)
    one = {
        "run_id": "a" * 32, "key": "loss", "total": 1_000, "in_range": 1_000, "not_placed": 0, "nan": 0, "infinite": 0,
        "before": False, "after": False, "returned": 10,
        "x": writer.integers(x), "y": writer.numbers(y), "smoothed": writer.numbers(y * 2),
    }  # fmt: skip
    head = {"x": "step", "x0": 0.0, "x1": 900.0, "width": 100, "method": "m4", "missing": [], "series": [one]}
    return writer.finish({**head, "groups": []}), {"x": x.tolist(), "y": y.tolist(), "smoothed": (y * 2).tolist()}


FRAMES = {"columns": columns_frame, "series": series_frame}


def test_the_golden_frames_are_what_the_server_writes() -> None:
    for name, make in FRAMES.items():
        frame, content = make()
        assert (FOLDER / f"{name}.frame").read_bytes() == frame
        assert json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8")) == content


if __name__ == "__main__" and "--write" in sys.argv:
    FOLDER.mkdir(exist_ok=True)
    for name, make in FRAMES.items():
        frame, content = make()
        (FOLDER / f"{name}.frame").write_bytes(frame)
        (FOLDER / f"{name}.json").write_text(json.dumps(content), encoding="utf-8")
