"""The images of projects: each is made once for a content and found again."""

from __future__ import annotations

import os
import re
import sys
import tempfile
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import attrs
from docker import DockerClient
from docker.errors import ImageNotFound
from docker.models.images import Image
from docker.utils import parse_repository_tag

from runyard.environments.failures import without_credentials
from runyard.errors import EnvironmentNotBuilt
from runyard.protocols.environment import EnvironmentDescription, Report
from runyard.protocols.project import Recipe
from runyard.settings import user_cache_folder
from runyard.transfers.locks import lock
from runyard_backend_docker.engine import explained
from runyard_backend_docker.options import Options
from runyard_backend_docker.plans import DOCKERFILE, Plan, code_plan, described_plan, own_plan

CONTENT = "runyard.content"
"""The label of an image that holds the digest of what it was made from."""

_LAST_LINES = 15
_ENGINES_OWN = (" --->", "Removing intermediate container", "Successfully built", "Successfully tagged")
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_INDEXES = ("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_TRUSTED_HOST", "PIP_DEFAULT_TIMEOUT")


@attrs.frozen
class Images:
    """Finds and makes images on one engine; `template` is the base of those that name none."""

    client: DockerClient
    options: Options
    template: str
    report: Report

    def of(self, recipe: Recipe, owner: str | None = None) -> Image:
        """The image of a project.

        Args:
            recipe: The project.
            owner: Whose the files of its code are.

        Raises:
            EnvironmentNotBuilt: it is not to be had.
        """
        if self.options.login:
            with explained("the login of docker_auth is refused"):
                self.client.login(**self.options.login)
        if recipe.image is not None:
            base = self._base(recipe.image.image, recipe.folder)
            if self.options.build_image is False:
                return base
            plan = code_plan(recipe.image.image, recipe.folder, owner)
            return self._made(plan, base, recipe)
        asked = recipe.describe() or EnvironmentDescription()
        name = self.options.image or self.template.format(python=asked.minor or _minor())
        base = self._base(name)
        arguments = _arguments()
        return self._made(described_plan(name, asked, recipe.folder, owner, arguments), base, recipe, arguments)

    def _base(self, name: str, folder: Path | None = None) -> Image:
        """The image that others are based on: of this engine, made by the project's Dockerfile, or fetched."""
        found = self._found(name)
        is_ours = found is None or CONTENT in found.labels
        if is_ours and folder is not None and (folder / DOCKERFILE).is_file() and _is_local(name):
            return self._by_dockerfile(name, folder, found)
        if found is not None and self.options.pull != "always":
            return found
        if self.options.pull == "never":
            raise EnvironmentNotBuilt(f"there is no image {name} on this engine, and pull is never; build or fetch it")
        self.report(f"fetching image {name}")
        repository, tag = parse_repository_tag(name)
        with explained(f"image {name} is not to be had", EnvironmentNotBuilt):
            fetched: Image = self.client.images.pull(repository, tag or "latest", platform=self.options.platform)
        return fetched

    def _by_dockerfile(self, name: str, folder: Path, found: Image | None) -> Image:
        """What the Dockerfile beside the project says, under the name by which the project refers to it."""
        plan = own_plan(folder)
        digest = plan.digest("")
        with _alone(_slug(name)):
            if not self.options.build_image and found is not None and found.labels.get(CONTENT) == digest:
                return found
            return self._build(plan, name, digest, {})

    def _made(self, plan: Plan, base: Image, recipe: Recipe, arguments: dict[str, str] | None = None) -> Image:
        digest = plan.digest(str(base.id))
        name = f"{_slug(recipe.name)}:{digest[:16]}"
        with _alone(_slug(recipe.name)):
            found = None if self.options.build_image else self._found(name)
            return found or self._build(plan, name, digest, arguments or {})

    def _found(self, name: str) -> Image | None:
        with explained(f"image {name} cannot be looked at"):
            try:
                found: Image = self.client.images.get(name)
            except ImageNotFound:
                return None
        return found

    def _build(self, plan: Plan, name: str, digest: str, arguments: dict[str, str]) -> Image:
        self.report(f"making image {name}")
        last: deque[str] = deque(maxlen=_LAST_LINES)
        with tempfile.TemporaryFile() as context, explained(f"image {name} cannot be made", EnvironmentNotBuilt):
            plan.write(context)
            context.seek(0)
            steps = self.client.api.build(
                fileobj=context,
                custom_context=True,
                tag=name,
                labels={CONTENT: digest},
                rm=True,
                forcerm=True,
                decode=True,
                nocache=bool(self.options.build_image),
                buildargs=arguments,
                use_config_proxy=True,
                network_mode="host" if self.options.network == "host" else None,
                platform=self.options.platform,
            )
            for step in steps:
                for line in str(step.get("stream") or "").splitlines():
                    if line.strip() and not line.startswith(_ENGINES_OWN):
                        last.append(without_credentials(_COLOUR.sub("", line).rstrip()))
                        self.report(last[-1])
                if "error" in step:
                    said = "".join(f"\n  {line}" for line in last)
                    reason = " ".join(str(step["error"]).split())
                    raise EnvironmentNotBuilt(f"image {name} cannot be made: {reason}; it said at last:{said}")
            made: Image = self.client.images.get(name)
        return made


@contextmanager
def _alone(name: str) -> Iterator[None]:
    """Nobody else of this user makes images of that name meanwhile."""
    cache = user_cache_folder({"HOME": str(Path.home()), **os.environ})
    assert cache is not None
    folder = cache / "images"
    folder.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(folder / f"{name}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        while os.name == "posix" and not lock(descriptor):
            time.sleep(0.1)
        yield
    finally:
        os.close(descriptor)


def _is_local(name: str) -> bool:
    """Whether a name has no path to a registry in it, so that the project's own Dockerfile may be what makes it."""
    return "/" not in name and "@" not in name


def _minor() -> str:
    return f"{sys.version_info.major}.{sys.version_info.minor}"


def _slug(name: str) -> str:
    """A name that images can have."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "project"


def _arguments() -> dict[str, str]:
    """Where pip is told to look for packages; what is a place of this machine, or a secret, stays here."""
    found = {name: os.environ.get(name, "") for name in _INDEXES}
    return {
        name: value
        for name, value in found.items()
        if value and "file:" not in value and without_credentials(value) == value
    }
