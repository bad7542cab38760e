"""Where the module-level functions track: the default host's settings, and one client for them."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Mapping
from typing import Any

import attrs

from runyard.entities import Experiment, LifecycleStage
from runyard.errors import AlreadyExists, InvalidInput, InvalidState, Unavailable
from runyard.host import Host, default_host
from runyard.tracking.client import Client
from runyard.uris import Uri
from runyard.validation import check_experiment_name

DEFAULT_EXPERIMENT = "Default"


@attrs.define
class _Session:
    """The client in use, and for which host and locations it was made."""

    client: Client | None = None
    key: tuple[Host, str, str] | None = None
    lock: threading.Lock = attrs.field(factory=threading.Lock)


_session = _Session()


def current_client() -> Client:
    """The client of the module-level functions; another one once the host or the tracking URI is another."""
    host = default_host()
    key = (host, host.settings.tracking_uri, host.settings.registry_uri)
    with _session.lock:
        if _session.client is None or _session.key != key:
            _session.client, _session.key = Client(host=host), key
        return _session.client


def set_tracking_uri(uri: str | os.PathLike[str]) -> None:
    """Track runs somewhere else from now on, child processes included; "" means the default again.

    Raises:
        NoSuchPlugin: nothing installed provides the URI's scheme.
    """
    host = default_host()
    location = _location(uri)
    if location:
        host.tracking_schemes.get(Uri.parse(location).dialect)
    changes = {"tracking_uri": location}
    if host.settings.experiment_name:
        changes["experiment_id"] = ""  # the id is one of the other store's; the name holds here too
    _change(host, "set_tracking_uri", changes)


def get_tracking_uri() -> str:
    return current_client().tracking_uri


def is_tracking_uri_set() -> bool:
    return bool(default_host().settings.tracking_uri)


def set_registry_uri(uri: str | os.PathLike[str]) -> None:
    """Register models somewhere else from now on; "" means beside the runs again."""
    host = default_host()
    location = _location(uri)
    if location:
        host.registry_schemes.get(Uri.parse(location).dialect)
    _change(host, "set_registry_uri", {"registry_uri": location})


def get_registry_uri() -> str:
    return current_client().registry_uri


def set_experiment(experiment_name: str | None = None, experiment_id: str | None = None) -> Experiment:
    """Make an experiment the one that new runs belong to; one that is named and missing is created.

    While the store cannot be reached, the name is kept and the experiment given back has no id yet.
    """
    if (experiment_name is None) == (experiment_id is None):
        raise InvalidInput("give either experiment_name or experiment_id")
    client = current_client()
    try:
        experiment = (
            _named(client, experiment_name) if experiment_name is not None else _numbered(client, experiment_id)
        )
    except Unavailable as error:
        if experiment_name is None:
            raise
        sys.stderr.write(f"runyard: {error}; experiment {experiment_name!r} is created when the store is back\n")
        experiment = Experiment(experiment_id="", name=experiment_name, artifact_location="")
    changes = {"experiment_id": experiment.experiment_id, "experiment_name": experiment.name}
    _change(client.host, "set_experiment", changes)
    return experiment


def current_experiment() -> tuple[str | None, str | None]:
    """The id, else the name, of the experiment that new runs belong to."""
    settings = default_host().settings
    if settings.experiment_id:
        return settings.experiment_id, None
    return None, settings.experiment_name or DEFAULT_EXPERIMENT


def current_experiment_id() -> str:
    """The id of the experiment that new runs belong to.

    Raises:
        NotFound: it was not created yet.
    """
    experiment_id, name = current_experiment()
    return experiment_id or current_client().experiment_id_of(str(name))


def take_run_id() -> str | None:
    """The run that the settings say to resume, the first time that it is asked for."""
    host = default_host()
    run_id = host.settings.run_id
    if run_id:
        host.settings = attrs.evolve(host.settings, run_id="")
    return run_id or None


def _named(client: Client, name: str) -> Experiment:
    check_experiment_name(name)
    found = client.get_experiment_by_name(name)
    if found is not None and found.lifecycle_stage is LifecycleStage.ACTIVE:
        return found
    try:
        return client.get_experiment(client.create_experiment(name))
    except AlreadyExists:  # another process was faster
        return client.get_experiment(client.experiment_id_of(name))


def _numbered(client: Client, experiment_id: str | None) -> Experiment:
    found = client.get_experiment(str(experiment_id))
    if found.lifecycle_stage is LifecycleStage.DELETED:
        raise InvalidState(
            f"experiment {found.name!r} is deleted; restore it first: runyard experiments restore {found.experiment_id}"
        )
    return found


def _location(uri: str | os.PathLike[str]) -> str:
    text = os.fspath(uri)
    return Uri.parse(text).text if text else ""


def _change(host: Host, source: str, changes: Mapping[str, str]) -> None:
    """Change settings of a host and say so in the environment, which child processes get."""
    origins = {**host.settings.origins, **dict.fromkeys(changes, source)}
    values: dict[str, Any] = {**changes, "origins": origins}
    host.settings = attrs.evolve(host.settings, **values)
    for name, value in changes.items():
        os.environ.pop(f"RUNYARD_{name.upper()}", None)
        if value:
            os.environ[f"RUNYARD_{name.upper()}"] = value
