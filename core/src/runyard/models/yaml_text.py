"""YAML as a model's files have it, read and written safely, by the compiled library where PyYAML has it."""

from __future__ import annotations

from typing import Any


def load(content: bytes | str) -> Any:
    """The values of a text.

    Raises:
        yaml.YAMLError: it is no YAML.
    """
    import yaml

    return yaml.load(content, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - both are safe


def dump(values: Any, *, sort_keys: bool = True) -> str:
    """The text of plain values, a key a line."""
    import yaml

    dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
    text: str = yaml.dump(values, Dumper=dumper, default_flow_style=False, allow_unicode=True, sort_keys=sort_keys)
    return text
