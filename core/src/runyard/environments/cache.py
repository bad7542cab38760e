"""The folder of environments: which are whole, what each is for, when it was used last, and how one is removed."""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import attrs

from runyard.environments.locks import Lock, kept_lock
from runyard.errors import Conflict, NotFound, RunyardError
from runyard.settings import Settings, user_cache_folder
from runyard.whole_files import whole_file

MARKER = "runyard-environment.json"  # written last, so that an environment without it is not whole
USES = "runyard-uses.json"
KEPT_USES = 20


@attrs.frozen(kw_only=True)
class Made:
    """What was made in an environment's folder: by what, the program `python` in it, and its version."""

    python: Path
    version: str
    installer: str


@attrs.frozen(kw_only=True)
class Entry:
    """An environment as it is kept. `purposes` are what it was made and used for, the last first."""

    name: str
    path: str
    complete: bool
    python: str | None = None
    installer: str | None = None
    created: int | None = None
    last_used: int | None = None
    size: int = 0
    purposes: tuple[str, ...] = ()
    requirements: tuple[str, ...] = ()


@attrs.frozen
class Cache:
    """The environments below a folder, each in one of its own, named by the hash of what is in it."""

    root: Path

    @classmethod
    def of(cls, settings: Settings) -> Cache:
        """Where the settings say that all managers keep their environments."""
        chosen = settings.environments_dir
        if chosen:
            return cls((settings.root / Path(chosen).expanduser()).absolute())
        # The home of a user whose environment does not name it is still known to the system.
        cache = user_cache_folder({"HOME": str(Path.home()), **os.environ})
        assert cache is not None
        return cls(cache / "environments")

    def folder(self, name: str) -> Path:
        return self.root / name

    def lock(self, name: str) -> Lock:
        """This process's lock of an environment, which is kept until the process ends."""
        try:
            # What was asked for may say who may read a package.
            self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
            return kept_lock(self._lock_file(name))
        except OSError as error:
            raise RunyardError(f"cannot keep environments in {self.root}: {error.strerror}") from error

    def python(self, name: str) -> Path | None:
        """The Python of an environment that was built to its end, and is still there; None of any other."""
        program = _read(self.folder(name) / MARKER).get("program")
        python = self.folder(name) / program if isinstance(program, str) else None
        return python if python is not None and python.exists() else None

    def complete(self, name: str, made: Made, requirements: Sequence[str]) -> None:
        """Note that an environment is whole."""
        folder = self.folder(name)
        facts = {"python": made.version, "installer": made.installer, "requirements": list(requirements)}
        program = made.python.relative_to(folder).as_posix()
        _write(folder / MARKER, {**facts, "program": program, "created": _now()})

    def note_use(self, name: str, purpose: str) -> None:
        """Note what an environment is used for now."""
        file = self.folder(name) / USES
        earlier = {other: used for other, used in _read(file).items() if other != purpose}
        uses = {purpose: _now(), **earlier}
        _write(file, dict(sorted(uses.items(), key=lambda item: -int(item[1]))[:KEPT_USES]))

    def clear(self, name: str) -> None:
        """Remove what lies there; its marker first, so that it is never taken for whole."""
        folder = self.folder(name)
        (folder / MARKER).unlink(missing_ok=True)
        if folder.exists():
            shutil.rmtree(folder)

    def entries(self) -> Iterator[Entry]:
        """All environments, whole or not."""
        for folder in sorted(self.root.iterdir()) if self.root.is_dir() else ():
            if folder.is_dir():
                yield self.entry(folder.name)

    def entry(self, name: str) -> Entry:
        """One of them."""
        folder = self.folder(name)
        facts, uses = _read(folder / MARKER), _read(folder / USES)
        return Entry(
            name=name,
            path=str(folder),
            complete=self.python(name) is not None,
            python=facts.get("python"),
            installer=facts.get("installer"),
            created=facts.get("created"),
            last_used=max(map(int, uses.values()), default=facts.get("created")),
            size=_size(folder),
            purposes=tuple(uses),
            requirements=tuple(facts.get("requirements", ())),
        )

    def named(self, text: str) -> str:
        """The name of the environment that a person means by it or by its beginning.

        Raises:
            NotFound: none or several are meant.
        """
        names = [entry.name for entry in self.root.iterdir() if entry.is_dir()] if self.root.is_dir() else []
        found = [name for name in names if text and name.startswith(text)]
        if len(found) != 1:
            what = f"{len(found)} environments are" if found else "no environment is"
            raise NotFound(f"{what} named {text!r} in {self.root}; there are: {', '.join(sorted(names)) or 'none'}")
        return found[0]

    def remove(self, name: str) -> None:
        """Remove an environment that nobody uses.

        Raises:
            Conflict: a process runs in it, or builds it.
        """
        lock = Lock.open(self._lock_file(name))
        try:
            if not lock.hold(wait=False):
                raise Conflict(f"environment {name} is in use by a process; end that first")
            self.clear(name)
        except OSError as error:
            raise RunyardError(f"cannot remove {self.folder(name)}: {error.strerror}") from error
        finally:
            lock.close()

    def _lock_file(self, name: str) -> Path:
        # It stays when the environment goes: somebody may wait for it.
        return self.root / f"{name}.lock"


def _now() -> int:
    return int(time.time() * 1000)


def _read(file: Path) -> dict[str, Any]:
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        # It is not whole, or is being removed.
        return {}
    return found if isinstance(found, dict) else {}


def _write(file: Path, content: Mapping[str, Any]) -> None:
    with whole_file(file) as stream:
        stream.write(json.dumps(content, indent=2).encode())


def _size(folder: Path) -> int:
    total = 0
    for parent, _, files in os.walk(folder):
        for name in files:
            path = os.path.join(parent, name)  # noqa: PTH118 - an environment has tens of thousands of files
            total += os.lstat(path).st_size if os.path.lexists(path) else 0
    return total
