"""Logs by itself what libraries do: which are watched, how their functions are replaced, and runs of trainings."""
