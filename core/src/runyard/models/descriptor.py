"""The file MLmodel: what a model folder holds, for whom, and how to load it."""

from __future__ import annotations

import os
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

import attrs

from runyard.errors import CorruptData, InvalidInput, NotFound
from runyard.models import yaml_text
from runyard.models.signature import ModelSignature

FILE_NAME = "MLmodel"
PYFUNC = "python_function"
# The release of MLflow whose format is written; its readers compare it with their own.
FORMAT_VERSION = "3.18.0"
MAX_SIZE = 16 << 20
# What MLmodel says of a signature beside it, and the signature's name for it.
_SIGNATURE_FLAGS = {
    "is_signature_from_type_hint": "is_signature_from_type_hint",
    "type_hint_from_example": "is_type_hint_from_example",
}


def _now() -> str:
    return str(datetime.now(UTC).replace(tzinfo=None))


@attrs.frozen(kw_only=True)
class Model:
    """What MLmodel says; MLflow's class of that name. Keys this version does not know are kept in `extra`."""

    flavors: Mapping[str, Mapping[str, Any]] = attrs.field(factory=dict)
    signature: ModelSignature | None = None
    model_id: str | None = None
    run_id: str | None = None
    artifact_path: str | None = None
    utc_time_created: str = attrs.field(factory=_now)
    mlflow_version: str | None = FORMAT_VERSION
    model_uuid: str | None = attrs.field(factory=lambda: uuid.uuid4().hex)
    model_size_bytes: int | None = None
    saved_input_example_info: Mapping[str, Any] | None = None
    metadata: Mapping[str, Any] | None = None
    resources: Mapping[str, Any] | None = None
    auth_policy: Mapping[str, Any] | None = None
    env_vars: list[str] | None = None
    extra: Mapping[str, Any] = attrs.field(factory=dict)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Self:
        """Read MLmodel in a folder, or the file itself.

        Raises:
            NotFound: there is none.
            CorruptData: it is none.
        """
        file = Path(path)
        if file.is_dir():
            file /= FILE_NAME
        try:
            with file.open("rb") as stream:
                content = stream.read(MAX_SIZE + 1)
        except (FileNotFoundError, NotADirectoryError) as error:
            raise NotFound(f"{file.parent} holds no model: there is no file {FILE_NAME} in it") from error
        if len(content) > MAX_SIZE:
            raise CorruptData(f"{file} has more than {MAX_SIZE >> 20} MiB; that is no {FILE_NAME}")
        return cls.from_yaml(content, str(file))

    @classmethod
    def from_yaml(cls, content: bytes | str, source: str = FILE_NAME) -> Self:
        """Read the text of an MLmodel; `source` is what a message calls it."""
        import yaml

        try:
            values = yaml_text.load(content)
        except (yaml.YAMLError, ValueError, RecursionError) as error:
            raise CorruptData(f"{source} cannot be read: {' '.join(str(error).split())}") from error
        try:
            return cls.from_dict(values)
        except InvalidInput as error:
            raise CorruptData(f"{source} cannot be used: {error}") from error

    @classmethod
    def from_dict(cls, values: Any) -> Self:
        """Read what `to_dict` gives.

        Raises:
            InvalidInput: it describes no model.
        """
        if not isinstance(values, Mapping):
            raise InvalidInput(f"a model is described by a mapping, got {type(values).__name__}")
        flavors = values.get("flavors")
        if not isinstance(flavors, Mapping) or not flavors:
            raise InvalidInput("it names no flavors")
        for name, keys in flavors.items():
            if not isinstance(name, str) or not isinstance(keys, Mapping):
                raise InvalidInput(f"flavor {name!r} must be a mapping, got {type(keys).__name__}")
        known = {field.name for field in attrs.fields(cls)} - {"extra", "signature"}
        fields = {name: value for name, value in values.items() if name in known}
        for name in ("saved_input_example_info", "metadata", "resources", "auth_policy"):
            if not isinstance(fields.get(name), Mapping | None):
                raise InvalidInput(f"{name} must be a mapping, got {type(fields[name]).__name__}")
        for name in ("utc_time_created", "mlflow_version", "run_id", "artifact_path"):
            if fields.get(name) is not None:
                fields[name] = str(fields[name])
        signature = values.get("signature")
        known |= {"signature", *_SIGNATURE_FLAGS}
        return cls(
            **{"mlflow_version": None, "model_uuid": None, **fields},
            signature=_signature(signature, values) if signature else None,
            extra={name: value for name, value in values.items() if name not in known},
        )

    def to_dict(self) -> dict[str, Any]:
        """What stands in the file, in the order of names; what is not known is left out."""
        own = attrs.asdict(self, recurse=False, filter=lambda field, value: field.name != "extra" and value is not None)
        if self.signature is not None:
            own["signature"] = self.signature.to_dict()
            own.update({key: getattr(self.signature, name) for key, name in _SIGNATURE_FLAGS.items()})
        plain: dict[str, Any] = _plain({**self.extra, **own})
        return plain

    def to_yaml(self) -> str:
        return yaml_text.dump(self.to_dict())

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the file."""
        Path(path).write_text(self.to_yaml(), encoding="utf-8")

    def get_input_schema(self) -> Any:
        return self.signature and self.signature.inputs

    def get_output_schema(self) -> Any:
        return self.signature and self.signature.outputs

    def get_params_schema(self) -> Any:
        return self.signature and self.signature.params


def _signature(signature: Any, values: Mapping[str, Any]) -> ModelSignature:
    flags = {name: bool(values.get(key)) for key, name in _SIGNATURE_FLAGS.items()}
    return attrs.evolve(ModelSignature.from_dict(signature), **flags)


def _plain(value: Any) -> Any:
    """The same in what YAML's safe writer takes."""
    if isinstance(value, Mapping):
        return {str(name): _plain(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return value
