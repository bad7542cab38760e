"""A model from code, for MLflow and for Runyard."""

# mypy: ignore-errors
# ruff: noqa: ANN001, ANN201 - as users write it
try:
    import mlflow
except ImportError:
    import runyard as mlflow


class Scaled(mlflow.pyfunc.PythonModel):
    def predict(self, context, model_input):
        return (model_input["x"] * context.model_config["factor"]).tolist()


mlflow.models.set_model(Scaled())
