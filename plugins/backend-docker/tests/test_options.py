"""What a user may tell the backend, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from runyard.errors import InvalidInput
from runyard_backend_docker.options import KEYS, Options, read_options


def arguments(**given: Any) -> dict[str, Any]:
    return dict(read_options({"docker_args": given}).arguments)


def test_nothing_is_told() -> None:
    assert read_options({}) == Options()


def test_every_option_is_known() -> None:
    given = {
        "image": "a",
        "build_image": True,
        "pull": "never",
        "docker_auth": {"username": "me", "password": "hush"},
        "docker_args": {"t": True},
        "cpus": 1.5,
        "memory": "4g",
        "gpus": "all",
        "shm_size": "2gb",
        "network": "none",
        "platform": "linux/amd64",
        "user": "1000:1000",
        "volumes": ["/a:/b"],
        "environment": ["HOME", ["MODE", "fast"]],
    }
    assert set(given) == set(KEYS)
    found = read_options(given)
    assert (found.image, found.build_image, found.pull, found.platform) == ("a", True, "never", "linux/amd64")
    assert found.environment == ("HOME", ("MODE", "fast"))
    assert found.arguments.pop("device_requests")[0]["Capabilities"] == [["gpu"]]  # type: ignore[attr-defined]
    assert found.arguments == {
        "tty": True, "nano_cpus": 1_500_000_000, "mem_limit": "4g", "shm_size": "2g", "network_mode": "none",
        "platform": "linux/amd64", "user": "1000:1000", "volumes": ["/a:/b"],
    }  # fmt: skip
    assert "hush" not in repr(found)


def test_options_of_docker_run_have_their_names_and_letters() -> None:
    assert arguments(m="1g", v=["/a:/b", "/c:/d"], e="A=x=y", **{"--cap-add": "SYS_PTRACE", "--rm": True}) == {
        "mem_limit": "1g", "volumes": ["/a:/b", "/c:/d"], "environment": {"A": "x=y"}, "cap_add": ["SYS_PTRACE"],
    }  # fmt: skip
    assert arguments(p=["127.0.0.1:8888:80", "53/udp"])["ports"] == {"80/tcp": ("127.0.0.1", 8888), "53/udp": None}
    assert arguments(gpus="device=0,2")["device_requests"][0]["DeviceIDs"] == ["0", "2"]
    assert arguments(ulimit="nofile=1:2")["ulimits"][0] == {"Name": "nofile", "Soft": 1, "Hard": 2}
    assert arguments(init=False) == {}


def test_volumes_of_both_are_together_and_what_is_said_of_one_counts() -> None:
    found = read_options({"docker_args": {"v": "/a:/b", "memory": "1g"}, "volumes": ["/c:/d"], "memory": "2g"})
    assert found.arguments == {"volumes": ["/a:/b", "/c:/d"], "mem_limit": "2g"}


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ({"memry": "1g"}, "no option 'memry', did you mean 'memory'?"),
        ({"memory": "much"}, "memory is 'much', and must be a size, such as 512m or 2g"),
        ({"cpus": "few"}, "must be a number of processors"),
        ({"cpus": 0}, "must be a number of processors"),
        ({"gpus": "some"}, "must be all, a number, or device=0,1"),
        ({"pull": "sometimes"}, 'pull of the backend docker must be one of missing, always, never, not "sometimes"'),
        ({"build_image": "yes"}, "build_image of the backend docker must be true or false"),
        ({"image": 3}, "image of the backend docker must be a text, not 3"),
        ({"environment": [["A"]]}, "environment of the backend docker must be a mapping, or a list"),
        ({"docker_args": ["x"]}, "docker_args of the backend docker must be a mapping"),
        ({"docker_args": {"restart": "always"}}, "docker_args: the option 'restart' is none that a container can have"),
        ({"docker_args": {"memory": True}}, "memory is True, and must have a value"),
        ({"docker_args": {"tty": "x"}}, "must be true or false"),
        ({"docker_args": {"p": "80-90:80"}}, "without ranges"),
        ({"docker_args": {"ulimit": "nofile"}}, "must be such as nofile=1024:2048"),
    ],
)
def test_what_is_wrong_is_said(config: dict[str, Any], said: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        read_options(config)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_login_is_never_shown() -> None:
    with pytest.raises(InvalidInput, match="docker_auth must have a username") as caught:
        read_options({"docker_auth": {"password": "hush"}})
    assert "hush" not in str(caught.value)
