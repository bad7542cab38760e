"""Saves, logs and loads scikit-learn models as MLflow does, without code that runs on loading."""
