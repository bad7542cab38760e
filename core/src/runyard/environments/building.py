"""Build each environment once, by one process, and never use it before it is whole."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Protocol

import attrs

from runyard.environments.cache import Cache, Made
from runyard.environments.failures import explain, without_credentials
from runyard.environments.locks import Lock
from runyard.environments.packages import lines_of
from runyard.environments.steps import Failed, Steps
from runyard.errors import EnvironmentNotBuilt, InvalidInput
from runyard.protocols.environment import Environment, EnvironmentDescription, Report


class Recipe(Protocol):
    """How one manager makes what is kept in the folder of environments."""

    def name_of(self, description: EnvironmentDescription) -> str:
        """The name of the environment: a hash of all that decides on what is in it."""

    def prepare(self, description: EnvironmentDescription, report: Report) -> Callable[[Path, Steps], Made]:
        """Find the tools; what then makes the environment in a folder that is not there yet."""

    def variables(self, folder: Path, python: Path) -> Mapping[str, str]:
        """What a process in the environment has in its own environment."""


@attrs.frozen
class Kept:
    """The environments of a manager in the cache folder."""

    cache: Cache
    recipe: Recipe

    def find(self, description: EnvironmentDescription) -> Environment | None:
        """The environment where it is there as a whole; None where it is not."""
        name = self.recipe.name_of(description)
        if self.cache.python(name) is None:
            return None
        lock = self.cache.lock(name)
        with lock.threads:
            if not lock.share(wait=False):
                return None
            python = self.cache.python(name)
            if python is None:
                lock.release()
                return None
            return self._environment(name, python, lock)

    def build(self, description: EnvironmentDescription, purpose: str, report: Report) -> Environment:
        """The environment, built where it is not there yet: once, whoever else asks for it at the same time.

        Raises:
            EnvironmentNotBuilt: a tool cannot make it.
        """
        name = self.recipe.name_of(description)
        lock = self.cache.lock(name)
        with lock.threads:
            try:
                python = self._make_sure(name, lock, description, purpose, report)
            except BaseException:
                lock.release()
                raise
            self.cache.note_use(name, purpose)
            return self._environment(name, python, lock)

    def _make_sure(
        self, name: str, lock: Lock, description: EnvironmentDescription, purpose: str, report: Report
    ) -> Path:
        """Share the lock of an environment that is whole; its Python."""
        while True:
            if not lock.share(wait=False):
                report(f"environment {name} is being built by another process; waiting for it")
                lock.share(wait=True)
            python = self.cache.python(name)
            if python is not None:
                return python
            lock.hold(wait=True)
            # Another process may have been faster; and what is built now may be removed before it is shared.
            if self.cache.python(name) is None:
                self._make(name, description, purpose, Steps(lock.descriptor, report))

    def _make(self, name: str, description: EnvironmentDescription, purpose: str, steps: Steps) -> None:
        make = self.recipe.prepare(description, steps.report)
        self.cache.clear(name)
        steps.report(f"making environment {name} for {purpose}")
        try:
            made = make(self.cache.folder(name), steps)
        except Failed as failure:
            self.cache.clear(name)
            raise EnvironmentNotBuilt(explain(failure, description, purpose)) from failure
        except InvalidInput:
            self.cache.clear(name)
            raise
        except OSError as error:
            raise EnvironmentNotBuilt(f"cannot make the environment of {purpose}: {error}") from error
        asked = (*description.conda_packages, *lines_of(description))
        self.cache.complete(name, made, [*map(without_credentials, asked)])

    def _environment(self, name: str, python: Path, lock: Lock) -> Environment:
        variables = self.recipe.variables(self.cache.folder(name), python)
        return Environment(name=name, python=python, variables=variables, holds=(lock.descriptor,))


def first_on_path(*folders: Path) -> str:
    """A PATH that begins with these folders."""
    return os.pathsep.join([*map(str, folders), os.environ.get("PATH", os.defpath)])
