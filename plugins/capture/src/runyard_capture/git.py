"""The tags that say which commit ran; none where there is no git or no repository."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import attrs

from runyard.running import repository_root
from runyard.settings import Settings
from runyard.uris import hide_credentials
from runyard_capture import entry
from runyard_capture.memory import Remembered
from runyard_capture.settings import GIT

ROOT = "runyard.git.root"
TIMEOUT = 5.0  # seconds; a repository on a slow network drive must not hold up the run


@attrs.frozen
class State:
    """What git says of a working tree."""

    folder: Path
    commit: str
    branch: str
    url: str
    dirty: bool


_states: Remembered[State | None] = Remembered()


def tags(settings: Settings) -> Mapping[str, str]:
    """Commit, branch, repository and whether tracked files were changed since the commit."""
    found = state() if settings.lookup(GIT).value else None
    if found is None:
        return {}
    named = {"commit": found.commit, "branch": found.branch, "repoURL": found.url, "dirty": str(found.dirty).lower()}
    root = repository_root(found.folder)
    place = {} if root is None else {ROOT: str(root)}
    return {**{f"mlflow.source.git.{name}": value for name, value in named.items() if value}, **place}


def state() -> State | None:
    """The state of the repository that the running code lies in."""
    folder = entry.folder()
    return _states.get(folder, lambda: read_state(folder))


def read_state(folder: Path) -> State | None:
    """Ask git about a folder; None where there is nothing to say."""
    if repository_root(folder) is None and "GIT_DIR" not in os.environ:
        return None
    try:
        status = start(folder, "status", "--porcelain=v2", "--branch", "--untracked-files=no", "--ignore-submodules")
        remote = start(folder, "config", "--get", "remote.origin.url")
    except OSError:  # git is not installed
        return None
    text, url = output(status), output(remote)
    if text is None:
        return None
    lines = text.splitlines()
    heads = dict(line[2:].split(" ", 1) for line in lines if line.startswith("# branch."))
    commit, branch = heads.get("branch.oid", ""), heads.get("branch.head", "")
    return State(
        folder=folder,
        commit="" if commit == "(initial)" else commit,
        branch="" if branch == "(detached)" else branch,
        url=_public(url.strip()) if url else "",
        dirty=any(not line.startswith("#") for line in lines),
    )


def start(folder: Path, *arguments: str) -> subprocess.Popen[bytes]:
    """Start git so that it asks for nothing, locks nothing and runs no program that a repository names."""
    command: Sequence[str] = ("git", "-c", "core.fsmonitor=false", "-c", "core.quotePath=false", *arguments)
    environment = {**os.environ, "GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}
    return subprocess.Popen(  # noqa: S603 - the arguments are ours
        command,
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )


def output(process: subprocess.Popen[bytes]) -> str | None:
    """What git printed; None if it failed or took too long."""
    with process:
        try:
            content, _ = process.communicate(timeout=TIMEOUT)
        except subprocess.TimeoutExpired:
            process.kill()
            return None
    return content.decode("utf-8", "replace") if process.returncode == 0 else None


def _public(url: str) -> str:
    """The address of a repository without user and password; `git@host:path` stays as it is."""
    if "://" not in url:
        return url
    split = urlsplit(hide_credentials(url))
    host = split.netloc.rpartition("@")[2]
    return urlunsplit((split.scheme, host, split.path, split.query, split.fragment))
