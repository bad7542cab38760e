"""What a serving command can be told: one table from which its settings, its flags and its reference are made."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Self

import attrs

from runyard.errors import SettingsError
from runyard.settings import Setting, Settings, parse_bool

Function = Callable[..., Any]


def parse_count(text: str) -> int:
    """A whole number, 0 or more."""
    number = int(text)
    if number < 0:
        raise ValueError("must be 0 or more")
    return number


def parse_workers(text: str) -> int:
    number = int(text)
    if number < 1:
        raise ValueError("must be 1 or more")
    return number


def parse_port(text: str) -> int:
    number = int(text)
    if not 0 <= number < 65536:
        raise ValueError("must be a port from 0 to 65535; 0 takes a free one")
    return number


def parse_level(text: str) -> str:
    word = text.strip().lower()
    if word not in {"debug", "info", "warning", "error"}:
        raise ValueError("must be debug, info, warning or error")
    return word


def option(
    default: Any,
    doc: str,
    parse: Callable[[str], Any] = str,
    *,
    mlflow: str = "",
    short: str = "",
    secret: bool = False,
) -> Any:
    """A field of a table of options; `mlflow` is MLflow's environment variable, `short` the letter of a flag."""
    metadata = {"doc": doc, "parse": parse, "mlflow": mlflow, "short": short, "secret": secret}
    return attrs.field(default=default, repr=not secret, metadata=metadata)


@attrs.frozen(kw_only=True)
class OptionTable:
    """The base of a frozen class whose fields are made by `option`; each is a setting of a plugin and a flag."""

    plugin: ClassVar[str]

    @classmethod
    def settings(cls) -> dict[str, Setting]:
        """The settings `plugin.<name>`, by field."""
        return {field.name: _setting(cls.plugin, field) for field in attrs.fields(cls)}

    @classmethod
    def load(cls, settings: Settings, arguments: Mapping[str, Any]) -> Self:
        """The options that flags give, the others from environment, files and defaults.

        Raises:
            SettingsError: a value does not parse.
        """
        values = {}
        for name, setting in cls.settings().items():
            given = arguments.get(name)
            if given is None:
                values[name] = settings.lookup(setting).value
            else:
                values[name] = _parse_flag(name, setting, given)
        return cls(**values)

    @classmethod
    def flags(cls, function: Function) -> Function:
        """The command with one flag per option; secrets have none, as everybody can read a command line."""
        import click

        for field in reversed(attrs.fields(cls)):
            meta = field.metadata
            if meta["secret"]:
                continue
            name = field.name.replace("_", "-")
            if meta["parse"] is parse_bool:
                flag = click.option(f"--{name}/--no-{name}", default=None, help=meta["doc"])
            else:
                short = (f"-{meta['short']}",) if meta["short"] else ()
                kind = {int: "NUMBER", float: "NUMBER", tuple: "LIST"}.get(type(field.default), "TEXT")
                flag = click.option(f"--{name}", *short, metavar=kind, help=meta["doc"])
            function = flag(function)
        return function


def _parse_flag(name: str, setting: Setting, given: Any) -> Any:
    if not isinstance(given, str):
        return given
    try:
        return setting.parse(given)
    except ValueError as error:
        raise SettingsError(f"--{name.replace('_', '-')} is {given!r}: {error}") from error


def _setting(plugin: str, field: attrs.Attribute[Any]) -> Setting:
    return Setting(
        name=f"{plugin}.{field.name}",
        default=field.default,
        doc=field.metadata["doc"],
        parse=field.metadata["parse"],
        fallback_env=(field.metadata["mlflow"],) if field.metadata["mlflow"] else (),
        secret=field.metadata["secret"],
    )
