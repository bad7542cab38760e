"""Each test of the contract for settings catches a setting that is wrong in just its point."""

from __future__ import annotations

from typing import Any

import pytest

from runyard.settings import Setting, parse_bool
from runyard.testing.contracts.settings import SettingsContract
from runyard.testing.doubles import assert_caught, assert_each_has_a_double

DEFAULTS: dict[str, Any] = {"name": "greeter.loud", "default": False, "doc": "Shout.", "parse": parse_bool}


def setting(**changes: Any) -> Setting:
    return Setting(**{**DEFAULTS, **changes})


class Moody(Setting):
    """Says its own default differently every time."""

    def __getattribute__(self, name: str) -> Any:
        return object() if name == "default" else super().__getattribute__(name)


WRONG: dict[str, list[Setting]] = {
    "test_the_name_is_the_plugin_and_a_word": [setting(name="loud"), setting(name="other.loud")],
    "test_the_environment_name_follows_from_the_name": [setting(env="GREETER_LOUD")],
    "test_the_environment_name_is_not_one_of_the_core": [setting(env="RUNYARD_DATA_DIR")],
    "test_the_doc_is_one_sentence": [setting(doc="shout"), setting(doc="Shout.\nLoudly."), setting(doc="")],
    "test_the_default_is_what_is_used_where_nothing_is_set": [Moody(**DEFAULTS)],
    "test_the_default_reads_back_from_the_environment": [setting(parse=str), setting(default=1.5, parse=int)],
    "test_what_does_not_parse_is_told_with_its_name": [setting(parse=str)],
    "test_a_secret_has_no_default": [setting(name="greeter.token", default="abc", parse=str, secret=True)],
    "test_what_sounds_like_a_secret_is_one": [setting(name="greeter.api_token", default="", parse=str)],
}


@pytest.mark.parametrize(
    "given",
    [
        setting(),
        setting(name="greeter.names", default=("a", "b"), parse=lambda text: tuple(text.split(","))),
        setting(name="greeter.pause", default=1.5, parse=float),
        setting(name="greeter.token", default="", parse=str, secret=True),
    ],
    ids=lambda given: given.name,
)
class TestGoodSettings(SettingsContract):
    @pytest.fixture
    def plugin(self) -> str:
        return "greeter"

    @pytest.fixture
    def setting(self, given: Setting) -> Setting:
        return given


@pytest.mark.parametrize(("test", "wrong"), [(test, wrong) for test, doubles in WRONG.items() for wrong in doubles])
def test_a_wrong_setting_is_caught(test: str, wrong: Setting) -> None:
    fixtures = {"plugin": lambda: "greeter"} if test == "test_the_name_is_the_plugin_and_a_word" else {}
    assert_caught(SettingsContract, test, lambda: wrong, **fixtures)


def test_every_test_of_the_contract_has_a_wrong_double() -> None:
    assert_each_has_a_double(SettingsContract, WRONG)
