"""The plugin's own settings."""

from __future__ import annotations

from runyard.settings import Setting, parse_bool, parse_seconds


def parse_secret(text: str) -> str:
    """Text that can stand in a header."""
    if not text.isprintable():
        raise ValueError("must hold no line breaks or other control characters")
    return text


TOKEN = Setting(
    name="store-http.token",
    default="",
    doc="The bearer token that is sent to the tracking server.",
    parse=parse_secret,
    fallback_env=("MLFLOW_TRACKING_TOKEN",),
    secret=True,
)
USERNAME = Setting(
    name="store-http.username",
    default="",
    doc="The user name that is sent to the tracking server, with the password.",
    parse=parse_secret,
    fallback_env=("MLFLOW_TRACKING_USERNAME",),
)
PASSWORD = Setting(
    name="store-http.password",
    default="",
    doc="The password that is sent to the tracking server, with the user name.",
    parse=parse_secret,
    fallback_env=("MLFLOW_TRACKING_PASSWORD",),
    secret=True,
)
INSECURE_TLS = Setting(
    name="store-http.insecure_tls",
    default=False,
    doc="Accept any certificate of the server, which lets everybody on the way read and change what is sent.",
    parse=parse_bool,
    fallback_env=("MLFLOW_TRACKING_INSECURE_TLS",),
)
SERVER_CERT = Setting(
    name="store-http.server_cert",
    default="",
    doc="A file or folder of certificates of the authorities that the server's certificate is checked against.",
    fallback_env=("MLFLOW_TRACKING_SERVER_CERT_PATH",),
)
CLIENT_CERT = Setting(
    name="store-http.client_cert",
    default="",
    doc="A PEM file with a certificate and its key, by which the client shows the server who it is.",
    fallback_env=("MLFLOW_TRACKING_CLIENT_CERT_PATH",),
)
TIMEOUT = Setting(
    name="store-http.timeout",
    default=120.0,
    doc="Seconds to wait for a server to go on answering.",
    parse=parse_seconds,
    fallback_env=("MLFLOW_HTTP_REQUEST_TIMEOUT",),
)
PATIENCE = Setting(
    name="store-http.patience",
    default=10.0,
    doc="Seconds to go on trying where a server is away or busy, before the journal keeps what is logged.",
    parse=parse_seconds,
)
COMPRESS = Setting(
    name="store-http.compress",
    default=False,
    doc="Compress what is delivered to a Runyard server, which pays over slow networks.",
    parse=parse_bool,
)
DIRECT = Setting(
    name="store-http.direct",
    default=True,
    doc="Read and send large files past a Runyard server where the storage behind it can be reached; else through it.",
    parse=parse_bool,
)

SETTINGS = (
    TOKEN,
    USERNAME,
    PASSWORD,
    INSECURE_TLS,
    SERVER_CERT,
    CLIENT_CERT,
    TIMEOUT,
    PATIENCE,
    COMPRESS,
    DIRECT,
)
