"""Heads and bodies leave together, in order, and a head that nothing follows leaves by itself."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

from runyard.server.joining import JoiningTransport

HEAD = b"HTTP/1.1 200 OK\r\n\r\n"


class Wire(asyncio.Transport):
    """Keeps what is sent, one entry for each system call."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[bytes] = []

    def write(self, data: Any) -> None:
        self.sent.append(bytes(data))

    def writelines(self, list_of_data: Iterable[Any]) -> None:
        self.sent.append(b"".join(list_of_data))

    def close(self) -> None:
        self.sent.append(b"closed")


def test_a_head_leaves_with_the_body() -> None:
    wire = Wire()

    async def answer() -> None:
        transport = JoiningTransport(wire, asyncio.get_running_loop())
        for _ in range(2):
            transport.write(HEAD)
            transport.write(b"one")
            transport.write(memoryview(b"two"))
        await asyncio.sleep(0)
        transport.close()

    asyncio.run(answer())
    assert wire.sent == [HEAD + b"one", b"two", HEAD + b"one", b"two", b"closed"]


def test_a_head_that_nothing_follows_waits_for_nothing() -> None:
    wire = Wire()

    async def answer() -> list[bytes]:
        transport = JoiningTransport(wire, asyncio.get_running_loop())
        transport.write(HEAD)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        return list(wire.sent)

    assert asyncio.run(answer()) == [HEAD]


def test_closing_leaves_no_head_behind() -> None:
    wire = Wire()

    async def answer() -> None:
        transport = JoiningTransport(wire, asyncio.get_running_loop())
        transport.write(HEAD)
        transport.close()
        await asyncio.sleep(0)

    asyncio.run(answer())
    assert wire.sent == [HEAD, b"closed"]
