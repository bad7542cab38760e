"""The runs of projects in the tracking store: created with all that is known of them, and marked where they fail."""

from __future__ import annotations

import json

import attrs

from runyard.entities import Run, RunStatus, RunUpdate
from runyard.errors import RunyardError
from runyard.projects.preparing import DOCKER, Prepared
from runyard.projects.project import EnvironmentKind
from runyard.projects.request import RunRequest
from runyard.projects.settling import fail
from runyard.running import RunSource, running
from runyard.tracking.client import Client
from runyard.tracking.starts import PARENT, USER, describe
from runyard.uris import hide_credentials
from runyard.validation import MAX_TAG_VALUE

BACKEND, ENTRY_POINT, ENVIRONMENT = "mlflow.project.backend", "mlflow.project.entryPoint", "mlflow.project.env"
GIVEN = "runyard.project.parameters"
SOURCE_NAME, SOURCE_TYPE, PROJECT = "mlflow.source.name", "mlflow.source.type", "PROJECT"
COMMIT, BRANCH, REPOSITORY = "mlflow.source.git.commit", "mlflow.source.git.branch", "mlflow.source.git.repoURL"


def create_run(client: Client, request: RunRequest, run_id: str, prepared: Prepared | None) -> Run:
    """The run of a request, created; of one that is there already, what is known is added.

    Args:
        client: Where it is tracked.
        request: What is wanted.
        run_id: Its id.
        prepared: None where the project could not be fetched or asked.
    """
    tags = {**_tags(client, request, prepared), **request.tags}
    if request.run_id is not None:
        run = client.get_run(run_id)
        client.check_writable(run_id)
        client.recorder.update_run(RunUpdate(run_id=run_id, status=RunStatus.RUNNING))
        client.recorder.run(run_id).set_tags(tags)
        return run
    settings = client.host.settings
    experiment_id, named = request.experiment_id, request.experiment_name
    if experiment_id is None and named is None:
        experiment_id = settings.experiment_id or None
        named = None if experiment_id else settings.experiment_name or "Default"
    start = describe(
        user=settings.user or tags.get(USER) or client.user,
        experiment_id=experiment_id,
        experiment_name=named,
        run_name=request.run_name,
        tags=tags,
    )
    run = client.recorder.start_run(attrs.evolve(start, run_id=run_id))
    client.remember(run.info)
    return run


def mark_failed(client: Client, request: RunRequest, run_id: str, run: Run | None, error: BaseException) -> None:
    """The run says why it could not be started; one that was not created yet is, so that somebody finds it."""
    reason = str(error) if isinstance(error, RunyardError) else f"{type(error).__name__}: {error}"
    status = RunStatus.KILLED if isinstance(error, KeyboardInterrupt) else RunStatus.FAILED
    try:
        if run is None:
            create_run(client, request, run_id, None)
        fail(client, run_id, reason, status)
    except RunyardError as problem:
        error.add_note(f"runyard: run {run_id} could not be marked as failed: {problem}")


def _tags(client: Client, request: RunRequest, prepared: Prepared | None) -> dict[str, str]:
    parent = {} if request.parent_run_id is None else {PARENT: request.parent_run_id}
    given = json.dumps(dict(request.parameters), ensure_ascii=False)
    known = {
        # What the program logs as params beside these is none of what it was given.
        **({GIVEN: given} if len(given) <= MAX_TAG_VALUE else {}),
        SOURCE_NAME: hide_credentials(request.uri),
        SOURCE_TYPE: PROJECT,
        ENTRY_POINT: request.entry_point,
        BACKEND: request.backend,
    }
    if prepared is None:
        return {**client.host.run_context(), **known, **parent}
    source = prepared.source
    name = source.described()
    with running(RunSource(name=name, kind=PROJECT, folder=source.folder)):
        context = client.host.run_context()
    is_image = prepared.backend == DOCKER or prepared.project.environment.kind is EnvironmentKind.DOCKER
    env = DOCKER if is_image else prepared.manager
    found = {COMMIT: source.commit, BRANCH: source.branch, REPOSITORY: source.repository}
    said = {key: value for key, value in found.items() if value}
    return {**context, **known, SOURCE_NAME: name, ENVIRONMENT: env, **said, **parent}
