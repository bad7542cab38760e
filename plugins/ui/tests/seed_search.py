"""A run that has children, as a grid of a project leaves it: images by step, its output, its machine, its code."""

from __future__ import annotations

import time
import wave
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import seed_models

from runyard.entities import Batch, RunStart, RunStatus, RunUpdate
from runyard.host import Host
from runyard.tracking import media
from runyard.uris import Uri

SEARCH = "vision/mask-search"
CHILDREN, STEPS = 3, (0, 5, 10, 20)
LINES = 30_000  # of the output of the run that goes on
COMMIT = "89abcdef" * 5


def run_id(number: int) -> str:
    """The parent is 0, its children follow; the last one goes on."""
    return f"{number * 2654435761 % 2**32:08x}{4:08x}{number:016x}"


def batch(experiment: str) -> Batch:
    """The runs."""
    import seed

    start = int(time.time() * 1000) - seed.HOUR
    source = {
        "mlflow.user": "ada", "mlflow.source.name": "search.py", "mlflow.source.type": "LOCAL",
        "mlflow.source.git.commit": COMMIT, "mlflow.source.git.branch": "masks", "mlflow.source.git.dirty": "true",
        "mlflow.source.git.repoURL": "git@github.com:ada/masks.git",
        "runyard.host": "node-7", "runyard.python": "3.11.9", "runyard.cwd": "/home/ada/masks",
        "runyard.command": "python search.py --widths 32 64 128",
    }  # fmt: skip
    starts = [RunStart(run_id(0), "search", "ada", start, experiment_id=experiment, tags={**source, "team": "vision"})]
    points, params, updates = {}, [], []
    seconds = np.arange(120)
    for name, low, high in (("cpu_utilization_percentage", 20, 90), ("system_memory_usage_megabytes", 4_000, 9_000)):
        values = low + (high - low) * np.abs(np.sin(seconds / 17))
        points[run_id(0), f"system/{name}"] = seed.columns(seconds, start + seconds * 10_000, values)
    points[run_id(0), "best_iou"] = seed.columns(np.arange(3), start + np.arange(3) * 1_000, np.array([0.5, 0.6, 0.7]))
    for number in range(1, CHILDREN + 1):
        child, began = run_id(number), start + number * 60_000
        tags = {"mlflow.parentRunId": run_id(0), **source}
        starts.append(RunStart(child, f"width-{16 << number}", "ada", began, experiment_id=experiment, tags=tags))
        params += [(child, "width", str(16 << number)), (child, "epochs", "20")]
        steps = np.arange(20)
        points[child, "iou"] = seed.columns(steps, began + steps * 1_000, 0.5 + steps / 60 + number / 50)
        if number < CHILDREN:
            updates.append(RunUpdate(child, status=RunStatus.FINISHED, end_time=began + 30_000))
    updates.append(RunUpdate(run_id(0), status=RunStatus.FINISHED, end_time=start + 20 * 60_000))
    return Batch("", 1, 1, starts=starts, params=params, points=points, updates=updates)


def write_files(host: Host, folder: Path) -> None:
    """Their artifacts, below the folder of the experiment's."""
    for number in (0, 1):
        files = folder / run_id(number) / "artifacts"
        seed_models.write_captured(files / "runyard", 2 * number)
        store = host.artifact_store(Uri.from_path(files))
        for key, steps in (("val/masks", STEPS), ("weights", STEPS[1:3])):
            for step in steps:
                media.log_image(store, picture(step, key), key=key, step=step)
        media.log_image(store, picture(99, "cover"), "plots/cover.png")
    going = folder / run_id(CHILDREN) / "artifacts" / "runyard"
    going.mkdir(parents=True)
    (going / "output.log").write_text("".join(lines()), "utf-8")
    with wave.open(str(folder / run_id(0) / "artifacts" / "beep.wav"), "wb") as sound:
        sound.setparams((1, 2, 8_000, 0, "NONE", ""))
        sound.writeframes((np.sin(np.arange(4_000) / 3) * 9_000).astype("<i2").tobytes())
    big = "".join(f"{row},{row % 7},a word\n" for row in range(40_000))
    (folder / run_id(0) / "artifacts" / "rows.csv").write_text(f"id,kind,word\n{big}", "utf-8")


def lines() -> Iterator[str]:
    """Output with colours, a bar that is written over, and one line that is worth finding."""
    for number in range(LINES):
        if number == 100:
            yield "\033[33mWARNING\033[0m the needle is here\n"
        yield f"{number:05} \033[32minfo\033[0m  10%\r"
        yield f"{number:05} info  loss {1 / (number + 1):.6f} {'.' * (number % 90)}\n"


def picture(step: int, key: str) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    """A disc that grows with the steps."""
    across, up = np.meshgrid(np.arange(300), np.arange(300))
    disc = (across - 150) ** 2 + (up - 150) ** 2 < (20 + step * 6) ** 2
    shade = np.where(disc[..., None], (230, 160, 60) if key == "weights" else (70, 130, 220), (24, 26, 32))
    return shade.astype(np.uint8)
