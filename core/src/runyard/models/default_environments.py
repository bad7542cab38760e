"""What every model of a flavor needs, whatever the model is: MLflow's `get_default_pip_requirements` and its sister."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

from runyard.models.environments import with_pip_section
from runyard.models.requirements import pinned


def default_pip_requirements(distributions: Sequence[str]) -> list[str]:
    """The distributions at their installed versions.

    Raises:
        NotFound: one is not installed.
    """
    return [pinned(name) for name in distributions]


def default_conda_env(distributions: Sequence[str]) -> dict[str, Any]:
    """A Conda environment with this Python and the distributions at their installed versions."""
    python = ".".join(map(str, sys.version_info[:3]))
    conda = {"name": "mlflow-env", "channels": ["conda-forge"], "dependencies": [f"python={python}", "pip"]}
    return with_pip_section(conda, default_pip_requirements(distributions))
