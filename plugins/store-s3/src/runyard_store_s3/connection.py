"""A bucket and its service: signed requests over kept connections, sent again where the service is away or busy."""

from __future__ import annotations

import os
import random
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import unquote, urlsplit
from urllib.request import getproxies, proxy_bypass

import attrs
import urllib3
from urllib3.exceptions import HTTPError, MaxRetryError, SSLError

from runyard.errors import InvalidInput, RunyardError, Unavailable
from runyard_store_s3.address import Location, Service, service_of
from runyard_store_s3.faults import EXPIRED, Refusal, refusal_of
from runyard_store_s3.identity import Identity
from runyard_store_s3.settings import Access
from runyard_store_s3.signing import Query, Request, Signer

CONNECT_TIMEOUT = 10.0
POOL = 64
BLOCK = 1 << 18  # bytes that are read and sent at a time
FIRST_PAUSE = 0.2
LONGEST_PAUSE = 5.0
LONGEST_URL = 7 * 24 * 3600  # seconds for which a URL may be good
_MOST_TOLD = 1 << 16  # bytes of an answer that says that something is wrong
_MOST_READ = 1 << 25  # and of one that is not a file; the largest list ten thousand parts

Response = urllib3.BaseHTTPResponse
Body = bytes | Callable[[], BinaryIO]  # a stream is asked for anew by each attempt


@attrs.frozen(kw_only=True)
class Call:
    """A request to the service; `what` says it for messages. A `body` that is a stream has a `size`."""

    method: str
    what: str
    key: str = ""
    query: Query = ()
    headers: Mapping[str, str] = attrs.field(factory=dict)
    body: Body = b""
    size: int = 0
    accepted: tuple[int, ...] = ()  # statuses that are answers like others


@attrs.frozen
class _Line:
    """What is needed to talk to the service, in one process."""

    process: int
    service: Service
    signer: Signer
    pool: urllib3.HTTPConnectionPool
    before_target: str  # what stands before a path in a request: the origin where a proxy is sent it


class Bucket:
    """A bucket. Safe to use from several threads, and after a fork; nothing is asked before the first request."""

    def __init__(self, location: Location, access: Access) -> None:
        self.location = location
        self.access = access
        self.identity = Identity(access)
        self._lock = threading.Lock()
        self._region = access.region
        self._line: _Line | None = None

    @property
    def service(self) -> Service:
        return self._opened().service

    def is_beside(self, other: Bucket) -> bool:
        """Whether another bucket is one of the same service, for the same credentials."""
        return (self.access, self.location.endpoint) == (other.access, other.location.endpoint)

    def send(self, call: Call) -> Response:
        """The answer, whose body is still to be read, and which is to be released or closed.

        Raises:
            Unavailable: the service cannot be reached or stays busy.
            RunyardError: what the service says is wrong.
        """
        attempt, is_moved, is_renewed = 1, False, False
        while True:
            refusal, failure = self._attempted(call)
            if isinstance(refusal, urllib3.BaseHTTPResponse):
                return refusal
            if refusal is not None and refusal.is_misplaced and not is_moved:
                is_moved = self._moved(refusal.region)
                if is_moved:
                    continue
            if refusal is not None and refusal.code in EXPIRED and not is_renewed:
                is_renewed = True
                self.identity.forget()
                continue
            is_hopeless = isinstance(failure, SSLError) if refusal is None else not refusal.is_retried
            if is_hopeless or attempt >= self.access.attempts:
                raise self._error(call, refusal, failure)
            time.sleep(pause(attempt))
            attempt += 1

    def read(self, call: Call) -> bytes:
        """The whole body of an answer that is not large."""
        return self.answered(call)[1]

    def answered(self, call: Call) -> tuple[Response, bytes]:
        """An answer that is not large, and its body; asked for again where it breaks off."""
        for attempt in range(1, self.access.attempts + 1):
            response = self.send(call)
            try:
                body = response.read(_MOST_READ)
            except HTTPError as error:
                failure = error
                time.sleep(pause(attempt))
            else:
                if len(body) < _MOST_READ:
                    return response, body
                raise RunyardError(f"cannot {call.what}: the service gave an answer of more than {_MOST_READ:,} bytes")
            finally:
                _release(response)
        raise self._error(call, None, failure) from failure

    def presign(
        self, method: str, key: str, query: Query, headers: Mapping[str, str], expires: int
    ) -> tuple[str, dict[str, str]]:
        """A URL that stands for a request, and the headers that must be sent along."""
        if not 1 <= expires <= LONGEST_URL:
            raise InvalidInput(f"a URL is good for 1 to {LONGEST_URL:,} seconds, got {expires}")
        line, sent = self._opened(), {**self.access.always, **headers}
        keys = self.identity.keys()
        service = line.service
        if self.access.public_endpoint:
            service = service_of(self.location, self.access.public_endpoint, self.access.addressing, service.region)
        request = self._request(service, method, key, query, sent)
        if keys is not None:
            request = attrs.evolve(request, query=line.signer.query(request, keys, expires))
        return _origin(service.url) + request.target(), sent

    def _attempted(self, call: Call) -> tuple[Response | Refusal | None, Exception | None]:
        """The answer or what it refuses, or why there is none."""
        line = self._opened()
        headers = {**self.access.always, **call.headers}
        body: Any = call.body
        if callable(body):
            body = body()
            headers["content-length"] = str(call.size)
        elif call.method in {"PUT", "POST"}:
            headers["content-length"] = str(len(body))
        length = headers.pop("content-length", None)
        request = self._request(line.service, call.method, call.key, call.query, headers)
        keys = self.identity.keys()
        signed = line.signer.headers(request, keys) if keys is not None else dict(headers)
        if length is not None:
            signed["content-length"] = length
        try:
            response = line.pool.urlopen(
                call.method,
                line.before_target + request.target(),
                body=body or None,
                headers={"user-agent": "runyard", "accept-encoding": "identity", **signed},
                preload_content=False,
                decode_content=False,
                redirect=False,
                retries=False,
            )
        except (HTTPError, OSError) as error:
            return None, error
        if response.status < 300 or response.status in call.accepted:
            return response, None
        refusal = self._refusal(response)
        if call.method == "HEAD" and not refusal.code and not refusal.is_retried:  # it comes without a word
            told, _ = self._attempted(attrs.evolve(call, method="GET", headers={**call.headers, "range": "bytes=0-0"}))
            if isinstance(told, Refusal):
                return told, None
            if told is not None:
                told.close()
        return refusal, None

    def _refusal(self, response: Response) -> Refusal:
        try:
            return refusal_of(response.status, response.headers, response.read(_MOST_TOLD))
        except HTTPError:
            return refusal_of(response.status, response.headers, b"")
        finally:
            response.close()

    def _error(self, call: Call, refusal: Refusal | None, failure: Exception | None) -> RunyardError:
        if refusal is not None:
            return refusal.error(call.what, str(self.identity))
        reason = failure.reason if isinstance(failure, MaxRetryError) else failure
        origin = _origin(self.service.url)
        if isinstance(reason, SSLError | ssl.SSLError):
            return Unavailable(
                f"cannot {call.what}: {origin} is not trusted ({reason}); set store-s3.ca_bundle to the certificates "
                "of its authority"
            )
        return Unavailable(f"cannot {call.what}: {origin} cannot be reached ({_said(reason)}); check the endpoint")

    def _moved(self, region: str) -> bool:
        """Ask where the service says that the bucket is from now on; False where that is where it was asked."""
        with self._lock:
            if self._line is None or region == self._line.service.region:
                return False
            self._region, self._line = region, None
        return True

    def _request(self, service: Service, method: str, key: str, query: Query, headers: Mapping[str, str]) -> Request:
        return Request(method=method, host=service.host, path=service.target(key), query=query, headers=headers)

    def _opened(self) -> _Line:
        line = self._line
        if line is not None and line.process == os.getpid():  # a forked child must not use its parent's connections
            return line
        with self._lock:
            endpoint, region = self.location.endpoint or self.access.endpoint, self._region
            if not (endpoint and region):
                known = self.identity.configuration()
                endpoint, region = endpoint or known.endpoint, region or known.region
            service = service_of(self.location, endpoint, self.access.addressing, region)
            line = _Line(os.getpid(), service, Signer(service.region), *_pool(service, self.access))
            self._line = line
        return line


