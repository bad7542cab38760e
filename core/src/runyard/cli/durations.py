"""Times as people write them: 90, 90s, 5m, 2h, 1d."""

from __future__ import annotations

import click

from runyard.settings import parse_seconds

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def seconds(_ctx: click.Context, _parameter: click.Parameter, value: str | None) -> float | None:
    """An option's value in seconds."""
    if value is None:
        return None
    number, unit = (value[:-1], value[-1]) if value[-1:] in _UNITS else (value, "s")
    try:
        return parse_seconds(number) * _UNITS[unit]
    except ValueError:
        raise click.BadParameter(f"{value!r} is no time; give seconds, or such as 90m, 2h, 1d") from None
