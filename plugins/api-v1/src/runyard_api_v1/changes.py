"""`/changes`: what changed in the tracking store and in the registry, from a place on."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Annotated

import attrs

from runyard.entities import Change, Changes, Subject
from runyard.errors import InvalidInput, NotSupported
from runyard.protocols.access import Action, Operation, Resource, ResourceKind
from runyard.protocols.changes import RecordsChanges
from runyard.server import rules
from runyard.server.guard import Access
from runyard.server.service import Service, Stores
from runyard_api_v1.fields import About

OPERATION = "tracking.changes"
_CURSOR = re.compile(r"(\d{1,19})(?:-(\d{1,19}))?")


@attrs.frozen
class Cursor:
    """How far a reader has come: a number of each of the two stores, which need not count together."""

    tracking: int = 0
    registry: int = 0

    @classmethod
    def parse(cls, text: str) -> Cursor:
        """From `120-118`, or from one number that is meant for both."""
        match = _CURSOR.fullmatch(text)
        if match is None:
            raise InvalidInput(f"a place in the changes reads 120-118, or a number, got {text!r:.80}")
        return cls(int(match.group(1)), int(match.group(2) or match.group(1)))

    def __str__(self) -> str:
        return f"{self.tracking}-{self.registry}"

    def is_before(self, change: Change) -> bool:
        return change.number > (self.registry if change.subject is Subject.MODEL else self.tracking)

    def after(self, change: Change) -> Cursor:
        if change.subject is Subject.MODEL:
            return Cursor(self.tracking, max(self.registry, change.number))
        return Cursor(max(self.tracking, change.number), self.registry)

    def latest(self, other: Cursor) -> Cursor:
        return Cursor(max(self.tracking, other.tracking), max(self.registry, other.registry))


@attrs.frozen
class ChangesParameters:
    since: Annotated[
        str | None, About("Where to go on: `last` of an earlier answer. Left out, only `last` is told.")
    ] = None
    max_results: Annotated[int, About("How many changes of each store at most.", minimum=1, maximum=10_000)] = 1_000


@attrs.frozen
class ChangesAnswer:
    """What changed, oldest first."""

    items: Sequence[Change]
    last: Annotated[str, About("Where to go on.")]
    tracking: Annotated[int, About("The number of the tracking store's last change in this answer or before.")]
    registry: Annotated[int, About("The same of the registry.")]
    reset: Annotated[bool, About("The place asked for is too long ago: read everything anew, then go on from `last`.")]
    more: Annotated[bool, About("Whether there are more changes already.")]


@attrs.frozen
class Sources:
    """Where changes are read: a tracking store and a registry."""

    tracking: object
    registry: object

    @classmethod
    def seen_by(cls, stores: Stores) -> Sources:
        """As a principal sees them."""
        return cls(stores.tracking, stores.registry)

    @classmethod
    def unfiltered(cls, service: Service) -> Sources:
        """As they are, for the server's own use: whoever is told of a change is asked for with `is_visible`."""
        return cls(service.host.tracking_store(), service.host.registry_store())


def read_changes(sources: Sources, since: Cursor | None, max_results: int = 1_000) -> ChangesAnswer:
    """The changes after a place; None asks for the last place only.

    Raises:
        NotSupported: the tracking store does not tell what changes.
    """
    ours = _read(sources.tracking, None if since is None else since.tracking, max_results)
    others = _read(sources.registry, None if since is None else since.registry, max_results)
    if ours is None:
        raise NotSupported("the tracking store does not tell what changes; ask for what is of interest again")
    # A store may tell of what is the other's where both keep one database.
    items = [change for change in ours.items if change.subject is not Subject.MODEL]
    items += [change for change in (others.items if others else ()) if change.subject is Subject.MODEL]
    cursor = Cursor(ours.last, others.last if others else 0)
    return ChangesAnswer(
        items=items,
        last=str(cursor),
        tracking=cursor.tracking,
        registry=cursor.registry,
        reset=any(found is not None and found.reset for found in (ours, others)),
        more=_has_more(sources.tracking, ours, since) or _has_more(sources.registry, others, since),
    )


def is_visible(access: Access, change: Change) -> bool:
    """Whether the policy lets a principal know of a change."""
    return access.may_read(OPERATION, *rules.changed(change))


def check_listening(access: Access) -> None:
    """Raise `Forbidden` where a principal may not be told of changes at all."""
    access.check(Operation(OPERATION, Action.READ, (Resource(ResourceKind.EXPERIMENT),)))


def _read(store: object, since: int | None, max_results: int) -> Changes | None:
    return store.changes(since, max_results=max_results) if isinstance(store, RecordsChanges) else None


def _has_more(store: object, found: Changes | None, since: Cursor | None) -> bool:
    """Whether a store has more; how many changes came does not say it, for some may not be seen."""
    if found is None or since is None or not isinstance(store, RecordsChanges):
        return False
    return store.changes().last > found.last
