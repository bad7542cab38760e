"""An alias that moves brings another version, without a request that is lost."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest

from runyard.errors import Forbidden, NotFound
from runyard.host import Host


@pytest.fixture
def registered(host: Host, save_odd: Any) -> Host:
    """A model with two versions, the first of which is `prod`."""
    registry = host.registry_store()
    registry.create_registered_model("m")
    for factor in (1.0, 2.0):
        registry.create_model_version("m", f"file://{save_odd(factor=factor, seconds=0.001)}")
    registry.set_registered_model_alias("m", "prod", 1)
    return host


BODY = {"inputs": {"x": [5.0]}}


def test_a_moved_alias_is_followed_and_no_request_is_lost(registered: Host, asked: Any) -> None:
    served = asked("models:/m@prod", poll_interval=0.05)

    async def client() -> list[tuple[str, float]]:
        seen: list[tuple[str, float]] = []
        until = time.monotonic() + 60  # a busy machine takes long to load a version
        while [version for version, _ in seen[-20:]] != ["2"] * 20 and time.monotonic() < until:
            reply = await served.ask(BODY)
            seen.append((reply.headers["x-runyard-model-version"], reply.predictions[0]))
        return seen

    async def main() -> list[list[tuple[str, float]]]:
        clients = [asyncio.create_task(client()) for _ in range(4)]
        await asyncio.sleep(0.5)
        await asyncio.to_thread(registered.registry_store().set_registered_model_alias, "m", "prod", 2)
        return list(await asyncio.gather(*clients))

    for seen in served.run(main):
        assert seen[0] == ("1", 5.0)
        assert seen[-1] == ("2", 10.0)
        assert set(seen) == {("1", 5.0), ("2", 10.0)}  # each answer is of the version that it names
        assert seen == sorted(seen)


def test_a_version_that_cannot_be_loaded_leaves_the_served_one(
    registered: Host, asked: Any, save_odd: Any, caplog: pytest.LogCaptureFixture
) -> None:
    broken = save_odd(load_fails=True)
    registered.registry_store().create_model_version("m", f"file://{broken}")
    served = asked("models:/m@prod", poll_interval=0.05)

    async def main() -> list[Any]:
        store = registered.registry_store()
        await asyncio.to_thread(store.set_registered_model_alias, "m", "prod", 3)
        await asyncio.sleep(0.6)
        first = await served.ask(BODY)
        await asyncio.to_thread(store.set_registered_model_alias, "m", "prod", 2)
        await asyncio.sleep(1.0)
        return [first, await served.ask(BODY)]

    first, second = served.run(main)
    assert first.headers["x-runyard-model-version"] == "1"
    assert second.headers["x-runyard-model-version"] == "2"
    assert "version 3 of models:/m@prod cannot be loaded, version 1 stays" in caplog.text


def test_an_alias_that_is_gone_leaves_the_served_one(registered: Host, asked: Any) -> None:
    served = asked("models:/m@prod", poll_interval=0.05)

    async def main() -> Any:
        await asyncio.to_thread(registered.registry_store().delete_registered_model_alias, "m", "prod")
        await asyncio.sleep(0.3)
        return await served.ask(BODY)

    assert served.run(main).predictions == [5.0]


def test_what_cannot_move_is_not_looked_after(registered: Host, asked: Any) -> None:
    assert asked("models:/m/2").once(BODY).headers["x-runyard-model-version"] == "2"
    assert not asked("models:/m/2").application._source.can_move
    assert asked("models:/m/latest").application._source.can_move
    assert asked("models:/m/latest").once(BODY).predictions == [10.0]


def test_what_is_not_there_is_said_at_the_start(registered: Host, asked: Any) -> None:
    with pytest.raises(NotFound, match="nobody"):
        asked("models:/m@nobody")


def test_a_model_that_can_run_code_must_be_trusted(host: Host, asked: Any, save_odd: Any, monkeypatch: Any) -> None:
    folder = save_odd(risky=True)
    monkeypatch.setattr("runyard.models.trust._own.hashes", set())  # this process has saved it, another would not have
    with pytest.raises(Forbidden, match="it is risky"):
        asked(folder)
    assert asked(folder, trust=True).once(BODY).predictions == [5.0]
