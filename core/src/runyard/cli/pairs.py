"""`KEY=VALUE` arguments."""

from __future__ import annotations

from collections.abc import Sequence

import click


def parse_pairs(texts: Sequence[str]) -> dict[str, str]:
    """The pairs as a mapping; what follows the first `=` is the value.

    Raises:
        click.BadParameter: one has no `=`, or a key comes twice.
    """
    pairs: dict[str, str] = {}
    for text in texts:
        key, equals, value = text.partition("=")
        if not equals or not key:
            raise click.BadParameter(f"{text!r} does not read KEY=VALUE")
        if key in pairs:
            raise click.BadParameter(f"{key!r} is given twice")
        pairs[key] = value
    return pairs
