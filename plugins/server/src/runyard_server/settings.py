"""What a server can be told: one table from which its settings, its flags and its reference are made."""

from __future__ import annotations

from typing import ClassVar

import attrs

from runyard.server.options import OptionTable, option, parse_count, parse_level, parse_port, parse_workers
from runyard.settings import parse_bool, parse_names, parse_seconds

MEBIBYTE = 1 << 20


def parse_frame_options(text: str) -> str:
    word = text.strip().upper()
    if word not in {"SAMEORIGIN", "DENY", "NONE"}:
        raise ValueError("must be SAMEORIGIN, DENY or NONE")
    return word


def parse_secret(text: str) -> str:
    if text and len(text) < 32:
        raise ValueError("must have 32 characters or more; make one with: openssl rand -hex 32")
    return text


@attrs.frozen(kw_only=True)
class Options(OptionTable):
    """Everything that `runyard server` can be told; each is the setting `server.<name>` and the flag `--<name>`."""

    plugin: ClassVar[str] = "server"

    host: str = option("127.0.0.1", "The address to listen on.", mlflow="MLFLOW_HOST")
    port: int = option(5000, "The port to listen on; 0 takes a free one.", parse_port, mlflow="MLFLOW_PORT", short="p")
    workers: int = option(1, "How many processes answer.", parse_workers, mlflow="MLFLOW_WORKERS", short="w")
    backend_store_uri: str = option(
        "", "Where runs are kept; empty means the data folder.", mlflow="MLFLOW_BACKEND_STORE_URI"
    )
    registry_store_uri: str = option(
        "", "Where models are registered; empty means beside the runs.", mlflow="MLFLOW_REGISTRY_STORE_URI"
    )
    serve_artifacts: bool = option(
        True,
        "Whether clients send and fetch artifacts through the server.",
        parse_bool,
        mlflow="MLFLOW_SERVE_ARTIFACTS",
    )
    artifacts_destination: str = option(
        "",
        "Where served artifacts are kept; empty means the data folder.",
        mlflow="MLFLOW_ARTIFACTS_DESTINATION",
    )
    default_artifact_root: str = option(
        "",
        "Where new experiments keep artifacts; empty means served ones, else the data folder.",
        mlflow="MLFLOW_DEFAULT_ARTIFACT_ROOT",
    )
    artifact_roots: tuple[str, ...] = option(
        (), "Further places whose artifacts the server may read for its users.", parse_names
    )
    authenticator: str = option("", "How the server finds out who asks, such as token; empty means it does not.")
    policy: str = option("", "What decides who may do what, such as roles, or any; empty means the only one installed.")
    allowed_hosts: tuple[str, ...] = option(
        (),
        "Host names by which clients call the server; * stands for any part of a name.",
        parse_names,
        mlflow="MLFLOW_SERVER_ALLOWED_HOSTS",
    )
    cors_allowed_origins: tuple[str, ...] = option(
        (),
        "Origins of web pages that may call the server, such as https://lab.example.org.",
        parse_names,
        mlflow="MLFLOW_SERVER_CORS_ALLOWED_ORIGINS",
    )
    x_frame_options: str = option(
        "SAMEORIGIN",
        "Which pages may show the server's in a frame: SAMEORIGIN, DENY, NONE (any).",
        parse_frame_options,
        mlflow="MLFLOW_SERVER_X_FRAME_OPTIONS",
    )
    trusted_proxies: tuple[str, ...] = option(
        (), "Addresses or networks of proxies whose X-Forwarded headers are believed.", parse_names
    )
    max_body_size: int = option(
        64 * MEBIBYTE, "The most bytes of a request that is no artifact; 0 means any.", parse_count
    )
    max_header_size: int = option(64 * 1024, "The most bytes of a request's line and headers.", parse_count)
    max_headers: int = option(100, "The most headers of a request.", parse_count)
    max_concurrent: int = option(
        1000, "The most requests that a process works on at once; more get 503; 0 means any number.", parse_count
    )
    rate_limit: float = option(
        0.0, "Requests a second that one user or address may make of a process; 0 means any number.", parse_seconds
    )
    # A little under the 120 s after which MLflow's clients hang up and ask again.
    request_timeout: float = option(
        110.0, "The most seconds for a request that is no artifact and no stream; 0 means any.", parse_seconds
    )
    idle_timeout: float = option(
        60.0, "Seconds after which a transfer in which nothing moves is given up; 0 means never.", parse_seconds
    )
    header_timeout: float = option(10.0, "The most seconds in which a request's headers must arrive.", parse_seconds)
    keep_alive: float = option(65.0, "Seconds for which a connection is kept open for the next request.", parse_seconds)
    shutdown_timeout: float = option(
        30.0, "The most seconds that requests in flight get when the server stops.", parse_seconds
    )
    access_log: str = option("", "The file for one line of JSON per request; - means standard error, empty none.")
    log_level: str = option("warning", "How much is told on standard error: debug, info, warning, error.", parse_level)
    secret: str = option(
        "",
        "What signs URLs, for servers that stand in for each other; empty means a new one.",
        parse_secret,
        secret=True,
    )


SETTINGS = tuple(Options.settings().values())
