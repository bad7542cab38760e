"""Models and their signatures; the names of MLflow's `mlflow.models`. Imported when they are first used."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from runyard.models.signature import ModelSignature as ModelSignature
    from runyard.models.signature import infer_signature as infer_signature

_NAMES = {
    "runyard.models.signature": ("ModelSignature", "infer_signature"),
}


def __getattr__(name: str) -> object:
    from importlib import import_module

    for home, names in _NAMES.items():
        if name in names:
            value = globals()[name] = getattr(import_module(home), name)
            return value
    raise AttributeError(f"module 'runyard.models' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *(name for names in _NAMES.values() for name in names)})