def _pool(service: Service, access: Access) -> tuple[urllib3.HTTPConnectionPool, str]:
    """The connections to a service, through the proxy of the environment; and what stands before the path of a URL."""
    options: dict[str, Any] = {
        "maxsize": POOL,
        "blocksize": BLOCK,
        "timeout": urllib3.Timeout(connect=min(CONNECT_TIMEOUT, access.timeout), read=access.timeout),
        "retries": False,
    }
    origin, parts = _origin(service.url), urlsplit(service.url)
    if parts.scheme == "https":
        options["cert_reqs"] = "CERT_REQUIRED" if access.verify else "CERT_NONE"
        if access.verify:
            options["ca_certs"] = access.verify if isinstance(access.verify, str) else _authorities()
        else:
            urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
    proxy = getproxies().get(parts.scheme)
    if not proxy or proxy_bypass(parts.hostname or ""):
        return urllib3.PoolManager(**options).connection_from_url(origin), ""
    user, _, password = (unquote(part) for part in urlsplit(proxy).netloc.rpartition("@")[0].partition(":"))
    headers = urllib3.make_headers(proxy_basic_auth=f"{user}:{password}") if user else None
    manager = urllib3.ProxyManager(proxy, proxy_headers=headers, **options)
    return manager.connection_from_url(origin), origin if parts.scheme == "http" else ""


def _authorities() -> str:
    """The certificates that AWS's own tools trust."""
    import botocore

    return str(Path(botocore.__file__).with_name("cacert.pem"))


def _release(response: Response) -> None:
    """Let the next request use the connection, where nothing is left to be read from it."""
    if response.length_remaining:
        response.close()
    else:
        response.release_conn()


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def pause(attempt: int) -> float:
    """Seconds to wait: longer each time, and never the same for all who wait."""
    longest = min(FIRST_PAUSE * 2.0 ** (attempt - 1), LONGEST_PAUSE)
    return longest * random.uniform(0.5, 1.0)  # noqa: S311 - no secret


def _said(reason: object) -> str:
    """Why, without the objects that urllib3 names."""
    text = str(reason)
    return text.rpartition(": ")[2] if text.startswith(("<", "HTTP")) else text or type(reason).__name__
