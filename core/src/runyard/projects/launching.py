"""Launch a run of a project: fetch it, check what is asked of it, create the run, start the command."""

from __future__ import annotations

import sys
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path

import attrs

from runyard.entities import Run, RunStatus, RunUpdate
from runyard.errors import RunyardError
from runyard.host import Host
from runyard.models.isolation import settings_as_variables
from runyard.projects import sources
from runyard.projects.environments import describe as describe_environment
from runyard.projects.environments import make, manager_of
from runyard.projects.inputs import Inputs, bring
from runyard.projects.launches import LaunchFolder, launch_folder
from runyard.projects.loading import load_project
from runyard.projects.project import EntryPoint, EnvironmentKind, Project
from runyard.projects.request import RunRequest
from runyard.projects.settling import Outcome, fail, settle
from runyard.projects.submitted import Echo, SubmittedRun
from runyard.protocols.environment import Environment, Report
from runyard.protocols.project import Execution, Launch, ProjectBackend
from runyard.running import RunSource, running
from runyard.tracking.client import Client
from runyard.tracking.starts import PARENT, USER, describe
from runyard.uris import hide_credentials

DOCKER = "docker"
BACKEND, ENTRY_POINT, ENVIRONMENT = "mlflow.project.backend", "mlflow.project.entryPoint", "mlflow.project.env"
SOURCE_NAME, SOURCE_TYPE, PROJECT = "mlflow.source.name", "mlflow.source.type", "PROJECT"
COMMIT, BRANCH, REPOSITORY = "mlflow.source.git.commit", "mlflow.source.git.branch", "mlflow.source.git.repoURL"
_WEB = ("http", "https")


