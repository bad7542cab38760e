"""Settings: one frozen table; every value knows where it came from.

Order: arguments, environment, `runyard.toml` found upward, the user's file, defaults. MLflow's own environment
variables are honoured as fall-backs.
"""

from __future__ import annotations

import math
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Self

import attrs

from runyard.errors import SettingsError, did_you_mean

FILE_NAME = "runyard.toml"
DATA_FOLDER = "runyard-data"

_KINDS: Mapping[type, str] = {
    bool: "true or false",
    dict: "a table of texts",
    float: "a number",
    int: "a whole number",
    str: "text",
    tuple: "a list of texts",
}


@attrs.frozen
class Setting:
    """One setting: its name in files and arguments, where else it is read from, and what it is for."""

    name: str
    default: Any
    doc: str
    parse: Callable[[str], Any] = str
    env: str = ""
    fallback_env: tuple[str, ...] = ()
    secret: bool = False

    def __attrs_post_init__(self) -> None:
        if not self.env:
            object.__setattr__(self, "env", "RUNYARD_" + self.name.upper().replace(".", "_").replace("-", "_"))


@attrs.frozen
class Origin:
    """A value and where it came from, such as `environment RUNYARD_TRACKING_URI`."""

    value: Any
    source: str


def parse_bool(text: str) -> bool:
    words = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}
    try:
        return words[text.strip().lower()]
    except KeyError:
        raise ValueError("must be true or false") from None


def parse_seconds(text: str) -> float:
    """A number of seconds, 0 or more."""
    seconds = float(text)
    if not 0 <= seconds < math.inf:
        raise ValueError("must be a number of seconds, 0 or more")
    return seconds


def parse_names(text: str) -> tuple[str, ...]:
    """Names separated by commas."""
    return tuple(name.strip() for name in text.split(",") if name.strip())


def parse_pairs(text: str) -> dict[str, str]:
    """`a=b,c=d` as a mapping."""
    pairs = {}
    for item in parse_names(text):
        key, equals, value = item.partition("=")
        if not equals:
            raise ValueError(f"must be name=plugin pairs, got {item!r}")
        pairs[key.strip()] = value.strip()
    return pairs


def _field(
    default: Any,
    doc: str,
    parse: Callable[[str], Any] = str,
    *,
    fallback_env: tuple[str, ...] = (),
) -> Any:
    return attrs.field(default=default, metadata={"doc": doc, "parse": parse, "fallback_env": fallback_env})


