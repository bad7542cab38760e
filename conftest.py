"""What all tests share: the components they need, and that none is skipped for lack of one where all are required."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import time
import uuid
from collections import Counter
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit
from urllib.request import urlopen

import attrs
import hypothesis
import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from runyard.testing.mlflow_scripts import MlflowScripts

STORAGES = ("s3", "hdfs", "azure", "gcs", "sftp", "ftp")
COMPONENTS = ("postgres", "mariadb", *STORAGES, "docker", "mlflow", "openssl", "ssh", "torch", "browser")
MLFLOW_PATIENCE = 400.0  # seconds until MLflow's server answers: it imports for long on a busy machine
PAGES = Path(__file__).parent / "plugins" / "ui" / "src" / "runyard_ui" / "static" / "index.html"
DRIVERS = {"postgres": "postgresql+psycopg", "mariadb": "mariadb+pymysql"}

REQUIRED = "RUNYARD_REQUIRE_COMPONENTS"  # is set where every test has to run, as in CI

# The workers of a test run and what they start share the processors. Threads that compute for one of them wait for each
# other without sleeping, so that on busy processors two threads take three times as long as one.
os.environ.setdefault("OMP_NUM_THREADS", "1")

# How long an example takes says nothing on a busy machine. What CI finds is due to the change and not to chance.
hypothesis.settings.register_profile(
    "runyard",
    deadline=None,
    derandomize=REQUIRED in os.environ,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("runyard")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
    call: pytest.CallInfo[None],  # noqa: ARG001 - named by pytest
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    needs = [name for name in COMPONENTS if item.get_closest_marker(name)]
    if report.skipped and needs and os.environ.get(REQUIRED):
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} was skipped for lack of {' and '.join(needs)}: {report.longrepr}"
    return report


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Workers take whole files in order: those that take longest come first, so that the workers end together."""
    if not hasattr(config, "workerinput"):
        return
    sizes = Counter(item.path for item in items)
    slow = {item.path for item in items if item.get_closest_marker("slow") or item.get_closest_marker("mlflow")}
    items.sort(key=lambda item: (item.path not in slow, -sizes[item.path]))


def _server(kind: str) -> str:
    """What the environment says of a server for the tests; without it they are skipped."""
    variable = f"RUNYARD_TEST_{kind.upper()}"
    server = os.environ.get(variable)
    if not server:
        pytest.skip(f"no {kind} server: set {variable} (see CONTRIBUTING.md)")
    return server


@pytest.fixture(scope="session")
def fresh_database() -> Callable[[str, Path], AbstractContextManager[str]]:
    """Makes an empty database of a kind (sqlite, in the folder given, postgres, mariadb); it is dropped afterwards."""
    return _fresh_database


