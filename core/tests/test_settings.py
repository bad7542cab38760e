"""Settings come from where the documentation says, in its order, and say so."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs
import pytest

from runyard.errors import SettingsError
from runyard.settings import Setting, Settings, core_settings, parse_bool, parse_names, parse_pairs, parse_seconds

Load = Callable[..., Settings]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    return folder


@pytest.fixture
def load(tmp_path: Path, project: Path) -> Load:
    """Loads settings in the project's folder, with the files' texts given."""

    def call(arguments: Any = None, *, environ: Any = None, toml: str = "", user: str = "", **named: Any) -> Settings:
        if toml:
            (project / "runyard.toml").write_text(toml, encoding="utf-8")
        home = tmp_path / "home"
        if user:
            path = home / ".config" / "runyard" / "runyard.toml"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(user, encoding="utf-8")
        environ = {"HOME": str(home), **(environ or {})}
        return Settings.load(arguments, environ=environ, cwd=named.pop("cwd", project), **named)

    return call


def test_without_any_source_there_are_defaults(load: Load, project: Path) -> None:
    settings = load()
    assert (settings.tracking_uri, settings.heartbeat, settings.plugins) == ("", 10.0, ())
    assert settings.origin("tracking_uri") == "default"
    assert settings.root == project


def test_sources_win_in_the_documented_order(load: Load, project: Path, tmp_path: Path) -> None:
    sources: list[tuple[dict[str, Any], str, str]] = [
        (
            {"user": 'tracking_uri = "sqlite:///user"'},
            "sqlite:///user",
            str(tmp_path / "home/.config/runyard/runyard.toml"),
        ),
        ({"toml": 'tracking_uri = "sqlite:///project"'}, "sqlite:///project", str(project / "runyard.toml")),
        ({"environ": {"MLFLOW_TRACKING_URI": "http://m"}}, "http://m", "environment MLFLOW_TRACKING_URI"),
        (
            {"environ": {"MLFLOW_TRACKING_URI": "http://m", "RUNYARD_TRACKING_URI": "http://r"}},
            "http://r",
            "environment RUNYARD_TRACKING_URI",
        ),
        ({"arguments": {"tracking_uri": "memory:"}}, "memory:", "argument"),
    ]
    given: dict[str, Any] = {}
    for addition, value, origin in sources:
        given |= addition
        settings = load(given.get("arguments"), **{key: value for key, value in given.items() if key != "arguments"})
        assert (settings.tracking_uri, settings.origin("tracking_uri")) == (value, origin)


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("MLFLOW_TRACKING_URI", "tracking_uri"),
        ("MLFLOW_REGISTRY_URI", "registry_uri"),
        ("MLFLOW_EXPERIMENT_NAME", "experiment_name"),
        ("MLFLOW_EXPERIMENT_ID", "experiment_id"),
        ("MLFLOW_RUN_ID", "run_id"),
    ],
)
def test_mlflows_environment_is_a_fall_back(load: Load, name: str, field: str) -> None:
    assert getattr(load(environ={name: "x"}), field) == "x"
    own = f"RUNYARD_{field.upper()}"
    assert getattr(load(environ={name: "x", own: "y"}), field) == "y"


def test_an_empty_variable_is_none(load: Load) -> None:
    settings = load(environ={"RUNYARD_TRACKING_URI": "", "MLFLOW_TRACKING_URI": "http://m"})
    assert settings.tracking_uri == "http://m"


def test_every_setting_can_be_set_by_environment_file_and_argument(load: Load) -> None:
    texts = {
        "journal_fsync": "0.5",
        "heartbeat": "2.5",
        "plugins": "a,b",
        "disabled_plugins": "c",
        "strict_plugins": "yes",
        "prefer": "artifact_schemes.s3=x",
    }
    for setting in core_settings():
        text = texts.get(setting.name, "/some/text")
        parsed = setting.parse(text)
        assert parsed != setting.default
        loaded = [
            load(environ={setting.env: text}),
            load({setting.name: text}),
            load(toml=f'{setting.name} = "{text}"'),
        ]
        assert [getattr(settings, setting.name) for settings in loaded] == [parsed] * 3, setting.name
        assert setting.env == f"RUNYARD_{setting.name.upper()}"


def test_values_of_a_file_have_their_own_types(load: Load) -> None:
    settings = load(
        toml="""
