"""Starts commands of projects in containers, and finds these again by what is written on them."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import attrs
from docker import DockerClient
from docker.models.containers import Container
from docker.types import LogConfig

from runyard.errors import InvalidInput
from runyard.protocols.environment import Report
from runyard.protocols.project import Launch, Recipe
from runyard.settings import Settings
from runyard_backend_docker.arguments import together
from runyard_backend_docker.engine import address_of_engine, connect, explained
from runyard_backend_docker.execution import DockerExecution, remove
from runyard_backend_docker.images import Images
from runyard_backend_docker.options import Options, read_options
from runyard_backend_docker.reaching import HOST, Reach, reach_of, said_variables
from runyard_backend_docker.settings import GRACE, IMAGE

RUN, STATE = "runyard.run", "runyard.state"
"""The labels of a container that say whose it is."""

_ENGINE = "engine"  # the file in a launch's folder that says where its container is
_IMAGES_USER = "image"
# Where there is no bash, what is there has to do.
_SHELL = ["/bin/sh", "-c", 'if command -v bash >/dev/null; then exec bash -c "$1"; else exec sh -c "$1"; fi', "runyard"]
# All of the output has to be there until the run is settled, however the engine is configured.
_LOGS = LogConfig(type=LogConfig.types.JSON, config={"max-size": "1024g", "max-file": "1", "compress": "false"})


def containers(settings: Settings) -> DockerBackend:
    """The backend `docker`."""
    return DockerBackend(float(settings.lookup(GRACE).value), str(settings.lookup(IMAGE).value))


@attrs.frozen
class DockerBackend:
    """Containers of the Docker engine that the environment names."""

    grace: float
    template: str

    def launch(self, launch: Launch, report: Report) -> DockerExecution:
        options = read_options(launch.config)
        said = launch.image.environment if launch.image else ()
        reach = reach_of(launch, os.environ)
        reach.variables |= said_variables(said, os.environ, f"docker_env of {launch.name}")
        reach.variables |= said_variables(options.environment, os.environ, "the configuration of the backend docker")
        address = address_of_engine()
        client = connect(address)
        try:
            facts = _facts(client)
            user = _user(options, reach, facts)
            image = Images(client, options, self.template, report).of(launch, user)
            arguments = _arguments(launch, options, reach, facts, user, report)
            (launch.state / _ENGINE).write_text(address, encoding="utf-8")
            container = _started(client, image.tags[0] if image.tags else image.id, launch, arguments)
        except BaseException:
            client.close()
            raise
        return DockerExecution(client=client, container=container, folder=launch.state, grace=self.grace)

    def find(self, run_id: str, state: Path) -> DockerExecution | None:
        file = state / _ENGINE
        if not file.is_file():
            return None
        client = connect(file.read_text(encoding="utf-8"))
        labels = [f"{RUN}={run_id}", f"{STATE}={state}"]
        with explained(f"the container of run {run_id} cannot be looked for"):
            found = client.containers.list(all=True, filters={"label": labels})
        for container in found:
            if container.attrs["State"]["Status"] != "created":
                return DockerExecution(client=client, container=container, folder=state, grace=self.grace)
            remove(container)  # whoever made it was killed before it could start it
        client.close()
        return None

    def build(self, recipe: Recipe, report: Report) -> str:
        options = read_options(recipe.config)
        client = connect(address_of_engine())
        try:
            image = Images(client, options, self.template, report).of(recipe)
        finally:
            client.close()
        return str(image.tags[0] if image.tags else image.id)


def _arguments(
    launch: Launch, options: Options, reach: Reach, facts: Mapping[str, Any], user: str | None, report: Report
) -> dict[str, Any]:
    """The arguments for the container: what the launch needs, and what the user says, which goes before."""
    network: dict[str, Any] = {}
    if reach.needs_loopback and options.network is None and not _is_desktop(facts):
        report("a server is on this machine's own address, so the container is in this machine's network")
        network = {"network_mode": "host"}
    elif reach.needs_loopback and options.network not in {"host", "none"}:
        reach.by_name()
        network = {"extra_hosts": {HOST: "host-gateway"}}
    needed: dict[str, Any] = {
        "init": True,
        # Signals are for all that the command has started, as on a terminal.
        "environment": {"PYTHONUNBUFFERED": "1", "TINI_KILL_PROCESS_GROUP": "1", **_home(user), **reach.variables},
        "volumes": [_volume(one, launch.folder) for one in (launch.image.volumes if launch.image else ())],
        **network,
        **({"user": user} if user else {}),
    }
    asked = dict(options.arguments)
    asked["volumes"] = [_volume(one, launch.folder) for one in asked.get("volumes", [])]
    if asked.get("user") == _IMAGES_USER:
        del asked["user"]
    return {
        **needed,
        **{name: together(needed.get(name), value) for name, value in asked.items()},
        "mounts": reach.mounts,
        "log_config": _LOGS,
    }


def _started(client: DockerClient, image: str, launch: Launch, arguments: Mapping[str, Any]) -> Container:
    labels = {**arguments.get("labels", {}), RUN: launch.run_id, STATE: str(launch.state)}
    with explained(f"the container of {launch.name} cannot be made"):
        container = client.containers.create(
            image, [*_SHELL, launch.command], detach=True, **{**arguments, "labels": labels}
        )
    try:
        with explained(f"the container of {launch.name} cannot be started"):
            container.start()
            container.reload()
    except BaseException:
        remove(container)
        raise
    return container


def _facts(client: DockerClient) -> Mapping[str, Any]:
    with explained("the Docker engine cannot be asked what it is"):
        found: Mapping[str, Any] = client.info()
    return found


def _user(options: Options, reach: Reach, facts: Mapping[str, Any]) -> str | None:
    """Who the program runs as; None for whom the image names.

    Files that it writes to folders of this machine are to be the user's. Some engines see to that by themselves.
    """
    asked = options.arguments.get("user")
    if asked is not None:
        return None if asked == _IMAGES_USER else str(asked)
    if not hasattr(os, "getuid") or os.getuid() == 0 or not reach.writes_here:
        return None
    if _is_desktop(facts) or any("rootless" in one for one in facts.get("SecurityOptions") or ()):
        return None
    return f"{os.getuid()}:{os.getgid()}"


def _is_desktop(facts: Mapping[str, Any]) -> bool:
    """Whether the engine is in a virtual machine beside this one."""
    return sys.platform != "linux" or facts.get("OperatingSystem") == "Docker Desktop"


def _home(user: str | None) -> dict[str, str]:
    """A user whom the image does not know has no home there, and no name."""
    return {"HOME": "/tmp", "USER": user.partition(":")[0]} if user and user[0].isdigit() else {}  # noqa: S108


def _volume(said: str, folder: Path) -> str:
    """A volume; a relative path starts at the project."""
    source, colon, rest = said.partition(":")
    if source.startswith("~"):
        source = str(Path(source).expanduser())
    elif source in {".", ".."} or source.startswith(("./", "../")):
        source = str((folder / source).resolve())
    if not colon or not rest:
        raise InvalidInput(f"{said!r} is no volume; give one such as /data:/data, or /data:/data:ro")
    return f"{source}:{rest}"
