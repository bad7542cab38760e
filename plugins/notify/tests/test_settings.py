"""The settings of notify keep the contract, and refuse what could never work."""

from __future__ import annotations

from pathlib import Path

import pytest

from runyard import Settings
from runyard.errors import SettingsError
from runyard.settings import Setting
from runyard.testing.contracts.settings import SettingsContract
from runyard_notify import settings


@pytest.mark.parametrize("setting", settings.ALL, ids=lambda setting: setting.name)
class TestSettings(SettingsContract):
    @pytest.fixture
    def plugin(self) -> str:
        return "notify"


@pytest.mark.parametrize(
    ("setting", "text", "problem"),
    [
        (settings.COMMAND, "tell 'the team", "No closing quotation"),
        (settings.EVENTS, "run_finish", "did you mean 'run_finished'"),
        (settings.EVENTS, "run_finished,run_started", "not 'run_started'"),
        (settings.TIMEOUT, "0", "above 0"),
        (settings.TIMEOUT, "-1", "0 or more"),
        (settings.TIMEOUT, "inf", "number of seconds"),
    ],
)
def test_a_value_that_cannot_work_is_refused_with_the_reason(setting: Setting, text: str, problem: str) -> None:
    with pytest.raises(SettingsError, match=problem) as caught:
        Settings(environ={setting.env: text}).lookup(setting)
    assert setting.name in str(caught.value)


def test_they_are_read_from_the_file(tmp_path: Path) -> None:
    (tmp_path / "runyard.toml").write_text(
        '[notify]\ncommand = " tell --loud "\nevents = ["run_finished"]\ntimeout = 3\n', encoding="utf-8"
    )
    found = Settings.load(environ={}, cwd=tmp_path)
    assert [found.lookup(setting).value for setting in settings.ALL] == ["tell --loud", ("run_finished",), 3.0]
