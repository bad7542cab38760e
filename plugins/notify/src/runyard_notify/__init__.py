"""Runs a command of yours when a run is finished or a model version changes."""
