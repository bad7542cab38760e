"""The manager keeps the contract of environment managers, by a stand-in for micromamba that installs real packages."""

from __future__ import annotations

from pathlib import Path

import pytest

from runyard.settings import Settings
from runyard.specs import EnvironmentSpec
from runyard.testing.contracts.environment import EnvironmentContract
from runyard_env_conda import plugin


class TestConda(EnvironmentContract):
    @pytest.fixture
    def spec(self) -> EnvironmentSpec:
        (spec,) = plugin.runyard_environment_managers()
        return spec

    @pytest.fixture
    def settings(self, tmp_path: Path) -> Settings:
        return Settings(root=tmp_path, environments_dir="environments")
