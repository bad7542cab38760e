"""What a run has recorded of itself: its code, its command, its environment; enough to run it again."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path, PurePosixPath

import attrs

from runyard.entities import Run
from runyard.errors import InvalidState, NotFound
from runyard.models.own_packages import from_here
from runyard.models.requirement_lines import Requirement
from runyard.projects.project import EntryPoint, Project
from runyard.projects.runs import COMMIT, ENTRY_POINT, GIVEN, PROJECT, REPOSITORY, SOURCE_NAME, SOURCE_TYPE
from runyard.protocols.artifacts import ArtifactStore
from runyard.protocols.environment import EnvironmentDescription
from runyard.tracking.captured import PACKAGES, PATCH

COMMAND, FOLDER, ROOT = "runyard.command", "runyard.cwd", "runyard.git.root"
HIDDEN = "***"
AGAIN = "as recorded"  # the name of the entry point that a recorded command is
_OWN = re.compile(r"# (runyard(?:-[\w-]+)?)==\S+ from ")
_ELSEWHERE = re.compile(r"# ([\w.-]+)==(\S+) from (\S+)")
_UNKNOWN = re.compile(rb"^# not tracked, not included: (.*)$", re.MULTILINE)
_SHOWN = 5


@attrs.frozen(kw_only=True)
class Recorded:
    """What is to be run again.

    `repository` holds `commit`, on which `patch` is to be put; `folder` is the part of it where the command works. Of a
    run that lies in no repository, `repository` is empty and `folder` a folder of this machine. `parameters` go to the
    `entry_point` of the project; of a run of no project, `command` is the words that were typed. `notes` say what
    cannot be had as it was.
    """

    repository: str
    commit: str
    folder: str
    entry_point: str = AGAIN
    parameters: Mapping[str, str] = attrs.field(factory=dict)
    command: Sequence[str] = ()
    patch: bytes = b""
    environment: EnvironmentDescription | None = None
    notes: Sequence[str] = ()

    def project(self, folder: Path, load: Callable[[Path], Project]) -> Project:
        """The project in the folder where the code now lies; a recorded command is its only entry point."""
        if not self.command:
            return load(folder)
        line = shlex.join(self.command).replace("{", "{{").replace("}", "}}")
        return Project(folder=folder, entry_points={AGAIN: EntryPoint(AGAIN, line)})


def read(run: Run, store: ArtifactStore) -> Recorded:
    """What a run has recorded.

    Raises:
        InvalidState: what was recorded is not enough; it is said what is missing.
    """
    tags = run.data.tags
    environment, notes = _environment(_text(store, PACKAGES))
    patch = _patch(store, run)
    unknown = [name.decode("utf-8", "replace") for name in _UNKNOWN.findall(patch)]
    if unknown:
        more = " …" if len(unknown) > _SHOWN else ""
        notes.append(f"files that git did not know of are not there: {', '.join(unknown[:_SHOWN])}{more}")
    repository, folder = _place(run)
    known = Recorded(
        repository=repository,
        commit=tags.get(COMMIT, ""),
        folder=folder,
        patch=patch,
        environment=environment,
        notes=notes,
    )
    if tags.get(SOURCE_TYPE) == PROJECT:
        return attrs.evolve(known, entry_point=tags.get(ENTRY_POINT, "main"), parameters=_parameters(run))
    return attrs.evolve(known, command=_command(run))


def _place(run: Run) -> tuple[str, str]:
    """The repository and the part of it, or no repository and a folder."""
    tags = run.data.tags
    is_project = tags.get(SOURCE_TYPE) == PROJECT
    name, root, folder = tags.get(SOURCE_NAME, ""), tags.get(ROOT, ""), tags.get(FOLDER, "")
    if not tags.get(COMMIT):
        place = name if is_project else folder
        if not place:
            raise InvalidState(f"run {run.info.run_id} says nothing of where its code is, and no commit of it")
        return "", place
    place, _, below = name.partition("#")
    if is_project and (place.startswith(("git+", "file://")) or place == tags.get(REPOSITORY)):
        return place, below
    if root and folder and PurePosixPath(folder).is_relative_to(root):
        below = PurePosixPath(folder).relative_to(root).as_posix()
    here = bool(root) and Path(root, ".git").exists()
    repository = f"git+{Path(root).as_uri()}" if here else tags.get(REPOSITORY, "")
    if not repository:
        raise InvalidState(
            f"run {run.info.run_id} is of commit {tags[COMMIT]} of a repository that is not on this machine and has no "
            "address"
        )
    return repository, "" if below == "." else below


def _parameters(run: Run) -> dict[str, str]:
    given = run.data.tags.get(GIVEN)
    # A run of MLflow's own says it by its params alone.
    found = run.data.params if given is None else json.loads(given)
    return {str(name): str(value) for name, value in found.items()}


def _command(run: Run) -> list[str]:
    said = run.data.tags.get(COMMAND, "")
    words = shlex.split(said)
    if not words:
        raise InvalidState(f"run {run.info.run_id} has not recorded its command (setting capture.command)")
    if any(HIDDEN in word for word in words) or "..." in words[1:3]:
        raise InvalidState(
            f"the command of run {run.info.run_id} holds what was not recorded, so that it cannot be run again: {said}"
        )
    # The Python is that of the environment that is made now.
    return ["python" if Path(words[0]).name.startswith("python") else words[0], *words[1:]]


def _patch(store: ArtifactStore, run: Run) -> bytes:
    if run.data.tags.get("mlflow.source.git.dirty") != "true":
        return b""
    try:
        with store.open(PATCH) as file:
            patch = file.read()
    except NotFound:
        raise InvalidState(
            f"run {run.info.run_id} had uncommitted changes that were not kept (setting capture.diff)"
        ) from None
    if b"\n# cut: " in patch.partition(b"\n\n")[0]:
        raise InvalidState(
            f"the uncommitted changes of run {run.info.run_id} were kept in part only (setting capture.diff_limit)"
        )
    return patch


def _environment(text: str) -> tuple[EnvironmentDescription | None, list[str]]:
    """The packages of a run; Runyard's own come as they are installed here."""
    if not text:
        return None, ["its packages were not recorded"]
    python, lines, own, notes = None, [], [], []
    for line in text.splitlines():
        requirement = None if line.startswith("#") else Requirement.read(line)
        if line.startswith("# Python "):
            python = line.removeprefix("# Python ").partition(" on ")[0]
        elif found := _OWN.match(line):
            own.append(found[1])
        elif elsewhere := _ELSEWHERE.match(line):
            notes.append(f"{elsewhere[1]} {elsewhere[2]} was installed from {elsewhere[3]}, and is left out")
        elif requirement is not None and requirement.key.startswith("runyard"):
            own.append(requirement.key)
        elif requirement is not None:
            lines.append(line)
    mine = [name for name in own if name != "runyard"]
    described = EnvironmentDescription(python=python, requirements=tuple(lines))
    return attrs.evolve(described, additions=from_here(mine)) if mine else described, notes


def _text(store: ArtifactStore, path: str) -> str:
    try:
        with store.open(path) as file:
            return file.read().decode("utf-8", "replace")
    except NotFound:
        return ""
