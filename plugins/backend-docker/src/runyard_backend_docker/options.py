"""What a user tells the backend."""

from __future__ import annotations

import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import attrs

from runyard.errors import InvalidInput, did_you_mean
from runyard_backend_docker.arguments import read_arguments, together

KEYS: Mapping[str, str] = MappingProxyType(
    {
        "image": "the base of the image where the project names none",
        "build_image": "true makes the image anew; false runs the image that is named as it is, without the code",
        "pull": "when the base is fetched: missing (the default), always or never",
        "docker_auth": "username, password and registry, to log in where images come from",
        "docker_args": "options of docker run, by name; true for a flag, a list for what is given several times",
        "cpus": "how many processors it may use, such as 1.5",
        "memory": "how much memory it may use, such as 4g",
        "gpus": "all, a number, or device=0,1",
        "shm_size": "the size of /dev/shm, such as 2g",
        "network": "the network that it is in, such as bridge, host or none",
        "platform": "the kind of machine, such as linux/amd64",
        "user": "who it runs as: a name, 1000:1000, or image for the user whom the image names",
        "volumes": "folders that it sees, such as [/data:/data:ro]",
        "environment": "environment variables: names to copy from here, and [name, value] pairs",
    }
)
_ARGUMENTS = {"cpus": "cpus", "gpus": "gpus", "memory": "memory", "network": "network", "platform": "platform"}
_ARGUMENTS |= {"shm_size": "shm-size", "user": "user", "volumes": "volume"}
_PULL = ("missing", "always", "never")
_LOGIN = ("username", "password", "registry", "email")


@attrs.frozen(kw_only=True)
class Options:
    """The same, read. `build_image` is None where the image is found again; `arguments` are the SDK's."""

    image: str | None = None
    build_image: bool | None = None
    pull: str = "missing"
    login: Mapping[str, str] = attrs.field(factory=dict, repr=False)
    environment: tuple[str | tuple[str, str], ...] = ()
    arguments: Mapping[str, Any] = attrs.field(factory=dict, repr=False)

    @property
    def platform(self) -> str | None:
        """The kind of machine that images are for; None for the engine's own."""
        return self.arguments.get("platform")

    @property
    def network(self) -> str | None:
        """The network that is asked for."""
        return self.arguments.get("network_mode")


def read_options(config: Mapping[str, Any]) -> Options:
    """Read a configuration.

    Raises:
        InvalidInput: a key is unknown, or its value is none of it.
    """
    for key in config:
        if key not in KEYS:
            raise InvalidInput(
                f"the backend docker has no option {key!r}{did_you_mean(key, KEYS)} (it has: {', '.join(KEYS)})"
            )
    arguments = read_arguments(_mapping(config, "docker_args"), "docker_args")
    short = {name: config[key] for key, name in _ARGUMENTS.items() if config.get(key) is not None}
    for name, value in read_arguments(short, "the configuration of the backend docker").items():
        arguments[name] = together(arguments.get(name), value)
    return Options(
        image=_text(config, "image"),
        build_image=_flag(config, "build_image"),
        pull=_choice(config, "pull", _PULL),
        login=_login(config),
        environment=_environment(config),
        arguments=arguments,
    )


def _text(config: Mapping[str, Any], key: str) -> str | None:
    found = config.get(key)
    if found is not None and (not isinstance(found, str) or not found.strip()):
        raise _wrong(key, found, "a text")
    return found


def _flag(config: Mapping[str, Any], key: str) -> bool | None:
    found = config.get(key)
    if found is not None and not isinstance(found, bool):
        raise _wrong(key, found, "true or false")
    return found


def _choice(config: Mapping[str, Any], key: str, choices: tuple[str, ...]) -> str:
    found = config.get(key) or choices[0]
    if found not in choices:
        raise _wrong(key, found, f"one of {', '.join(choices)}")
    return str(found)


def _mapping(config: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    found = config.get(key) or {}
    if not isinstance(found, Mapping):
        raise _wrong(key, found, "a mapping of names to values")
    return found


def _login(config: Mapping[str, Any]) -> dict[str, str]:
    found = _mapping(config, "docker_auth")
    unknown = [key for key in found if key not in _LOGIN]
    if unknown or (found and not found.get("username")):
        # What it holds is not shown: it is secret.
        raise InvalidInput(f"docker_auth must have a username, and may have {', '.join(_LOGIN[1:])}")
    return {key: str(value) for key, value in found.items()}


def _environment(config: Mapping[str, Any]) -> tuple[str | tuple[str, str], ...]:
    found = config.get("environment") or ()
    if isinstance(found, Mapping):
        return tuple((str(name), str(value)) for name, value in found.items())
    said: list[str | tuple[str, str]] = []
    for one in found if isinstance(found, list | tuple) else [None]:
        if isinstance(one, str):
            said.append(one)
        elif isinstance(one, list | tuple) and len(one) == 2:
            said.append((str(one[0]), str(one[1])))
        else:
            raise _wrong("environment", found, "a mapping, or a list of names and of [name, value] pairs")
    return tuple(said)


def _wrong(key: str, found: object, expected: str) -> InvalidInput:
    return InvalidInput(f"{key} of the backend docker must be {expected}, not {json.dumps(found, default=str)}")
