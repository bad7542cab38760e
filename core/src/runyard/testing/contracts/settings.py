"""What every setting of a plugin must be: inherit `SettingsContract` and give the fixtures `plugin` and `setting`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import pytest

from runyard.errors import SettingsError
from runyard.settings import Setting, Settings, core_settings

_SENTENCE = re.compile(r"^[A-Z0-9].{0,158}\.$")  # no line break
_NAME = re.compile(r"^[a-z][a-z0-9_-]*\.[a-z][a-z0-9_]*$")


class SettingsContract:
    """The tests; `plugin` is the plugin's name, `setting` one of its settings: give it with `params`."""

    @pytest.fixture
    def plugin(self) -> str:
        raise NotImplementedError("override the fixture plugin")

    @pytest.fixture
    def setting(self) -> Setting:
        raise NotImplementedError("override the fixture setting")

    def test_the_name_is_the_plugin_and_a_word(self, plugin: str, setting: Setting) -> None:
        assert _NAME.match(setting.name), f"{setting.name!r} does not read plugin.setting"
        assert setting.name.partition(".")[0] == plugin, f"{setting.name!r} does not begin with {plugin!r}"

    def test_the_environment_name_follows_from_the_name(self, setting: Setting) -> None:
        expected = "RUNYARD_" + re.sub(r"[.-]", "_", setting.name).upper()
        assert setting.env == expected, f"{setting.name} is read from {setting.env}, not {expected}"

    def test_the_environment_name_is_not_one_of_the_core(self, setting: Setting) -> None:
        taken = {own.env: own.name for own in core_settings()}
        assert setting.env not in taken, f"{setting.env} is read by the core's setting {taken.get(setting.env)}"

    def test_the_doc_is_one_sentence(self, setting: Setting) -> None:
        assert _SENTENCE.match(setting.doc), f"the doc of {setting.name} is no line-long sentence: {setting.doc!r}"

    def test_the_default_is_what_is_used_where_nothing_is_set(self, setting: Setting) -> None:
        assert Settings(environ={}).lookup(setting).value == setting.default
        assert Settings(environ={}).lookup(setting).source == "default"

    def test_the_default_reads_back_from_the_environment(self, setting: Setting) -> None:
        assert _from_environment(setting, _text(setting.default)) == setting.default

    def test_what_does_not_parse_is_told_with_its_name(self, setting: Setting) -> None:
        try:
            value = setting.parse("?!")
        except ValueError:
            with pytest.raises(SettingsError, match=re.escape(setting.name)):
                _from_environment(setting, "?!")
        else:
            same = type(setting.default) is type(value) or setting.default is None
            assert same, f"{setting.name} parses to {type(value).__name__}, its default is {setting.default!r}"

    def test_a_secret_has_no_default(self, setting: Setting) -> None:
        assert not setting.secret or not setting.default, f"{setting.name} is a secret and has a default"

    def test_what_sounds_like_a_secret_is_one(self, setting: Setting) -> None:
        words = set(re.split(r"[._-]", setting.name.partition(".")[2]))
        sounds = words & {"password", "secret", "token", "credential", "credentials"}
        assert setting.secret or not sounds, f"{setting.name} must be marked with secret=True"


def _from_environment(setting: Setting, text: str) -> Any:
    environ: Mapping[str, str] = {setting.env: text}
    return Settings(environ=environ).lookup(setting).value


def _text(default: Any) -> str:
    """A default as a person would write it into the environment."""
    if isinstance(default, bool):
        return "true" if default else "false"
    if isinstance(default, tuple | list):
        return ",".join(map(str, default))
    if isinstance(default, Mapping):
        return ",".join(f"{key}={value}" for key, value in default.items())
    return "" if default is None else str(default)
