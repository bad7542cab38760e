"""An SSH server on loopback that gives out repositories to who has the key. Usage: git_over_ssh.py HOST_KEY AUTHORIZED.

Writes its port when it listens, and serves until it is ended.
"""

from __future__ import annotations

import asyncio
import shlex
import sys

import asyncssh


async def give(process: asyncssh.SSHServerProcess[bytes]) -> None:
    """Run the one command by which git fetches."""
    program, *arguments = shlex.split(process.command or "")
    if program != "git-upload-pack":
        process.exit(1)
        return
    pipe = asyncio.subprocess.PIPE
    giving = await asyncio.create_subprocess_exec(
        "git", "upload-pack", *arguments, stdin=pipe, stdout=pipe, stderr=pipe
    )
    await process.redirect(stdin=giving.stdin, stdout=giving.stdout, stderr=giving.stderr)
    process.exit(await giving.wait())


async def serve(host_key: str, authorized: str) -> None:
    server = await asyncssh.listen(
        "127.0.0.1",
        0,
        server_host_keys=[host_key],
        authorized_client_keys=authorized,
        process_factory=give,
        encoding=None,
    )
    sys.stdout.write(f"{server.get_port()}\n")
    sys.stdout.flush()
    await server.wait_closed()


if __name__ == "__main__":
    asyncio.run(serve(*sys.argv[1:]))
