"""Times as they are written, and the history of models replayed."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from runyard.entities import ModelStage, RegistryChange, RegistryEvent
from runyard.errors import InvalidInput, NotFound
from runyard.registry_history import ModelState, parse_time, past_version, replay, show_time


def milliseconds(*parts: int) -> int:
    return int(datetime(*parts, tzinfo=UTC).timestamp() * 1000)  # type: ignore[arg-type,misc]


def test_a_date_means_its_last_moment() -> None:
    assert parse_time("2026-03-01") == milliseconds(2026, 3, 2) - 1
    assert show_time(parse_time("9999-12-31")) == "9999-12-31T23:59:59.999Z"
    assert parse_time("2024-02-29") == milliseconds(2024, 3, 1) - 1


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("2026-03-01T12:30", (2026, 3, 1, 12, 30)),
        ("2026-03-01T12:30:15Z", (2026, 3, 1, 12, 30, 15)),
        ("2026-03-01 12:30:15", (2026, 3, 1, 12, 30, 15)),
        ("2026-03-01T12:30+02:00", (2026, 3, 1, 10, 30)),
        ("1969-12-31T23:59:59Z", (1969, 12, 31, 23, 59, 59)),
    ],
)
def test_a_time_is_utc_unless_it_names_a_zone(text: str, parts: tuple[int, ...]) -> None:
    assert parse_time(text) == milliseconds(*parts)


def test_a_time_keeps_its_milliseconds() -> None:
    assert parse_time("2026-03-01T12:30:15.123456") == milliseconds(2026, 3, 1, 12, 30, 15) + 123


@pytest.mark.parametrize("text", ["", "yesterday", "2026-02-30", "2026-13-01", "1772323200000", "٢٠٢٦-03-01"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="2026-03-01"):
        parse_time(text)


def test_a_time_is_shown_as_it_is_written() -> None:
    text = "2026-03-01T12:30:15.123Z"
    assert show_time(parse_time(text)) == text
    assert show_time(10**20) == f"{10**20} ms"


def event(change: RegistryChange, time: int, **fields: object) -> RegistryEvent:
    return RegistryEvent(**{"name": "m", "change": change, "timestamp": time, **fields})  # type: ignore[arg-type]


HISTORY = [
    event(RegistryChange.CREATED, 1, new="m"),
    event(RegistryChange.CREATED, 2, version=1, new="s3://b/1"),
    event(RegistryChange.STAGE, 3, version=1, old="None", new="Production"),
    event(RegistryChange.ALIAS, 3, version=1, subject="prod", new="1"),
    event(RegistryChange.TAG, 4, version=1, subject="gate", new="passed"),  # which is no change of the version's own
    event(RegistryChange.CREATED, 4, version=2, new="s3://b/2"),
    event(RegistryChange.ALIAS, 5, version=2, subject="prod", old="1", new="2"),
    event(RegistryChange.RENAMED, 6, name="n", old="m", new="n"),
    event(RegistryChange.DELETED, 7, name="n", version=1, old="s3://b/1"),
]


def test_nothing_is_replayed_to_nothing() -> None:
    assert replay([]) == ModelState()
    assert replay(HISTORY, until=0) == ModelState()


def test_a_history_is_replayed_up_to_a_time() -> None:
    state = replay(HISTORY, until=3)
    assert (state.name, dict(state.aliases), list(state.versions)) == ("m", {"prod": 1}, [1])
    assert (state.versions[1].stage, state.versions[1].changed) == (ModelStage.PRODUCTION, 3)
    assert replay(HISTORY, until=4).versions[1] == state.versions[1]
    state = replay(HISTORY)
    assert (state.name, dict(state.aliases), list(state.versions)) == ("n", {"prod": 2}, [2])


def test_a_name_means_the_model_that_bore_it_then() -> None:
    other = [
        event(RegistryChange.CREATED, 6, new="m"),
        event(RegistryChange.CREATED, 7, version=1, new="s3://other"),
        event(RegistryChange.ALIAS, 7, version=1, subject="prod", new="1"),
    ]
    assert past_version([HISTORY, other], "m", "prod", 5).name == "n"
    assert past_version([HISTORY, other], "m", "prod", 7).name == "m"
    assert past_version([HISTORY], "n", "prod", 5).version == 2


def test_what_was_deleted_since_is_named() -> None:
    with pytest.raises(NotFound, match=r"version 1 at 1970-01-01T00:00:00.004Z, but it was deleted since"):
        past_version([HISTORY], "m", "prod", 4)
