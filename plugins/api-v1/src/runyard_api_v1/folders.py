"""`/artifacts/diff`: which files differ between folders, such as those of two versions of a model."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Annotated

import attrs

from runyard.uris import artifact_path
from runyard_api_v1.diff_artifacts import ArtifactDiff, compared, files_of
from runyard_api_v1.endpoints import JSON, Call, Endpoint
from runyard_api_v1.fields import About
from runyard_api_v1.locations import ArtifactFolder, artifacts_of

MAX_COMPARED = 20


@attrs.frozen
class FoldersDiffRequest:
    """Which folders."""

    folders: Annotated[Sequence[ArtifactFolder], About("The folders.", min_items=2, max_items=MAX_COMPARED)]
    everything: Annotated[bool, About("Also what is the same in all of them.")] = False


@attrs.frozen
class FoldersDiffAnswer:
    """What differs, by path below the folders."""

    files: Sequence[ArtifactDiff]
    notes: Annotated[
        Sequence[Sequence[str]], About("For each folder what could not be compared, and why; its files are left out.")
    ]


def diff(call: Call) -> FoldersDiffAnswer:
    request: FoldersDiffRequest = call.body
    listed = [
        files_of(partial(artifacts_of, call.stores, one.run_id, one.model_id), artifact_path(one.path))
        for one in request.folders
    ]
    rows = [row for row in compared(listed) if request.everything or row.differs is not False]
    return FoldersDiffAnswer(rows, [one.notes for one in listed])


ENDPOINTS = (
    Endpoint(
        operation="diffFolders",
        method="POST",
        path="/artifacts/diff",
        summary="Which files differ between folders of runs and logged models, by size and SHA-256.",
        tag="artifacts",
        handle=diff,
        body=FoldersDiffRequest,
        answers={JSON: FoldersDiffAnswer},
    ),
)
