"""What is said of an environment that could not be made: what failed, for which requirement, and the last words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from runyard.environments.packages import lines_of
from runyard.environments.steps import Failed
from runyard.protocols.environment import EnvironmentDescription

# A name, without the channel that Conda may have before it.
_NAME = re.compile(r"\s*(?:[^\s:]+::)?([A-Za-z0-9_][\w.-]*)")
# pip's words, uv's words and sign, and how micromamba, mamba and conda begin.
_FAILURE = re.compile(r"\s*(?:ERROR|error|critical|\w+Error:|\u00d7|x )")


def explain(failure: Failed, description: EnvironmentDescription, purpose: str) -> str:
    """What failed, for which requirement where that can be told, and what the installer said at last."""
    lines = _from_failure(failure.lines)
    blamed = blamed_for(
        lines,
        [
            *description.build,
            *description.conda_packages,
            *lines_of(description),
            *lines_of(description.additions),
        ],
    )
    what = f" for {' and '.join(blamed)}" if blamed else ""
    said = "".join(f"\n  {line}" for line in lines) or " nothing"
    return (
        f"cannot make the environment of {purpose}: {failure.command} failed{what} (exit code {failure.code}); "
        f"it said at last:{said}"
    )


def blamed_for(said: Sequence[str], asked: Iterable[str]) -> list[str]:
    """The requirements that are named where a failure is told of."""
    if not any(map(_FAILURE.match, said)):
        return []
    # Names are written with - or _ or . alike, and an explanation may be broken into lines.
    text = re.sub(r"[-_.]+", "-", " ".join(said)).lower()
    found = []
    for line in asked:
        match = _NAME.match(line)
        name = re.sub(r"[-_.]+", "-", match[1]).lower() if match else ""
        if name and re.search(rf"(?<![\w-]){re.escape(name)}(?![\w]|-[a-z])", text):
            found.append(line)
    return list(dict.fromkeys(map(without_credentials, found)))


def _from_failure(lines: Sequence[str]) -> Sequence[str]:
    """From the first line on that tells of a failure; all where none does."""
    return lines[next((number for number, line in enumerate(lines) if _FAILURE.match(line)), 0) :]


def without_credentials(line: str) -> str:
    """A line as it may be shown: whoever may read a package from a URL is not told."""
    return re.sub(r"://[^/@\s]*@", "://***@", line)