@attrs.frozen(kw_only=True)
class Settings:
    """Everything the core can be told. `Settings.load()` reads them, `Settings(...)` takes them as given."""

    tracking_uri: str = _field(
        "", "Where runs are kept; empty means the data folder.", fallback_env=("MLFLOW_TRACKING_URI",)
    )
    registry_uri: str = _field(
        "", "Where models are registered; empty means the tracking store.", fallback_env=("MLFLOW_REGISTRY_URI",)
    )
    artifact_root: str = _field("", "Where new experiments keep artifacts; empty means the data folder.")
    data_dir: str = _field("", "The data folder: database, artifacts, journal; empty means runyard-data, found upward.")
    journal_dir: str = _field("", "Where journals are kept; empty means the data folder.")
    journal_fsync: float = _field(
        0.0, "Seconds between fsyncs of the journal; 0 leaves it to the kernel, which survives kill -9.", parse_seconds
    )
    environments_dir: str = _field(
        "", "Where environments are kept; empty means runyard/environments in the user's cache folder."
    )
    heartbeat: float = _field(10.0, "Seconds between the heartbeats of a run.", parse_seconds)
    experiment_name: str = _field(
        "", "The experiment for runs that name none.", fallback_env=("MLFLOW_EXPERIMENT_NAME",)
    )
    experiment_id: str = _field("", "The same, by id.", fallback_env=("MLFLOW_EXPERIMENT_ID",))
    run_id: str = _field("", "The run that start_run resumes.", fallback_env=("MLFLOW_RUN_ID",))
    active_model_id: str = _field(
        "", "The logged model that metrics are measured on.", fallback_env=("MLFLOW_ACTIVE_MODEL_ID",)
    )
    user: str = _field("", "Who runs and changes are attributed to; empty means the login name.")
    trusted_models: tuple[str, ...] = _field(
        ("models:", "runs:"),
        "Models that may run code when loaded: schemes such as models:, places such as s3://bucket/ours, or *.",
        parse_names,
    )
    plugins: tuple[str, ...] = _field((), "Load these plugins only, by name.", parse_names)
    disabled_plugins: tuple[str, ...] = _field((), "Never load these plugins.", parse_names)
    strict_plugins: bool = _field(False, "Raise what a broken plugin raises, at once.", parse_bool)
    prefer: Mapping[str, str] = _field(
        attrs.Factory(dict),
        "Which plugin wins where two provide one name, such as artifact_schemes.s3=store-s3.",
        parse_pairs,
    )
    extra: Mapping[str, Any] = attrs.field(factory=dict, metadata={"doc": "Settings of plugins, by full name."})
    origins: Mapping[str, str] = attrs.field(
        factory=dict, eq=False, repr=False, metadata={"doc": "Where each came from."}
    )
    environ: Mapping[str, str] = attrs.field(
        factory=dict, eq=False, repr=False, metadata={"doc": "The environment that plugins' settings are read from."}
    )
    root: Path = attrs.field(factory=Path.cwd, metadata={"doc": "The folder that relative paths start from."})

    @classmethod
    def load(
        cls,
        arguments: Mapping[str, Any] | None = None,
        *,
        environ: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        user_file: Path | None = None,
    ) -> Self:
        """Read every source there is.

        Raises:
            SettingsError: a file cannot be read, a name is unknown or a value does not parse.
        """
        environ = os.environ if environ is None else environ
        cwd = Path.cwd() if cwd is None else cwd
        project_file = _find_upward(cwd, FILE_NAME)
        user_file = _user_file(environ) if user_file is None else user_file
        layers: list[tuple[str, Mapping[str, Any]]] = [("argument", arguments or {})]
        files = [(str(path), _read_file(path)) for path in (project_file, user_file) if path is not None]
        values: dict[str, Any] = {}
        origins: dict[str, str] = {}
        for setting in core_settings():
            origin = resolve(setting, [*layers], environ, files)
            values[setting.name] = origin.value
            origins[setting.name] = origin.source
        known = {setting.name for setting in core_settings()}
        extra: dict[str, Any] = {}
        for path, content in reversed(files):
            for name, value in content.items():
                if name in known:
                    continue
                if not isinstance(value, Mapping):
                    raise SettingsError(f"unknown setting {name!r} in {path}{did_you_mean(name, known)}")
                for key, inner in value.items():
                    extra[f"{name}.{key}"] = inner
                    origins[f"{name}.{key}"] = path
        unknown = [name for name in arguments or {} if name not in known]
        if unknown:
            raise SettingsError(f"unknown setting {unknown[0]!r}{did_you_mean(unknown[0], known)}")
        root = project_file.parent if project_file else cwd
        return cls(**values, extra=extra, origins=origins, environ=environ, root=root).with_data_dir(cwd, project_file)

    def with_data_dir(self, cwd: Path, project_file: Path | None) -> Self:
        """The same with `data_dir` decided, and why."""
        if self.data_dir:
            return attrs.evolve(self, data_dir=str((self.root / Path(self.data_dir).expanduser()).absolute()))
        for folder in (cwd, *cwd.parents):
            if os.path.isdir(folder / DATA_FOLDER):  # noqa: PTH112 - see _is_file
                why, chosen = f"found in {folder}", folder
                break
            if project_file is not None and folder == project_file.parent:
                why, chosen = f"beside {project_file}", folder
                break
        else:
            why, chosen = "default, in the current folder", cwd
        origins = {**self.origins, "data_dir": why}
        return attrs.evolve(self, data_dir=str(chosen / DATA_FOLDER), origins=origins)

    @property
    def data_path(self) -> Path:
        return Path(self.data_dir) if self.data_dir else self.root / DATA_FOLDER

    @property
    def journal_path(self) -> Path:
        return self.root / Path(self.journal_dir).expanduser() if self.journal_dir else self.data_path / "journal"

    def lookup(self, setting: Setting) -> Origin:
        """The value of a plugin's setting: environment, files, default."""
        for name in (setting.env, *setting.fallback_env):
            if self.environ.get(name):
                return Origin(_parse(setting, self.environ[name], f"environment {name}"), f"environment {name}")
        if setting.name in self.extra:
            source = self.origin(setting.name)
            return Origin(_from_file(setting, self.extra[setting.name], source), source)
        return Origin(setting.default, "default")

    def origin(self, name: str) -> str:
        return self.origins.get(name, "default")


