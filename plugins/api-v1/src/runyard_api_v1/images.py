"""`/images`: the pictures of a run, in series by key and step, and those that are files of their own."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Annotated

import attrs

from runyard.protocols.artifacts import ArtifactStore
from runyard_api_v1.diff_artifacts import listed
from runyard_api_v1.endpoints import JSON, Call, Endpoint
from runyard_api_v1.fields import About
from runyard_api_v1.locations import artifacts_of
from runyard_api_v1.media import IMAGES, media_type

FOLDER = "images"
MAX_IMAGES = 20_000
# As Runyard and MLflow name them.
_NAME = re.compile(
    r"(?P<key>.+)\+step\+(?P<step>-?\d{1,18})\+timestamp\+(?P<time>\d{1,18})\+(?P<id>[0-9a-f-]{32,36})"
    r"(?P<small>\+compressed)?\.\w+"
)


@attrs.frozen
class ImagesParameters:
    run_id: Annotated[str, About("The run.", max_length=256)]


@attrs.frozen
class StepImage:
    """One image of a series."""

    step: int
    timestamp: int
    path: Annotated[str, About("The file, below the run's artifacts.")]
    preview: Annotated[str | None, About("A smaller file of the same, where there is one.")]


@attrs.frozen
class ImageSeries:
    """The images under one key."""

    key: str
    images: Annotated[Sequence[StepImage], About("By step, then by time.")]


@attrs.frozen
class ImagesAnswer:
    """The images of a run."""

    series: Annotated[Sequence[ImageSeries], About("By key.")]
    files: Annotated[Sequence[str], About("Paths of images that were logged without key and step.")]
    complete: Annotated[bool, About(f"Whether these are all; at most {MAX_IMAGES:,} images of series are told.")]


def images(call: Call) -> ImagesAnswer:
    asked: ImagesParameters = call.parameters
    store = artifacts_of(call.stores, asked.run_id, None)
    series, rest, is_whole = _series(store)
    sizes, are_all = listed(store, without={FOLDER})
    files = [path for path in [*sizes, *rest] if media_type(path) in IMAGES]
    return ImagesAnswer(series, sorted(files), complete=is_whole and are_all)


def _series(store: ArtifactStore) -> tuple[list[ImageSeries], list[str], bool]:
    """Series by key, files of the folder that belong to none, and whether these are all."""
    found: dict[str, dict[str, StepImage]] = {}
    previews: dict[str, str] = {}
    rest: list[str] = []
    count, paths = 0, [info.path for info in store.list(FOLDER) if not info.is_dir]
    for path in paths:
        match = _NAME.fullmatch(path.rpartition("/")[2])
        if match is None:
            rest.append(path)
        elif match["small"]:
            previews[match["id"]] = path
        elif count < MAX_IMAGES:
            count += 1
            key = match["key"].replace("~", "/")
            found.setdefault(key, {})[match["id"]] = StepImage(int(match["step"]), int(match["time"]), path, None)
    series = [
        ImageSeries(
            key, sorted((attrs.evolve(image, preview=previews.get(name)) for name, image in of.items()), key=_order)
        )
        for key, of in sorted(found.items())
    ]
    return series, rest, count < MAX_IMAGES


def _order(image: StepImage) -> tuple[int, int]:
    return image.step, image.timestamp


ENDPOINTS = (
    Endpoint(
        operation="listImages",
        method="GET",
        path="/images",
        summary="The images of a run: in series by key and step, and files.",
        tag="artifacts",
        handle=images,
        parameters=ImagesParameters,
        answers={JSON: ImagesAnswer},
        errors=(404,),
    ),
)
