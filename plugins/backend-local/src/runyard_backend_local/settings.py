"""The plugin's own settings."""

from runyard.settings import Setting, parse_seconds

GRACE = Setting(
    name="backend-local.grace",
    default=10.0,
    doc="Seconds that a cancelled project has to end by itself before it is killed.",
    parse=parse_seconds,
)

ALL = (GRACE,)
