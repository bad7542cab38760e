"""What a project runs in: the description of its environment, and what makes that."""

from __future__ import annotations

import platform
import re
import subprocess
import sysconfig
from pathlib import Path
from shutil import which
from typing import Any

import attrs

from runyard.environments import builder_of
from runyard.errors import EnvironmentNotBuilt, InvalidInput
from runyard.host import Host
from runyard.models.environment_descriptions import (
    conda_packages,
    described,
    digest_of,
    digest_of_editable,
    with_additions,
)
from runyard.models.environments import exact_python, pip_section, read_yaml
from runyard.models.own_packages import CORE, distributions_of, from_here
from runyard.models.requirement_files import read_requirement_lines
from runyard.models.requirement_lines import Requirement
from runyard.projects import pyproject
from runyard.projects.project import EnvironmentKind, Project
from runyard.protocols.environment import Environment, EnvironmentDescription, LocalPackage, Report
from runyard.uris import Uri

BUNDLE = "runyard"
_OLDEST_PYTHON = re.compile(r"(?:>=|==|~=)\s*(\d+\.\d+)")


def describe(project: Project, host: Host, *, stays: bool = True) -> EnvironmentDescription | None:
    """What the project asks for; None where it asks for nothing.

    Runyard itself, where the project names it, comes in as it is installed here.

    Args:
        project: The project.
        host: Whose plugins a run needs to be tracked where it is.
        stays: Whether its folder will still be there when the environment is used again.

    Raises:
        InvalidInput: a file of it cannot be read, or refers to what is missing or outside of the project.
    """
    file, folder = project.environment.file, project.folder
    match project.environment.kind:
        case EnvironmentKind.PYTHON if file:
            found = _python_env(file, folder, stays=stays)
        case EnvironmentKind.CONDA if file:
            found = _conda_env(file, folder, stays=stays)
        case EnvironmentKind.PYPROJECT if file:
            if "project" not in pyproject.read(file):
                return None
            found = _pyproject(file, folder, stays=stays)
        case EnvironmentKind.RECORDED:
            return project.environment.recorded
        case _:
            return None
    return _with_runyard(found, host)


def make(project: Project, manager: str, host: Host, report: Report, *, stays: bool = True) -> Environment:
    """The environment of a project, built where it is not there yet.

    Raises:
        NoSuchPlugin: nothing installed provides the environment manager.
        EnvironmentNotBuilt: what the project asks for cannot be installed.
    """
    builder = builder_of(manager, host)
    asked = describe(project, host, stays=stays) or EnvironmentDescription()
    return builder.build(asked, str(Uri.from_path(project.folder)), report)


def _python_env(file: Path, folder: Path, *, stays: bool) -> EnvironmentDescription:
    if file.suffix == ".txt":
        return described(
            read_requirement_lines([f"-r {file.name}"], folder, file.name), folder, "the project", stays=stays
        )
    said = read_yaml(file, "the project's environment")
    lines = _texts(said, "dependencies", file)
    found = described(read_requirement_lines(lines, file.parent, file.name), folder, "the project", stays=stays)
    python = said.get("python")
    build = _texts(said, "build_dependencies", file)
    return attrs.evolve(found, python=None if python is None else str(python), build=tuple(build))


def _conda_env(file: Path, folder: Path, *, stays: bool) -> EnvironmentDescription:
    said = read_yaml(file, "the project's environment")
    lines = pip_section(said) or []
    found = described(
        read_requirement_lines(map(str, lines), file.parent, file.name), folder, "the project", stays=stays
    )
    return attrs.evolve(
        found,
        python=exact_python(said),
        conda_packages=conda_packages(said),
        channels=tuple(map(str, said.get("channels") or ())),
    )


def _pyproject(file: Path, folder: Path, *, stays: bool) -> EnvironmentDescription:
    """The locked versions where there is a lock of uv, else what the project itself depends on."""
    said = pyproject.read(file)
    project = said["project"]
    lock = folder / "uv.lock"
    lines = _locked(folder) if lock.is_file() else [str(line) for line in project.get("dependencies") or []]
    found = described(read_requirement_lines(lines, folder, file.name), folder, "the project", stays=stays)
    own: tuple[LocalPackage, ...] = ()
    if "build-system" in said and project.get("name"):
        # Where it stays, its modules are read where they lie: it need not be installed again for each change of them.
        digest = digest_of_editable(folder) if stays else digest_of(folder)
        own = (LocalPackage(name=str(project["name"]), path=str(folder), digest=digest, editable=stays),)
    python = _python(str(project.get("requires-python") or ""), folder)
    return attrs.evolve(found, python=python, packages=(*found.packages, *own))


def _python(specifier: str, folder: Path) -> str | None:
    """The Python that a folder pins, else the oldest that a specifier allows; None where this one will do."""
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    pinned = folder / ".python-version"
    if pinned.is_file():
        return pinned.read_text(encoding="utf-8").strip()
    try:
        if platform.python_version() in SpecifierSet(specifier):
            return None
    except InvalidSpecifier as error:
        raise InvalidInput(f"requires-python of the project is {specifier!r}: {error}") from error
    oldest = _OLDEST_PYTHON.search(specifier)
    return oldest[1] if oldest else None


def _locked(folder: Path) -> list[str]:
    program = which("uv", path=sysconfig.get_path("scripts")) or which("uv")
    if program is None:
        raise EnvironmentNotBuilt(f"{folder / 'uv.lock'} is read by uv, which is not installed; pip install uv")
    done = subprocess.run(  # noqa: S603 - no shell
        [program, "export", "--quiet", "--frozen", "--no-hashes", "--no-emit-project", "--no-header", "--no-annotate"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise EnvironmentNotBuilt(f"uv cannot read {folder / 'uv.lock'}: {' '.join(done.stderr.split())}")
    return [line for line in done.stdout.splitlines() if line.strip() and not line.startswith("#")]


def _with_runyard(description: EnvironmentDescription, host: Host) -> EnvironmentDescription:
    keys = {found.key for found in map(Requirement.read, description.requirements) if found}
    named = {key for key in keys if key == BUNDLE or key.startswith(f"{BUNDLE}-")}
    if not named:
        return description
    stores = [
        *distributions_of(host, host.tracking_schemes, host.tracking_uri().dialect),
        *distributions_of(host, host.artifact_schemes, "file"),
        *distributions_of(host, host.uri_resolvers, "runs"),
    ]
    additions = from_here([CORE, *sorted(named - {CORE}), *stores], set(stores))
    others = tuple(
        line
        for line in description.requirements
        if (found := Requirement.read(line)) is None or found.key not in {BUNDLE, CORE, *named}
    )
    return with_additions(attrs.evolve(description, requirements=others), additions)


def _texts(said: dict[str, Any], key: str, file: Path) -> list[str]:
    found = said.get(key) or []
    if not isinstance(found, list) or not all(isinstance(line, str) for line in found):
        raise InvalidInput(f"{key} in {file.name} must be a list of requirements, such as [numpy==2.0]")
    return found
