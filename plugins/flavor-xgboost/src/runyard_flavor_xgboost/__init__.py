"""Saves, logs and loads XGBoost models as MLflow does; nothing in them runs on loading."""
