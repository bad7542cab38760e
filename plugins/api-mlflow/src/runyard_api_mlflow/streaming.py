"""Bodies of any size between ASGI, which has them in pieces as they come, and stores, which read and write streams."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO, RawIOBase
from typing import TYPE_CHECKING, BinaryIO, TypeVar, cast

from runyard.server.threads import Threads
from runyard_api_mlflow.routes import Receive, Send

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

SMALL = 1 << 20  # a body up to this size is read whole and handed over in one step
BATCH = 1 << 19  # a larger one goes to its thread in such amounts, as each costs a switch between threads
AHEAD = 1 << 21  # so much may wait for a store before the client has to
PIECE = 1 << 20  # a download goes out in such pieces
MAX_UPLOADS = 64  # threads that write large bodies at the same time; who comes later waits
MAX_STEPS = 32  # threads for all that is done in one step

ResultT = TypeVar("ResultT")

_steps = Threads(MAX_STEPS, "artifacts")
# What is left of an upload is cleaned away before the process ends, which waits for these threads.
_uploads = ThreadPoolExecutor(MAX_UPLOADS, "uploads")


def in_thread(call: Callable[..., ResultT], *arguments: object) -> asyncio.Future[ResultT]:
    """Do something short that may block."""
    return _steps.run(call, *arguments)


class Disconnected(ConnectionError):
    """The client went away before it had sent everything."""


class Body(RawIOBase):
    """A request's body as a stream for another thread; `feed` hands pieces over, and waits while too many are left."""

    def __init__(self, pieces: Sequence[bytes]) -> None:
        self._loop = asyncio.get_running_loop()
        self._room = asyncio.Event()  # set when the reader has taken what was there, or reads no more
        self._changed = threading.Condition()
        self._given: deque[bytes | memoryview] = deque(piece for piece in pieces if piece)
        self._taken: deque[bytes | memoryview] = deque()
        self._size = sum(map(len, pieces))
        self._is_whole = self._is_much = False
        self._failure: BaseException | None = None
        self._is_left = False

    async def feed(self, receive: Receive) -> None:
        """Hand over what the client sends, to its end or until the reader leaves."""
        batch: list[bytes] = []
        size = 0
        while not self._is_left:
            message = await receive()
            if message["type"] == "http.disconnect":
                self.fail(Disconnected("the client went away before it had sent everything"))
                return
            piece = message.get("body", b"")
            if piece:
                batch.append(piece)
                size += len(piece)
            is_last = not message.get("more_body", False)
            if is_last or size >= BATCH or len(batch) >= BATCH // 1024:
                await self._give(batch, size, is_last=is_last)
                batch, size = [], 0
            if is_last:
                return

    def fail(self, failure: BaseException) -> None:
        """Make the reader fail, unless it has everything."""
        with self._changed:
            self._failure = self._failure or failure
            self._changed.notify()

    def leave(self) -> None:
        """Called in the reader's thread: it reads no more."""
        self._is_left = True
        self._tell()

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1, /) -> bytes:
        """The next bytes, perhaps fewer than asked for; all that are left where no size is given."""
        if size < 0:
            return b"".join(iter(lambda: self.read(BATCH), b""))
        pieces: list[bytes | memoryview] = []
        size = min(size, BATCH)
        while size and (self._taken or (not pieces and self._wait())):
            piece = self._taken.popleft()
            if len(piece) > size:
                view = memoryview(piece)
                piece = view[:size]
                self._taken.appendleft(view[size:])
            pieces.append(piece)
            size -= len(piece)
        # One large write costs less than many small ones, after each of which the event loop's thread is in the way.
        return pieces[0] if len(pieces) == 1 and isinstance(pieces[0], bytes) else b"".join(pieces)

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        view = memoryview(buffer).cast("B")
        piece = self.read(len(view))
        view[: len(piece)] = piece
        return len(piece)

    def _wait(self) -> bool:
        """Take what has come, once there is any; whether there is."""
        with self._changed:
            while not self._given and not self._is_whole and self._failure is None:
                if not self._changed.wait(1.0) and self._loop.is_closed():
                    raise Disconnected("the server stopped before the client had sent everything")
            if self._failure is not None and not self._is_whole:
                raise self._failure
            self._taken, self._given = self._given, self._taken
            self._size = 0
            was_much, self._is_much = self._is_much, False
        if was_much:
            self._tell()
        return bool(self._taken)

    async def _give(self, batch: Sequence[bytes], size: int, *, is_last: bool) -> None:
        with self._changed:
            self._given.extend(batch)
            self._size += size
            self._is_whole = is_last
            self._is_much = self._size >= AHEAD and not is_last
            if self._is_much:
                self._room.clear()
            self._changed.notify()
        if self._is_much and not self._is_left:
            await self._room.wait()

    def _tell(self) -> None:
        try:
            self._loop.call_soon_threadsafe(self._room.set)
        except RuntimeError:  # the server has stopped, and nobody waits any more
            return


