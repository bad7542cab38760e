"""Runs, models and artifacts on a Runyard or MLflow server."""
