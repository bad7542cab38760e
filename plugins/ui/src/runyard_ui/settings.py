"""What the web UI can be told."""

from __future__ import annotations

from runyard.settings import Setting, parse_names

EVERY = "*"
PANELS = Setting(
    name="ui.panels",
    default=(EVERY,),
    doc="Plugins whose panels browsers load, by name; * means every plugin, nothing means none.",
    parse=parse_names,
)
SETTINGS = (PANELS,)
