"""Batch scoring in a model's own environment: by another process, which is `runyard models predict` as well."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import attrs

from runyard import errors
from runyard.environments import builder_of
from runyard.errors import InvalidInput, RunyardError
from runyard.host import Host
from runyard.models.batch_streams import opened_input, opened_output
from runyard.models.isolation import environment_of, runyard_command, variables_in
from runyard.models.loading import fetch_model
from runyard.models.trust import is_trusted
from runyard.protocols.environment import Report

PathLike = str | os.PathLike[str]


@attrs.frozen(kw_only=True)
class Request:
    """What is to be predicted, as `predict` was asked."""

    input_data: Any
    input_path: PathLike | None
    content_type: str
    output_path: PathLike | None
    output_format: str
    chunk_size: int | None
    params: Mapping[str, Any] | None
    columns_out: str | Sequence[str]

    def words(self) -> list[str]:
        """The same for the command line; data comes through standard input."""
        columns = self.columns_out if isinstance(self.columns_out, str) else ",".join(self.columns_out)
        given: dict[str, Any] = {
            "--content-type": self.content_type,
            "--format": self.output_format,
            "--columns-out": columns,
            "--input-path": None if self.input_path is None else os.fspath(self.input_path),
            "--output-path": None if self.output_path is None else os.fspath(self.output_path),
            "--chunk-size": self.chunk_size,
            "--params": self._params(),
        }
        return [str(word) for name, value in given.items() if value is not None for word in (name, value)]

    def _params(self) -> str | None:
        try:
            return json.dumps(self.params) if self.params else None
        except (TypeError, ValueError) as error:
            raise InvalidInput(f"params are sent to another process as JSON: {error}") from error


def predict_isolated(
    model_uri: PathLike,
    request: Request,
    env_manager: str,
    *,
    trust: bool | None = None,
    host: Host,
    report: Report | None = None,
) -> dict[str, Any]:
    """Predict in the environment that a model asks for; what `BatchResult` holds.

    Raises:
        RunyardError: the environment cannot be made, or what the other process raised.
    """
    builder = builder_of(env_manager, host)
    asked = request.words()
    if request.input_path is not None:
        with opened_input(None, request.input_path, request.content_type):
            pass  # what is not there is told before an environment is made
    fetched = fetch_model(model_uri, host=host)
    more = ["pyarrow"] if "parquet" in {request.content_type, request.output_format} else []
    environment = environment_of(fetched, builder, more=more, trust=trust, host=host, report=report)
    with tempfile.TemporaryDirectory(prefix="runyard-") as scratch:
        result = Path(scratch) / "result.json"
        words = ["models", "predict", "--model-uri", str(fetched.folder), "--result-path", str(result)]
        # What a model's place is trusted for is decided here, where the place is known.
        if trust or (trust is None and is_trusted(fetched.uri, host.settings, fetched.digest)):
            words.append("--trust")
        variables = variables_in(environment, host, RUNYARD_TRUSTED_MODELS=",")
        code = _run(runyard_command(environment, *words, *asked), variables, environment.holds, request)
        told = json.loads(result.read_text(encoding="utf-8")) if result.is_file() else {}
    if "error" in told:
        raise _error(told["error"], told["message"])
    if code or not told:
        raise RunyardError(f"predicting in the environment {environment.name} failed with exit code {code}")
    return dict(told)


def _run(command: list[str], variables: dict[str, str], holds: tuple[int, ...], request: Request) -> int:
    """Run it with this process's input and output, or with the data that was given."""
    output = subprocess.PIPE if request.output_path is None else None
    with (
        _data(request) as data,
        subprocess.Popen(  # noqa: S603
            command, stdin=data, stdout=output, env=variables, pass_fds=holds if os.name == "posix" else ()
        ) as process,
    ):
        try:
            if process.stdout is not None:
                with opened_output(None, request.output_format) as out:
                    shutil.copyfileobj(process.stdout, out)
            return process.wait()
        except BaseException:
            process.terminate()
            raise


@contextmanager
def _data(request: Request) -> Iterator[IO[bytes] | None]:
    """The data that was given, as a file to read it from; None where the other process reads what this one would."""
    if request.input_data is None:
        yield None
        return
    with (
        opened_input(request.input_data, None, request.content_type) as (data, _),
        tempfile.TemporaryFile() as spooled,
    ):
        shutil.copyfileobj(data, spooled)
        spooled.seek(0)
        yield spooled


def _error(name: str, message: str) -> RunyardError:
    kind = getattr(errors, name, RunyardError)
    return kind(message) if isinstance(kind, type) and issubclass(kind, RunyardError) else RunyardError(message)
