"""What images are built from: a Dockerfile and the files that it copies."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from collections.abc import Mapping
from pathlib import Path
from typing import IO

import attrs

from runyard.environments.failures import without_credentials
from runyard.errors import InvalidInput, NotSupported
from runyard.protocols.environment import EnvironmentDescription, LocalPackage
from runyard_backend_docker.trees import Tree, package_tree, project_tree

CODE = "/mlflow/projects/code"
"""Where the code of a project is, as in MLflow's images."""
DOCKERFILE = "Dockerfile"

_FILES = "/runyard"
_PIP = (
    "python", "-m", "pip", "install", "--no-cache-dir", "--no-input", "--disable-pip-version-check",
    "--progress-bar=off", "--root-user-action=ignore",
)  # fmt: skip
_INSTALLED = "python -m pip list --format=freeze --disable-pip-version-check > /runyard/installed.txt"


@attrs.frozen(kw_only=True)
class Plan:
    """A Dockerfile, and texts and files by the names by which it copies them."""

    dockerfile: str
    texts: Mapping[str, str] = attrs.field(factory=dict)
    trees: Mapping[str, Tree] = attrs.field(factory=dict)

    def digest(self, base: str) -> str:
        """The same where the image would be the same, on a base of that id."""
        files = {name: tree.digest for name, tree in self.trees.items()}
        return hashlib.sha256(json.dumps([base, self.dockerfile, dict(self.texts), files]).encode()).hexdigest()

    def write(self, file: IO[bytes]) -> None:
        """Write what the engine builds from."""
        with tarfile.open(fileobj=file, mode="w") as archive:
            for name, text in {DOCKERFILE: self.dockerfile, **self.texts}.items():
                entry = tarfile.TarInfo(name)
                entry.size, entry.mode = len(text.encode()), 0o644
                archive.addfile(entry, io.BytesIO(text.encode()))
            for name, tree in self.trees.items():
                tree.add_to(archive, name)


def code_plan(base: str, folder: Path, owner: str | None) -> Plan:
    """A project's code on an image that has all it needs."""
    return Plan(dockerfile=_lines(f"FROM {base}", *_code(owner)), trees={"code": project_tree(folder)})


def own_plan(folder: Path) -> Plan:
    """What the Dockerfile of a project says."""
    text = (folder / DOCKERFILE).read_text(encoding="utf-8")
    tree = project_tree(folder)
    return Plan(dockerfile=text, trees={path: Tree(tree.root / path) for path in tree.paths if path != DOCKERFILE})


def described_plan(
    base: str, asked: EnvironmentDescription, folder: Path, owner: str | None, arguments: Mapping[str, str]
) -> Plan:
    """What a project asks for on an image that has Python; what changes most often comes last.

    Args:
        base: The image.
        asked: What the project asks for.
        folder: The project, which may be a package itself.
        owner: Whose its files are.
        arguments: Variables that hold while it is built.

    Raises:
        NotSupported: only Conda can install it.
        InvalidInput: it would keep a secret.
    """
    _check(asked)
    own = next((one for one in asked.packages if Path(one.path) == folder), None)
    steps = _Steps(limits=bool(asked.constraints))
    lines = [f"FROM {base}", *(f"ARG {name}" for name in arguments)]
    if asked.constraints:
        lines += steps.copied("constraints", asked.constraints)
    lines += steps.installed("build", asked.build, asked.options)
    lines += steps.installed("requirements", asked.requirements, asked.options)
    lines += steps.installed("packages", steps.copies([one for one in asked.packages if one is not own]), asked.options)
    added = [*asked.additions.requirements, *steps.copies(asked.additions.packages)]
    lines += steps.added("additions", added, asked.options)
    lines += _code(owner)
    if own is not None:
        # Its own modules are read where they lie, as in an environment of this machine.
        lines += [_run(*_PIP, "-e", f"{CODE}{_extras(own)}", *steps.limit)]
    return Plan(dockerfile=_lines(*lines), texts=steps.texts, trees={**steps.trees, "code": project_tree(folder)})


@attrs.define
class _Steps:
    """The steps of an installation, and the files that they need."""

    limits: bool
    texts: dict[str, str] = attrs.Factory(dict)
    trees: dict[str, Tree] = attrs.Factory(dict)

    @property
    def limit(self) -> tuple[str, ...]:
        return ("-c", f"{_FILES}/constraints.txt") if self.limits else ()

    def copies(self, packages: list[LocalPackage] | tuple[LocalPackage, ...]) -> list[str]:
        """Lines that install packages from copies of what is on this machine."""
        lines = []
        for package in packages:
            path, place = Path(package.path), f"packages/{len(self.trees)}"
            name = f"{place}/{path.name}" if path.is_file() else place
            self.trees[name] = package_tree(path)
            lines.append(attrs.evolve(package, path=f"{_FILES}/{name}", editable=False).line)
        return lines

    def copied(self, name: str, lines: list[str] | tuple[str, ...]) -> list[str]:
        self.texts[f"{name}.txt"] = _lines(*lines)
        return [f"COPY {name}.txt {_FILES}/"]

    def installed(
        self, name: str, lines: list[str] | tuple[str, ...], options: tuple[str, ...], *more: str
    ) -> list[str]:
        """Install lines of requirements, in a layer that changes with them alone."""
        if not lines:
            return []
        places = [place for place in self.trees if any(f"{_FILES}/{place}" in line for line in lines)]
        # Of a copied file, the folder is what is named.
        copies = [f"COPY {place} {_FILES}/{place}{'' if self.trees[place].root.is_file() else '/'}" for place in places]
        limit = more or self.limit
        copied = self.copied(name, [*options, *lines])
        return [*copies, *copied, _run(*_PIP, "-r", f"{_FILES}/{name}.txt", *limit)]

    def added(self, name: str, lines: list[str], options: tuple[str, ...]) -> list[str]:
        """The same for what changes no version that is there by then."""
        if not lines:
            return []
        steps = self.installed(name, lines, options, "-c", f"{_FILES}/installed.txt")
        return [*steps[:-1], f"RUN {_INSTALLED}", steps[-1]]


def _check(asked: EnvironmentDescription) -> None:
    if asked.conda_packages:
        raise NotSupported(
            f"packages of Conda are asked for ({', '.join(asked.conda_packages)}), which images that are made here do "
            "not have; name an image that has them, with docker_env"
        )
    for line in (*asked.options, *asked.build, *asked.requirements, *asked.constraints, *asked.additions.requirements):
        if without_credentials(line) != line:
            raise InvalidInput(
                f"{without_credentials(line)!r} has a password in it, which the image would keep; take a base image "
                "whose pip may read from there, with the option image, or one that has the package"
            )


def _code(owner: str | None) -> list[str]:
    whose = f"--chown={owner} " if owner else ""
    return [f"COPY {whose}code/ {CODE}/", f"WORKDIR {CODE}"]


def _extras(package: LocalPackage) -> str:
    return f"[{','.join(package.extras)}]" if package.extras else ""


def _run(*words: str) -> str:
    return f"RUN {json.dumps(words)}"


def _lines(*lines: str) -> str:
    return "".join(f"{line}\n" for line in lines)
