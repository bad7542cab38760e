"""The flavor pytorch: models of PyTorch, saved, logged and loaded as MLflow does."""
