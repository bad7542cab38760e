"""`runyard environments` lists, removes and prunes what was made."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path

import attrs
import pytest
from click.testing import CliRunner, Result

from runyard.cli.context import Context
from runyard.cli.main import root
from runyard.environments import builder_of
from runyard.environments.cache import USES, Cache
from runyard.host import Host
from runyard.protocols.environment import EnvironmentDescription
from runyard.settings import Settings


@attrs.frozen
class Shell:
    """The command line on a host."""

    host: Host

    def __call__(self, *words: str, code: int = 0) -> Result:
        found = CliRunner().invoke(root, list(words), obj=Context(self.host), prog_name="runyard")
        assert found.exit_code == code, found.output
        return found

    @property
    def cache(self) -> Cache:
        return Cache.of(self.host.settings)


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[Shell]:
    with Host(Settings(root=tmp_path, environments_dir="environments", strict_plugins=True)) as host:
        yield Shell(host)


def make(shell: Shell, asked: EnvironmentDescription, *purposes: str) -> str:
    """An environment that this process does not keep."""
    made = builder_of("virtualenv", shell.host)
    for purpose in purposes:
        name = made.build(asked, purpose, lambda _: None).name
    shell.cache.lock(name).release()
    return name


def age(cache: Cache, name: str, days: int) -> None:
    uses = json.dumps({"models:/old/1": int((time.time() - days * 86_400) * 1000)})
    (cache.folder(name) / USES).write_text(uses, encoding="utf-8")


def test_what_there_is_is_listed_with_size_use_and_purpose(shell: Shell) -> None:
    assert "no environment was made" in shell("environments", "list").stderr
    name = make(shell, EnvironmentDescription(), "models:/a/1", "models:/b/2")
    line = shell("environments", "list").stdout.splitlines()[1]
    assert line.startswith(name)
    assert "models:/b/2 and 1 more" in line
    (listed,) = json.loads(shell("environments", "list", "--json").stdout)
    assert (listed["name"], listed["complete"], listed["purposes"]) == (name, True, ["models:/b/2", "models:/a/1"])
    assert listed["size"] > 100
    assert listed["last_used"] >= listed["created"]


def test_one_is_removed_by_the_beginning_of_its_name(shell: Shell) -> None:
    name = make(shell, EnvironmentDescription(), "models:/a/1")
    assert "no environment is named 'zz'" in shell("environments", "remove", "zz", "--yes", code=1).stderr
    told = json.loads(shell("environments", "remove", name[:6], "--yes", "--json").stdout)
    assert (told["removed"], told["in_use"]) == ([name], [])
    assert not shell.cache.folder(name).exists()


def test_one_in_use_stays(shell: Shell) -> None:
    made = builder_of("virtualenv", shell.host).build(EnvironmentDescription(), "models:/a/1", lambda _: None)
    assert "in use" in shell("environments", "remove", made.name, "--yes", code=1).stderr
    age(shell.cache, made.name, 60)
    told = json.loads(shell("environments", "prune", "--yes", "--json").stdout)
    assert (told["removed"], told["in_use"]) == ([], [made.name])
    assert made.python.exists()


def test_old_and_unfinished_ones_are_pruned(shell: Shell) -> None:
    old = make(shell, EnvironmentDescription(), "models:/a/1")
    age(shell.cache, old, 40)
    young = make(shell, EnvironmentDescription(constraints=("x<2",)), "models:/b/1")
    age(shell.cache, young, 20)
    (shell.cache.root / "unfinished" / "bin").mkdir(parents=True)
    assert "not built to its end" in shell("environments", "list").stdout
    planned = json.loads(shell("environments", "prune", "--dry-run", "--json").stdout)
    assert sorted(planned["removed"]) == sorted([old, "unfinished"])
    assert shell.cache.folder(old).exists()
    assert "removed 2 environments" in shell("environments", "prune", "--yes").stdout
    assert [entry.name for entry in shell.cache.entries()] == [young]
    assert "removed 1 environment" in shell("environments", "prune", "--older-than", "1d", "--yes").stdout
    assert "not an age" in shell("environments", "prune", "--older-than", "soon", code=2).stderr
