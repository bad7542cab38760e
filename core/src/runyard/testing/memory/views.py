"""Saved views in memory."""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from runyard.entities import View
from runyard.errors import Conflict, NotFound
from runyard.testing.memory.tracking_core import PlainTrackingStore, locked
from runyard.validation import check_reference, check_view_id, check_view_name, check_view_state


class ViewsStore(PlainTrackingStore):
    """`KeepsViews`."""

    @property
    def _views(self) -> dict[str, View]:
        views: dict[str, View] = self.__dict__.setdefault("_views_by_id", {})
        return views

    @locked
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
        check_view_name(name)
        check_view_state(state)
        check_reference(user_id, "user id")
        check_view_id(view_id)
        time = self.clock()
        for experiment_id in experiment_ids:
            self._experiment(experiment_id)
        known = self._views.get(view_id)
        if revision is not None and (known is None or known.revision != revision):
            raise Conflict(f"view {view_id!r} is not at revision {revision} any more; load it again")
        self._views[view_id] = View(
            view_id=view_id,
            name=name,
            experiment_ids=sorted(set(experiment_ids), key=int),
            state=state,
            creation_time=known.creation_time if known else time,
            last_update_time=time,
            revision=known.revision + 1 if known else 1,
            user_id=user_id or (known.user_id if known else None),
        )
        return self._views[view_id]

    @locked
    def get_view(self, view_id: str) -> View:
        return self._shown_view(self._view(view_id))

    @locked
    def list_views(self, experiment_id: str | None = None) -> Sequence[View]:
        if experiment_id is not None:
            self._experiment(experiment_id)
        shown = [self._shown_view(view) for view in self._views.values()]
        found = [view for view in shown if experiment_id is None or experiment_id in view.experiment_ids]
        return sorted(found, key=lambda view: (view.name, view.view_id))

    @locked
    def delete_view(self, view_id: str) -> None:
        del self._views[self._view(view_id).view_id]

    def _view(self, view_id: str) -> View:
        if view_id not in self._views:
            raise NotFound(f"no view with id {view_id!r}")
        return self._views[view_id]

    def _shown_view(self, view: View) -> View:
        """Without experiments that were erased."""
        return attrs.evolve(view, experiment_ids=[one for one in view.experiment_ids if one in self._experiments])
