"""Builds environments: one for each description, once, by one process, and never used before it is whole."""

from __future__ import annotations

import hashlib
import os
import re
import sysconfig
from collections.abc import Iterable, Sequence
from pathlib import Path

import attrs

from runyard.errors import EnvironmentNotBuilt, NotSupported
from runyard.models.requirement_lines import without_credentials
from runyard.protocols.environment import Additions, Environment, EnvironmentDescription, Report
from runyard.settings import Settings
from runyard_env_venv.cache import Cache
from runyard_env_venv.installers import Failed, Installer, Steps, choose_installer, installed_in, python_in
from runyard_env_venv.locks import Lock
from runyard_env_venv.pythons import Interpreter, find_python
from runyard_env_venv.settings import INSTALLER, folder_of

_NAME = re.compile(r"\s*([A-Za-z0-9][\w.-]*)")
# pip's words, and uv's words and sign.
_FAILURE = re.compile(r"\s*(?:ERROR|error|\u00d7|x )")


def virtualenv(settings: Settings) -> VenvBuilder:
    """The manager `virtualenv`."""
    return VenvBuilder(Cache(folder_of(settings)), settings.lookup(INSTALLER).value)


def uv(settings: Settings) -> VenvBuilder:
    """The manager `uv`."""
    return VenvBuilder(Cache(folder_of(settings)), "uv")


@attrs.frozen
class VenvBuilder:
    """Virtual environments in the cache folder; which installer made one makes no other environment of it."""

    cache: Cache
    installer: str = "auto"

    def find(self, description: EnvironmentDescription) -> Environment | None:
        if description.conda_packages:
            return None
        name = name_of(description)
        if not self.cache.is_complete(name):
            return None
        lock = self.cache.lock(name)
        with lock.threads:
            if not lock.share(wait=False):
                return None
            if not self.cache.is_complete(name):
                lock.release()
                return None
            return self._environment(name, lock)

    def build(self, description: EnvironmentDescription, purpose: str, report: Report) -> Environment:
        if description.conda_packages:
            raise NotSupported(
                f"{purpose} asks for packages of Conda ({', '.join(description.conda_packages)}), which virtual "
                "environments cannot have; use --env-manager conda, or ask for what is needed from PyPI instead"
            )
        name = name_of(description)
        lock = self.cache.lock(name)
        with lock.threads:
            try:
                self._make_sure(name, lock, description, purpose, report)
            except BaseException:
                lock.release()
                raise
            self.cache.note_use(name, purpose)
            return self._environment(name, lock)

    def _make_sure(
        self, name: str, lock: Lock, description: EnvironmentDescription, purpose: str, report: Report
    ) -> None:
        """Share the lock of an environment that is whole."""
        while True:
            if not lock.share(wait=False):
                report(f"environment {name} is being built by another process; waiting for it")
                lock.share(wait=True)
            if self.cache.is_complete(name):
                return
            lock.hold(wait=True)
            # Another process may have been faster; and what is built now may be removed before it is shared.
            if not self.cache.is_complete(name):
                self._make(name, description, purpose, Steps(lock.descriptor, report))

    def _make(self, name: str, description: EnvironmentDescription, purpose: str, steps: Steps) -> None:
        python = find_python(description.python)
        installer = choose_installer(self.installer)
        if description.python not in {None, python.minor, python.version}:
            steps.report(f"warning: Python {description.python} is asked for; this is {python.version}")
        self.cache.clear(name)
        steps.report(f"making environment {name} for {purpose}: Python {python.version}, with {installer.name}")
        try:
            self._install(installer, python, self.cache.folder(name), description, steps)
        except Failed as failure:
            self.cache.clear(name)
            raise EnvironmentNotBuilt(explain(failure, description, purpose)) from failure
        except OSError as error:
            raise EnvironmentNotBuilt(f"cannot make the environment of {purpose}: {error}") from error
        facts = {
            "python": python.version,
            "installer": installer.name,
            "requirements": [*map(without_credentials, _lines(description))],
        }
        self.cache.complete(name, facts)

    @staticmethod
    def _install(
        installer: Installer, python: Interpreter, folder: Path, description: EnvironmentDescription, steps: Steps
    ) -> None:
        installer.create(python, folder, steps)
        constraints = _written(folder / "runyard-constraints.txt", description.constraints)
        limits: list[str | Path] = ["-c", constraints] if description.constraints else []
        if description.build:
            build = _written(folder / "runyard-build-requirements.txt", [*description.options, *description.build])
            installer.install(folder, ["-r", build], steps)
        asked, added = _lines(description), _lines(description.additions)
        if asked:
            every = _written(folder / "runyard-requirements.txt", [*description.options, *asked])
            installer.install(folder, ["-r", every, *limits], steps)
        if added:
            more = _written(folder / "runyard-additions.txt", [*description.options, *added])
            installer.add(folder, more, _written(folder / "runyard-installed.txt", installed_in(folder)), steps)

    def _environment(self, name: str, lock: Lock) -> Environment:
        folder = self.cache.folder(name)
        python = python_in(folder)
        path = f"{python.parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
        return Environment(
            name=name,
            python=python,
            variables={"VIRTUAL_ENV": str(folder), "PATH": path, "PYTHONNOUSERSITE": "1"},
            holds=(lock.descriptor,),
        )


def name_of(description: EnvironmentDescription) -> str:
    """The name of the environment: the hash of what is in it, and of the kind of machine that it is for."""
    text = f"{description.digest} {description.minor or sysconfig.get_python_version()} {sysconfig.get_platform()}"
    return hashlib.sha256(text.encode()).hexdigest()[:20]


def explain(failure: Failed, description: EnvironmentDescription, purpose: str) -> str:
    """What failed, for which requirement where that can be told, and what the installer said at last."""
    lines = _from_failure(failure.lines)
    blamed = blamed_for(lines, [*description.build, *_lines(description), *_lines(description.additions)])
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


def _lines(asked: EnvironmentDescription | Additions) -> tuple[str, ...]:
    return (*asked.requirements, *(package.line for package in asked.packages))


def _written(file: Path, lines: Iterable[str]) -> Path:
    file.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return file
