"""Where the artifacts of runs and of logged models lie."""

from __future__ import annotations

from typing import Annotated

import attrs

from runyard.errors import InvalidInput
from runyard.protocols.artifacts import ArtifactStore
from runyard.server.service import Stores
from runyard.uris import artifact_path
from runyard_api_v1 import capabilities
from runyard_api_v1.fields import About


@attrs.frozen
class ArtifactFolder:
    """A folder of a run's or of a logged model's artifacts."""

    run_id: Annotated[str | None, About("The run; either it or model_id.", max_length=256)] = None
    model_id: Annotated[str | None, About("The logged model; either it or run_id.", max_length=256)] = None
    path: Annotated[str, About("The path of the folder; all where left out.", max_length=4_000)] = ""


def artifacts_of(stores: Stores, run_id: str | None, model_id: str | None) -> ArtifactStore:
    """The artifacts of a run or of a logged model.

    Raises:
        InvalidInput: not exactly one of the two is given.
    """
    if run_id is not None and model_id is None:
        return stores.artifact_store(stores.tracking.get_run(run_id).info.artifact_uri)
    if model_id is not None and run_id is None:
        model = capabilities.logged_models(stores).get_logged_model(model_id)
        return stores.artifact_store(model.artifact_uri)
    raise InvalidInput("give exactly one of run_id and model_id")


def file_path(path: str) -> str:
    """The path of a file, checked."""
    checked = artifact_path(path)
    if not checked:
        raise InvalidInput("give the path of a file; the empty path is the folder of everything")
    return checked
