"""The hub watches only while somebody listens, and no slow listener costs memory."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable

import pytest

from runyard.entities import RunStart
from runyard.errors import Unavailable
from runyard.protocols.access import Operation, Principal
from runyard.protocols.tracking import TrackingStore
from runyard.server.service import Service
from runyard_api_v1 import hub as hubs
from runyard_api_v1.changes import Cursor
from runyard_api_v1.hub import Hub, Listener
from runyard_api_v1.topics import Topics


def listener(service: Service) -> Listener:
    return Listener(service.stores({}), Topics(), asyncio.get_running_loop())


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_nobody_watches_when_nobody_listens(service: Service) -> None:
    hub = Hub()

    async def listen() -> None:
        first, second = listener(service), listener(service)
        hub.join(first, service)
        hub.join(second, service)
        assert sum(thread.name == "runyard-events" for thread in threading.enumerate()) == 1
        hub.leave(first)
        hub.leave(second)
        hub.leave(second)

    asyncio.run(listen())
    wait_until(lambda: not hub.is_watching)


def test_a_slow_listener_is_told_to_read_anew_instead_of_everything(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def listen() -> bytes | None:
        slow = listener(service)
        for number in range(1_000):
            slow.offer(b"x" * 5_000, Cursor(number, 0))
        await asyncio.sleep(0)
        assert slow._bytes <= hubs.MAX_WAITING
        return await slow.next()

    found = asyncio.run(listen())
    assert found is not None
    assert b"event: reset" in found
    assert len(found) <= hubs.MAX_WAITING


def test_too_many_listeners_are_turned_away(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hubs, "MAX_LISTENERS", 1)

    async def listen() -> None:
        hub, first = Hub(), listener(service)
        hub.join(first, service)
        with pytest.raises(Unavailable, match="1 clients listen"):
            hub.join(listener(service), service)
        hub.leave(first)
        wait_until(lambda: not hub.is_watching)

    asyncio.run(listen())


class Revoked:
    """A policy that lets everybody in until it does not."""

    def __init__(self) -> None:
        self.is_open = True

    def allows(self, principal: Principal, operation: Operation) -> bool:
        return self.is_open or principal.name == "ada"


def test_who_may_no_longer_read_is_cut_off_and_others_listen_on(service: Service, store: TrackingStore) -> None:
    policy = Revoked()
    made = Service(service.host, policy=policy, closing=service.closing)

    async def listen() -> tuple[bytes | None, bytes | None]:
        loop, hub = asyncio.get_running_loop(), Hub()
        bob, ada = (
            Listener(made.stores({"runyard.principal": Principal(name)}), Topics(), loop) for name in ("bob", "ada")
        )
        for one in (bob, ada):
            await asyncio.to_thread(hub.join, one, service)
        policy.is_open = False
        of_bob = await asyncio.wait_for(bob.next(), 20)
        store.create_run(RunStart("r1", "n", "u", 1, experiment_id="0"))
        of_ada = await asyncio.wait_for(ada.next(), 20)
        hub.leave(ada)
        await asyncio.to_thread(wait_until, lambda: not hub.is_watching)
        return of_bob, of_ada

    of_bob, of_ada = asyncio.run(listen())
    assert of_bob is None
    assert of_ada is not None
    assert b'"id":"r1"' in of_ada


def test_closing_ends_every_stream(service: Service) -> None:
    async def listen() -> bytes | None:
        one, hub = listener(service), Hub()
        await asyncio.to_thread(hub.join, one, service)
        service.closing.set()
        return await asyncio.wait_for(one.next(), 20)

    assert asyncio.run(listen()) is None
