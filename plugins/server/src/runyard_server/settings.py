"""What a server can be told: one table from which its settings, its flags and its reference are made."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Self

import attrs

from runyard.errors import SettingsError
from runyard.settings import Setting, Settings, parse_bool, parse_names, parse_seconds

MEBIBYTE = 1 << 20


def parse_count(text: str) -> int:
    """A whole number, 0 or more."""
    number = int(text)
    if number < 0:
        raise ValueError("must be 0 or more")
    return number


def parse_workers(text: str) -> int:
    number = int(text)
    if number < 1:
        raise ValueError("must be 1 or more")
    return number


def parse_port(text: str) -> int:
    number = int(text)
    if not 0 <= number < 65536:
        raise ValueError("must be a port from 0 to 65535; 0 takes a free one")
    return number


def parse_frame_options(text: str) -> str:
    word = text.strip().upper()
    if word not in {"SAMEORIGIN", "DENY", "NONE"}:
        raise ValueError("must be SAMEORIGIN, DENY or NONE")
    return word


def parse_level(text: str) -> str:
    word = text.strip().lower()
    if word not in {"debug", "info", "warning", "error"}:
        raise ValueError("must be debug, info, warning or error")
    return word


def parse_secret(text: str) -> str:
    if text and len(text) < 32:
        raise ValueError("must have 32 characters or more; make one with: openssl rand -hex 32")
    return text


def _field(
    default: Any,
    doc: str,
    parse: Callable[[str], Any] = str,
    *,
    mlflow: str = "",
    short: str = "",
    secret: bool = False,
) -> Any:
    metadata = {"doc": doc, "parse": parse, "mlflow": mlflow, "short": short, "secret": secret}
    return attrs.field(default=default, repr=not secret, metadata=metadata)


@attrs.frozen(kw_only=True)
class Options:
    """Everything that `runyard server` can be told; each is the setting `server.<name>` and the flag `--<name>`."""

    host: str = _field("127.0.0.1", "The address to listen on.", mlflow="MLFLOW_HOST")
    port: int = _field(5000, "The port to listen on; 0 takes a free one.", parse_port, mlflow="MLFLOW_PORT", short="p")
    workers: int = _field(1, "How many processes answer.", parse_workers, mlflow="MLFLOW_WORKERS", short="w")
    backend_store_uri: str = _field(
        "", "Where runs are kept; empty means the data folder.", mlflow="MLFLOW_BACKEND_STORE_URI"
    )
    registry_store_uri: str = _field(
        "", "Where models are registered; empty means beside the runs.", mlflow="MLFLOW_REGISTRY_STORE_URI"
    )
    serve_artifacts: bool = _field(
        True,
        "Whether clients send and fetch artifacts through the server.",
        parse_bool,
        mlflow="MLFLOW_SERVE_ARTIFACTS",
    )
    artifacts_destination: str = _field(
        "",
        "Where served artifacts are kept; empty means the data folder.",
        mlflow="MLFLOW_ARTIFACTS_DESTINATION",
    )
    default_artifact_root: str = _field(
        "",
        "Where new experiments keep artifacts; empty means served ones, else the data folder.",
        mlflow="MLFLOW_DEFAULT_ARTIFACT_ROOT",
    )
    artifact_roots: tuple[str, ...] = _field(
        (), "Further places whose artifacts the server may read for its users.", parse_names
    )
    authenticator: str = _field("", "How the server finds out who asks, such as token; empty means it does not.")
    policy: str = _field("", "What decides who may do what, such as roles, or any; empty means the only one installed.")
    allowed_hosts: tuple[str, ...] = _field(
        (),
        "Host names by which clients call the server; * stands for any part of a name.",
        parse_names,
        mlflow="MLFLOW_SERVER_ALLOWED_HOSTS",
    )
    cors_allowed_origins: tuple[str, ...] = _field(
        (),
        "Origins of web pages that may call the server, such as https://lab.example.org.",
        parse_names,
        mlflow="MLFLOW_SERVER_CORS_ALLOWED_ORIGINS",
    )
    x_frame_options: str = _field(
        "SAMEORIGIN",
        "Which pages may show the server's in a frame: SAMEORIGIN, DENY, NONE (any).",
        parse_frame_options,
        mlflow="MLFLOW_SERVER_X_FRAME_OPTIONS",
    )
    trusted_proxies: tuple[str, ...] = _field(
        (), "Addresses or networks of proxies whose X-Forwarded headers are believed.", parse_names
    )
    max_body_size: int = _field(
        64 * MEBIBYTE, "The most bytes of a request that is no artifact; 0 means any.", parse_count
    )
    max_header_size: int = _field(64 * 1024, "The most bytes of a request's line and headers.", parse_count)
    max_headers: int = _field(100, "The most headers of a request.", parse_count)
    max_concurrent: int = _field(
        1000, "The most requests that a process works on at once; more get 503; 0 means any number.", parse_count
    )
    rate_limit: float = _field(
        0.0, "Requests a second that one user or address may make of a process; 0 means any number.", parse_seconds
    )
    # A little under the 120 s after which MLflow's clients hang up and ask again.
    request_timeout: float = _field(
        110.0, "The most seconds for a request that is no artifact and no stream; 0 means any.", parse_seconds
    )
    idle_timeout: float = _field(
        60.0, "Seconds after which a transfer in which nothing moves is given up; 0 means never.", parse_seconds
    )
    header_timeout: float = _field(10.0, "The most seconds in which a request's headers must arrive.", parse_seconds)
    keep_alive: float = _field(65.0, "Seconds for which a connection is kept open for the next request.", parse_seconds)
    shutdown_timeout: float = _field(
        30.0, "The most seconds that requests in flight get when the server stops.", parse_seconds
    )
    access_log: str = _field("", "The file for one line of JSON per request; - means standard error, empty none.")
    log_level: str = _field("warning", "How much is told on standard error: debug, info, warning, error.", parse_level)
    secret: str = _field(
        "",
        "What signs URLs, for servers that stand in for each other; empty means a new one.",
        parse_secret,
        secret=True,
    )

    @classmethod
    def load(cls, settings: Settings, arguments: Mapping[str, Any]) -> Self:
        """The options that flags give, the others from environment, files and defaults.

        Raises:
            SettingsError: a value does not parse.
        """
        values = {}
        for name, setting in BY_NAME.items():
            given = arguments.get(name)
            if given is None:
                values[name] = settings.lookup(setting).value
            else:
                values[name] = _parse_flag(name, setting, given)
        return cls(**values)


def _parse_flag(name: str, setting: Setting, given: Any) -> Any:
    if not isinstance(given, str):
        return given
    try:
        return setting.parse(given)
    except ValueError as error:
        raise SettingsError(f"--{name.replace('_', '-')} is {given!r}: {error}") from error


def _setting(field: attrs.Attribute[Any]) -> Setting:
    return Setting(
        name=f"server.{field.name}",
        default=field.default,
        doc=field.metadata["doc"],
        parse=field.metadata["parse"],
        fallback_env=(field.metadata["mlflow"],) if field.metadata["mlflow"] else (),
        secret=field.metadata["secret"],
    )


BY_NAME: Mapping[str, Setting] = {field.name: _setting(field) for field in attrs.fields(Options)}
SETTINGS = tuple(BY_NAME.values())
