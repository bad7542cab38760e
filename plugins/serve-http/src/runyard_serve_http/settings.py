"""What `runyard models serve` can be told."""

from __future__ import annotations

from typing import ClassVar

import attrs

from runyard.server.options import OptionTable, option, parse_count, parse_level, parse_port, parse_workers
from runyard.settings import parse_bool, parse_names, parse_seconds

MEBIBYTE = 1 << 20


@attrs.frozen(kw_only=True)
class Options(OptionTable):
    """Each is the setting `serve-http.<name>` and the flag `--<name>`."""

    plugin: ClassVar[str] = "serve-http"

    host: str = option("127.0.0.1", "The address to listen on.", short="h")
    port: int = option(5000, "The port to listen on; 0 takes a free one.", parse_port, short="p")
    workers: int = option(1, "How many processes answer.", parse_workers, short="w")
    timeout: float = option(
        60.0,
        "Seconds after which a request is answered with 504; 0 means never.",
        parse_seconds,
        mlflow="MLFLOW_SCORING_SERVER_REQUEST_TIMEOUT",
        short="t",
    )
    allow_network: bool = option(False, "Whether --host may be one that other machines reach.", parse_bool)
    allowed_hosts: tuple[str, ...] = option(
        (), "Host names by which clients call; * stands for any part of a name.", parse_names
    )
    max_body_size: int = option(64 * MEBIBYTE, "The most bytes of a request; 0 means any.", parse_count)
    max_queue: int = option(
        1000, "The most requests of a process that wait for an answer; more get 503.", parse_workers
    )
    max_batch: int = option(1024, "The most rows of several requests that are predicted at once.", parse_workers)
    threads: int = option(
        16, "How many predictions of a model whose rows are not independent run at once.", parse_workers
    )
    poll_interval: float = option(
        5.0, "Seconds between looks at where an alias or stage points; 0 means never.", parse_seconds
    )
    page: bool = option(True, "Whether / shows a page to try the model with.", parse_bool)
    stack_traces: bool = option(False, "Whether an answer tells where in its code a model failed.", parse_bool)
    max_header_size: int = option(64 * 1024, "The most bytes of a request's line and headers.", parse_count)
    max_headers: int = option(100, "The most headers of a request.", parse_count)
    header_timeout: float = option(10.0, "The most seconds in which a request's headers must arrive.", parse_seconds)
    keep_alive: float = option(65.0, "Seconds for which a connection is kept open for the next request.", parse_seconds)
    shutdown_timeout: float = option(
        30.0, "The most seconds that requests in flight get when the server stops.", parse_seconds
    )
    log_level: str = option("warning", "How much is told on standard error: debug, info, warning, error.", parse_level)


SETTINGS = tuple(Options.settings().values())
