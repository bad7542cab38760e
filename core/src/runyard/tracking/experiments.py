"""The part of the client that looks after experiments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from runyard.entities import Experiment, Page, ViewType
from runyard.errors import NotFound
from runyard.protocols.tracking import ExperimentQuery
from runyard.query.tree import Target
from runyard.tracking.connection import Connection
from runyard.tracking.search import parsed, view
from runyard.validation import MAX_EXPERIMENT_TAG_VALUE, check_experiment_name, check_tags


class Experiments(Connection):
    """Experiments: create, find, rename, tag, delete, restore."""

    def create_experiment(
        self, name: str, artifact_location: str | None = None, tags: Mapping[str, Any] | None = None
    ) -> str:
        """Create an experiment and give its id; a `/` in the name makes folders."""
        experiment = self.store.create_experiment(
            check_experiment_name(name),
            artifact_location=artifact_location,
            tags=check_tags(tags, MAX_EXPERIMENT_TAG_VALUE),
        )
        return experiment.experiment_id

    def get_experiment(self, experiment_id: str) -> Experiment:
        return self.store.get_experiment(str(experiment_id))

    def get_experiment_by_name(self, name: str) -> Experiment | None:
        """The active experiment of that name, else the last deleted one, else None."""
        return self.store.get_experiment_by_name(name)

    def search_experiments(
        self,
        view_type: ViewType | str | int = ViewType.ACTIVE_ONLY,
        max_results: int | None = 1000,
        filter_string: str | None = None,
        order_by: Sequence[str] | None = None,
        page_token: str | None = None,
    ) -> Page[Experiment]:
        """One page of the experiments that match a filter, newest first unless ordered otherwise."""
        condition, order = parsed(Target.EXPERIMENTS, filter_string, order_by)
        return self.store.search_experiments(
            ExperimentQuery(
                filter=condition,
                order_by=order,
                view=view(view_type),
                max_results=1000 if max_results is None else max_results,
                page_token=page_token,
            )
        )

    def rename_experiment(self, experiment_id: str, new_name: str) -> None:
        self.store.rename_experiment(str(experiment_id), check_experiment_name(new_name))

    def delete_experiment(self, experiment_id: str) -> None:
        """Put an experiment and its runs into the bin."""
        self.store.delete_experiment(str(experiment_id))

    def restore_experiment(self, experiment_id: str) -> None:
        """Take an experiment and all its runs out of the bin."""
        self.store.restore_experiment(str(experiment_id))

    def set_experiment_tag(self, experiment_id: str, key: str, value: Any) -> None:
        self.store.set_experiment_tags(str(experiment_id), check_tags({key: value}, MAX_EXPERIMENT_TAG_VALUE))

    def delete_experiment_tag(self, experiment_id: str, key: str) -> None:
        self.store.delete_experiment_tag(str(experiment_id), key)

    def experiment_id_of(self, name: str) -> str:
        """The id of an active experiment.

        Raises:
            NotFound: there is none of that name.
        """
        experiment = self.get_experiment_by_name(name)
        if experiment is None or experiment.lifecycle_stage != "active":
            raise NotFound(f"no active experiment is named {name!r}; see runyard experiments list")
        return experiment.experiment_id
