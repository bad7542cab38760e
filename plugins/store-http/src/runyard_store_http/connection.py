"""One server: its connections, who asks, and how long it is asked again."""

from __future__ import annotations

import base64
import functools
import os
import random
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar
from urllib.parse import urljoin

import attrs
import orjson
import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import NewConnectionError

from runyard.errors import InvalidInput, RunyardError, Unavailable
from runyard.wire import USER_HEADER, is_user_name
from runyard_store_http.address import Access, Address, origin_of
from runyard_store_http.answers import RETRIED, content, error_of, pause_of, read

ReadT = TypeVar("ReadT")
Query = Sequence[tuple[str, str]]

CONNECT_TIMEOUT = 5.0
POOL = 32
BLOCK = 1 << 18  # bytes that are read and sent at a time
FIRST_PAUSE = 0.1
LONGEST_PAUSE = 5.0
DOWN = 30.0  # seconds for which a server that was away is asked only once
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_MOST_REDIRECTS = 5
JSON = "application/json"


@attrs.frozen(kw_only=True)
class Request:
    """One request; `body` makes its body anew for each attempt. A `url` instead of a path may lie elsewhere."""

    method: str
    path: str = ""
    url: str = ""
    query: Query = ()
    headers: Mapping[str, str | bytes] = attrs.field(factory=dict)
    body: Callable[[], Any] | None = None
    stream: bool = False


