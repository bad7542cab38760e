"""The plugin's own settings."""

from __future__ import annotations

from runyard.settings import Setting, parse_names

PROGRAM = Setting(
    name="env-conda.program",
    default="auto",
    doc="What makes environments: micromamba, mamba, conda, the path of one, or auto for the first that is there.",
)
CHANNELS = Setting(
    name="env-conda.channels",
    default=("conda-forge",),
    doc="Where packages of Conda come from for what names no channels.",
    parse=parse_names,
)

ALL = (PROGRAM, CHANNELS)
