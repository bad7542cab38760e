"""Saves a model of every kind with the library named, MLflow or Runyard: `write_models.py LIBRARY FOLDER`."""

# mypy: ignore-errors
# ruff: noqa: ANN001, ANN201, ANN204 - as users write it
from __future__ import annotations

import importlib
import os
import sys
import warnings
from pathlib import Path
from typing import Any

import pandas as pd
import pydantic

LIBRARY, FOLDER = sys.argv[1], Path(sys.argv[2])
HERE = Path(__file__).parent
warnings.simplefilter("ignore")
mlflow = importlib.import_module(LIBRARY)
models = importlib.import_module(f"{LIBRARY}.models")
hints = importlib.import_module(f"{LIBRARY}.types.type_hints")
TypeFromExample = hints.TypeFromExample
TABLE = pd.DataFrame({"x": [1.0, 2.0]})


class Scaling(mlflow.pyfunc.PythonModel):
    def __init__(self, factor):
        super().__init__()
        self.factor = factor

    def predict(self, context, model_input, params=None):
        return (model_input["x"] * self.factor + (params or {}).get("plus", 0)).tolist()


class Derived(Scaling):
    def predict(self, context: mlflow.pyfunc.PythonModelContext, model_input: pd.DataFrame, params=None) -> list[float]:
        return [value + 1 for value in super().predict(context, model_input, params)]


class WithoutContext(mlflow.pyfunc.PythonModel):
    def predict(self, model_input):
        return model_input["x"].tolist()


class OfContext(mlflow.pyfunc.PythonModel):
    def load_context(self, context):
        self.text = Path(context.artifacts["text"]).read_text(encoding="utf-8")

    def predict(self, ctx, model_input):
        deep = Path(ctx.artifacts["folder"], "deep.txt").read_text(encoding="utf-8")
        return [self.text, ctx.model_config["temperature"], deep]


class Message(pydantic.BaseModel):
    role: str
    times: int = 1


class Hinted(mlflow.pyfunc.PythonModel):
    def predict(self, model_input: list[Message], params=None) -> list[str]:
        return [message.role * message.times for message in model_input]


class Texts(mlflow.pyfunc.PythonModel):
    def predict(self, context, model_input: list[str]) -> list[str]:
        return [text.upper() for text in model_input]


class InExampleForm(mlflow.pyfunc.PythonModel):
    def predict(self, context, model_input: TypeFromExample):
        return [type(model_input).__name__, *model_input]


class Streaming(mlflow.pyfunc.PythonModel):
    def predict(self, context, model_input):
        return ["whole"]

    def predict_stream(self, context, model_input, params=None):
        yield from ["first", str(model_input)]


def texts(values: list[str]) -> list[str]:
    return [value.upper() for value in values]


def save(name: str, **options: Any) -> None:
    mlflow.pyfunc.save_model(str(FOLDER / name), pip_requirements=["cloudpickle"], **options)


def main() -> None:
    kept = FOLDER / "kept"
    (kept / "folder").mkdir(parents=True)
    (kept / "text.txt").write_text("hello", encoding="utf-8")
    (kept / "folder" / "deep.txt").write_text("deep", encoding="utf-8")
    with_params = models.infer_signature(TABLE, pd.Series([1.0]), {"plus": 1.0})

    save("class", python_model=Scaling(2))
    save("derived", python_model=Derived(2))
    save("class with params", python_model=Scaling(2), signature=with_params)
    save("class without context", python_model=WithoutContext(), input_example=TABLE)
    save(
        "class with artifacts",
        python_model=OfContext(),
        artifacts={"text": str(kept / "text.txt"), "folder": str(kept / "folder")},
        model_config={"temperature": 0.5},
    )
    save("class with hints", python_model=Hinted(), input_example=[{"role": "u", "times": 2}])
    save("class of texts", python_model=Texts(), input_example=["a"])
    save("class in example form", python_model=InExampleForm(), input_example=["a", "b"])
    save("streaming class", python_model=Streaming())
    save("function", python_model=lambda data: data["x"].tolist())
    save("function with signature", python_model=lambda data: data["x"].tolist(), signature=with_params)
    save("function with hints", python_model=texts, input_example=["a"])
    save("code", python_model=str(HERE / "model_code.py"), model_config={"factor": 3})
    save(
        "loader module",
        loader_module="text_loader",
        data_path=str(kept / "text.txt"),
        code_paths=[str(HERE / "text_loader.py")],
        model_config={"times": 2},
    )


if __name__ == "__main__":
    sys.path.insert(0, str(HERE))
    os.chdir(FOLDER)
    main()