def core_settings() -> list[Setting]:
    """The table of the core's own settings, read off the fields of `Settings`."""
    return [
        Setting(
            name=field.name,
            default={} if field.name == "prefer" else field.default,
            doc=field.metadata["doc"],
            parse=field.metadata["parse"],
            fallback_env=field.metadata["fallback_env"],
        )
        for field in attrs.fields(Settings)
        if "parse" in field.metadata
    ]


def resolve(
    setting: Setting,
    arguments: list[tuple[str, Mapping[str, Any]]],
    environ: Mapping[str, str],
    files: list[tuple[str, Mapping[str, Any]]],
) -> Origin:
    """The first source that has the setting, in the documented order."""
    for source, values in arguments:
        if values.get(setting.name) is not None:
            given = values[setting.name]
            return Origin(_parse(setting, given, source) if isinstance(given, str) else given, source)
    for name in (setting.env, *setting.fallback_env):
        if environ.get(name):
            return Origin(_parse(setting, environ[name], f"environment {name}"), f"environment {name}")
    for path, content in files:
        value: Any = content
        for part in setting.name.split("."):
            value = value.get(part) if isinstance(value, Mapping) else None
        if value is not None:
            return Origin(_from_file(setting, value, path), path)
    return Origin(setting.default, "default")


def _parse(setting: Setting, text: str, source: str) -> Any:
    try:
        return setting.parse(text)
    except ValueError as error:
        shown = "***" if setting.secret else repr(text)
        raise SettingsError(f"{setting.name} from {source} is {shown}: {error}") from error


def _from_file(setting: Setting, value: Any, path: str) -> Any:
    if isinstance(value, str):
        return _parse(setting, value, path)
    if isinstance(setting.default, float) and isinstance(value, int | float) and not isinstance(value, bool):
        return _parse(setting, repr(value), path)
    if isinstance(setting.default, tuple) and isinstance(value, list) and all(isinstance(item, str) for item in value):
        return tuple(value)
    if isinstance(setting.default, Mapping) and isinstance(value, Mapping):
        return dict(_flat(value))
    if setting.default is not None and type(value) is not type(setting.default):
        shown = "***" if setting.secret else repr(value)
        raise SettingsError(
            f"{setting.name} in {path} must be {_KINDS.get(type(setting.default), 'text')}, got {shown}"
        )
    return value


def _flat(table: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Nested tables as one, with dots in the names."""
    for name, value in table.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", str(value)


def _find_upward(folder: Path, name: str) -> Path | None:
    return next((base / name for base in (folder, *folder.parents) if _is_file(base / name)), None)


def _user_file(environ: Mapping[str, str]) -> Path | None:
    home = environ.get("HOME") or environ.get("USERPROFILE")
    base = environ.get("XDG_CONFIG_HOME") or (home and f"{home}/.config")
    path = Path(base) / "runyard" / FILE_NAME if base else None
    return path if path is not None and _is_file(path) else None


def user_cache_folder(environ: Mapping[str, str]) -> Path | None:
    """Where the user's programs keep what they can do without; None where that is not known."""
    said = environ.get("XDG_CACHE_HOME") or (environ.get("LOCALAPPDATA") if os.name == "nt" else None)
    home = environ.get("HOME") or environ.get("USERPROFILE")
    base = said or (home and f"{home}/{'Library/Caches' if sys.platform == 'darwin' else '.cache'}")
    return Path(base) / "runyard" if base else None


def _is_file(path: Path) -> bool:
    # Unlike Path.is_file, this does not raise where a folder above must not be read.
    return os.path.isfile(path)  # noqa: PTH113


def _read_file(path: Path) -> Mapping[str, Any]:
    import tomllib

    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"cannot read {path}: {error}") from error
