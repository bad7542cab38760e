"""How a container reaches what its program needs of this machine: folders, servers, credentials."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import unquote, urlsplit, urlunsplit

import attrs
from docker.types import Mount

from runyard.errors import InvalidInput
from runyard.protocols.project import Launch
from runyard.uris import Uri

HOST = "host.docker.internal"
"""The name of this machine within containers."""

_STORES = ("TRACKING_URI", "REGISTRY_URI")
_FOLDERS = ("RUNYARD_DATA_DIR",)
_AWS, _GOOGLE = "/.aws", "/.gcs"
_CREDENTIALS: Mapping[str, tuple[str, ...]] = {
    "s3": ("AWS_", "RUNYARD_STORE_S3_", "MLFLOW_S3_"),
    "azure": ("AZURE_",),
    "google": ("GOOGLE_CLOUD_PROJECT", "STORAGE_EMULATOR_HOST"),
    "hdfs": ("MLFLOW_KERBEROS_", "MLFLOW_PYARROW_EXTRA_CONF", "HADOOP_USER_NAME"),
    "server": ("MLFLOW_TRACKING_USERNAME", "MLFLOW_TRACKING_PASSWORD", "MLFLOW_TRACKING_TOKEN"),
}
_KINDS = {
    "s3": "s3", "r2": "s3", "b2": "s3", "wasb": "azure", "wasbs": "azure", "abfs": "azure", "abfss": "azure",
    "az": "azure", "gs": "google", "gcs": "google", "hdfs": "hdfs", "viewfs": "hdfs", "http": "server",
    "https": "server", "mlflow-artifacts": "server",
}  # fmt: skip


@attrs.define
class Reach:
    """Variables and mounts of a container."""

    variables: dict[str, str]
    mounts: list[Mount] = attrs.Factory(list)

    @property
    def writes_here(self) -> bool:
        """Whether files that it writes are files of this machine."""
        return any(not mount["ReadOnly"] for mount in self.mounts)

    @property
    def needs_loopback(self) -> bool:
        """Whether it has to reach a server that only this machine itself can."""
        return any(map(is_loopback, self.variables.values()))

    def by_name(self) -> None:
        """Name this machine as containers on a network of their own know it."""
        self.variables = {name: _elsewhere(value) for name, value in self.variables.items()}

    def mount(self, path: Path, target: str | None = None, *, read_only: bool = False) -> None:
        self.mounts.append(Mount(target or str(path), str(path), type="bind", read_only=read_only))


def reach_of(launch: Launch, here: Mapping[str, str]) -> Reach:
    """What the program of a launch needs of this machine: stores that are folders, inputs, credentials of storages."""
    reach = Reach(dict(launch.variables))
    places = [Uri.parse(value) for name, value in launch.variables.items() if name.endswith(_STORES)]
    places += [Uri.from_path(value) for name, value in launch.variables.items() if name in _FOLDERS]
    artifacts = Uri.parse(launch.artifact_uri)
    for folder in _outermost([folder for place in (*places, artifacts) if (folder := _folder(place)) is not None]):
        # Where it is not there yet, the engine would make it, as its own.
        folder.mkdir(parents=True, exist_ok=True)
        reach.mount(folder)
    for path in dict.fromkeys(launch.inputs):
        reach.mount(path, read_only=True)
    for kind in dict.fromkeys(_KINDS[place.scheme] for place in (artifacts, *places) if place.scheme in _KINDS):
        _give_credentials(kind, reach, here)
    return reach


def said_variables(said: Sequence[str | tuple[str, str]], here: Mapping[str, str], who: str) -> dict[str, str]:
    """Variables that are said: pairs, and names of what is copied from here.

    Raises:
        InvalidInput: one is not set here.
    """
    missing = [one for one in said if isinstance(one, str) and one not in here]
    if missing:
        raise InvalidInput(f"{who} copies environment variables that are not set here: {', '.join(map(str, missing))}")
    return dict((one, here[one]) if isinstance(one, str) else one for one in said)


def is_loopback(text: str) -> bool:
    """Whether a text is a URL of a server on this machine's loopback."""
    if "://" not in text:
        return False
    try:
        name = urlsplit(text).hostname or ""
    except ValueError:
        return False
    if name == "localhost":
        return True
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return False


def _elsewhere(text: str) -> str:
    if not is_loopback(text):
        return text
    parts = urlsplit(text)
    user, at, place = parts.netloc.rpartition("@")
    port = place.rpartition("]")[2].partition(":")[2] if place.startswith("[") else place.partition(":")[2]
    return urlunsplit(parts._replace(netloc=f"{user}{at}{HOST}{f':{port}' if port else ''}"))


def _folder(place: Uri) -> Path | None:
    """The folder of this machine in which a store is."""
    if place.scheme == "file":
        return place.local_path
    if place.dialect == "sqlite":
        path = unquote(place.text.partition(":///")[2].partition("?")[0])
        # Beside a database lie the files of what was not written into it yet.
        return Path(path).absolute().parent if path and path != ":memory:" else None
    return None


def _outermost(folders: Sequence[Path]) -> Iterator[Path]:
    found = dict.fromkeys(folder.absolute() for folder in folders)
    return (one for one in found if not any(one != other and one.is_relative_to(other) for other in found))


def _give_credentials(kind: str, reach: Reach, here: Mapping[str, str]) -> None:
    given = {name: value for name, value in here.items() if name.startswith(_CREDENTIALS[kind])}
    home = Path(here.get("HOME") or Path.home())
    if kind == "s3" and (home / ".aws").is_dir():
        reach.mount(home / ".aws", _AWS, read_only=True)
        given = {
            "AWS_CONFIG_FILE": f"{_AWS}/config",
            "AWS_SHARED_CREDENTIALS_FILE": f"{_AWS}/credentials",
            **{name: value for name, value in given.items() if not name.endswith("_FILE")},
        }
    file = here.get("GOOGLE_APPLICATION_CREDENTIALS", "")
    if kind == "google" and file:
        reach.mount(_file(file, "GOOGLE_APPLICATION_CREDENTIALS"), _GOOGLE, read_only=True)
        given["GOOGLE_APPLICATION_CREDENTIALS"] = _GOOGLE
    ticket = here.get("MLFLOW_KERBEROS_TICKET_CACHE", "")
    if kind == "hdfs" and ticket:
        reach.mount(_file(ticket, "MLFLOW_KERBEROS_TICKET_CACHE"), read_only=True)
    reach.variables |= {name: value for name, value in given.items() if name not in reach.variables}


def _file(path: str, name: str) -> Path:
    found = Path(path).expanduser().absolute()
    if not os.path.lexists(found):
        raise InvalidInput(f"{name} names {path}, and there is no such file")
    return found
