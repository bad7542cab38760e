"""Options of `docker run`, as the arguments that the SDK has for them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import attrs
from docker.types import DeviceRequest, Ulimit

from runyard.errors import InvalidInput, did_you_mean


def read_arguments(given: Mapping[str, Any], where: str) -> dict[str, Any]:
    """Arguments of the SDK for options by name; a value may be a list, and is True for a flag.

    Raises:
        InvalidInput: an option is none that is passed on, or its value is none of it.
    """
    found: dict[str, Any] = {}
    for said, value in given.items():
        name = said.strip().lstrip("-") if len(said.strip().lstrip("-")) == 1 else said.strip().strip("-")
        name = _SHORT.get(name, name.replace("_", "-"))
        if name in _WITHOUT_MEANING or value is False or value is None:
            continue
        if name not in _OPTIONS:
            raise InvalidInput(
                f"{where}: the option {said!r} is none that a container can have here{did_you_mean(name, _OPTIONS)} "
                f"(there are: {', '.join(_OPTIONS)})"
            )
        option = _OPTIONS[name]
        try:
            read = option.read(value)
        except ValueError as error:
            raise InvalidInput(f"{where}: {said} is {value!r}, and {error}") from error
        found[option.argument] = together(found.get(option.argument), read)
    return found


def together(first: Any, second: Any) -> Any:
    """Both of what an argument is given; of what can be only one, the second."""
    if isinstance(first, list) and isinstance(second, list):
        return [*first, *second]
    if isinstance(first, dict) and isinstance(second, dict):
        return {**first, **second}
    return second


@attrs.frozen
class _Option:
    argument: str
    read: Callable[[Any], Any]


def _list(value: Any) -> list[str]:
    values = value if isinstance(value, Sequence) and not isinstance(value, str) else [value]
    if any(isinstance(one, bool) for one in values):
        raise ValueError("must have a value")
    return [str(one) for one in values]


def _text(value: Any) -> str:
    found = _list(value)
    if len(found) != 1 or not found[0]:
        raise ValueError("must be one text")
    return found[0]


def _number(value: Any) -> int:
    try:
        return int(_text(value))
    except ValueError:
        raise ValueError("must be a number") from None


def _flag(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    words = {"true": True, "1": True, "false": False, "0": False}
    try:
        return words[_text(value).lower()]
    except KeyError:
        raise ValueError("must be true or false") from None


def _cpus(value: Any) -> int:
    try:
        count = float(_text(value))
    except ValueError:
        raise ValueError("must be a number of processors, such as 1.5") from None
    if not 0 < count < 1e6:
        raise ValueError("must be a number of processors, such as 1.5")
    return round(count * 1e9)


def _size(value: Any) -> str:
    text = _text(value).lower()
    number = text.rstrip("b").rstrip("kmgt")
    if len(text) - len(number) > 2 or not number.isdigit():
        raise ValueError("must be a size, such as 512m or 2g")
    return text if not text.endswith("b") or text[:-1].isdigit() else text[:-1]


def _swap(value: Any) -> str:
    return "-1" if _text(value) == "-1" else _size(value)


def _gpus(value: Any) -> list[DeviceRequest]:
    text = _text(value).strip("\"'")
    kind, equals, devices = text.partition("=")
    if text == "all":
        return [DeviceRequest(count=-1, capabilities=[["gpu"]])]
    if text.isdigit():
        return [DeviceRequest(count=int(text), capabilities=[["gpu"]])]
    if equals and kind == "device" and devices:
        return [DeviceRequest(device_ids=devices.split(","), capabilities=[["gpu"]])]
    raise ValueError("must be all, a number, or device=0,1")


def _pairs(sign: str) -> Callable[[Any], dict[str, str]]:
    def read(value: Any) -> dict[str, str]:
        if isinstance(value, Mapping):
            return {str(key): str(one) for key, one in value.items()}
        return {key: one for key, _, one in (text.partition(sign) for text in _list(value))}

    return read


def _ports(value: Any) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for text in _list(value):
        head, _, inside = text.rpartition(":")
        address, _, outside = head.rpartition(":")
        number, _, protocol = inside.partition("/")
        if not number.isdigit() or not (outside.isdigit() or not outside):
            raise ValueError("must be such as 127.0.0.1:8888:8888, without ranges")
        port = int(outside) if outside else None
        found[f"{number}/{protocol or 'tcp'}"] = (address, port) if address else port
    return found


def _ulimits(value: Any) -> list[Ulimit]:
    found = []
    for text in _list(value):
        name, equals, limits = text.partition("=")
        soft, _, hard = limits.partition(":")
        if not equals or not soft.lstrip("-").isdigit() or not (hard or soft).lstrip("-").isdigit():
            raise ValueError("must be such as nofile=1024:2048")
        found.append(Ulimit(name=name, soft=int(soft), hard=int(hard or soft)))
    return found


# An option is what the user knows, so its name is the one of the command `docker run`.
_OPTIONS: Mapping[str, _Option] = MappingProxyType(
    {
        "add-host": _Option("extra_hosts", _pairs(":")),
        "cap-add": _Option("cap_add", _list),
        "cap-drop": _Option("cap_drop", _list),
        "cgroup-parent": _Option("cgroup_parent", _text),
        "cpu-period": _Option("cpu_period", _number),
        "cpu-quota": _Option("cpu_quota", _number),
        "cpu-shares": _Option("cpu_shares", _number),
        "cpus": _Option("nano_cpus", _cpus),
        "cpuset-cpus": _Option("cpuset_cpus", _text),
        "cpuset-mems": _Option("cpuset_mems", _text),
        "device": _Option("devices", _list),
        "dns": _Option("dns", _list),
        "dns-search": _Option("dns_search", _list),
        "domainname": _Option("domainname", _text),
        "entrypoint": _Option("entrypoint", _text),
        "env": _Option("environment", _pairs("=")),
        "gpus": _Option("device_requests", _gpus),
        "group-add": _Option("group_add", _list),
        "hostname": _Option("hostname", _text),
        "init": _Option("init", _flag),
        "interactive": _Option("stdin_open", _flag),
        "ipc": _Option("ipc_mode", _text),
        "label": _Option("labels", _pairs("=")),
        "mac-address": _Option("mac_address", _text),
        "memory": _Option("mem_limit", _size),
        "memory-reservation": _Option("mem_reservation", _size),
        "memory-swap": _Option("memswap_limit", _swap),
        "memory-swappiness": _Option("mem_swappiness", _number),
        "name": _Option("name", _text),
        "network": _Option("network_mode", _text),
        "oom-score-adj": _Option("oom_score_adj", _number),
        "pid": _Option("pid_mode", _text),
        "pids-limit": _Option("pids_limit", _number),
        "platform": _Option("platform", _text),
        "privileged": _Option("privileged", _flag),
        "publish": _Option("ports", _ports),
        "publish-all": _Option("publish_all_ports", _flag),
        "read-only": _Option("read_only", _flag),
        "runtime": _Option("runtime", _text),
        "security-opt": _Option("security_opt", _list),
        "shm-size": _Option("shm_size", _size),
        "stop-signal": _Option("stop_signal", _text),
        "storage-opt": _Option("storage_opt", _pairs("=")),
        "sysctl": _Option("sysctls", _pairs("=")),
        "tmpfs": _Option("tmpfs", _pairs(":")),
        "tty": _Option("tty", _flag),
        "ulimit": _Option("ulimits", _ulimits),
        "user": _Option("user", _text),
        "userns": _Option("userns_mode", _text),
        "uts": _Option("uts_mode", _text),
        "volume": _Option("volumes", _list),
        "volumes-from": _Option("volumes_from", _list),
        "workdir": _Option("working_dir", _text),
    }
)
_SHORT: Mapping[str, str] = MappingProxyType(
    {
        "P": "publish-all", "c": "cpu-shares", "e": "env", "h": "hostname", "i": "interactive", "l": "label",
        "m": "memory", "net": "network", "p": "publish", "t": "tty", "u": "user", "v": "volume", "w": "workdir",
    }
)  # fmt: skip
_WITHOUT_MEANING = frozenset({"rm"})  # a container is removed in any case, once its run is settled
