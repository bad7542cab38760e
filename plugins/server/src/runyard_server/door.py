"""The front door: every request passes its checks, in this order, before a mount sees it."""

from __future__ import annotations

import asyncio
import logging
import random
import re
import time
from collections.abc import Mapping

import attrs

from runyard.errors import Forbidden, RunyardError
from runyard.protocols.access import Principal
from runyard.server.answers import IS_FULL, IS_GONE, Answer, Receive, Scope, Send
from runyard.server.hosts import HostCheck
from runyard.server.service import ANONYMOUS, BASE_URL, PRINCIPAL, REQUEST_ID, AllowAll, Service
from runyard.server.signing import PARAMETER, without_signature
from runyard_server import mounts, pages
from runyard_server.access_log import AccessLog
from runyard_server.exchange import ClientGone, Exchange, too_large
from runyard_server.identity import Identity, self_named, too_many
from runyard_server.limits import Buckets
from runyard_server.origins import BLOCKED, OriginCheck
from runyard_server.proxies import Proxies, direct_client
from runyard_server.settings import Options

logger = logging.getLogger("runyard.server")

BAD_HOST = Answer(403, b"Invalid Host header - possible DNS rebinding attack detected")
NO_METHOD = Answer.error(405, "METHOD_NOT_ALLOWED", "this page is only read", (b"allow", b"GET, HEAD"))
BUSY = Answer.error(503, "TEMPORARILY_UNAVAILABLE", "the server has too much to do; try again", (b"retry-after", b"1"))
FAILED = Answer.error(500, "INTERNAL_ERROR", "the server failed at this; its log says why")

_REQUEST_ID = re.compile(r"[A-Za-z0-9._:-]{1,128}")
_SIGNED = PARAMETER.encode()


@attrs.frozen(eq=False)
class Checks:
    """What the door checks, made from the options once."""

    hosts: HostCheck
    origins: OriginCheck
    proxies: Proxies
    headers: tuple[tuple[bytes, bytes], ...]  # of every response
    rate: Buckets | None

    @classmethod
    def of(cls, options: Options) -> Checks:
        frames = options.x_frame_options
        shown = ((b"x-frame-options", frames.encode()),) if frames != "NONE" else ()
        return cls(
            hosts=HostCheck.of(options.host, options.allowed_hosts),
            origins=OriginCheck.of(options.cors_allowed_origins),
            proxies=Proxies.of(options.trusted_proxies),
            headers=((b"x-content-type-options", b"nosniff"), *shown),
            rate=Buckets(options.rate_limit, max(10.0, 2 * options.rate_limit)) if options.rate_limit else None,
        )


