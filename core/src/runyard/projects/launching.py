"""Launch a run of a project: fetch it, check what is asked of it, create the run, start the command."""

from __future__ import annotations

import sys
import uuid
from collections.abc import Callable
from pathlib import Path

import attrs

from runyard.entities import Run, RunStatus
from runyard.environments import LOCAL
from runyard.environments.reports import to_standard_error
from runyard.host import Host
from runyard.projects.inputs import Inputs, bring
from runyard.projects.keeping import Keeper
from runyard.projects.launches import LaunchFolder, launch_folder
from runyard.projects.preparing import Prepared, prepare
from runyard.projects.request import RunRequest
from runyard.projects.runs import PROJECT, SOURCE_NAME, create_run, mark_failed
from runyard.projects.settling import Outcome, settle
from runyard.projects.submitted import Echo, SubmittedRun
from runyard.protocols.environment import Environment, EnvironmentDescription, Report
from runyard.protocols.project import Execution, Launch, ProjectBackend
from runyard.running import RunSource, running
from runyard.tracking.client import Client
from runyard.variables import settings_as_variables

_WEB = ("http", "https")


def launch(
    request: RunRequest, client: Client, *, report: Report | None = None, echo: Echo | None = None
) -> SubmittedRun:
    """Start a run of a project; it goes on by itself until it is followed to its end.

    Args:
        request: What is wanted.
        client: Where it is tracked, and whose host's plugins hold.
        report: Told each line of what is done before the command starts.
        echo: Given what the command writes.

    Raises:
        Conflict: another process looks after that run.
        RunyardError: it cannot be started; its run is FAILED and has the reason as the tag `runyard.failure`.
    """
    run_id = request.run_id or uuid.uuid4().hex
    folder = launch_folder(client.host, run_id)
    folder.claim()
    launcher = _Launcher(request, client, run_id, folder, report or to_standard_error)
    try:
        execution = launcher.launch()
    except BaseException as error:
        mark_failed(client, request, run_id, launcher.run, error)
        folder.clear()
        raise
    settled, keep = settled_by(client, folder, execution), Keeper(client, run_id, execution)
    return SubmittedRun(run_id, execution, settled, echo, request.limit, keep)


def settled_by(client: Client, folder: LaunchFolder, execution: Execution) -> Callable[[Outcome], RunStatus]:
    """What settles the run of a launch, and removes what was kept of it."""

    def settled(outcome: Outcome) -> RunStatus:
        status = settle(client, folder.run_id, execution, outcome)
        folder.clear()
        return status

    return settled


@attrs.define
class _Launcher:
    request: RunRequest
    client: Client
    run_id: str
    folder: LaunchFolder
    report: Report
    run: Run | None = None
    python: Path | None = None

    @property
    def host(self) -> Host:
        return self.client.host

    def launch(self) -> Execution:
        prepared = prepare(self.request, lambda: self.folder.source, self.host)
        backend: ProjectBackend = self.host.project_backends.resolve(prepared.backend)(self.host.settings)
        self.run = run = create_run(self.client, self.request, self.run_id, prepared)
        new = {name: value for name, value in prepared.values.items() if name not in run.data.params}
        if new:
            self.client.recorder.run(self.run_id).log_params(new)
        self.client.recorder.flush()  # the program reads its run from the store
        self.folder.note(backend=prepared.backend, tracking_uri=self.client.tracking_uri, grid=self.request.grid)
        execution = backend.launch(self._launch(run, prepared, self._bring(prepared)), self.report)
        if self.request.run_id is None:
            self._tell(run, prepared)
        return execution

    def _bring(self, prepared: Prepared) -> Inputs:
        storage = self.request.storage_dir
        return bring(
            prepared.entry_point,
            prepared.values,
            self.request.parameters,
            prepared.project.folder,
            lambda: self.folder.inputs if storage is None else storage / self.run_id,
            self.host,
        )

    def _launch(self, run: Run, prepared: Prepared, inputs: Inputs) -> Launch:
        project = prepared.project
        stays = not prepared.source.root.is_relative_to(self.folder.path.parent)

        def environment(report: Report) -> Environment | None:
            self.python = Path(sys.executable)
            if prepared.manager == LOCAL:
                return None
            from runyard.projects.environments import make

            made = make(project, prepared.manager, self.host, report, stays=stays)
            self.python = made.python
            return made

        def description() -> EnvironmentDescription | None:
            from runyard.projects.environments import describe

            return describe(project, self.host, stays=stays)

        return Launch(
            run_id=self.run_id,
            experiment_id=run.info.experiment_id,
            artifact_uri=run.info.artifact_uri,
            name=project.name or project.folder.name,
            folder=project.folder,
            root=prepared.source.root,
            command=prepared.entry_point.line(inputs.values),
            variables=self._variables(run),
            state=self.folder.state,
            inputs=inputs.paths,
            image=project.environment.image,
            describe=description,
            environment=environment,
            config=self.request.config,
        )

    def _variables(self, run: Run) -> dict[str, str]:
        """What leads the program to its run, whether it speaks to Runyard or to MLflow."""
        uri = self.client.tracking_uri
        known = {"RUN_ID": self.run_id, "EXPERIMENT_ID": run.info.experiment_id, "TRACKING_URI": uri}
        ours = {f"RUNYARD_{name}": value for name, value in known.items() if value}
        # MLflow's own package can follow to servers only.
        follows = uri.partition(":")[0] in _WEB
        theirs = {f"MLFLOW_{name}": value for name, value in known.items() if value and follows}
        data = {"RUNYARD_DATA_DIR": str(self.host.settings.data_path)}
        return {**settings_as_variables(self.host), **data, **ours, **theirs}

    def _tell(self, run: Run, prepared: Prepared) -> None:
        """The run has begun; what listens notes the state of the project's code and packages, not of this process."""
        name = run.data.tags.get(SOURCE_NAME, self.request.uri)
        source = RunSource(name=name, kind=PROJECT, folder=prepared.project.folder, python=self.python)
        with running(source):
            self.host.notify("runyard_run_started", run=run)
