"""What the contracts of flavors share: the fixtures an author gives, and how predictions are compared."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import attrs
import pytest

from runyard.host import Host
from runyard.models import hashes
from runyard.models.descriptor import FILE_NAME
from runyard.models.json_values import predictions_json
from runyard.models.saving import save_model
from runyard.settings import Settings
from runyard.specs import FlavorSpec
from runyard.testing.memory import plugin as memory


class FlavorFixtures:
    """`spec`, `model`, `data` and `libraries` are to be given, the others where the flavor differs.

    `data` is what the model is asked with, two rows or more where it has rows; `libraries` are the modules that must
    not be imported before they are used.
    """

    @pytest.fixture
    def spec(self) -> FlavorSpec:
        raise NotImplementedError("override the fixture spec")

    @pytest.fixture
    def model(self) -> Any:
        raise NotImplementedError("override the fixture model")

    @pytest.fixture
    def data(self) -> Any:
        raise NotImplementedError("override the fixture data")

    @pytest.fixture
    def libraries(self) -> Sequence[str]:
        raise NotImplementedError("override the fixture libraries")

    @pytest.fixture
    def other_model(self) -> Any:
        """A model of the library that answers otherwise for `data`; tests with two models are skipped without it."""
        pytest.skip("no second model: override the fixture other_model")

    @pytest.fixture
    def params(self) -> Mapping[str, Any]:
        """Params of `predict` that change the answer; empty where the flavor has none."""
        return {}

    def save_by_function(self, module: Any, model: Any, folder: Path, **options: Any) -> None:
        """Save by the function users call; override it where that takes the model otherwise."""
        module.save_model(model, folder, **options)

    def log_by_function(self, module: Any, model: Any, **options: Any) -> Any:
        """Log by the function users call; what it returns."""
        return module.log_model(model, **options)

    def load_by_function(self, module: Any, uri: Any, host: Host) -> Any:
        """The library's own object, by the function users call."""
        return module.load_model(uri, trust=True, host=host)

    @pytest.fixture
    def runs_no_code(self) -> bool:
        """Whether a model as it is saved by default runs no code when it is loaded."""
        return True

    @pytest.fixture
    def host(self, tmp_path: Path) -> Iterator[Host]:
        """A host with what is installed, whose runs and models are kept in memory."""
        settings = Settings(
            root=tmp_path,
            tracking_uri=f"memory:{tmp_path.as_posix()}",
            data_dir=str(tmp_path / "runyard-data"),
            user="tester",
            strict_plugins=True,
        )
        with Host(settings, plugins={"memory": memory}) as host:
            yield host

    @pytest.fixture
    def saved(self, spec: FlavorSpec, model: Any, data: Any, host: Host, tmp_path: Path) -> Path:
        """A folder with the model, saved by default with an input example."""
        save_model(spec.name, model, tmp_path / "model", input_example=data, host=host)
        return tmp_path / "model"

    def answer(self, model: Any, data: Any) -> Any:
        """What the library itself predicts; override it where that is not `model.predict(data)`."""
        return model.predict(data)

    def rows(self, data: Any) -> list[Any]:
        """The data as one input a row; override it where it is neither table nor array nor list."""
        if isinstance(data, str | bytes | Mapping) or not hasattr(data, "__len__"):
            return [data]
        part = getattr(data, "iloc", data)
        return [part[number : number + 1] for number in range(len(data))]


def own_files(saved: Path) -> list[Path]:
    """The files that the flavor wrote, not those that every model has."""
    common = {FILE_NAME, hashes.FILE_NAME, "requirements.txt", "conda.yaml", "python_env.yaml"}
    examples = {"input_example.json", "serving_input_example.json"}
    return [path for path in sorted(saved.rglob("*")) if path.is_file() and path.name not in common | examples]


def assert_equal(left: Any, right: Any) -> None:
    """Check that two predictions are equal; numbers may differ in the last digits of a float32."""
    left, right = plain(left), plain(right)
    assert alike(left, right), f"{left!r} is not {right!r}"


def plain(predictions: Any) -> Any:
    """Predictions as the values of JSON."""
    return json.loads(predictions_json(predictions))["predictions"]


def alike(left: Any, right: Any) -> bool:
    """Whether two values of JSON are equal but for the last digits of a float32."""
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(alike(left[key], right[key]) for key in left)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(alike, left, right))
    if isinstance(left, int | float) and isinstance(right, int | float):
        return math.isclose(left, right, rel_tol=1e-5, abs_tol=1e-6) or (math.isnan(left) and math.isnan(right))
    return bool(left == right)


@contextmanager
def code_that_runs() -> Iterator[list[str]]:
    """What is unpickled and which programs are started within it, as it happens."""
    if not _watch.is_installed:
        sys.addaudithook(_watch)  # for good: Python removes none
        _watch.is_installed = True
    _watch.events = []
    try:
        yield _watch.events
    finally:
        _watch.events = None


@attrs.define
class _Watch:
    events: list[str] | None = None
    is_installed: bool = False

    def __call__(self, event: str, arguments: tuple[Any, ...]) -> None:
        if self.events is not None and event in {"os.system", "pickle.find_class", "subprocess.Popen"}:
            self.events.append(f"{event} {'.'.join(str(argument) for argument in arguments[:2])}")


_watch = _Watch()
