"""What a flavor may be called: its name becomes an attribute and a module of `runyard`."""

from __future__ import annotations

import keyword

from runyard import _MODULES, _NAMES, _is_of_the_core


def refusal_of(name: str) -> str | None:
    """Why a flavor cannot have a name; None where it can."""
    if not name.isidentifier() or keyword.iskeyword(name) or name.startswith("_"):
        return f"a flavor is reached as runyard.<name>, and {name!r} is no name in Python"
    if name in _MODULES or any(name in names for names in _NAMES.values()) or _is_of_the_core(name):
        return f"a flavor cannot be called {name!r}: runyard.{name} is something else"
    return None
