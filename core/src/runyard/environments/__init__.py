"""Environments: which plugin makes them, and what all that make them have in common."""

from runyard.environments.builders import LOCAL, builder_of

__all__ = ["LOCAL", "builder_of"]
