"""The managers keep the contract of environment managers; with pip, which is slow, the part that pip decides."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from runyard.settings import Settings
from runyard.specs import EnvironmentSpec
from runyard.testing.contracts.environment import EnvironmentContract
from runyard_env_venv import plugin

VIRTUALENV, UV = plugin.runyard_environment_managers()


def settings_in(folder: Path, installer: str) -> Settings:
    return Settings(root=folder, environments_dir="environments", extra={"env-venv.installer": installer})


class TestUv(EnvironmentContract):
    @pytest.fixture
    def spec(self) -> EnvironmentSpec:
        return UV

    @pytest.fixture
    def settings(self, tmp_path: Path) -> Settings:
        return settings_in(tmp_path, "auto")


@pytest.fixture(scope="module")
def with_pip(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return settings_in(tmp_path_factory.mktemp("pip"), "pip")


@pytest.mark.parametrize(
    "test",
    [
        EnvironmentContract.test_an_environment_has_what_is_asked_for_and_nothing_of_this_process,
        EnvironmentContract.test_what_cannot_be_installed_is_named_and_not_found_afterwards,
    ],
)
def test_venv_and_pip_make_the_same(test: Callable[..., None], with_pip: Settings, tmp_path: Path) -> None:
    test(EnvironmentContract(), VIRTUALENV, with_pip, tmp_path)
