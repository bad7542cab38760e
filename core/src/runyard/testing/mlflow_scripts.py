"""Runs scripts in an environment that has the mlflow package, which takes seconds to import and is imported once."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import attrs

from runyard.testing import forking

MLFLOW = "RUNYARD_TEST_MLFLOW"

# What nearly every script imports.
COMMON = ("mlflow.pyfunc.scoring_server", "mlflow.sklearn", "sklearn.linear_model")


@attrs.define
class MlflowScripts:
    """Runs scripts with a Python that has mlflow, one after the other, each in a process of its own.

    Where forks are safe they are forks of one process, which is started by the first script and has imported mlflow.
    """

    python: str
    _process: subprocess.Popen[str] | None = None
    _streams: tempfile.TemporaryDirectory[str] | None = None

    def run(
        self,
        *words: str,
        environ: Mapping[str, str] | None = None,
        folder: Path | None = None,
        given: str = "",
        modules: Sequence[str] = (),
    ) -> subprocess.CompletedProcess[str]:
        """Run `python WORDS`, which is `-c CODE` or a file and arguments, and wait for its end.

        `environ` is this process's own if it is not given, `folder` the current one, `given` what the script reads;
        `modules` are imported beforehand, once for all, where they are installed.
        """
        environ = {**(os.environ if environ is None else environ), "MLFLOW_DISABLE_TELEMETRY": "true"}
        folder = folder or Path.cwd()
        if sys.platform != "linux":
            return subprocess.run(
                [self.python, *words],
                input=given,
                capture_output=True,
                text=True,
                check=False,
                cwd=folder,
                env=environ,
            )
        process, streams = self._started()
        for name, text in (("input", given), ("output", ""), ("errors", "")):
            (streams / name).write_text(text, encoding="utf-8")
        request = {
            "words": words,
            "environ": environ,
            "folder": str(folder),
            "streams": str(streams),
            "modules": list(modules),
        }
        code = self._answer(process, json.dumps(request))
        output, errors = ((streams / name).read_text(encoding="utf-8") for name in ("output", "errors"))
        return subprocess.CompletedProcess([self.python, *words], code, output, errors)

    def close(self) -> None:
        """End the process that waits for scripts."""
        process, streams = self._process, self._streams
        self._process = self._streams = None
        if process is not None:
            process.communicate()
        if streams is not None:
            streams.cleanup()

    def _started(self) -> tuple[subprocess.Popen[str], Path]:
        if self._process is None or self._streams is None:
            self._streams = tempfile.TemporaryDirectory(prefix="mlflow-scripts-")
            environ = {key: value for key, value in os.environ.items() if not key.startswith(("MLFLOW_", "PYTHON"))}
            with Path(self._streams.name, "log").open("w", encoding="utf-8") as log:
                self._process = subprocess.Popen(
                    [self.python, "-W", "ignore", forking.__file__, *COMMON],
                    env={**environ, "MLFLOW_DISABLE_TELEMETRY": "true"},
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=log,
                    text=True,
                    start_new_session=True,
                )
        return self._process, Path(self._streams.name)

    def _answer(self, process: subprocess.Popen[str], request: str) -> int:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            with suppress(BrokenPipeError):  # it has ended, and said why
                print(request, file=process.stdin, flush=True)
            code = process.stdout.readline()
            assert code, f"{self.python} does not run scripts:\n{self._log()}"
        except BaseException:  # a time that was given is over, too: the script must not go on
            os.killpg(process.pid, signal.SIGKILL)
            self.close()
            raise
        return int(code)

    def _log(self) -> str:
        return "" if self._streams is None else Path(self._streams.name, "log").read_text(encoding="utf-8")
