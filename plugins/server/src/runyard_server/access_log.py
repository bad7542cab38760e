"""The access log: one line of JSON per request, written at once. Never a query or a header: they may hold secrets."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import attrs

from runyard.errors import InvalidInput


@attrs.frozen
class AccessLog:
    """Where lines go. Each is one write, so that lines of several processes do not mix."""

    write: Callable[[bytes], object]

    @classmethod
    def open(cls, target: str) -> AccessLog:
        """A log to a file, or for `-` to standard error.

        Raises:
            InvalidInput: the file cannot be written.
        """
        if target == "-":
            return cls(lambda line: os.write(sys.stderr.fileno(), line))
        try:
            stream = Path(target).expanduser().open("ab", buffering=0)
        except OSError as error:
            raise InvalidInput(f"server.access_log: cannot write {target}: {error.strerror}") from error
        return cls(stream.write)

    def line(
        self,
        *,
        request_id: str,
        method: str,
        path: str,
        status: int,
        seconds: float,
        size: int,
        principal: str,
        client: str,
    ) -> None:
        """Write the line of one request; `status` is 0 where the client was gone before there was one."""
        entry = {
            "time": datetime.fromtimestamp(time.time(), UTC).isoformat(timespec="milliseconds"),
            "id": request_id,
            "method": method,
            "path": path,
            "status": status,
            "ms": round(seconds * 1000, 2),
            "bytes": size,
            "user": principal,
            "client": client,
        }
        self.write(json.dumps(entry, separators=(",", ":")).encode() + b"\n")
