"""The registry's append-only history: what is written with every change, and how it is read."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import sqlalchemy as sa

from runyard.entities import Page, RegistryChange, RegistryEvent
from runyard.errors import InvalidInput, NotFound
from runyard_store_sql import tokens
from runyard_store_sql.clock import now
from runyard_store_sql.registry_rows import MAX_PAGE, MAX_VERSION, Row, model_row
from runyard_store_sql.schema import registry_events

_events = registry_events.c


class Change:
    """A change of one model by one user at one time; the model stays locked until the transaction ends.

    Locking puts the events of a model in the order of their times, so that the past can be asked for by time.
    """

    def __init__(self, connection: sa.Connection, model: Row, user_id: str | None) -> None:
        self.connection = connection
        self.model = model
        self.now = max(now(), _last_time(connection, _events.model == model.id))
        self._name = model.name
        self._user_id = user_id

    @classmethod
    def of(cls, connection: sa.Connection, name: str, user_id: str | None = None) -> Change:
        return cls(connection, model_row(connection, name, lock=True), user_id)

    def take_name(self, name: str) -> None:
        """From now on the model bears a name, which may have a history of its own."""
        self._name = name
        self.now = max(self.now, _last_time(self.connection, _events.name == name))

    def note(
        self,
        change: RegistryChange,
        *,
        version: int | None = None,
        subject: str = "",
        old: str | None = None,
        new: str | None = None,
    ) -> None:
        """Write an event; what changes nothing is none."""
        if old == new:
            return
        self.connection.execute(
            registry_events.insert().values(
                model=self.model.id,
                name=self._name,
                version=version,
                change=change.value,
                subject=subject,
                old=old,
                new=new,
                user_id=self._user_id,
                timestamp=self.now,
            )
        )


def highest_number(connection: sa.Connection, name: str) -> int:
    """The highest version that any model had that ever bore a name."""
    query = sa.select(sa.func.max(_events.version)).where(_events.model.in_(_bearers(connection, name)))
    return connection.execute(query).scalar() or 0


def highest_model(connection: sa.Connection) -> int:
    """The highest number that a model ever had."""
    return connection.execute(sa.select(sa.func.max(_events.model))).scalar() or 0


def histories(connection: sa.Connection, name: str) -> list[list[RegistryEvent]]:
    """The whole histories of the models that ever bore a name."""
    query = sa.select(registry_events).where(_events.model.in_(_bearers(connection, name))).order_by(_events.id)
    found: dict[int, list[RegistryEvent]] = defaultdict(list)
    for row in connection.execute(query):
        found[row.model].append(_event(row))
    return list(found.values())


def history(
    connection: sa.Connection, name: str, version: int | None, max_results: int, token: str | None
) -> Page[RegistryEvent]:
    """A page of the events of the models that bear a name, or bore it last."""
    if max_results < 1:
        raise InvalidInput(f"max_results must be at least 1, got {max_results}")
    after = tokens.read(token, (int,))[0] if token is not None else 0
    owners = [number for number in _bearers(connection, name) if _last_name(connection, number) == name]
    if not owners:
        raise NotFound(f"there never was a registered model {name!r}, or it bears another name now")
    query = sa.select(registry_events).where(_events.model.in_(owners), _events.id > after)
    if version is not None:
        query = query.where(_concerns(version))
    rows = connection.execute(query.order_by(_events.id).limit(min(max_results, MAX_PAGE) + 1)).all()
    shown = rows[: min(max_results, MAX_PAGE)]
    return Page([_event(row) for row in shown], tokens.write([shown[-1].id]) if len(rows) > len(shown) else None)


def _concerns(version: int) -> sa.ColumnElement[bool]:
    """The same as `runyard.registry_history.concerns`."""
    text = str(version)
    is_left = sa.and_(_events.change == RegistryChange.ALIAS.value, sa.or_(_events.old == text, _events.new == text))
    return sa.or_(_events.version == version, is_left) if 0 < version <= MAX_VERSION else is_left


def _bearers(connection: sa.Connection, name: str) -> list[int]:
    if "\0" in name:
        return []
    query = sa.select(_events.model).where(_events.name == name).distinct().order_by(_events.model)
    return list(connection.execute(query).scalars())


def _last_name(connection: sa.Connection, model: int) -> str | None:
    query = sa.select(_events.name).where(_events.model == model).order_by(_events.id.desc()).limit(1)
    return connection.execute(query).scalar()


def _last_time(connection: sa.Connection, condition: sa.ColumnElement[bool]) -> int:
    query = sa.select(_events.timestamp).where(condition).order_by(_events.id.desc()).limit(1)
    return connection.execute(query).scalar() or 0


def _event(row: sa.Row[Any]) -> RegistryEvent:
    return RegistryEvent(
        name=row.name,
        change=RegistryChange(row.change),
        timestamp=row.timestamp,
        user_id=row.user_id,
        version=row.version,
        subject=row.subject,
        old=row.old,
        new=row.new,
    )
