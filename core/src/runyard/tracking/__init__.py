"""The tracking API: clients, the active run, the journal."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from runyard.tracking.client import Client as Client
    from runyard.tracking.client import MlflowClient as MlflowClient

__all__ = ["Client", "MlflowClient"]


def __getattr__(name: str) -> object:
    from importlib import import_module

    if name in __all__:
        return getattr(import_module("runyard.tracking.client"), name)
    if name.startswith("_"):
        raise AttributeError(f"module 'runyard.tracking' has no attribute {name!r}")
    return getattr(import_module("runyard"), name)
