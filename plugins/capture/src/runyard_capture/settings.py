"""The plugin's own settings."""

from runyard.settings import Setting, parse_bool

COMMAND = Setting(
    name="capture.command", default=True, doc="Note the command line, secrets hidden, on every run.", parse=parse_bool
)
GIT = Setting(
    name="capture.git", default=True, doc="Note commit, branch and repository on every run.", parse=parse_bool
)
DIFF = Setting(
    name="capture.diff",
    default=True,
    doc="Keep uncommitted changes as the artifact runyard/diff.patch.",
    parse=parse_bool,
)
DIFF_LIMIT = Setting(
    name="capture.diff_limit", default=1_000_000, doc="The most bytes of uncommitted changes that are kept.", parse=int
)
PACKAGES = Setting(
    name="capture.packages",
    default=True,
    doc="Keep package versions as the artifact runyard/requirements.txt.",
    parse=parse_bool,
)

ALL = (COMMAND, GIT, DIFF, DIFF_LIMIT, PACKAGES)
