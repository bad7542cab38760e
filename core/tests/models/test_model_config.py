"""Models from code and the configuration they read."""

from __future__ import annotations

import inspect
import pickle
import sys
from pathlib import Path
from typing import Any

import pytest

from runyard.errors import InvalidInput, InvalidState, NotFound
from runyard.models.model_config import ModelConfig, read_model_config, run_model_code, set_model

CODE = """
from runyard.models.model_config import ModelConfig, set_model

config = ModelConfig(development_config={"size": 1})

class Model:
    def predict(self, data):
        return config.get("size")

set_model(Model())
"""


def write(folder: Path, text: str) -> Path:
    file = folder / "agent.py"
    file.write_text(text)
    return file


def code_modules() -> list[str]:
    return [name for name in sys.modules if name.startswith("code_model_")]


def test_the_model_that_the_code_sets_is_given(tmp_path: Path) -> None:
    model = run_model_code(write(tmp_path, CODE), {"size": 3})
    assert model.predict(None) == 3


def test_what_the_code_defines_can_be_pickled_and_looked_into(tmp_path: Path) -> None:
    model = run_model_code(write(tmp_path, CODE), {"size": 3})

    assert type(pickle.loads(pickle.dumps(model))) is type(model)
    assert "def predict" in inspect.getsource(type(model))


def test_each_run_is_its_own(tmp_path: Path) -> None:
    file = write(tmp_path, CODE)
    first, second = run_model_code(file, {"size": 1}), run_model_code(str(file), {"size": 2})

    assert (first.predict(None), second.predict(None)) == (1, 2)


def test_code_run_by_itself_reads_the_configuration_of_development(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text("size: 5\nlist: [1]\n")
    for config in (str(tmp_path / "config.yaml"), tmp_path / "config.yaml", {"size": 5, "list": [1]}):
        found = ModelConfig(development_config=config)
        assert found.get("size") == 5
        assert found.to_dict() == {"size": 5, "list": [1]} == read_model_config(config)
    assert read_model_config(None) == {}


def test_a_run_without_a_configuration_does_not_use_that_of_development(tmp_path: Path) -> None:
    with pytest.raises(InvalidState, match=r"line 4 of .*NoModelConfig: .*give model_config where the model is logged"):
        run_model_code(write(tmp_path, CODE))


@pytest.mark.parametrize("config", [None, {}, "none.yaml"])
def test_a_configuration_that_is_not_there_is_an_error_of_both_worlds(config: Any) -> None:
    with pytest.raises(FileNotFoundError):
        ModelConfig(development_config=config)
    with pytest.raises(NotFound, match=r"^(the model's code reads a configuration|no file 'none.yaml')"):
        ModelConfig(development_config=config)


def test_a_key_that_is_missing_is_an_error_of_both_worlds() -> None:
    config = ModelConfig(development_config={"size": 1})
    with pytest.raises(KeyError):
        config.get("colour")
    with pytest.raises(
        NotFound, match=r"^no key 'sise' in the configuration of the model, did you mean 'size'\? \(keys:"
    ):
        config.get("sise")


def test_a_file_without_a_model_is_refused_even_after_one_with_a_model(tmp_path: Path) -> None:
    run_model_code(write(tmp_path, CODE), {"size": 1})
    before = code_modules()
    with pytest.raises(InvalidState, match=r"agent.py' makes no model; call set_model\(…\) with it in the file"):
        run_model_code(write(tmp_path, "x = 1"))
    assert code_modules() == before


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x = 1\ny = 1 / 0\n", "fails at line 2 of '.*agent.py': ZeroDivisionError: division by zero"),
        ("def f():\n    import surely_not_there\nf()\n", "line 2 of .*: ModuleNotFoundError: No module named"),
        ("def:\n", "fails at line 1 of .*: SyntaxError: invalid syntax"),
        ("raise ValueError('several\\nlines')", "ValueError: several lines$"),
        (
            "from runyard.models.model_config import set_model\nset_model('text')",
            "InvalidInput: set_model takes a model",
        ),
    ],
)
def test_code_that_fails_is_told_in_a_line(tmp_path: Path, text: str, message: str) -> None:
    before = code_modules()
    with pytest.raises(InvalidState, match=message) as caught:
        run_model_code(write(tmp_path, text))
    assert "\n" not in str(caught.value)
    assert caught.value.__cause__ is not None
    assert code_modules() == before


@pytest.mark.parametrize("name", ["none.py", "notes.txt", "."])
def test_only_a_python_file_is_code(tmp_path: Path, name: str) -> None:
    (tmp_path / "notes.txt").write_text("")
    with pytest.raises(InvalidInput, match="the code of a model is a Python file, and there is none at"):
        run_model_code(tmp_path / name)


@pytest.mark.parametrize(
    ("text", "message"),
    [("a: [", "is no YAML that can be read"), ("- 1", "holds list, not a mapping"), (None, "cannot read")],
)
def test_a_configuration_file_that_cannot_be_used_is_refused(tmp_path: Path, text: str | None, message: str) -> None:
    file = tmp_path / "config.yaml"
    if text is not None:
        file.write_text(text)
    with pytest.raises(InvalidInput, match=message):
        read_model_config(file)


def test_a_function_is_a_model_and_setting_it_outside_of_a_run_does_nothing() -> None:
    set_model(len)
    with pytest.raises(InvalidInput, match="not int"):
        set_model(3)
