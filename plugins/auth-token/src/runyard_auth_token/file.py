"""The file of tokens: read again when it has changed, replaced whole, readable by its owner alone."""

from __future__ import annotations

import json
import os
import secrets
import threading
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import attrs

from runyard.errors import CorruptData, Forbidden, RunyardError
from runyard_auth_token.tokens import Token

VERSION = 1

Stamp = tuple[int, int, int]


@attrs.define(eq=False)
class TokenFile:
    """The tokens of a file, by id. Used from several threads."""

    path: Path
    _stamp: Stamp | None = attrs.field(default=None, init=False)
    _tokens: Mapping[str, Token] = attrs.field(factory=dict, init=False)
    _ends: Sequence[int] = attrs.field(factory=list, init=False)  # when tokens expire, in ascending order
    _lock: threading.Lock = attrs.field(factory=threading.Lock, init=False)

    def exists(self) -> bool:
        return self.path.is_file()

    def tokens(self) -> Mapping[str, Token]:
        """What is in the file now; nothing where there is none.

        Raises:
            Forbidden: others may write to the file, or this process may not read it.
            CorruptData: the file is not what this plugin writes.
        """
        with self._lock:
            stamp = self._look()
            if stamp != self._stamp:
                self._tokens = {} if stamp is None else self._read()
                self._ends = sorted(token.expires for token in self._tokens.values() if token.expires is not None)
                self._stamp = stamp
            return self._tokens

    def revision(self, now: float) -> tuple[Stamp | None, int]:
        """Another one as soon as the file was replaced or another of its tokens has expired; nothing is read for it."""
        return self._look(), bisect_right(self._ends, now)

    def add(self, token: Token) -> None:
        with self._changing() as kept:
            kept[token.id] = token

    def remove(self, name_or_id: str) -> list[Token]:
        """Remove the token of that id, or all of that user; those that were removed."""
        with self._changing() as kept:
            gone = [token for token in kept.values() if name_or_id in {token.id, token.name}]
            for token in gone:
                del kept[token.id]
        return gone

    def _look(self) -> Stamp | None:
        try:
            status = self.path.stat()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise Forbidden(f"cannot look at {self.path}: {error.strerror}") from error
        if os.name == "posix" and status.st_mode & 0o022:
            raise Forbidden(f"others may write to {self.path} and let themselves in; run: chmod 600 {self.path}")
        return status.st_mtime_ns, status.st_size, status.st_ino

    def _read(self) -> dict[str, Token]:
        try:
            content = json.loads(self.path.read_text(encoding="utf-8"))
        except OSError as error:
            raise Forbidden(f"cannot read {self.path}: {error.strerror}") from error
        except ValueError as error:
            raise CorruptData(f"{self.path} is not JSON: {error}") from error
        if not isinstance(content, dict) or content.get("version") != VERSION:
            raise CorruptData(f"{self.path} is no file of tokens that this version of runyard-auth-token reads")
        entries = content.get("tokens")
        if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
            raise CorruptData(f"{self.path} has no list of tokens")
        tokens = [Token.from_plain(entry) for entry in entries]
        return {token.id: token for token in tokens}

    @contextmanager
    def _changing(self) -> Iterator[dict[str, Token]]:
        """The tokens to change; they are written when the block ends, one process after the other."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with _locked(self.path.with_name(f"{self.path.name}.lock")):
                kept = dict(self.tokens())
                yield kept
                self._write(kept)
        except OSError as error:
            raise RunyardError(f"cannot write {self.path}: {error.strerror or error}") from error

    def _write(self, tokens: Mapping[str, Token]) -> None:
        content = {"version": VERSION, "tokens": [attrs.asdict(token) for token in tokens.values()]}
        partial = self.path.with_name(f"{self.path.name}.{secrets.token_hex(4)}")
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
                json.dump(content, stream, indent=1)
                stream.flush()
                os.fsync(stream.fileno())
            partial.replace(self.path)
        except BaseException:
            with suppress(OSError):
                partial.unlink()
            raise


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Hold a lock between processes, where the system has such locks."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        with suppress(ImportError):
            import fcntl

            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
