"""Images of a run by key and step, whoever logged them."""

from __future__ import annotations

import sys
from pathlib import Path

import httpx
import numpy as np
import pytest

from runyard.server.service import Service
from runyard.tracking import media

sys.path.insert(0, str(Path(__file__).parent))
from conftest import as_json, write

OF_MLFLOW = "images/val~masks+step+3+timestamp+1700000000000+123e4567-e89b-12d3-a456-426614174000"


@pytest.fixture
def logged(service: Service, runs: list[str]) -> str:
    """A run with two series by Runyard, one image by MLflow, and files."""
    stores = service.stores({})
    store = stores.artifact_store(stores.tracking.get_run(runs[0]).info.artifact_uri)
    for step in (10, 2):
        for key in ("val/masks", "weights"):
            media.log_image(store, np.full((8, 8), step, np.uint8), key=key, step=step, timestamp=1_700_000_000_000)
    write(service, runs[0], f"{OF_MLFLOW}.png", b"x")
    write(service, runs[0], f"{OF_MLFLOW}+compressed.webp", b"x")
    for path in ("plots/roc.png", "images/by hand.jpg", "images/read.me", "notes.md"):
        write(service, runs[0], path, b"x")
    return runs[0]


def test_images_are_in_series_by_step_and_previews_beside_them(client: httpx.Client, logged: str) -> None:
    found = as_json(client.get("/api/v1/images", params={"run_id": logged}))
    series = {one["key"]: one["images"] for one in found["series"]}  # type: ignore[attr-defined]
    assert {key: [image["step"] for image in images] for key, images in series.items()} == {
        "val/masks": [2, 3, 10],
        "weights": [2, 10],
    }
    old = series["val/masks"][1]
    assert (old["path"], old["preview"]) == (f"{OF_MLFLOW}.png", f"{OF_MLFLOW}+compressed.webp")
    assert all(image["preview"].endswith("+compressed.webp") for image in series["weights"])
    answer = client.get("/api/v1/artifacts/file", params={"run_id": logged, "path": series["weights"][0]["preview"]})
    assert answer.content.startswith(b"RIFF")


def test_images_that_are_files_are_told_apart_from_series(client: httpx.Client, logged: str) -> None:
    found = as_json(client.get("/api/v1/images", params={"run_id": logged}))
    assert found["files"] == ["images/by hand.jpg", "plots/roc.png"]
    assert found["complete"] is True


def test_a_run_without_images_has_none_and_no_run_is_404(client: httpx.Client, runs: list[str]) -> None:
    found = as_json(client.get("/api/v1/images", params={"run_id": runs[1]}))
    assert found == {"series": [], "files": [], "complete": True}
    assert client.get("/api/v1/images", params={"run_id": "nobody"}).status_code == 404
