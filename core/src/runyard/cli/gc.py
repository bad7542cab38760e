"""`runyard gc`: erase deleted runs, logged models and experiments for good, artifacts and all."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import suppress

import attrs
import click

from runyard.cli import complete, output, search, text
from runyard.cli.context import Context, pass_context
from runyard.cli.lookup import PAGE, experiments, find_experiment, pages
from runyard.cli.progress import Progress
from runyard.entities import Experiment, LifecycleStage, LoggedModel, Run, ViewType
from runyard.errors import InvalidState, NoSuchPlugin, NotFound, NotSupported, RunyardError
from runyard.protocols.artifacts import ArtifactStore, StartedUpload, UploadsParts
from runyard.protocols.logged_models import KeepsLoggedModels, LoggedModelQuery
from runyard.protocols.tracking import Purges, capability
from runyard.uris import Uri, hide_credentials

GIVEN_UP = 7 * 24 * 3600.0  # seconds after which an upload that is not over counts as given up


@attrs.frozen
class LeftUpload:
    """An upload in parts that nobody went on with, and the artifacts of the experiment that it was for."""

    location: str
    upload: StartedUpload

    def __str__(self) -> str:
        return str(Uri.parse(self.location).join(self.upload.path))


@attrs.frozen
class Plan:
    """What is to be erased; `kept` counts what is deleted but too young, or of unknown age."""

    runs: Sequence[Run]
    models: Sequence[LoggedModel]
    experiments: Sequence[Experiment]
    uploads: Sequence[LeftUpload] = ()
    kept: int = 0

    @property
    def is_empty(self) -> bool:
        return not (self.runs or self.models or self.experiments or self.uploads)


@click.command()
@click.option("--older-than", metavar="AGE", help="Only what was deleted that long ago, such as 30d, 12h.")
@click.option(
    "--experiment",
    "-e",
    "names",
    multiple=True,
    metavar="EXPERIMENT",
    shell_complete=complete.experiment,
    help="Only this experiment and what is in it; can be given several times.",
)
@click.option("--dry-run", is_flag=True, help="Only say what would be erased.")
@output.yes_option
@output.json_option
@pass_context
def gc(context: Context, older_than: str | None, names: Sequence[str], dry_run: bool, yes: bool, as_json: bool) -> None:
    """Erase deleted runs, logged models and experiments for good, and parts of uploads that nobody went on with.

    Artifacts are erased first, then the run or model itself: where erasing artifacts fails, it stays, and another
    runyard gc goes on from there. What a registered model version comes from stays. An upload is given up a week
    after it was begun, or at the AGE. The exit code is 1 when something could not be erased.
    """
    store = capability(context.store, Purges)  # type: ignore[type-abstract]
    plan = _plan(context, names, _before(older_than))
    failures: dict[str, str] = {}
    if not dry_run and not plan.is_empty:
        output.confirm(f"Erase {_counted(plan)} for good, with all artifacts?", yes=yes)
        failures = _erase(context, store, plan)
    _report(plan, failures, dry_run=dry_run, as_json=as_json)
    if failures:
        raise click.exceptions.Exit(1)


def _before(older_than: str | None) -> float | None:
    """The time, in milliseconds, before which something must have been deleted."""
    if older_than is None:
        return None
    try:
        return (time.time() - text.parse_age(older_than)) * 1000
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--older-than") from error


def _plan(context: Context, names: Sequence[str], before: float | None) -> Plan:
    chosen = [find_experiment(context, name) for name in names] if names else list(experiments(context, ViewType.ALL))
    deleted = [found for found in chosen if found.lifecycle_stage is LifecycleStage.DELETED]
    old_experiments = [found for found in deleted if _old(found.deleted_time, before)]
    ids = [found.experiment_id for found in chosen]
    runs, _ = search.runs(context, ids, search.Options(limit=0, view=ViewType.DELETED_ONLY), columns=[])
    models = _deleted_models(context, ids)
    whole = {found.experiment_id for found in old_experiments}
    old_runs = [run for run in runs if run.info.experiment_id in whole or _old(run.info.deleted_time, before)]
    old_models = [model for model in models if model.experiment_id in whole or _old(model.deleted_time, before)]
    young = len(deleted) - len(old_experiments) + len(runs) - len(old_runs) + len(models) - len(old_models)
    return Plan(old_runs, old_models, old_experiments, _left_uploads(context, chosen, before), young)


def _left_uploads(context: Context, experiments: Sequence[Experiment], before: float | None) -> Sequence[LeftUpload]:
    oldest = (time.time() - GIVEN_UP) * 1000 if before is None else before
    found = []
    for experiment in experiments:
        location = experiment.artifact_location
        try:
            store = context.host.artifact_store(location)
            uploads = store.list_uploads() if isinstance(store, UploadsParts) else ()
        except NotSupported:
            continue
        except RunyardError as error:
            output.note(f"runyard: cannot look for uploads in {hide_credentials(location)}: {error}")
            continue
        found += [LeftUpload(location, upload) for upload in uploads if upload.started < oldest]
    return found


def _deleted_models(context: Context, experiment_ids: Sequence[str]) -> Sequence[LoggedModel]:
    store = context.store
    if not isinstance(store, KeepsLoggedModels) or not experiment_ids:
        return []
    query = LoggedModelQuery(experiment_ids=experiment_ids, view=ViewType.DELETED_ONLY, max_results=PAGE)
    return list(pages(lambda token: store.search_logged_models(attrs.evolve(query, page_token=token))))


def _old(deleted_time: int | None, before: float | None) -> bool:
    return before is None or (deleted_time is not None and deleted_time <= before)


def _erase(context: Context, store: Purges, plan: Plan) -> dict[str, str]:
    """Erase what was planned; what could not be, with the reason."""
    failures: dict[str, str] = {}
    held: dict[str, str] = {}
    with Progress("erasing", len(plan.runs), unit="runs") as progress:
        for run in plan.runs:
            try:
                _check_unregistered(context, f"run_id = '{run.info.run_id}'")
                _erase_artifacts(context, run.info.artifact_uri, run.info.run_id)
                store.purge_runs([run.info.run_id])
            except RunyardError as error:
                failures[f"run {run.info.run_id}"] = str(error)
                held.setdefault(run.info.experiment_id, "a run of it could not be erased")
            progress.advance()
    for model in plan.models:
        try:
            _check_unregistered(context, _of_model(model.model_id), model.model_id)
            _erase_artifacts(context, model.artifact_uri, model.model_id)
            capability(store, KeepsLoggedModels).purge_logged_models([model.model_id])  # type: ignore[type-abstract]
        except RunyardError as error:
            failures[f"logged model {model.model_id}"] = str(error)
            held.setdefault(model.experiment_id, "a logged model of it could not be erased")
    for left in plan.uploads:
        try:
            _give_up(context.host.artifact_store(left.location), [left.upload])
        except RunyardError as error:
            failures[f"upload {left}"] = str(error)
    for experiment in plan.experiments:
        what = f"experiment {experiment.experiment_id}"
        if experiment.experiment_id in held:
            failures[what] = held[experiment.experiment_id]
            continue
        try:
            store.purge_experiment(experiment.experiment_id)
        except RunyardError as error:
            failures[what] = str(error)
    return failures


def _of_model(model_id: str) -> str:
    """A copy of a version has the model's id, but another version as its source, which may be gone."""
    return f"model_id = '{model_id}' OR source_path LIKE '%{model_id}%'"


