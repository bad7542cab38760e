"""The history of registered models, replayed: what a name, an alias, a stage or a description was at a time."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta

import attrs

from runyard.entities import ModelStage, ModelVersion, RegistryChange, RegistryEvent
from runyard.errors import InvalidInput, NotFound

LATEST = "latest"

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


@attrs.frozen
class VersionState:
    """What of a version can change and is kept in the history."""

    stage: ModelStage = ModelStage.NONE
    description: str = ""
    changed: int = 0


@attrs.frozen
class ModelState:
    """A model at a time; `name` is None before its creation and after its deletion."""

    name: str | None = None
    description: str = ""
    versions: Mapping[int, VersionState] = attrs.field(factory=dict)
    aliases: Mapping[str, int] = attrs.field(factory=dict)

    def version_of(self, alias: str) -> int | None:
        """The version an alias points to; `latest` is the highest."""
        if alias.lower() == LATEST:
            return max(self.versions, default=None)
        return self.aliases.get(alias)

    def aliases_of(self, version: int) -> tuple[str, ...]:
        return tuple(sorted(alias for alias, target in self.aliases.items() if target == version))


@attrs.frozen
class PastVersion:
    """The version that an alias pointed to, and its model then; `name` is the model's name today."""

    name: str
    version: int
    state: ModelState

    def as_it_was(self, today: ModelVersion) -> ModelVersion:
        """The version with the stage, the aliases and the description it had then."""
        then = self.state.versions[self.version]
        return attrs.evolve(
            today,
            current_stage=then.stage,
            description=then.description,
            aliases=self.state.aliases_of(self.version),
            last_updated_timestamp=then.changed,
        )


def replay(events: Iterable[RegistryEvent], *, until: int | None = None) -> ModelState:
    """The state of one model after its events, which come oldest first; `until` is the last time that counts."""
    replayed = _Replay()
    for event in events:
        if until is not None and event.timestamp > until:
            break
        replayed.take(event)
    return ModelState(replayed.name, replayed.description, replayed.versions, replayed.aliases)


def past_version(histories: Sequence[Sequence[RegistryEvent]], name: str, alias: str, at: int) -> PastVersion:
    """The version that `models:/name@alias` meant at a time.

    `histories` are the whole histories of the models that ever bore the name, one each. The model that bore it at that
    time is meant, else the one that bears it today.

    Raises:
        NotFound: there was no such model or alias, or what it pointed to was deleted since.
    """
    past, present = _model_of(histories, name, at)
    number = past.version_of(alias)
    if number is None:
        known = ", ".join(sorted(past.aliases)) or "none"
        raise NotFound(f"model {name!r} had no alias {alias!r} at {show_time(at)} (aliases then: {known})")
    if present.name is None or number not in present.versions:
        gone = "the model was" if present.name is None else "it was"
        raise NotFound(
            f"alias {alias!r} of model {name!r} was version {number} at {show_time(at)}, but {gone} deleted since"
        )
    return PastVersion(present.name, number, past)


def concerns(event: RegistryEvent, version: int) -> bool:
    """Whether an event is part of the history of one version; an alias that moves away from it is."""
    if event.version == version:
        return True
    return event.change is RegistryChange.ALIAS and str(version) in {event.old, event.new}


def parse_time(text: str) -> int:
    """A date or a time in ISO 8601, UTC where it names no zone; a date means its last moment.

    Raises:
        InvalidInput: it is neither.
    """
    try:
        if _DATE.fullmatch(text):
            return _milliseconds(datetime.combine(date.fromisoformat(text), time.max))
        return _milliseconds(datetime.fromisoformat(text))
    except (ValueError, OverflowError) as error:
        raise InvalidInput(f"not a time: {text!r}; write one such as 2026-03-01 or 2026-03-01T12:30:00Z") from error


def show_time(at: int) -> str:
    """A time as text, such as 2026-03-01T12:00:00.000Z."""
    try:
        return (_EPOCH + timedelta(milliseconds=at)).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    except OverflowError:
        return f"{at} ms"


def _milliseconds(moment: datetime) -> int:
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return (aware - _EPOCH) // timedelta(milliseconds=1)


def _model_of(histories: Sequence[Sequence[RegistryEvent]], name: str, at: int) -> tuple[ModelState, ModelState]:
    """The model that is meant by a name, then and today."""
    states = [(replay(events, until=at), replay(events)) for events in histories]
    for past, present in states:
        if past.name == name:
            return past, present
    for past, present in states:
        if present.name == name:
            if past.name is None:
                break
            return past, present
    raise NotFound(f"there was no registered model {name!r} at {show_time(at)}")


@attrs.define
class _Replay:
    """A state that is being made; without it every event would copy the whole model."""

    name: str | None = None
    description: str = ""
    versions: dict[int, VersionState] = attrs.field(factory=dict)
    aliases: dict[str, int] = attrs.field(factory=dict)

    def take(self, event: RegistryEvent) -> None:
        if event.change is RegistryChange.TAG:
            return  # tags are no part of the state: those of long ago are in no history
        if event.version is None:
            self._take_model_event(event)
        elif event.change is RegistryChange.ALIAS:
            self.aliases.pop(event.subject, None)
            if event.new is not None:
                self.aliases[event.subject] = int(event.new)
        elif event.change is RegistryChange.DELETED:
            self.versions.pop(event.version, None)
        else:
            self._take_version_event(event.version, event)

    def _take_model_event(self, event: RegistryEvent) -> None:
        match event.change:
            case RegistryChange.DELETED:
                self.name, self.description, self.versions, self.aliases = None, "", {}, {}
            case RegistryChange.DESCRIPTION:
                self.description = event.new or ""
            case _:
                self.name = event.name

    def _take_version_event(self, number: int, event: RegistryEvent) -> None:
        version = attrs.evolve(self.versions.get(number, VersionState()), changed=event.timestamp)
        match event.change:
            case RegistryChange.STAGE:
                version = attrs.evolve(version, stage=ModelStage(event.new or ModelStage.NONE))
            case RegistryChange.DESCRIPTION:
                version = attrs.evolve(version, description=event.new or "")
        self.versions[number] = version
