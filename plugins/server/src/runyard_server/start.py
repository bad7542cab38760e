"""What `runyard server` does: check, listen, load, serve."""

from __future__ import annotations

import gc
import os
import secrets
import socket
from collections.abc import Callable, Sequence

import click

from runyard import __version__
from runyard.errors import NotSupported
from runyard.host import Host
from runyard.server.sockets import listen
from runyard.settings import Settings
from runyard_server import mounts
from runyard_server.assembly import artifact_root, server_settings
from runyard_server.exposure import check_exposure
from runyard_server.settings import Options

GRACE = 10.0  # seconds that workers get beyond the time for requests in flight, to deliver and close


def run(settings: Settings, options: Options) -> None:
    """Serve until a signal comes.

    Raises:
        RunyardError: something cannot be used; it says what to do.
    """
    gc.disable()  # until everything is imported: none of it is garbage
    check_exposure(options.host, options.authenticator)
    host = Host(server_settings(settings, options))
    secret = options.secret.encode() or secrets.token_bytes(32)
    sockets = listen(options.host, options.port)
    line = start_line(host, options, sockets)

    from runyard_server.serve import serve

    mounts.preload(host)
    if options.workers == 1:
        serve(host, options, secret, sockets, lambda: click.echo(line))
        return
    if not hasattr(os, "fork"):
        raise NotSupported("several server processes need a system with fork; leave --workers at 1")

    from runyard.server.workers import Workers

    def work(ready: Callable[[], None], parent: int) -> None:
        serve(host, options, secret, sockets, ready, parent=parent)

    Workers(options.workers, work, options.shutdown_timeout + GRACE).run(lambda: click.echo(line))


def start_line(host: Host, options: Options, sockets: Sequence[socket.socket]) -> str:
    """The one line that says where everything is and what to type in clients."""
    place, port = sockets[0].getsockname()[:2]
    shown = options.host if options.host not in {"0.0.0.0", "::", ""} else socket.gethostname()  # noqa: S104
    if ":" in shown.strip("[]"):
        shown = f"[{place}]"
    url = f"http://{shown}:{port}"
    root = artifact_root(host.settings, options)
    artifacts = f"artifacts in {root}" if root else "artifacts not served"
    workers = f", {options.workers} processes" if options.workers > 1 else ""
    access = f"authenticator {options.authenticator}" if options.authenticator else "open to this machine"
    return (
        f"runyard {__version__} serves {url} (runs in {host.tracking_uri()}, {artifacts}, {access}{workers}); "
        f"in clients: export MLFLOW_TRACKING_URI={url}"
    )
