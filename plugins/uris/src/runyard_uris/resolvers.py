"""Resolves `runs:` and `models:` to where the artifacts lie."""

from __future__ import annotations

from runyard.host import Host
from runyard.protocols.logged_models import logged_model_at
from runyard.protocols.model_uris import LoggedModelUri, ModelUri, rest_of
from runyard.uris import Uri, artifact_path
from runyard.validation import check_run_id

RUN_FORM = "runs:/RUN_ID/PATH, where PATH may be left out"


def resolve_run(uri: Uri, host: Host) -> Uri:
    """Where an artifact of a run lies: in the logged model that the path begins with, else in the run's own folder.

    Raises:
        InvalidInput: it does not read `runs:/RUN_ID/PATH`, or the path leads out of the run.
        NotFound: there is no such run.
    """
    run_id, _, path = rest_of(uri, RUN_FORM).partition("/")
    below = artifact_path(path)
    store = host.tracking_store()
    run = store.get_run(check_run_id(run_id)).info
    root = run.artifact_uri
    found = logged_model_at(store, run, below)
    if found is not None:
        root, below = found[0].artifact_uri, found[1]
    return Uri.parse(root, relative_to=host.settings.root).join(below)


def resolve_model(uri: Uri, host: Host) -> Uri:
    """Where the files of a logged model or of a registered model's version lie.

    Raises:
        InvalidInput: it has none of the forms, or a path in it leads out of the model.
        NotFound: there is no such model, version, stage or alias, or there was none then.
    """
    logged = LoggedModelUri.parse(uri)
    if logged is not None:
        root, path = logged.find(host.tracking_store()).artifact_uri, logged.path
    else:
        asked = ModelUri.parse(uri)
        root, path = asked.find(host.registry_store()).location, asked.path
    return Uri.parse(root, relative_to=host.settings.root).join(path)