@attrs.frozen
class _Prepared:
    """A request whose project is here and can be run as it is asked for."""

    source: sources.Source
    project: Project
    entry_point: EntryPoint
    values: Mapping[str, str]


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
        RunyardError: it cannot be started; its run is FAILED and has the reason as the tag `runyard.failure`.
    """
    run_id = request.run_id or uuid.uuid4().hex
    folder = launch_folder(client.host, run_id)
    folder.take()
    return _Launcher(request, client, run_id, folder, report or _to_standard_error, echo).launch()


@attrs.define
class _Launcher:
    request: RunRequest
    client: Client
    run_id: str
    folder: LaunchFolder
    report: Report
    echo: Echo | None
    run: Run | None = None
    python: Path | None = None

    @property
    def host(self) -> Host:
        return self.client.host

    def launch(self) -> SubmittedRun:
        try:
            return self._launch()
        except BaseException as error:
            self._mark(error)
            self.folder.clear()
            raise

    def _launch(self) -> SubmittedRun:
        request, prepared = self.request, self._prepare()
        backend: ProjectBackend = self.host.project_backends.resolve(place_of(request, prepared.project))(
            self.host.settings
        )
        self.run = self._create(prepared)
        self._log_params(prepared.values)
        inputs = self._bring(prepared)
        execution = self._start(backend, prepared, inputs)
        return SubmittedRun(self.run_id, execution, self._settle_with(execution), self.echo, request.limit)

    def _prepare(self) -> _Prepared:
        request = self.request
        source = request.source or sources.fetch(request.uri, request.version, lambda: self.folder.source, self.host)
        project = load_project(source.folder)
        entry_point = project.entry_point(request.entry_point)
        values = entry_point.values(request.parameters)
        entry_point.line(values)  # a command that cannot be written is found before anything is done
        return _Prepared(source, project, entry_point, values)

    def _create(self, prepared: _Prepared | None) -> Run:
        """The run with all that is known of it; of one that is there already, that is added."""
        tags = {**self._tags(prepared), **self.request.tags}
        if self.request.run_id is not None:
            run = self.client.get_run(self.run_id)
            self.client.check_writable(self.run_id)
            self.client.recorder.update_run(RunUpdate(run_id=self.run_id, status=RunStatus.RUNNING))
            self.client.recorder.run(self.run_id).set_tags(tags)
            return run
        settings = self.host.settings
        experiment_id = self.request.experiment_id
        named = self.request.experiment_name
        if experiment_id is None and named is None:
            experiment_id = settings.experiment_id or None
            named = None if experiment_id else settings.experiment_name or "Default"
        start = describe(
            user=settings.user or tags.get(USER) or self.client.user,
            experiment_id=experiment_id,
            experiment_name=named,
            run_name=self.request.run_name,
            tags=tags,
        )
        return self.client.recorder.start_run(attrs.evolve(start, run_id=self.run_id))

    def _tags(self, prepared: _Prepared | None) -> dict[str, str]:
        request = self.request
        parent = {} if request.parent_run_id is None else {PARENT: request.parent_run_id}
        known = {
            SOURCE_NAME: hide_credentials(request.uri),
            SOURCE_TYPE: PROJECT,
            ENTRY_POINT: request.entry_point,
            BACKEND: request.backend,
        }
        if prepared is None:
            return {**self.host.run_context(), **known, **parent}
        source = prepared.source
        name = source.described(source.uri)
        with running(RunSource(name=name, kind=PROJECT, folder=source.folder)):
            context = self.host.run_context()
        is_image = prepared.project.environment.kind is EnvironmentKind.DOCKER
        env = DOCKER if is_image else manager_of(prepared.project, request.env_manager)
        found = {COMMIT: source.commit, BRANCH: source.branch, REPOSITORY: source.repository}
        said = {key: value for key, value in found.items() if value}
        return {**context, **known, SOURCE_NAME: name, ENVIRONMENT: env, **said, **parent}

    def _log_params(self, values: Mapping[str, str]) -> None:
        assert self.run is not None
        new = {name: value for name, value in values.items() if name not in self.run.data.params}
        if new:
            self.client.recorder.run(self.run_id).log_params(new)
        # The program reads its run from the store.
        self.client.recorder.flush()

    def _bring(self, prepared: _Prepared) -> Inputs:
        storage = self.request.storage_dir
        return bring(
            prepared.entry_point,
            prepared.values,
            self.request.parameters,
            prepared.project.folder,
            lambda: self.folder.inputs if storage is None else storage / self.run_id,
            self.host,
        )

    def _start(self, backend: ProjectBackend, prepared: _Prepared, inputs: Inputs) -> Execution:
        assert self.run is not None
        project, request = prepared.project, self.request
        stays = not prepared.source.root.is_relative_to(self.folder.path)
        manager = manager_of(project, request.env_manager)

        def environment(report: Report) -> Environment | None:
            made = make(project, manager, self.host, report, stays=stays)
            self.python = Path(sys.executable) if made is None else made.python
            return made

        self.folder.note(backend=place_of(request, project), tracking_uri=self.client.tracking_uri)
        execution = backend.launch(
            Launch(
                run_id=self.run_id,
                experiment_id=self.run.info.experiment_id,
                name=project.name or project.folder.name,
                folder=project.folder,
                root=prepared.source.root,
                command=prepared.entry_point.line(inputs.values),
                variables=self._variables(),
                state=self.folder.state,
                inputs=inputs.paths,
                image=project.environment.image,
                describe=lambda: describe_environment(project, self.host, stays=stays),
                environment=environment,
                config=request.config,
            ),
            self.report,
        )
        if request.run_id is None:
            name = self.run.data.tags.get(SOURCE_NAME, request.uri)
            with running(RunSource(name=name, kind=PROJECT, folder=project.folder, python=self.python)):
                self.host.notify("runyard_run_started", run=self.run)
        return execution

    def _variables(self) -> dict[str, str]:
        """What leads the program to its run, whether it speaks to Runyard or to MLflow."""
        assert self.run is not None
        uri = self.client.tracking_uri
        known = {"RUN_ID": self.run_id, "EXPERIMENT_ID": self.run.info.experiment_id, "TRACKING_URI": uri}
        ours = {f"RUNYARD_{name}": value for name, value in known.items() if value}
        # MLflow's own package can follow to servers only.
        theirs = {f"MLFLOW_{name}": value for name, value in known.items() if value}
        follows = uri.partition(":")[0] in _WEB
        data = {"RUNYARD_DATA_DIR": str(self.host.settings.data_path)}
        return {**settings_as_variables(self.host), **data, **ours, **(theirs if follows else {})}

    def _settle_with(self, execution: Execution) -> Callable[[Outcome], RunStatus]:
        def settled(outcome: Outcome) -> RunStatus:
            status = settle(self.client, self.run_id, execution, outcome)
            self.folder.clear()
            return status

        return settled

    def _mark(self, error: BaseException) -> None:
        """The run says why it could not be started; one that was not created yet is, so that somebody finds it."""
        reason = str(error) if isinstance(error, RunyardError) else f"{type(error).__name__}: {error}"
        status = RunStatus.KILLED if isinstance(error, KeyboardInterrupt) else RunStatus.FAILED
        try:
            if self.run is None:
                self.run = self._create(None)
            fail(self.client, self.run_id, reason, status)
        except RunyardError as problem:
            error.add_note(f"runyard: run {self.run_id} could not be marked as failed: {problem}")


def place_of(request: RunRequest, project: Project) -> str:
    """The backend; a project that asks for a container runs in one, as MLflow's local backend does it too."""
    is_image = project.environment.kind is EnvironmentKind.DOCKER
    return DOCKER if request.backend == "local" and is_image else request.backend


def _to_standard_error(line: str) -> None:
    sys.stderr.write(f"{line}\n")
