"""The backend `docker` keeps the contract, on a real engine."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from runyard.protocols.project import DockerImage
from runyard.settings import Settings
from runyard.specs import BackendSpec
from runyard.testing.contracts.backend import BackendContract
from runyard.testing.contracts.plugin import PluginContract
from runyard_backend_docker import plugin


class TestPlugin(PluginContract):
    @pytest.fixture
    def manifest(self) -> object:
        return plugin


@pytest.mark.docker
class TestDockerBackend(BackendContract):
    @pytest.fixture
    def spec(self) -> BackendSpec:
        return plugin.runyard_project_backends()[0]

    @pytest.fixture
    def settings(self, docker_engine: str) -> Settings:
        return Settings(extra={"backend-docker.grace": 1.0})

    @pytest.fixture
    def surroundings(self, docker_engine: str) -> Mapping[str, Any]:
        return {"image": DockerImage(image=docker_engine)}
