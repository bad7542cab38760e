"""Metrics that users work out of a fitted model's predictions: logged to the run of its training."""

from __future__ import annotations

import inspect
import sys
import threading
import weakref
from collections.abc import Generator, Iterator
from numbers import Real
from types import FrameType, ModuleType
from typing import Any

import attrs

from runyard.autologging.content import Measuring, dataset_of, note_dataset
from runyard.protocols.autologger import Call, Patch
from runyard.tracking.active import ActiveRun

METRICS = "sklearn.metrics"
NO_METRICS = frozenset({"check_scoring", "get_scorer", "get_scorer_names", "make_scorer"})
UNKNOWN = "unknown_dataset"
MAX_TEXT = 32
# A model that predicts for one row after another would otherwise fill its run with data sets.
MAX_DATASETS = 100


@attrs.define(eq=False, slots=False)
class Evaluated:
    """The run of a fitted model, and what was worked out for it: data sets by name, calls by metric."""

    run: ActiveRun
    datasets: dict[str, list[Any]] = attrs.field(factory=dict)
    calls: dict[str, list[str]] = attrs.field(factory=dict)
    commands: dict[str, str] = attrs.field(factory=dict)

    def dataset_name(self, data: Any) -> tuple[str, bool]:
        """The name of the variable that holds the data, numbered where several had it; whether it is new."""
        name = variable_name(data) or UNKNOWN
        known = self.datasets.setdefault(name, [])
        for position, reference in enumerate(known):
            if _is_same(reference, data):
                return _numbered(name, position), False
        known.append(_reference(data))
        return _numbered(name, len(known) - 1), True

    def log(self, metric: str, value: float, dataset: str, command: str, model_id: str | None) -> None:
        """Log a metric under a key that no other call has, and how it was called."""
        calls = self.calls.setdefault(metric, [])
        key = f"{_numbered(metric, len(calls))}_{dataset}"
        calls.append(key)
        self.commands[key] = command
        run_id = self.run.info.run_id
        Measuring(run_id, self.run.client, model_id).log({key: value})
        self.run.client.log_dict(run_id, dict(sorted(self.commands.items())), "metric_info.json")


@attrs.define(eq=False)
class _Memory:
    """Which run fitted models and predictions belong to; neither is kept alive."""

    models: dict[int, tuple[Evaluated, str | None]] = attrs.field(factory=dict)
    predictions: dict[int, tuple[Evaluated, str | None, str]] = attrs.field(factory=dict)
    by_run: weakref.WeakValueDictionary[str, Evaluated] = attrs.field(factory=weakref.WeakValueDictionary)
    lock: threading.RLock = attrs.field(factory=threading.RLock)

    def note(self, where: dict[int, Any], thing: Any, value: Any) -> None:
        try:
            weakref.finalize(thing, where.pop, id(thing), None).atexit = False
        except TypeError:  # such as a list: nobody says when another thing gets its place
            return
        where[id(thing)] = value


_memory = _Memory()


def remember(estimator: Any, run: ActiveRun, model_id: str | None) -> None:
    """Log to this run what is worked out of the estimator's predictions from now on."""
    with _memory.lock:
        evaluated = _memory.by_run.get(run.info.run_id) or Evaluated(run)
        _memory.by_run[run.info.run_id] = evaluated
        _memory.note(_memory.models, estimator, (evaluated, model_id))


def metric_patches(module: ModuleType) -> Iterator[Patch]:
    """The functions of `sklearn.metrics`, which work out metrics of any library's predictions."""
    for name in module.__all__:
        function = getattr(module, name)
        if name not in NO_METRICS and inspect.isfunction(function):
            yield Patch(module, name, metric, not_within=("sklearn",))


def predict(call: Call) -> Generator[None, Any, None]:
    """Note which model and data a prediction is of."""
    known = _memory.models.get(id(call.args[0]))
    if known is None:
        return
    result = yield
    evaluated, model_id = known
    data = _first_argument(call)
    with _memory.lock:
        name, is_new = evaluated.dataset_name(data)
        _memory.note(_memory.predictions, result, (evaluated, model_id, name))
    if is_new and call.options.log_datasets and sum(map(len, evaluated.datasets.values())) <= MAX_DATASETS:
        with call.attempt("the data of a prediction"):
            run = evaluated.run
            note_dataset(run.client, run.info.run_id, dataset_of(run, data), "eval")


def metric(call: Call) -> Generator[None, Any, None]:
    """Log a metric of `sklearn.metrics` that was worked out of a prediction."""
    if not _memory.predictions:
        return
    found = (_memory.predictions.get(id(value)) for value in (*call.args, *call.kwargs.values()))
    known = next((item for item in found if item is not None), None)
    if known is None:
        return
    value = yield
    if _is_number(value):
        evaluated, model_id, dataset = known
        name = call.function.__name__
        with _memory.lock:
            evaluated.log(name, value, dataset, _command(name, call, 0), model_id)


def score(call: Call) -> Generator[None, Any, None]:
    """Log the score of a fitted model."""
    estimator = call.args[0]
    known = _memory.models.get(id(estimator))
    if known is None:
        return
    value = yield
    if _is_number(value):
        evaluated, model_id = known
        kind = type(estimator).__name__
        command = _command(f"{kind}.score", call, 1)
        with _memory.lock:
            dataset, _ = evaluated.dataset_name(_first_argument(call))
            evaluated.log(f"{kind}_score", value, dataset, command, model_id)


def variable_name(value: Any) -> str | None:
    """What the user's code calls a value that was given on to here."""
    frame: FrameType | None = sys._getframe(1)  # noqa: SLF001 - the way to see callers without reading their source
    while frame is not None:
        if not frame.f_globals.get("__name__", "").startswith("runyard"):
            names = inspect.getargvalues(frame)
            given = [names.locals.get(name) for name in names.args]
            given += names.locals.get(names.varargs, ()) if names.varargs else ()
            given += names.locals.get(names.keywords, {}).values() if names.keywords else ()
            if not any(item is value for item in given):
                return next((name for name, item in names.locals.items() if item is value), None)
        frame = frame.f_back
    return None


def _command(name: str, call: Call, skipped: int) -> str:
    """How a metric was called, in words such as `accuracy_score(y_true=y, y_pred=predicted)`."""
    parameters = list(inspect.signature(call.function).parameters)[skipped:]
    given = [*zip(parameters, call.args[skipped:], strict=False), *call.kwargs.items()]
    return f"{name}({', '.join(f'{key}={_text(value)}' for key, value in given)})"


def _text(value: Any) -> str:
    if isinstance(value, str):
        return repr(value if len(value) <= MAX_TEXT else f"{value[:MAX_TEXT]}...")
    if value is None or isinstance(value, Real):
        return repr(value)
    return variable_name(value) or f"<{type(value).__name__}>"


def _first_argument(call: Call) -> Any:
    return call.args[1] if len(call.args) > 1 else next(iter(call.kwargs.values()), None)


def _numbered(name: str, position: int) -> str:
    return name if position == 0 else f"{name}-{position + 1}"


def _reference(data: Any) -> Any:
    try:
        return weakref.ref(data)
    except TypeError:
        return data if data is None else id(data)


def _is_same(reference: Any, data: Any) -> bool:
    return reference() is data if isinstance(reference, weakref.ref) else reference == id(data)


def _is_number(value: Any) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool)
