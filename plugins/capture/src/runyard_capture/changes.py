"""Uncommitted changes as a patch that `git apply` takes, with what it leaves out said in its head."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import IO, cast

from runyard.errors import RunyardError, Unavailable
from runyard_capture import git

MAX_LISTED = 200
_FILE_START = b"\ndiff --git "


def patch(state: git.State, limit: int) -> bytes:
    """Changes of tracked files, staged or not, against the commit; new files that git does not know are listed.

    Raises:
        Unavailable: git took too long.
        RunyardError: git failed.
    """
    diff, more = _diff(state.folder, limit) if state.commit else (b"", False)
    lines = [f"uncommitted changes on top of {state.commit or 'an empty repository'}"]
    if more:
        lines.append(f"cut: only whole files within the first {limit} bytes (setting capture.diff_limit) are here")
    unknown = _unknown_files(state.folder)
    lines += [f"not tracked, not included: {name}" for name in unknown[:MAX_LISTED]]
    if len(unknown) > MAX_LISTED:
        lines.append(f"not tracked, not included: {len(unknown) - MAX_LISTED} more files")
    head = "".join(f"# {line}\n" for line in lines).encode("utf-8", "surrogateescape")
    return head + b"\n" + diff


def _diff(folder: Path, limit: int) -> tuple[bytes, bool]:
    process = git.start(
        folder, "-c", "diff.relative=false", "diff", "HEAD", "--no-color", "--no-ext-diff", "--no-textconv",
        "--src-prefix=a/", "--dst-prefix=b/", "--ignore-submodules",
    )  # fmt: skip
    timer = threading.Timer(git.TIMEOUT, process.kill)
    timer.start()
    with process:
        content = cast("IO[bytes]", process.stdout).read(limit + 1)
        if len(content) > limit:
            process.kill()
    timed_out = not timer.is_alive()
    timer.cancel()
    if timed_out:
        raise Unavailable(f"git diff took longer than {git.TIMEOUT:.0f} s; no diff is kept (setting capture.diff)")
    if len(content) <= limit:
        if process.returncode != 0:
            raise RunyardError(f"git diff failed in {folder}; no diff is kept (setting capture.diff)")
        return content, False
    return content[: content.rfind(_FILE_START) + 1], True


def _unknown_files(folder: Path) -> list[str]:
    names = git.output(
        git.start(folder, "ls-files", "-z", "--others", "--directory", "--exclude-standard", "--full-name", ":/")
    )
    return [name.replace("\n", "?") for name in (names or "").split("\0") if name]
