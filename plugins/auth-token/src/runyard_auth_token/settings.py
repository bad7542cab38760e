"""The plugin's own settings."""

from __future__ import annotations

from pathlib import Path

from runyard.settings import Setting, Settings

TOKEN_FILE = Setting(
    name="auth-token.file",
    default="",
    doc="The file that keeps the hashes of tokens; empty means tokens.json in the data folder.",
)


def token_file(settings: Settings) -> Path:
    """Where the tokens are."""
    given = settings.lookup(TOKEN_FILE).value
    return settings.root / Path(given).expanduser() if given else settings.data_path / "tokens.json"
