"""The plugin's own setting."""

from __future__ import annotations

from runyard.errors import SettingsError, did_you_mean
from runyard.settings import Setting, Settings

# What a pickle can be compressed with, and how its file's name ends then.
ENDINGS = {"lzma": ".xz", "bzip2": ".bz2", "gzip": ".gz"}


def check_compression(name: str) -> str:
    """The name of a compression, or nothing."""
    if name and name not in ENDINGS:
        hint = did_you_mean(name, ENDINGS)
        raise SettingsError(f"flavor-python.compression takes {', '.join(ENDINGS)}, not {name!r}{hint}")
    return name


COMPRESSION = Setting(
    name="flavor-python.compression",
    default="",
    doc="What pickled Python models are compressed with: lzma, bzip2, gzip; empty means nothing.",
    parse=check_compression,
    fallback_env=("MLFLOW_LOG_MODEL_COMPRESSION",),
)

ALL = (COMPRESSION,)


def compression(settings: Settings) -> str:
    """The compression that the settings name."""
    return check_compression(str(settings.lookup(COMPRESSION).value))
