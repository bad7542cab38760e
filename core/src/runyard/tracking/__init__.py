"""The tracking API: clients, the active run, the journal."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from runyard.tracking.client import Client as Client
    from runyard.tracking.client import MlflowClient as MlflowClient

__all__ = ["Client", "MlflowClient"]


def __getattr__(name: str) -> object:
    from importlib import import_module
    from importlib.util import find_spec

    if name in __all__:
        return getattr(import_module("runyard.tracking.client"), name)
    # A module of this package is asked for this way before it is imported; it is no name of `runyard`, nor a flavor's.
    if name.startswith("_") or find_spec(f"{__name__}.{name}") is not None:
        raise AttributeError(f"module 'runyard.tracking' has no attribute {name!r}")
    return getattr(import_module("runyard"), name)