class Server:
    """A server by HTTP. Safe to use from several threads, and after a fork."""

    def __init__(self, address: Address, access: Access) -> None:
        self.address = address
        self.access = access
        self._lock = threading.Lock()
        self._session: requests.Session | None = None
        self._process = 0
        self._down_until = 0.0

    def __str__(self) -> str:
        return str(self.address)

    # --- MLflow's and our own JSON ------------------------------------------------------------------------------------

    def get(self, path: str, query: Query = (), *, reader: Callable[[Any], ReadT]) -> ReadT:
        response = self.send(Request(method="GET", path=path, query=query))
        return read(content(response, str(self)), reader, str(self))

    def post(
        self,
        path: str,
        body: object,
        *,
        reader: Callable[[Any], ReadT],
        method: str = "POST",
        recall: Callable[[], ReadT | None] | None = None,
        user: str | None = None,
    ) -> ReadT:
        """Send JSON and read the answer; `user` is whom a server that asks nobody may put the change down to.

        `recall` looks for what an earlier attempt may have done whose answer was lost; it is called before the request
        is sent again, and once more where the repeated request is refused. None means that nothing was done.
        """
        data = json_bytes(body)
        headers = {"Content-Type": JSON, **_named(user)}
        request = Request(method=method, path=path, headers=headers, body=lambda: data)
        if recall is not None:
            return self._post_once(request, reader, recall)
        return read(content(self.send(request), str(self)), reader, str(self))

    def post_bytes(self, path: str, data: bytes, kind: str, *, reader: Callable[[Any], ReadT]) -> ReadT:
        """Send bytes of a media type and read the JSON of the answer."""
        response = self.send(Request(method="POST", path=path, headers={"Content-Type": kind}, body=lambda: data))
        return read(content(response, str(self)), reader, str(self))

    def delete(self, path: str, *, recall: Callable[[], bool | None] | None = None) -> None:
        """DELETE without a body; what MLflow deletes by a body is a `post` with that method."""
        request = Request(method="DELETE", path=path)
        if recall is None:
            self.send(request)
        else:
            self._post_once(request, bool, recall)

    def _post_once(self, request: Request, reader: Callable[[Any], ReadT], recall: Callable[[], ReadT | None]) -> ReadT:
        found: list[ReadT] = []

        def is_done() -> bool:
            known = recall()
            if known is not None:
                found.append(known)
            return known is not None

        attempts = _Attempts(self, request, is_done)
        try:
            response = attempts.run()
        except RunyardError as error:
            if attempts.is_doubtful and not isinstance(error, Unavailable) and is_done():
                return found[0]
            raise
        return found[0] if response is None else read(content(response, str(self)), reader, str(self))

    # --- requests -----------------------------------------------------------------------------------------------------

    def send(self, request: Request) -> requests.Response:
        """The answer to a request that may be sent again without harm.

        Raises:
            Unavailable: the server cannot be reached, or is busy for longer than the patience lasts.
            RunyardError: what the server says is wrong.
        """
        response = _Attempts(self, request, None).run()
        assert response is not None
        return response

    def patience(self) -> float:
        """How long to go on trying; a server that was away just now is asked only once."""
        return 0.0 if time.monotonic() < self._down_until else self.access.patience

    def note(self, *, is_up: bool) -> None:
        self._down_until = 0.0 if is_up else time.monotonic() + DOWN

    def once(self, request: Request) -> requests.Response:
        """Send a request and follow redirects, with the credentials for this server only."""
        url = request.url or self.address.url + request.path
        for _ in range(_MOST_REDIRECTS):
            response = self._exchange(request, url)
            if response.status_code not in _REDIRECTS or "Location" not in response.headers:
                return response
            url = self._redirected(request, url, response)
        raise RunyardError(f"{self} redirects in a circle, last to {bare(url)}")

    def error(self, response: requests.Response) -> RunyardError:
        """What an answer says is wrong."""
        access = self.access
        who = f"user {access.username!r}" if access.username else "the token" if access.token else "an unknown user"
        with response:
            return error_of(response, str(self), who)

    def close(self) -> None:
        """Let go of connections; they are made anew if the server is used again."""
        with self._lock:
            session, self._session = self._session, None
        if session is not None:
            session.close()

    def _exchange(self, request: Request, url: str) -> requests.Response:
        headers = {"Accept-Encoding": "identity"} if request.stream else {}
        body = request.body() if request.body is not None else None
        return self._open_session().request(
            request.method,
            url,
            params=list(request.query) or None,
            data=body,
            headers={**headers, **request.headers},
            auth=self._authorization(url),
            verify=self.access.verify,
            stream=request.stream,
            timeout=(min(CONNECT_TIMEOUT, self.access.timeout), self.access.timeout),
            allow_redirects=False,
        )

    def _redirected(self, request: Request, url: str, response: requests.Response) -> str:
        target = urljoin(url, response.headers["Location"])
        response.close()
        here, there = origin_of(url), origin_of(target)
        if here[0] == "https" and there[0] != "https":
            raise RunyardError(f"{self} redirects to {bare(target)}, which is not encrypted; that is refused")
        reads = request.method in {"GET", "HEAD"}
        if here[1] != there[1] and not (reads and request.stream):
            raise RunyardError(
                f"{self} redirects to another server, {bare(target)}; if that is right, set the tracking URI to it"
            )
        if not reads and response.status_code not in {307, 308}:
            raise RunyardError(f"{self} redirects to {bare(target)}; set the tracking URI to what it redirects to")
        return target

    def _authorization(self, url: str) -> Callable[[requests.PreparedRequest], requests.PreparedRequest] | None:
        if origin_of(url) != self.address.origin:
            return _unauthorized
        return self._authorize if self.access.has_credentials else None  # None: what a .netrc says

    def _authorize(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        access = self.access
        if access.username:
            pair = f"{access.username}:{access.password}".encode()
            request.headers["Authorization"] = "Basic " + base64.b64encode(pair).decode("ascii")
        elif access.token:
            request.headers["Authorization"] = f"Bearer {access.token}"
        return request

    def _open_session(self) -> requests.Session:
        with self._lock:
            # A forked child must not talk through its parent's connections.
            if self._session is None or self._process != os.getpid():
                self._session, self._process = self._new_session(), os.getpid()
            return self._session

    def _new_session(self) -> requests.Session:
        session = requests.Session()
        session.headers["User-Agent"] = "runyard"
        session.cert = self.access.certificate or None
        for scheme in ("http://", "https://"):
            session.mount(scheme, _Adapter(pool_connections=POOL, pool_maxsize=POOL))
        return session


class _Adapter(HTTPAdapter):
    """Sends and reads larger blocks than the usual 16 kB."""

    def init_poolmanager(self, *arguments: Any, **named: Any) -> None:
        super().init_poolmanager(*arguments, blocksize=BLOCK, **named)


class _Attempts:
    """The attempts at one request. `is_doubtful`: one of them may have been taken, but its answer was lost."""

    def __init__(self, server: Server, request: Request, is_done: Callable[[], bool] | None) -> None:
        self._server = server
        self._request = request
        self._is_done = is_done
        self.is_doubtful = False

    def run(self) -> requests.Response | None:
        """The answer, None where `is_done` found that the request was taken before."""
        until = time.monotonic() + self._server.patience()
        attempt = 0
        while True:
            was_doubtful, pause = self.is_doubtful, None
            try:
                response = self._server.once(self._request)
            except OSError as error:  # all of the HTTP library's errors are
                failure: RunyardError = self._failed(error)
                if not attempt and self.is_doubtful and not was_doubtful:
                    pause = 0.0  # an old connection may have been closed just then
            else:
                if response.status_code < 400:
                    self._server.note(is_up=True)
                    return response
                pause, failure = pause_of(response), self._server.error(response)
                if response.status_code not in RETRIED:
                    self._server.note(is_up=True)
                    raise failure
                self.is_doubtful |= response.status_code != 429
            self._wait(failure, attempt, pause, until)
            attempt += 1
            if self.is_doubtful and self._is_done is not None and self._is_done():
                return None

    def _wait(self, failure: RunyardError, attempt: int, pause: float | None, until: float) -> None:
        if pause is None:
            pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2**attempt) * random.uniform(0.5, 1)  # noqa: S311 - only jitter
        if (pause and time.monotonic() + pause > until) or isinstance(failure, _Hopeless):
            if isinstance(failure, Unavailable):
                self._server.note(is_up=False)
            raise failure
        time.sleep(pause)

    def _failed(self, error: Exception) -> Unavailable:
        """Why no answer came, in words that hold no credentials."""
        server = self._server
        if isinstance(error, requests.exceptions.SSLError):
            return _Hopeless(
                f"the certificate of {server} cannot be verified ({cause_of(error)}); set "
                "RUNYARD_STORE_HTTP_SERVER_CERT to the certificate of the authority that signed it"
            )
        if isinstance(error, requests.exceptions.InvalidURL | requests.exceptions.InvalidHeader):
            raise InvalidInput(f"{server} cannot be asked: its address or the credentials for it are invalid") from None
        if was_never_sent(error):
            return Unavailable(f"{server} cannot be reached ({cause_of(error)})")
        self.is_doubtful = True
        if isinstance(error, requests.exceptions.Timeout):
            return Unavailable(f"{server} did not answer within {server.access.timeout:g} s")
        return Unavailable(f"the connection to {server} broke off ({cause_of(error)})")


