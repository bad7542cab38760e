"""The plugin's own settings."""

from runyard.settings import Setting, parse_seconds

GRACE = Setting(
    name="backend-docker.grace",
    default=10.0,
    doc="Seconds that a cancelled container has to end by itself before it is killed.",
    parse=parse_seconds,
)
IMAGE = Setting(
    name="backend-docker.image",
    default="python:{python}-slim",
    doc="The image on which those of projects are based that name none; {python} stands for the version, such as 3.11.",
)

ALL = (GRACE, IMAGE)
