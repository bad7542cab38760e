"""The client: everything that can be done with experiments, runs and registered models, all of it explicit."""

from __future__ import annotations

from runyard.tracking.experiments import Experiments
from runyard.tracking.model_versions import ModelVersions
from runyard.tracking.registered_models import RegisteredModels
from runyard.tracking.run_artifacts import RunArtifacts


class Client(Experiments, RunArtifacts, RegisteredModels, ModelVersions):
    """MLflow's client, its names and meanings, made of one class per subject.

    `Client()` uses the default host; a library that embeds the core passes a host of its own and touches no global.
    """


MlflowClient = Client
