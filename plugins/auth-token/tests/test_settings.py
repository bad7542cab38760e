"""The setting keeps the contract."""

from __future__ import annotations

from pathlib import Path

import pytest

from runyard.settings import Setting, Settings
from runyard.testing.contracts.settings import SettingsContract
from runyard_auth_token.settings import TOKEN_FILE, token_file


class TestSettings(SettingsContract):
    @pytest.fixture
    def plugin(self) -> str:
        return "auth-token"

    @pytest.fixture
    def setting(self) -> Setting:
        return TOKEN_FILE


def test_the_file_is_in_the_data_folder_unless_it_is_named(tmp_path: Path) -> None:
    data = str(tmp_path / "data")
    assert token_file(Settings(environ={}, data_dir=data)) == tmp_path / "data" / "tokens.json"
    named = Settings(environ={"RUNYARD_AUTH_TOKEN_FILE": "t.json"}, data_dir=data, root=tmp_path)
    assert token_file(named) == tmp_path / "t.json"
