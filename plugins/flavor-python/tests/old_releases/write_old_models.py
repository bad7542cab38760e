"""Writes models of this folder: `python write_old_models.py` in it, with a Python 3.11 that has an old MLflow."""

# mypy: ignore-errors
# ruff: noqa: ANN001, ANN003, ANN201 - as users write it
import importlib
from pathlib import Path

import pandas as pd

mlflow = importlib.import_module("mlflow.pyfunc")
models = importlib.import_module("mlflow.models")
FOLDER = Path(importlib.import_module("mlflow.version").VERSION)
TABLE = pd.DataFrame({"x": [1.0, 2.0]})


class OfContext(mlflow.PythonModel):
    def load_context(self, context):
        self.text = Path(context.artifacts["text"]).read_text(encoding="utf-8")

    def predict(self, context, model_input):
        return [self.text] * len(model_input)


class Texts(mlflow.PythonModel):
    def predict(self, context, model_input: list[str]) -> list[str]:
        return [text.upper() for text in model_input]


class WithParams(mlflow.PythonModel):
    def predict(self, context, model_input, params=None):
        return (model_input["x"] + params["more"]).tolist()


def save(name, **options):
    mlflow.save_model(path=str(FOLDER / name), pip_requirements=["cloudpickle"], **options)


def main():
    text = FOLDER / "text.txt"
    text.parent.mkdir(parents=True)
    text.write_text("hello", encoding="utf-8")
    signature = models.infer_signature(TABLE, pd.Series([1.0]))
    save("artifacts", python_model=OfContext(), artifacts={"text": str(text)}, signature=signature)
    if not FOLDER.name.startswith("1."):
        with_params = models.infer_signature(TABLE, pd.Series([1.0]), {"more": 1.0})
        save("params", python_model=WithParams(), signature=with_params)
        save("texts", python_model=Texts(), input_example=["a"])
        save("function", python_model=lambda data: data["x"].tolist(), signature=signature, input_example=TABLE)
    text.unlink()


if __name__ == "__main__":
    main()
