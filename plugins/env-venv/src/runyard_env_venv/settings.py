"""The plugin's own settings."""

from __future__ import annotations

from runyard.settings import Setting

INSTALLERS = ("auto", "uv", "pip")


def parse_installer(text: str) -> str:
    """What installs packages."""
    word = text.strip().lower()
    if word not in INSTALLERS:
        raise ValueError(f"must be {', '.join(INSTALLERS[:-1])} or {INSTALLERS[-1]}")
    return word


INSTALLER = Setting(
    name="env-venv.installer",
    default="auto",
    doc="What makes the environments of the manager virtualenv: uv, pip, or auto, which is uv where it is installed.",
    parse=parse_installer,
)

ALL = (INSTALLER,)
