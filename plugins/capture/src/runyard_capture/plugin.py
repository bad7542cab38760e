"""Provides what a run says of itself."""

from __future__ import annotations

from runyard import hookimpl
from runyard.specs import Listener, RunContext

TYPE_CHECKING = False
if TYPE_CHECKING:
    from runyard.settings import Setting


@hookimpl
def runyard_run_contexts() -> list[RunContext]:
    return [
        RunContext(
            name="source", target="runyard_capture.source:tags", summary="User, script, command line, host, Python."
        ),
        RunContext(name="git", target="runyard_capture.git:tags", summary="Commit, branch, repository, dirty flag."),
    ]


@hookimpl
def runyard_listeners() -> list[Listener]:
    return [
        Listener(
            name="snapshot",
            target="runyard_capture.snapshot:listener",
            events=("runyard_run_started",),
            summary="The uncommitted diff and the package versions, as artifacts.",
        )
    ]


@hookimpl
def runyard_settings() -> list[Setting]:
    from runyard_capture.settings import ALL

    return list(ALL)
