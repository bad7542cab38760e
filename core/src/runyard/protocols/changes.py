"""What a store implements that can tell what changed, and what keeps views."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from runyard.entities import Changes, View


@runtime_checkable
class RecordsChanges(Protocol):
    """A tracking store or registry that tells what changed in it, whoever changed it.

    A registry tells of registered models, a tracking store of everything else; where both keep one database, numbers
    come from one sequence.
    """

    def changes(self, since: int | None = None, *, max_results: int = 1000) -> Changes:
        """What changed after a number, oldest first, and nothing twice; None asks for the last number only.

        A change is told of only when all changes with lower numbers are, so that none is missed. Old changes are
        forgotten after a while.
        """


@runtime_checkable
class KeepsViews(Protocol):
    """A tracking store that keeps saved views."""

    def save_view(
        self,
        view_id: str,
        *,
        name: str,
        experiment_ids: Sequence[str],
        state: str,
        user_id: str | None = None,
        revision: int | None = None,
    ) -> View:
        """A new view, or a new state of one. `Conflict` where `revision` is given and is not the last one."""

    def get_view(self, view_id: str) -> View: ...

    def list_views(self, experiment_id: str | None = None) -> Sequence[View]:
        """All views, or those of an experiment, by name."""

    def delete_view(self, view_id: str) -> None: ...
