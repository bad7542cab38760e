"""MLflow's REST API, so that every MLflow client works against a Runyard server."""
