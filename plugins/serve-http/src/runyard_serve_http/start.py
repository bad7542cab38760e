"""What `runyard models serve` does: check, listen, load, answer."""

from __future__ import annotations

import gc
import os
import socket
from collections.abc import Callable, Sequence

import click

from runyard import __version__
from runyard.errors import Forbidden, NotSupported
from runyard.host import Host
from runyard.server.process import Manners, answer_on, set_up_logging
from runyard.server.protocol import HeaderLimits
from runyard.server.sockets import is_loopback, listen
from runyard.settings import Settings
from runyard_serve_http.application import Application
from runyard_serve_http.settings import Options
from runyard_serve_http.sources import Source

GRACE = 10.0  # seconds that workers get beyond the time for requests in flight


def run(settings: Settings, model_uri: str, options: Options, *, trust: bool | None = None) -> None:
    """Serve until a signal comes.

    Raises:
        RunyardError: the model or the address cannot be used; it says what to do.
    """
    gc.disable()  # until everything is imported: none of it is garbage
    check_exposure(options)
    sockets = listen(options.host, options.port)
    if options.workers == 1:
        work(settings, model_uri, options, sockets, lambda: click.echo(_line(model_uri, options, sockets)), trust=trust)
        return
    if not hasattr(os, "fork"):
        raise NotSupported("several server processes need a system with fork; leave --workers at 1")

    from runyard.server.workers import Workers

    def child(ready: Callable[[], None], parent: int) -> None:
        work(settings, model_uri, options, sockets, ready, trust=trust, parent=parent)

    workers = Workers(options.workers, child, options.shutdown_timeout + GRACE)
    workers.run(lambda: click.echo(_line(model_uri, options, sockets)))


def work(
    settings: Settings,
    model_uri: str,
    options: Options,
    sockets: Sequence[socket.socket],
    ready: Callable[[], None],
    *,
    trust: bool | None = None,
    parent: int | None = None,
) -> None:
    """One serving process: load the model, predict its example, then answer."""
    set_up_logging(options.log_level)
    with Host(settings) as host:
        source = Source(host, model_uri, trust=trust)
        application = Application(source, source.load(), options)
        manners = Manners(
            limits=HeaderLimits(options.max_header_size, options.max_headers, options.header_timeout),
            keep_alive=options.keep_alive,
            shutdown_timeout=options.shutdown_timeout,
        )

        def begin() -> None:
            application.start()
            ready()

        answer_on(sockets, application, manners, ready=begin, closing=application.close, parent=parent)


def check_exposure(options: Options) -> None:
    """Refuse to be reached from other machines unless that is wanted.

    Raises:
        Forbidden: the host is not loopback, and --allow-network was not given.
    """
    if not options.allow_network and not is_loopback(options.host):
        raise Forbidden(
            f"not listening on {options.host}: whoever reaches it could ask the model, for nobody is asked for a name; "
            "add --allow-network if that is meant, or listen on 127.0.0.1 behind a proxy that asks"
        )


def _line(model_uri: str, options: Options, sockets: Sequence[socket.socket]) -> str:
    """The one line that says what is served where."""
    port = sockets[0].getsockname()[1]
    host = f"[{options.host.strip('[]')}]" if ":" in options.host else options.host
    workers = f" ({options.workers} processes)" if options.workers > 1 else ""
    return f"runyard {__version__} serves {model_uri} at http://{host}:{port}/invocations{workers}"
