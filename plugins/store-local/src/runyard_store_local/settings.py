"""The plugin's own settings."""

from runyard.settings import Setting, parse_bool

FSYNC = Setting(
    name="store-local.fsync",
    default=False,
    doc="Flush every artifact to the disk before its name appears; slower, and only a power failure needs it.",
    parse=parse_bool,
)