async def take(receive: Receive, write: Callable[[BinaryIO], ResultT]) -> ResultT:
    """What `write` makes of a request's body, which it reads in a thread.

    Raises:
        Disconnected: the client went away; `write` has met the same, so that it stored nothing.
    """
    pieces: list[bytes] = []
    size = 0
    while size <= SMALL:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Disconnected("the client went away before it had sent everything")
        pieces.append(message.get("body", b""))
        size += len(pieces[-1])
        if not message.get("more_body", False):
            whole = BytesIO(pieces[0] if len(pieces) == 1 else b"".join(pieces))
            return await in_thread(write, whole)
    return await _take_large(receive, write, Body(pieces))


async def _take_large(receive: Receive, write: Callable[[BinaryIO], ResultT], body: Body) -> ResultT:
    def run() -> ResultT:
        try:
            return write(cast("BinaryIO", body))
        finally:
            body.leave()

    writing = asyncio.get_running_loop().run_in_executor(_uploads, run)
    try:
        await body.feed(receive)
        return await asyncio.shield(writing)
    except BaseException as error:
        # The thread is never left alone with the body, not even when the server stops.
        body.fail(error if isinstance(error, Exception) else Disconnected("the server stops"))
        await _ended(writing)
        raise


async def _ended(future: asyncio.Future[ResultT]) -> None:
    """Wait for what a thread does, whatever becomes of it, even if this is cancelled meanwhile."""
    cancelled = None
    while not future.done():
        try:
            await asyncio.wait({future})
        except asyncio.CancelledError as error:
            cancelled = error
    if not future.cancelled():
        future.exception()
    if cancelled is not None:
        raise cancelled


async def send_stream(receive: Receive, send: Send, start: Mapping[str, object], stream: BinaryIO, size: int) -> None:
    """Answer with so many bytes of a stream, reading the next piece while one is sent; then close it.

    Raises:
        EOFError: the stream has fewer.
    """
    gone = asyncio.create_task(_disconnected(receive))
    reading = in_thread(_read, stream, min(size, PIECE))
    try:
        is_there = await _sent(send, start)
        while size and is_there and not gone.done():
            piece = await reading
            size -= len(piece)
            if size:
                reading = in_thread(_read, stream, min(size, PIECE))
            is_there = await _sent(send, {"type": "http.response.body", "body": piece, "more_body": size > 0})
    finally:
        gone.cancel()
        await _ended(reading)
        stream.close()


async def _sent(send: Send, message: Mapping[str, object]) -> bool:
    """Whether anybody was there to send to."""
    try:
        await send(message)
    except OSError:
        return False
    return True


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _read(stream: BinaryIO, size: int) -> bytes:
    piece = stream.read(size)
    if size and not piece:
        raise EOFError("the file has become shorter while it was read")
    return piece
