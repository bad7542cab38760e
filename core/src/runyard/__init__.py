"""Runyard: the machine-learning lifecycle, as plugins. Names are imported when they are first used."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from runyard.hooks import hookimpl as hookimpl
    from runyard.host import Host as Host
    from runyard.settings import Settings as Settings

__version__ = "0.1.0"

_HOMES = {
    "hookimpl": "runyard.hooks",
    "Host": "runyard.host",
    "Settings": "runyard.settings",
}

__all__ = ["Host", "Settings", "hookimpl"]


def __getattr__(name: str) -> object:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'runyard' has no attribute {name!r}")
    from importlib import import_module

    value = globals()[name] = getattr(import_module(home), name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})