@attrs.define(eq=False)
class Door:
    """The ASGI application of a server."""

    service: Service
    options: Options
    mounted: mounts.Mounts
    identity: Identity | None = None
    log: AccessLog | None = None
    _checks: Checks = attrs.field(init=False)
    _trusts_names: bool = attrs.field(init=False)
    _own: dict[str, Answer] = attrs.field(factory=dict, init=False)
    _active: int = attrs.field(default=0, init=False)

    def __attrs_post_init__(self) -> None:
        self._checks = Checks.of(self.options)
        # A policy might give a name rights, so that nobody may choose one where there is a policy.
        self._trusts_names = self.identity is None and isinstance(self.service.policy, AllowAll)
        if self.mounted.rest is None:
            self._own["/"] = pages.welcome(self.service)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            raise RunyardError(f"the server takes HTTP requests, no {scope['type']}")
        start = time.perf_counter()
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        request_id = headers.get("x-request-id", "")
        if not _REQUEST_ID.fullmatch(request_id):
            request_id = f"{random.getrandbits(64):016x}"
        scope[REQUEST_ID] = request_id
        scope[PRINCIPAL] = ANONYMOUS
        exchange = Exchange(receive, send, [*self._checks.headers, (b"x-request-id", request_id.encode())])
        exchange.without_body = scope["method"] == "HEAD"
        if IS_GONE in scope:
            exchange.is_gone = scope[IS_GONE]
        if IS_FULL in scope:
            exchange.is_full = scope[IS_FULL]
        self._active += 1
        try:
            await self._answer(scope, headers, exchange)
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if not exchange.overruled or task is None:
                raise
            task.uncancel()
        except ClientGone:
            logger.info("request %s: the client has hung up", request_id)
        except (Exception, SystemExit):
            logger.exception("request %s: %s %s failed", request_id, scope["method"], scope["path"])
            await exchange.give(FAILED)
        finally:
            self._active -= not exchange.streaming
            exchange.end()
            if self.log is not None:
                self.log.line(
                    request_id=request_id,
                    method=scope["method"],
                    path=scope["path"],
                    status=exchange.status,
                    seconds=time.perf_counter() - start,
                    size=exchange.size,
                    principal=scope[PRINCIPAL].name,
                    client=direct_client(scope),
                )

    async def _answer(self, scope: Scope, headers: Mapping[str, str], exchange: Exchange) -> None:
        path = scope["path"]
        if path in pages.OPEN:
            await exchange.give(pages.OPEN[path] if scope["method"] in {"GET", "HEAD"} else NO_METHOD)
            return
        refusal = self._check_way_in(scope, headers, exchange) or await self._check_who(scope, headers)
        if refusal is not None:
            await exchange.give(refusal)
            return
        mounted = self.mounted.find(path)
        if path in self._own or path == "/openapi.json":
            await exchange.give(self._page(path) if scope["method"] in {"GET", "HEAD"} else NO_METHOD)
        elif mounted is None:
            await exchange.give(mounts.missing(self.service.host, path))
        else:
            await self._hand_on(mounted, scope, headers, exchange)

    def _check_way_in(self, scope: Scope, headers: Mapping[str, str], exchange: Exchange) -> Answer | None:
        """What has nothing to do with who asks."""
        checks = self._checks
        host = headers.get("host", "")
        base_url = checks.proxies.base_url(scope, headers)
        if checks.proxies.networks:
            host = checks.proxies.host(scope, headers)
            scope["scheme"] = checks.proxies.scheme(scope, headers)
            scope["client"] = (checks.proxies.client(scope, headers), 0)
        if not checks.hosts.allows(host) or (len(headers) < len(scope["headers"]) and _names_two_hosts(scope)):
            return BAD_HOST
        if base_url is not None:  # its host is one that the server may be called by
            scope[BASE_URL] = base_url
        method = scope["method"]
        if checks.origins.blocks(method, headers, host):
            return BLOCKED
        origin = headers.get("origin")
        if origin is not None:
            if checks.origins.allows(origin):
                exchange.headers.extend(checks.origins.headers(origin))
            if method == "OPTIONS" and "access-control-request-method" in headers:
                return checks.origins.preflight(headers)
        if self.options.max_concurrent and self._active > self.options.max_concurrent:
            return BUSY
        return None

    async def _check_who(self, scope: Scope, headers: Mapping[str, str]) -> Answer | None:
        """Who asks, and whether it asks too often."""
        client = direct_client(scope)
        found: Principal | Answer = ANONYMOUS
        if _SIGNED in scope["query_string"]:
            try:
                signed = self.service.verify(scope)
            except Forbidden as error:
                return Answer.error(403, error.code, error.message)
            if signed is not None:
                found = signed
                query = scope["query_string"].decode("latin-1")
                scope["query_string"] = without_signature(query).encode("latin-1")
        if found is ANONYMOUS and self.identity is not None:
            found = await self.identity.find(headers, scope["method"], scope["path"], client)
        elif found is ANONYMOUS and self._trusts_names:
            found = self_named(headers)
        if isinstance(found, Answer):
            return found
        scope[PRINCIPAL] = found
        rate = self._checks.rate
        if rate is not None:
            who = f"user {found.name}" if found.name and not self._trusts_names else f"address {client}"
            wait = rate.wait(who)
            if wait:
                return too_many("too many requests", wait)
            rate.take(who)
        return None

    async def _hand_on(
        self, mounted: mounts.Mounted, scope: Scope, headers: Mapping[str, str], exchange: Exchange
    ) -> None:
        options = self.options
        if mounted.streams:
            if options.idle_timeout:
                exchange.limit_idleness(options.idle_timeout)
        else:
            if options.max_body_size:
                if int(headers.get("content-length", "0")) > options.max_body_size:
                    await exchange.give(too_large(options.max_body_size))
                    return
                exchange.limit_body(options.max_body_size)
            if options.request_timeout:
                exchange.limit_time(options.request_timeout)
            exchange.on_stream = self._let_stream
        await mounted.application(scope, exchange.receive, exchange.send)
        if not exchange.status and not exchange.overruled:
            if exchange.is_gone():
                raise ClientGone
            logger.error("plugin %r gave no answer to %s %s", mounted.plugin, scope["method"], scope["path"])
            await exchange.give(FAILED)

    def _let_stream(self) -> None:
        """Streams of events last; they are no work in progress."""
        self._active -= 1

    def _page(self, path: str) -> Answer:
        if path not in self._own:
            self._own[path] = pages.openapi(self.service)
        return self._own[path]


def _names_two_hosts(scope: Scope) -> bool:
    return [name for name, _ in scope["headers"]].count(b"host") > 1
