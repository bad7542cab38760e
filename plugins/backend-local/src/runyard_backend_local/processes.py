"""The processes of a launch, known by an environment variable that all of them inherit."""

from __future__ import annotations

import os

import psutil

from runyard_backend_local.files import LAUNCH


def any_of(launch: str) -> bool:
    """Whether any process of a launch is there."""
    return bool(_of(launch))


def is_running(process: int, launch: str) -> bool:
    """Whether a process is there and is one of a launch: numbers are given again."""
    try:
        found = psutil.Process(process)
        return found.status() != psutil.STATUS_ZOMBIE and found.environ().get(LAUNCH) == launch
    except psutil.Error:
        return False


def end_all(launch: str, root: int | None, grace: float) -> None:
    """End what is of a launch, or was started by `root`: kindly first, after some seconds at once."""
    found = _of(launch, root)
    for one in found:
        _tell(one, kill=False)
    psutil.wait_procs(found, timeout=grace)
    while found := _of(launch, root):
        for one in found:
            _tell(one, kill=True)
        psutil.wait_procs(found, timeout=1)


def _of(launch: str, root: int | None = None) -> list[psutil.Process]:
    here = os.getpid()
    found = {}
    for one in psutil.process_iter():
        try:
            is_one = one.pid != here and one.status() != psutil.STATUS_ZOMBIE and one.environ().get(LAUNCH) == launch
        except psutil.Error:
            continue
        if is_one:
            found[one.pid] = one
    if root is not None:
        try:
            below = psutil.Process(root).children(recursive=True)
        except psutil.Error:
            below = []
        found |= {one.pid: one for one in below if one.is_running() and one.status() != psutil.STATUS_ZOMBIE}
    return list(found.values())


def _tell(process: psutil.Process, *, kill: bool) -> None:
    try:
        process.kill() if kill else process.terminate()
    except psutil.Error:
        return
