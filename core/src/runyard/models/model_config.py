"""Models from code: a Python file that hands a model over with `set_model`, and the configuration it reads."""

from __future__ import annotations

import importlib.util
import os
import sys
import traceback
import uuid
from collections.abc import Mapping
from contextvars import ContextVar
from pathlib import Path
from typing import Any

import attrs
import yaml

from runyard.errors import InvalidInput, InvalidState, NotFound, did_you_mean


class NoModelConfig(NotFound, FileNotFoundError):
    """There is no configuration where a model's code asks for one."""

    __str__ = Exception.__str__


class NoSuchKey(NotFound, KeyError):
    """A configuration does not have a key."""

    __str__ = Exception.__str__


@attrs.define
class _Run:
    """One run of a file with a model's code."""

    config: str | os.PathLike[str] | dict[str, Any] | None
    model: Any = None
    has_model: bool = False


_RUN: ContextVar[_Run | None] = ContextVar("runyard_model_code", default=None)


class ModelConfig:
    """The configuration of a model, as its code reads it: what the model is logged or loaded with.

    Args:
        development_config: What is used where the file is run by itself: a dictionary or the path of a YAML file.
    """

    def __init__(self, *, development_config: str | os.PathLike[str] | dict[str, Any] | None = None) -> None:
        run = _RUN.get()
        config = run.config if run else development_config
        if not config:
            raise NoModelConfig(
                "the model's code reads a configuration and there is none; "
                + ("give model_config where the model is logged" if run else "give development_config")
            )
        if not isinstance(config, dict) and not Path(config).is_file():
            raise NoModelConfig(f"no file {str(config)!r} with the configuration of the model")
        self.config = config if isinstance(config, dict) else os.fspath(config)

    def to_dict(self) -> dict[str, Any]:
        """The whole configuration."""
        return self.config if isinstance(self.config, dict) else read_model_config(self.config)

    def get(self, key: str) -> Any:
        """The value of a key of the configuration's top level."""
        config = self.to_dict()
        if key not in config:
            known = ", ".join(sorted(map(str, config))) or "none"
            hint = did_you_mean(key, map(str, config))
            raise NoSuchKey(f"no key {key!r} in the configuration of the model{hint} (keys: {known})")
        return config[key]


def read_model_config(config: str | os.PathLike[str] | Mapping[str, Any] | None) -> dict[str, Any]:
    """A configuration as a dictionary: itself, or what its YAML file holds; nothing for None."""
    if config is None:
        return {}
    if isinstance(config, Mapping):
        return dict(config)
    try:
        read = yaml.safe_load(Path(config).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput(f"model_config: cannot read {os.fspath(config)!r}: {error}") from error
    except yaml.YAMLError as error:
        said = " ".join(str(error).split())
        raise InvalidInput(f"model_config: {os.fspath(config)!r} is no YAML that can be read: {said}") from error
    if read is not None and not isinstance(read, dict):
        raise InvalidInput(f"model_config: {os.fspath(config)!r} holds {type(read).__name__}, not a mapping")
    return read or {}


def set_model(model: Any) -> None:
    """Hand over the model that a file of code makes, which is what logging and loading the file gives."""
    if not callable(model) and not callable(getattr(model, "predict", None)):
        raise InvalidInput(
            f"set_model takes a model: a function or an object with a method `predict`, not {type(model).__name__}"
        )
    run = _RUN.get()
    if run:
        run.model, run.has_model = model, True


def run_model_code(path: str | os.PathLike[str], config: str | os.PathLike[str] | dict[str, Any] | None = None) -> Any:
    """Run a file of code and give the object it hands to `set_model`.

    Args:
        path: The Python file. It becomes a module of its own, so that what it defines can be pickled and looked into.
        config: What `ModelConfig` reads in it; without one, reading a configuration fails.
    """
    file = Path(path).resolve()
    if file.suffix != ".py" or not file.is_file():
        raise InvalidInput(f"the code of a model is a Python file, and there is none at {os.fspath(path)!r}")
    run = _Run(config)
    token = _RUN.set(run)
    name = f"code_model_{uuid.uuid4().hex}"
    spec = importlib.util.spec_from_file_location(name, file)
    if spec is None or spec.loader is None:
        raise InvalidInput(f"the code of a model cannot be loaded from {os.fspath(path)!r}")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        del sys.modules[name]
        raise InvalidState(f"the code of a model fails at {_place(error, file)}: {_said(error)}") from error
    finally:
        _RUN.reset(token)
    if not run.has_model:
        del sys.modules[name]
        raise InvalidState(f"the code {str(file)!r} makes no model; call set_model(…) with it in the file")
    return run.model


def _place(error: Exception, file: Path) -> str:
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(file)]
    line = error.lineno if isinstance(error, SyntaxError) else lines[-1] if lines else None
    return f"line {line} of {str(file)!r}" if line else repr(str(file))


def _said(error: Exception) -> str:
    return f"{type(error).__name__}: {' '.join(str(error).split())}"