def _check_unregistered(context: Context, condition: str, model_id: str | None = None) -> None:
    """Refuse what has files that a registered model needs; a logged model is named by the version or its source."""
    try:
        versions = context.client.search_model_versions(condition, max_results=1 if model_id is None else PAGE)
    except NoSuchPlugin:  # no models can be registered there
        return
    for version in versions:
        is_named = version.model_id == model_id or model_id in version.source.replace(":", "/").split("/")
        if model_id is not None and not is_named:
            continue
        raise InvalidState(
            f"version {version.version} of model {version.name!r} comes from it; delete that first: "
            f"runyard models delete-version {version.name} {version.version}"
        )


def _erase_artifacts(context: Context, artifact_uri: str, folder: str) -> None:
    uri = context.host.resolve(artifact_uri)
    if folder not in uri.text.split("/"):
        raise InvalidState(f"its artifacts at {uri} are in no folder of its own; erase them by hand")
    store = context.host.artifact_store(uri)
    if isinstance(store, UploadsParts):
        with suppress(NotSupported):
            _give_up(store, store.list_uploads())
    try:
        store.delete("")
    except NotFound:
        return


def _give_up(store: ArtifactStore, uploads: Sequence[StartedUpload]) -> None:
    for upload in uploads:
        with suppress(NotFound):  # it is over
            capability(store, UploadsParts).abort_upload(upload.path, upload.upload_id)  # type: ignore[type-abstract]


def _report(plan: Plan, failures: dict[str, str], *, dry_run: bool, as_json: bool) -> None:
    if as_json:
        output.show_json(
            {
                "dry_run": dry_run,
                "runs": [run.info.run_id for run in plan.runs],
                "logged_models": [model.model_id for model in plan.models],
                "experiments": [found.experiment_id for found in plan.experiments],
                "uploads": [str(left) for left in plan.uploads],
                "kept": plan.kept,
                "failures": failures,
            }
        )
        return
    for experiment in plan.experiments:
        output.echo(f"experiment {experiment.experiment_id} {text.printable(experiment.name)}")
    for run in plan.runs:
        output.echo(f"run {run.info.run_id} {text.printable(run.info.run_name)}")
    for model in plan.models:
        output.echo(f"logged model {model.model_id} {text.printable(model.name)}")
    for left in plan.uploads:
        output.echo(f"upload {text.printable(left)}")
    for what, reason in failures.items():
        output.note(f"runyard: cannot erase {what}: {reason}")
    done = "to erase" if dry_run else "erased"
    kept = f", {plan.kept} deleted too recently or at an unknown time" if plan.kept else ""
    output.note(f"{_counted(plan)} {done}{f', {len(failures)} failed' if failures else ''}{kept}")


def _counted(plan: Plan) -> str:
    runs = _number(len(plan.runs), "run")
    models = f", {_number(len(plan.models), 'logged model')}" if plan.models else ""
    uploads = f", {_number(len(plan.uploads), 'upload')}" if plan.uploads else ""
    return f"{runs}{models}{uploads} and {_number(len(plan.experiments), 'experiment')}"


def _number(count: int, what: str) -> str:
    return f"{count} {what}{'s' * (count != 1)}"
