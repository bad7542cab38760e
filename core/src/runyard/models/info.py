"""What is told about a model that was logged, or that lies somewhere: MLflow's `ModelInfo`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

import attrs

from runyard.models.descriptor import Model
from runyard.models.signature import ModelSignature


@attrs.frozen(kw_only=True)
class ModelInfo:
    """A model's descriptor and where it is; `model_uri` loads it."""

    model_uri: str
    artifact_path: str
    flavors: Mapping[str, Mapping[str, Any]]
    model_id: str | None = None
    model_uuid: str | None = None
    name: str | None = None
    run_id: str | None = None
    utc_time_created: str = ""
    mlflow_version: str | None = None
    saved_input_example_info: Mapping[str, Any] | None = None
    signature: ModelSignature | None = None
    metadata: Mapping[str, Any] | None = None
    registered_model_version: int | None = None
    env_vars: list[str] | None = None

    @classmethod
    def of(cls, model: Model, model_uri: str, **more: Any) -> Self:
        """What a descriptor says of a model at a URI."""
        names = {field.name for field in attrs.fields(cls)} & {field.name for field in attrs.fields(Model)}
        told = {name: getattr(model, name) for name in names}
        return cls(**{**told, "artifact_path": model.artifact_path or "", "model_uri": model_uri, **more})

    @property
    def signature_dict(self) -> dict[str, Any] | None:
        return self.signature.to_dict() if self.signature else None