heartbeat = 3
journal_fsync = 0.25
strict_plugins = true
plugins = ["a", "b"]
[prefer]
"artifact_schemes.s3" = "one"
[prefer.tracking_schemes]
file = "two"
"""
    )
    assert (settings.heartbeat, settings.journal_fsync, settings.strict_plugins) == (3.0, 0.25, True)
    assert isinstance(settings.heartbeat, float)
    assert settings.plugins == ("a", "b")
    assert dict(settings.prefer) == {"artifact_schemes.s3": "one", "tracking_schemes.file": "two"}


@pytest.mark.parametrize(
    "toml",
    [
        "heartbeat = true",
        'heartbeat = "soon"',
        "heartbeat = -1",
        "heartbeat = nan",
        "strict_plugins = 1",
        'strict_plugins = "maybe"',
        "tracking_uri = 5",
        'tracking_uri = ["a"]',
        "[tracking_uri]\na = 1",
        "plugins = [1]",
        'prefer = "no pairs"',
    ],
)
def test_a_value_of_a_wrong_type_is_told_with_its_name_and_file(load: Load, toml: str, project: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        load(toml=toml)
    name = toml.strip("[").partition(" ")[0].partition("]")[0]
    assert name in str(caught.value)
    assert str(project / "runyard.toml") in str(caught.value)


def test_a_bad_value_of_the_environment_is_told_with_its_variable(load: Load) -> None:
    with pytest.raises(SettingsError, match="heartbeat from environment RUNYARD_HEARTBEAT is 'soon'"):
        load(environ={"RUNYARD_HEARTBEAT": "soon"})
    with pytest.raises(SettingsError, match="strict_plugins from argument is 'maybe'"):
        load({"strict_plugins": "maybe"})


def test_an_unknown_name_is_refused_with_a_suggestion(load: Load) -> None:
    with pytest.raises(SettingsError, match=r"unknown setting 'trackin_uri' in .*, did you mean 'tracking_uri'\?"):
        load(toml='trackin_uri = "x"')
    with pytest.raises(SettingsError, match=r"unknown setting 'heart_beat', did you mean 'heartbeat'\?"):
        load({"heart_beat": 1.0}, toml="heartbeat = 1")


@pytest.mark.parametrize("content", [b"tracking_uri = ", b"a = 1\na = 2", b"\xff\xfe"])
def test_a_file_that_cannot_be_read_is_named(load: Load, project: Path, content: bytes) -> None:
    (project / "runyard.toml").write_bytes(content)
    with pytest.raises(SettingsError, match="cannot read") as caught:
        load()
    assert str(project / "runyard.toml") in str(caught.value)


def test_a_file_may_begin_with_a_byte_order_mark(load: Load, project: Path) -> None:
    (project / "runyard.toml").write_bytes(b'\xef\xbb\xbftracking_uri = "memory:"')
    assert load().tracking_uri == "memory:"


def test_the_projects_file_is_found_upward_and_is_the_root(load: Load, project: Path) -> None:
    below = project / "a" / "b"
    below.mkdir(parents=True)
    settings = load(toml='tracking_uri = "runs.db"', cwd=below)
    assert (settings.tracking_uri, settings.root) == ("runs.db", project)


def test_the_data_folder_is_in_the_current_folder_by_default(load: Load, project: Path) -> None:
    if any((folder / "runyard-data").is_dir() for folder in project.parents):
        pytest.skip("somebody keeps data above the folder of the tests")
    settings = load()
    assert settings.data_path == project / "runyard-data"
    assert settings.origin("data_dir") == "default, in the current folder"
    assert settings.journal_path == project / "runyard-data" / "journal"


def test_the_data_folder_is_found_upward(load: Load, project: Path) -> None:
    (project / "runyard-data").mkdir()
    below = project / "a" / "b"
    below.mkdir(parents=True)
    settings = load(cwd=below)
    assert settings.data_path == project / "runyard-data"
    assert settings.origin("data_dir") == f"found in {project}"


def test_the_data_folder_is_beside_the_projects_file(load: Load, project: Path) -> None:
    below = project / "a" / "b"
    below.mkdir(parents=True)
    settings = load(toml="heartbeat = 1", cwd=below)
    assert settings.data_path == project / "runyard-data"
    assert settings.origin("data_dir") == f"beside {project / 'runyard.toml'}"


def test_the_nearest_data_folder_wins(load: Load, project: Path) -> None:
    below = project / "a"
    (below / "runyard-data").mkdir(parents=True)
    (project / "runyard-data").mkdir()
    assert load(toml="heartbeat = 1", cwd=below).data_path == below / "runyard-data"


def test_a_data_folder_that_is_set_starts_at_the_root(
    load: Load, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    below = project / "a"
    below.mkdir()
    assert load(toml='data_dir = "here"', cwd=below).data_path == project / "here"
    assert load(environ={"RUNYARD_DATA_DIR": "/there"}).data_path == Path("/there")
    monkeypatch.setenv("HOME", str(project / "home"))
    assert load(environ={"RUNYARD_DATA_DIR": "~/data"}).data_path == project / "home" / "data"
    assert load(environ={"RUNYARD_JOURNAL_DIR": "logs"}).journal_path == project / "logs"


def test_the_users_file_is_where_xdg_says(load: Load, tmp_path: Path) -> None:
    folder = tmp_path / "xdg" / "runyard"
    folder.mkdir(parents=True)
    (folder / "runyard.toml").write_text('user = "ada"', encoding="utf-8")
    assert load(user='user = "bob"', environ={"XDG_CONFIG_HOME": str(tmp_path / "xdg")}).user == "ada"
    assert load(user='user = "bob"').user == "bob"
    assert Settings.load(environ={}, cwd=tmp_path).user == ""


def test_the_environment_of_the_process_is_the_default_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("RUNYARD_USER", "from outside")
    assert Settings.load(cwd=tmp_path).user == "from outside"


PORT = Setting("web.max_port", 80, "A port.", parse=int, fallback_env=("OLD_PORT",))


def test_a_plugins_setting_has_a_name_in_the_environment() -> None:
    assert PORT.env == "RUNYARD_WEB_MAX_PORT"
    assert Setting("store-s3.key", "", "A key.").env == "RUNYARD_STORE_S3_KEY"
    assert Setting("a.b", "", "Other.", env="OTHER").env == "OTHER"


def test_a_plugins_setting_is_looked_up_in_environment_files_and_default(load: Load, project: Path) -> None:
    assert attrs.astuple(load().lookup(PORT)) == (80, "default")
    settings = load(toml="[web]\nmax_port = 81")
    assert attrs.astuple(settings.lookup(PORT)) == (81, str(project / "runyard.toml"))
    settings = load(toml="[web]\nmax_port = 81", environ={"OLD_PORT": "82"})
    assert attrs.astuple(settings.lookup(PORT)) == (82, "environment OLD_PORT")
    settings = load(environ={"OLD_PORT": "82", "RUNYARD_WEB_MAX_PORT": "83"})
    assert attrs.astuple(settings.lookup(PORT)) == (83, "environment RUNYARD_WEB_MAX_PORT")


def test_a_plugins_setting_of_the_project_wins_over_the_users(load: Load) -> None:
    settings = load(toml="[web]\nmax_port = 81", user="[web]\nmax_port = 90\nother = 1")
    assert settings.lookup(PORT).value == 81
    assert settings.extra["web.other"] == 1


def test_a_secret_is_not_told() -> None:
    secret = Setting("web.pin", 0, "A pin.", parse=int, secret=True)
    with pytest.raises(SettingsError) as caught:
        Settings(environ={"RUNYARD_WEB_PIN": "hush"}).lookup(secret)
    assert "web.pin from environment RUNYARD_WEB_PIN is ***" in str(caught.value)
    with pytest.raises(SettingsError) as caught:
        Settings(extra={"web.pin": ["hush"]}).lookup(secret)
    assert "hush" not in str(caught.value)


def test_settings_made_by_hand_know_nothing_of_the_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RUNYARD_USER", "from outside")
    settings = Settings(tracking_uri="memory:")
    assert (settings.user, settings.origin("user")) == ("", "default")
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        settings.user = "x"  # type: ignore[misc]


@pytest.mark.parametrize("setting", core_settings(), ids=lambda setting: setting.name)
def test_every_core_setting_is_documented_in_a_sentence(setting: Setting) -> None:
    assert setting.doc[0].isupper()
    assert setting.doc.endswith(".")


def test_texts_are_parsed() -> None:
    assert [parse_bool(text) for text in (" Yes", "1", "ON", "true")] == [True] * 4
    assert [parse_bool(text) for text in ("no", "0", "off", "False")] == [False] * 4
    assert parse_names(" a, b ,,c") == ("a", "b", "c")
    assert parse_pairs("a=b, c = d=e") == {"a": "b", "c": "d=e"}
    assert parse_seconds("1e1") == 10.0
    for parse, text in ((parse_bool, ""), (parse_pairs, "a"), (parse_seconds, "inf"), (parse_seconds, "x")):
        with pytest.raises(ValueError, match=r".+"):
            parse(text)
