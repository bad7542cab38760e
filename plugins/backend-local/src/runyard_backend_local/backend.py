"""Starts commands as processes that need nobody: their output and their exit code go to files."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import attrs

from runyard.errors import InvalidInput, Unavailable
from runyard.protocols.environment import Environment, Report
from runyard.protocols.project import Launch
from runyard.settings import Settings
from runyard.variables import LEAKING
from runyard_backend_local.execution import LocalExecution
from runyard_backend_local.files import CODE, LAUNCH, OUTPUT, PROCESS
from runyard_backend_local.settings import GRACE

# The shell around the command says who it is before the command starts, and how that ended after it has: so both are
# known when whoever launched it is gone. Its traps keep it waiting for the command, which gets the signals as well.
_WRAPPER = f"""
trap : HUP INT TERM
echo $$ > "$1/{PROCESS}"
bash -c "$2"
code=$?
echo $code > "$1/{CODE}"
exit $code
"""


def local(settings: Settings) -> LocalBackend:
    """The backend `local`."""
    return LocalBackend(grace=float(settings.lookup(GRACE).value))


@attrs.frozen
class LocalBackend:
    """Processes of this machine."""

    grace: float = 10.0

    def launch(self, launch: Launch, report: Report) -> LocalExecution:
        if launch.image is not None:
            raise InvalidInput(
                f"{launch.name} asks for the container {launch.image.image}; run it with --backend docker"
            )
        if launch.config:
            raise InvalidInput(f"the backend local has no configuration, and {', '.join(launch.config)} is given")
        bash = shutil.which("bash")
        if bash is None:
            raise Unavailable("the commands of projects are for bash, which is not installed")
        environment = launch.environment(report)
        holds = environment.holds if environment else ()
        with (launch.state / OUTPUT).open("wb") as output:
            process = subprocess.Popen(  # noqa: S603 - running the project's command is what is asked for
                [bash, "-c", _WRAPPER, "runyard", str(launch.state), launch.command],
                cwd=launch.folder,
                env=variables(launch, environment, os.environ),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                pass_fds=holds,
            )
        return LocalExecution(state=launch.state, grace=self.grace, child=process)

    def find(self, run_id: str, state: Path) -> LocalExecution | None:  # noqa: ARG002 - its folder says all
        found = LocalExecution(state=state, grace=self.grace)
        return found if found.was_started() else None


def variables(launch: Launch, environment: Environment | None, here: Mapping[str, str]) -> dict[str, str]:
    """The environment variables of the command: those here, the environment's, and what leads to its run."""
    if environment is None:
        # Where nothing else is asked for, `python` is the Python that launches it.
        path = f"{Path(sys.executable).parent}{os.pathsep}{here.get('PATH', os.defpath)}"
        kept = {**here, "PATH": path}
    else:
        kept = {**{name: value for name, value in here.items() if name not in LEAKING}, **environment.variables}
    return {"PYTHONUNBUFFERED": "1", **kept, **launch.variables, LAUNCH: str(launch.state)}
