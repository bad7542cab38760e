"""The description of the environment that a model or a project asks for, read from its files."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import attrs

from runyard.errors import InvalidInput
from runyard.models.environments import (
    PYTHON_ENV,
    REQUIREMENTS,
    conda_environment,
    pip_section,
    python_env,
    python_version,
)
from runyard.models.requirement_files import Requirements, read_requirement_lines
from runyard.models.requirement_lines import Requirement
from runyard.protocols.environment import Additions, EnvironmentDescription, LocalPackage

_DECIDING = ("pyproject.toml", "setup.py", "setup.cfg")
_ARCHIVE = re.compile(r".*\.(?:whl|zip|tar\.gz|tar\.bz2|tgz)")
_OF_PYTHON = re.compile(r"(?:[\w-]+::)?(?:python|pip)(?![\w.-]).*")


def describe(folder: Path, *, whole: bool = True) -> EnvironmentDescription:
    """What the model in a folder asks for.

    Args:
        folder: Its folder.
        whole: Whether all of its files are there; else what its requirements refer to is not looked at.

    Raises:
        InvalidInput: a file of it cannot be read, or refers to what is missing or outside of the model.
    """
    said = python_env(folder)
    found = _requirements(folder, said.get("dependencies"))
    conda = conda_environment(folder)
    return attrs.evolve(
        described(found, folder, "the model", whole=whole),
        python=python_version(folder),
        build=tuple(map(str, said.get("build_dependencies") or ())),
        conda_packages=conda_packages(conda),
        channels=tuple(map(str, conda.get("channels") or ())),
    )


def described(
    found: Requirements, folder: Path, owner: str, *, whole: bool = True, stays: bool = False
) -> EnvironmentDescription:
    """What lines of requirements ask for.

    Args:
        found: The lines.
        folder: Where the files lie that they name, and none outside of it.
        owner: Whose requirements an error says that they are.
        whole: Whether these files are there.
        stays: Whether they stay there, so that what is asked for as editable can be that.
    """
    options = tuple(line for line in found.lines if line.startswith("-") and not _is_editable(line))
    lines = [line for line in found.lines if line not in options]
    local = [line for line in lines if is_local(line)]
    return EnvironmentDescription(
        requirements=tuple(line for line in lines if line not in local),
        constraints=found.constraints,
        options=options,
        packages=tuple(_local_package(line, folder, owner, stays=stays) for line in local) if whole else (),
    )


def conda_packages(conda: Mapping[str, Any]) -> tuple[str, ...]:
    """What a Conda environment asks for beside Python and pip."""
    items = [item for item in conda.get("dependencies") or [] if isinstance(item, str)]
    return tuple(item for item in items if not _OF_PYTHON.fullmatch(item))


def refers_to_files(folder: Path) -> bool:
    """Whether what the model asks for names other files of the model, so that all of these are needed."""
    try:
        found = _requirements(folder, python_env(folder).get("dependencies"))
    except InvalidInput:
        return True
    return any(map(is_local, found.lines))


def is_local(line: str) -> bool:
    """Whether a line of requirements names a file or a folder, as `wheels/mine-1.0-py3-none-any.whl` does."""
    if line.startswith("-"):
        return _is_editable(line)
    if Requirement.read(line) is not None or "://" in line:
        return False
    return line.startswith(".") or "/" in line or _ARCHIVE.fullmatch(line) is not None


def _is_editable(line: str) -> bool:
    return re.match(r"(?:-e|--editable)[\s=]", line) is not None and "://" not in line


def _requirements(folder: Path, said: Any) -> Requirements:
    """Those of python_env.yaml, else of requirements.txt, else of the pip section of conda.yaml."""
    if isinstance(said, list):
        return read_requirement_lines(map(str, said), folder, PYTHON_ENV)
    if (folder / REQUIREMENTS).is_file():
        return read_requirement_lines([f"-r {REQUIREMENTS}"], folder, REQUIREMENTS)
    return read_requirement_lines(map(str, pip_section(conda_environment(folder)) or []), folder, "conda.yaml")


def _local_package(line: str, folder: Path, owner: str, *, stays: bool) -> LocalPackage:
    path = re.sub(r"(?:-e|--editable)[\s=]+", "", line).strip()
    file = (folder / path).resolve()
    if not file.is_relative_to(folder.resolve()):
        raise InvalidInput(f"{owner}'s requirements name {path!r}, which is outside of {owner}")
    if not file.exists():
        raise InvalidInput(f"{owner}'s requirements name {path!r}, which is not in {owner}")
    editable = stays and _is_editable(line)
    digest = digest_of_editable(file) if editable else digest_of(file)
    return LocalPackage(name=_name_of(file), path=str(file), digest=digest, editable=editable)


def _name_of(file: Path) -> str:
    """The package's name as the file's name says it."""
    return re.split(r"-\d", file.name, maxsplit=1)[0] if file.is_file() else file.name


def digest_of(path: Path) -> str:
    """The hash of a file, or of all files of a folder but caches and what begins with a dot."""
    if path.is_file():
        return hashlib.sha256(path.read_bytes()).hexdigest()
    total = hashlib.sha256()
    for file in _files(path):
        total.update(f"{file.relative_to(path).as_posix()}\0".encode())
        total.update(hashlib.sha256(file.read_bytes()).digest())
    return total.hexdigest()


def digest_of_editable(folder: Path) -> str:
    """The hash of what decides on what a package needs whose modules are read where they lie, and of its place."""
    total = hashlib.sha256(str(folder).encode())
    for name in _DECIDING:
        file = folder / name
        total.update(file.read_bytes() if file.is_file() else b"\0")
    return total.hexdigest()


def _files(folder: Path) -> Iterable[Path]:
    for path in sorted(folder.iterdir()):
        if path.name.startswith(".") or path.name in {"__pycache__", "build", "dist"}:
            continue
        if path.is_dir():
            yield from _files(path)
        elif path.is_file():
            yield path


def with_additions(description: EnvironmentDescription, additions: Additions) -> EnvironmentDescription:
    """The same with what comes beside it; what it says of these packages by name itself is left out."""
    own = {found.key for found in map(Requirement.read, additions.requirements) if found and found.specifiers}
    own |= {package.name for package in additions.packages}

    def others(given: Iterable[str]) -> tuple[str, ...]:
        return tuple(line for line in given if (found := Requirement.read(line)) is None or found.key not in own)

    return attrs.evolve(
        description,
        requirements=others(description.requirements),
        constraints=others(description.constraints),
        additions=additions,
    )
