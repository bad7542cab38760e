"""Puts watched functions into the place of a library's own, and takes them out again."""

from __future__ import annotations

import functools
from collections.abc import Callable
from types import ModuleType
from typing import Any

import attrs

from runyard.protocols.autologger import Patch

_NOTHING = object()
Watch = Callable[[Patch, Callable[..., Any], tuple[Any, ...], dict[str, Any]], Any]


@attrs.frozen(eq=False)
class Applied:
    """A function that was replaced, and what stood in its place: nothing where a class had inherited it."""

    patch: Patch
    wrapper: Callable[..., Any]
    before: Any

    def undo(self) -> None:
        """Put back what was there, unless somebody has put something else there in the meantime."""
        owner, name = self.patch.owner, self.patch.name
        if vars(owner).get(name) is not self.wrapper:
            return
        if self.before is _NOTHING:
            delattr(owner, name)
        else:
            setattr(owner, name, self.before)


def apply(patch: Patch, watch: Watch) -> Applied:
    """Replace a function by one that looks the same and leaves the call to `watch`."""
    original = getattr(patch.owner, patch.name)

    @functools.wraps(original)
    def watched(*args: Any, **kwargs: Any) -> Any:
        return watch(patch, original, args, kwargs)

    if isinstance(patch.owner, ModuleType):
        # What is pickled by name, such as the function of a scorer, is looked up where it was replaced.
        watched.__module__, watched.__qualname__ = patch.owner.__name__, patch.name
    before = vars(patch.owner).get(patch.name, _NOTHING)
    setattr(patch.owner, patch.name, watched)
    return Applied(patch, watched, before)