class _Hopeless(Unavailable):
    """Asking again at once would not help."""


def was_never_sent(error: Exception) -> bool:
    if isinstance(error, requests.exceptions.ConnectTimeout | requests.exceptions.ProxyError):
        return True
    inner = error.args[0] if error.args else None
    return isinstance(getattr(inner, "reason", inner), NewConnectionError)


def cause_of(error: BaseException) -> str:
    """The innermost reason of an error of the HTTP library, which wraps them several times."""
    seen: BaseException = error
    for _ in range(8):
        inner = getattr(seen, "reason", None) or seen.__cause__ or seen.__context__ or (seen.args or (None,))[0]
        if not isinstance(inner, BaseException):
            break
        seen = inner
    if isinstance(seen, OSError) and seen.strerror:
        return seen.strerror
    return str(seen).rpartition(">: ")[2][:200] or type(seen).__name__


def bare(url: str) -> str:
    """A URL without what may be secret in it."""
    scheme, host, _ = origin_of(url)
    return f"{scheme}://{host}"


def _unauthorized(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


def _named(user: str | None) -> dict[str, str | bytes]:
    if not user:
        return {}
    if not is_user_name(user):
        raise InvalidInput(f"{user!r:.300} cannot be sent as the name of a user: it must be short and printable")
    return {USER_HEADER: user.encode()}


def json_bytes(body: object) -> bytes:
    try:
        return orjson.dumps(body)
    except TypeError as error:
        raise InvalidInput(f"what was given cannot be sent: {error}") from error


@functools.lru_cache(maxsize=32)
def server_at(address: Address, access: Access) -> Server:
    """The one `Server` of this process for an address, so that stores share its connections."""
    return Server(address, access)
