"""A program that is called as micromamba is, and really solves and installs, by the library rattler.

The real programs, micromamba, mamba and conda, cannot be had where the tests run: no package index has them. Here are
the two commands that the plugin calls, with micromamba's options, exit codes, shape of JSON and manner of failing.
`CONDA_CHANNEL_ALIAS` and `CONDA_PKGS_DIRS` mean what they mean to conda.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
from pathlib import Path

from rattler import Channel, ChannelConfig, Gateway, Subdir, install, solve
from rattler.exceptions import SolverError


def main() -> int:
    parser = argparse.ArgumentParser(prog="micromamba")
    commands = parser.add_subparsers(dest="command", required=True)
    for name in ("create", "search"):
        command = commands.add_parser(name)
        command.add_argument("--override-channels", action="store_true", required=True)
        command.add_argument("--channel", action="append", required=True)
        command.add_argument("--yes", action="store_true")
        command.add_argument("--json", action="store_true")
        command.add_argument("--prefix", type=Path)
        command.add_argument("specs", nargs="+")
    options = parser.parse_args()
    alias = os.environ.get("CONDA_CHANNEL_ALIAS", "https://conda.anaconda.org/")
    channels = [Channel(name, ChannelConfig(channel_alias=alias)) for name in options.channel]
    run = _create if options.command == "create" else _search
    return asyncio.run(run(options, channels, Path(os.environ["CONDA_PKGS_DIRS"])))


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


async def _create(options: argparse.Namespace, channels: list[Channel], cache: Path) -> int:
    if not options.yes:
        _say("Confirm changes: [Y/n]")
        return 1
    if options.prefix.exists():
        _say(f"error    libmamba Non-conda folder exists at prefix '{options.prefix}'")
        return 1
    _say(f"  Specs: {', '.join(options.specs)}")
    gateway = Gateway(cache_dir=cache / "cache")
    try:
        records = await solve(channels, options.specs, gateway, [Subdir.current(), "noarch"])
    except SolverError as error:
        _say(f"error    libmamba Could not solve for environment specs\n{error}")
        _say("critical libmamba Could not solve for environment specs")
        return 1
    for record in records:
        _say(f"  + {record.name.normalized} {record.version}")
    await install(records, options.prefix, cache_dir=cache, show_progress=False)
    return 0


async def _search(options: argparse.Namespace, channels: list[Channel], cache: Path) -> int:
    gateway = Gateway(cache_dir=cache / "cache")
    found = await gateway.query(channels, [Subdir.current(), "noarch"], options.specs, recursive=False)
    packages = [
        {"name": record.name.normalized, "version": str(record.version)} for records in found for record in records
    ]
    query = {"query": options.specs[0], "type": "search"}
    _say(json.dumps({"query": query, "result": {"msg": "", "pkgs": packages, "status": "OK"}}))
    return 0


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    os._exit(code)  # rattler's threads may not survive the end of Python
