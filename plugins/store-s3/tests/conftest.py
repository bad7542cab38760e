"""A real S3 service, with an empty folder of its own for each test."""

from __future__ import annotations

import os
import sys
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest

from runyard.settings import Settings
from runyard.uris import Uri
from runyard_store_s3.store import PresigningS3Store, open_store

sys.path.insert(0, str(Path(__file__).parent))  # tests are no package

from aws_environment import PLACES, environment

Open = Callable[..., PresigningS3Store]


@pytest.fixture(autouse=True)
def _no_aws_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith("AWS_"):
            monkeypatch.delenv(name)
    for name, value in PLACES.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


@pytest.fixture
def environ(s3_server: dict[str, str]) -> dict[str, str]:
    return environment(s3_server)


@pytest.fixture
def root_uri(s3_server: dict[str, str]) -> str:
    return f"{s3_server['uri']}/{uuid.uuid4().hex[:8]}"


@pytest.fixture
def opened(environ: dict[str, str], root_uri: str) -> Open:
    """Opens a store with settings of its own, in the test's folder unless another is named."""

    def opened(uri: str = root_uri, environment: dict[str, str] | None = None, **extra: object) -> PresigningS3Store:
        named = {f"store-s3.{name}": value for name, value in extra.items()}
        store = open_store(Uri.parse(uri), Settings(environ=environment or environ, extra=named))
        assert isinstance(store, PresigningS3Store)
        return store

    return opened


@pytest.fixture
def s3_store(opened: Open) -> PresigningS3Store:
    return opened()