@contextmanager
def _fresh_database(kind: str, folder: Path) -> Iterator[str]:
    import sqlalchemy as sa

    if kind == "sqlite":
        yield f"sqlite:///{folder / 'runyard.db'}"
        return
    server = _server(kind)
    name = f"runyard_{uuid.uuid4().hex[:12]}"
    admin = sa.create_engine(sa.make_url(server).set(drivername=DRIVERS[kind]), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    try:
        yield sa.make_url(server).set(database=name).render_as_string(hide_password=False)
    finally:
        with admin.connect() as connection:
            force = " WITH (FORCE)" if kind == "postgres" else ""
            connection.exec_driver_sql(f"DROP DATABASE {name}{force}")
        admin.dispose()


# A module of tests has a prefix of its own in the bucket that .ci/storages made, in which nothing is yet. To make and
# to empty one for each would take a client or signed requests; what is left goes with the server.
def _prefix() -> str:
    return f"tests-{uuid.uuid4().hex[:12]}"


@pytest.fixture
def docker_engine(monkeypatch: pytest.MonkeyPatch) -> str:
    """The image with Python of a real Docker engine, which is the one that the environment names."""
    monkeypatch.setenv("DOCKER_HOST", _server("docker"))
    return "python:3.11-slim"


@pytest.fixture(scope="module")
def s3_server() -> dict[str, str]:
    """A prefix on a real S3 server, and two users' access_key and secret_key; those of reader_… may not write."""
    url, prefix = urlsplit(_server("s3")), _prefix()
    bucket = url.path.strip("/")
    reader, _, reader_secret = dict(parse_qsl(url.query))["reader"].partition(":")
    return {
        "endpoint": f"http://{url.hostname}:{url.port}",
        "access_key": url.username or "",
        "secret_key": url.password or "",
        "reader_access_key": reader,
        "reader_secret_key": reader_secret,
        "bucket": bucket,
        "prefix": prefix,
        "uri": f"s3://{bucket}/{prefix}",
    }


@pytest.fixture(scope="module")
def hdfs_root() -> dict[str, str]:
    """A folder to be made on a real HDFS: uri, path, user (its superuser; others may only read), web (of WebHDFS)."""
    url, path = urlsplit(_server("hdfs")), f"/runyard-test/{_prefix()}"
    uri = f"hdfs://{url.hostname}:{url.port}{path}"
    return {"uri": uri, "path": path, "user": url.username or "", "web": dict(parse_qsl(url.query))["web"]}


@pytest.fixture(scope="module")
def azure_container() -> dict[str, str]:
    """A prefix in a container on Azurite: connection (the string of it), account, key, endpoint, container, prefix."""
    connection = _server("azure")
    parts = dict(part.split("=", 1) for part in connection.strip(";").split(";"))
    about = {"account": parts["AccountName"], "key": parts["AccountKey"], "endpoint": parts["BlobEndpoint"]}
    return {"connection": connection, "container": "runyard-test", "prefix": _prefix(), **about}


@pytest.fixture(scope="module")
def gcs_bucket() -> dict[str, str]:
    """A prefix in a bucket of an emulator of Google's storage, open to all: endpoint, bucket, prefix, uri."""
    endpoint, prefix = _server("gcs"), _prefix()
    return {"endpoint": endpoint, "bucket": "runyard-test", "prefix": prefix, "uri": f"gs://runyard-test/{prefix}"}


@pytest.fixture(scope="module")
def sftp_root() -> dict[str, str]:
    """A folder to be made on a real SSH server: uri, host, port, user, path, and the files key and known_hosts."""
    url = urlsplit(_server("sftp"))
    path = f"{url.path}/{_prefix()}"
    about = {"host": url.hostname or "", "port": str(url.port), "user": url.username or "", "path": path}
    return {"uri": f"sftp://{url.netloc}{path}", **about, **dict(parse_qsl(url.query))}


@pytest.fixture(scope="module")
def ftp_root() -> dict[str, str]:
    """A folder to be made on a real FTP server: uri (with the password), host, port, user, password, path."""
    url, path = urlsplit(_server("ftp")), f"/{_prefix()}"
    about = {"host": url.hostname or "", "port": str(url.port), "user": url.username or "", "path": path}
    return {"uri": f"ftp://{url.netloc}{path}", "password": url.password or "", **about}


@attrs.define
class MlflowServer:
    """MLflow's own server on a SQLite database: always at the same URL with the same data, running or not."""

    python: str
    folder: Path
    port: int
    _process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it where it does not run, and wait until it answers."""
        if self._process is not None:
            return
        from runyard.testing.server import clean_environment

        store = ("--backend-store-uri", f"sqlite:///{self.folder}/mlflow.db")
        artifacts = ("--artifacts-destination", f"{self.folder}/artifacts")
        where = ("--host", "127.0.0.1", "--port", str(self.port), "--workers", "1")
        # Its eight processes for background jobs take long to start, and no test needs them.
        settings = {"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false", "MLFLOW_DISABLE_TELEMETRY": "true"}
        with (self.folder / "server.log").open("ab") as log:
            self._process = subprocess.Popen(
                [self.python, "-m", "mlflow", "server", *where, *store, *artifacts],
                cwd=self.folder,
                env={**clean_environment(), **settings},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self._wait(self._process)

    def kill(self) -> None:
        """End it and all its processes with -9."""
        if self._process is not None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None

    def _wait(self, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + MLFLOW_PATIENCE
        while time.monotonic() < deadline and process.poll() is None:
            try:
                with urlopen(f"{self.url}/health", timeout=5):
                    return
            except OSError:
                time.sleep(0.1)
        self.kill()
        log = (self.folder / "server.log").read_text(errors="replace")
        raise AssertionError(f"MLflow's server does not answer:\n{log[-3000:]}")


@pytest.fixture(scope="session")
def mlflow_python(runyard_mlflow: MlflowScripts) -> str:
    """The Python of an environment with the unmodified mlflow package."""
    return runyard_mlflow.python


@pytest.fixture
def in_mlflow(runyard_mlflow: MlflowScripts) -> Callable[..., Any]:
    """Runs a script with that Python: it is told a folder and given JSON, and its last line is the JSON it answers."""

    def run(code: str, folder: Path, given: Any, modules: Sequence[str] = ()) -> Any:
        done = runyard_mlflow.run("-c", code, str(folder), given=json.dumps(given), modules=modules)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout.splitlines()[-1])

    return run


@pytest.fixture(scope="session")
def mlflow_server(mlflow_python: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[MlflowServer]:
    """The one server of MLflow's own for all tests, for its start takes long; started and killed by who uses it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    server = MlflowServer(mlflow_python, tmp_path_factory.mktemp("mlflow"), port)
    yield server
    server.kill()


@pytest.fixture
def mlflow_url(mlflow_server: MlflowServer) -> str:
    """The URL of MLflow's own server, which runs and holds what earlier tests left."""
    mlflow_server.start()
    return mlflow_server.url


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """A browser without a window, where it and the web UI's built pages are there."""
    program = os.environ.get("RUNYARD_TEST_BROWSER", "/usr/bin/chromium")
    if not Path(program).is_file():
        pytest.skip(f"no browser: {program} is missing; set RUNYARD_TEST_BROWSER (see CONTRIBUTING.md)")
    if not PAGES.is_file():
        pytest.skip("the web UI is not built: make ui (see CONTRIBUTING.md)")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests read no setting of the person who runs them."""
    for name in list(os.environ):
        if name.startswith(("RUNYARD_", "MLFLOW_")) and not name.startswith(("RUNYARD_TEST_", "RUNYARD_REQUIRE_")):
            monkeypatch.delenv(name)
