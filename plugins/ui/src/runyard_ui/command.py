"""The command `runyard ui`: `runyard server`, and a browser that shows it once it answers."""

from __future__ import annotations

import threading
import time
import webbrowser
from typing import Any
from urllib.request import urlopen

import click

from runyard.cli.context import Context, pass_context

PATIENCE = 60.0  # seconds until the server answers
ANSWER = 5.0  # seconds that it has for each question
EVERYWHERE = {"0.0.0.0", "::", ""}  # noqa: S104 - compared with, not listened on


@click.command(context_settings={"ignore_unknown_options": True})
@click.option("--open/--no-open", "opens", default=True, help="Whether a browser is opened.")
@click.argument("flags", nargs=-1, type=click.UNPROCESSED)
@click.pass_context
def ui(ctx: click.Context, opens: bool, flags: tuple[str, ...]) -> None:
    """Serve runs and models on this machine, and open them in a browser.

    All other flags are those of `runyard server`, such as --port 5001; see `runyard server --help`.
    """
    _serve(ctx, opens=opens, flags=list(flags))


@pass_context
def _serve(context: Context, ctx: click.Context, *, opens: bool, flags: list[str]) -> None:
    server: click.Command = context.host.commands.resolve("server")
    with server.make_context("runyard server", flags, parent=ctx) as inner:
        if opens:
            url = address(context, inner.params)
            threading.Thread(target=open_when_ready, args=(url,), name="runyard-ui", daemon=True).start()
        server.invoke(inner)


def address(context: Context, given: dict[str, Any]) -> str:
    """Where the server will answer, from its flags and settings."""
    settings = {setting.name: setting for _, setting in context.host.plugin_settings()}

    def value(name: str) -> str:
        flag = given.get(name)
        return str(context.settings.lookup(settings[f"server.{name}"]).value if flag is None else flag)

    host = value("host")
    shown = "127.0.0.1" if host in EVERYWHERE else f"[{host}]" if ":" in host else host
    return f"http://{shown}:{value('port')}/"


def open_when_ready(url: str) -> None:
    """Open a browser as soon as the server answers; none where it does not start."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        try:
            with urlopen(f"{url}health", timeout=ANSWER):  # noqa: S310 - an address of this machine
                webbrowser.open(url)
                return
        except OSError:  # not there yet, or still starting and slow to answer
            time.sleep(0.1)
