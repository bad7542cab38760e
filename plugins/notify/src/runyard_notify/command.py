"""Runs the command with a message on its standard input, and never for longer than it may take."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
from collections.abc import Mapping
from tempfile import TemporaryFile
from typing import IO, Any

from runyard.errors import RunyardError
from runyard.settings import Settings
from runyard_notify.settings import COMMAND, TIMEOUT

LONGEST = 200  # characters of the command's own words in an error


class CommandFailed(RunyardError):
    """The command could not be started, took too long or failed."""


def run_command(settings: Settings, message: Mapping[str, Any]) -> None:
    """Run the command that the settings name, and wait for it.

    Raises:
        CommandFailed: it could not be started, took longer than it may and was killed, or failed.
    """
    words = shlex.split(settings.lookup(COMMAND).value)
    seconds = settings.lookup(TIMEOUT).value
    name = f"notify.command {words[0]!r}"  # never the arguments, which may hold a secret
    # A file takes what the command says: a pipe would be waited for as long as a child in the background holds it.
    with TemporaryFile() as said, _start(settings, words, said) as process:
        try:
            process.communicate(f"{json.dumps(message)}\n".encode(), seconds)
        except subprocess.TimeoutExpired as error:
            raise CommandFailed(f"{name} took longer than {seconds:g} s (notify.timeout) and was killed") from error
        finally:
            if process.poll() is None:
                _kill(process)
        if process.returncode:
            raise CommandFailed(f"{name} {_ending(process.returncode)}{_last_line(said)}")


def _start(settings: Settings, words: list[str], said: IO[bytes]) -> subprocess.Popen[bytes]:
    # A command that tracks something itself is not told of it, or it would go on for ever.
    quiet = ",".join([*settings.disabled_plugins, "notify"])
    try:
        return subprocess.Popen(  # noqa: S603 - the user's own command, without a shell
            words,
            cwd=settings.root,
            env={**os.environ, "RUNYARD_DISABLED_PLUGINS": quiet},
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=said,
            start_new_session=True,  # what the command starts can be killed with it, and Ctrl-C stays the run's
        )
    except OSError as error:
        raise CommandFailed(f"notify.command cannot be started in {settings.root}: {error}") from error


def _kill(process: subprocess.Popen[bytes]) -> None:
    if hasattr(os, "killpg"):
        os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()


def _ending(code: int) -> str:
    return f"exited with {code}" if code > 0 else f"was ended by signal {-code}"


def _last_line(said: IO[bytes]) -> str:
    """The end of what the command wrote to standard error, fit for one line."""
    size = said.seek(0, os.SEEK_END)
    said.seek(max(0, size - 4 * LONGEST))
    lines = said.read().decode("utf-8", "replace").split("\n")
    spoken = ["".join(filter(str.isprintable, line)).strip() for line in lines]
    return next((f": {line[:LONGEST]}" for line in reversed(spoken) if line), "")
