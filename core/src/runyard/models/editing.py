"""Change what a saved model says of itself: its signature and its requirements; its hashes follow."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping, Sequence
from io import BytesIO
from typing import Any

import attrs
import yaml

from runyard.artifacts import located
from runyard.errors import CorruptData, InvalidInput, NotFound
from runyard.host import Host, default_host
from runyard.models import environments, hashes, trust
from runyard.models.descriptor import FILE_NAME, Model
from runyard.models.requirement_lines import Requirement
from runyard.models.signature import ModelSignature
from runyard.protocols.artifacts import ArtifactStore
from runyard.tracking.model_versions import logged_model_in
from runyard.uris import Uri

PathLike = str | os.PathLike[str]
ADD, REMOVE = "add", "remove"


def set_signature(model_uri: PathLike, signature: ModelSignature, *, host: Host | None = None) -> None:
    """Give a saved model a signature in place of the one it has.

    Raises:
        InvalidInput: it is a version in the registry, which stays as it was registered.
        CorruptData: MLmodel is not what was saved.
    """
    if not isinstance(signature, ModelSignature):
        raise InvalidInput(f"signature must be a ModelSignature, got {type(signature).__name__}; see infer_signature")
    saved = _Saved.at(model_uri, host)
    model = attrs.evolve(Model.from_yaml(saved.read(FILE_NAME), f"{saved.uri}/{FILE_NAME}"), signature=signature)
    saved.write({FILE_NAME: model.to_yaml().encode()})


def update_model_requirements(
    model_uri: PathLike, operation: str, requirement_list: Sequence[str], *, host: Host | None = None
) -> None:
    """Add requirements to a saved model's files, each in place of one of the same package, or remove them by package.

    Raises:
        InvalidInput: a requirement cannot be read, or the model is a version in the registry.
        NotFound: the model has no requirements.
    """
    if operation not in {ADD, REMOVE}:
        raise InvalidInput(f"operation must be 'add' or 'remove', got {operation!r}")
    if isinstance(requirement_list, str):
        raise InvalidInput(f"requirement_list must be a list, such as [{requirement_list!r}]")
    changes = {_requirement(line).key: line.strip() for line in requirement_list}
    saved = _Saved.at(model_uri, host)
    lines = saved.read(environments.REQUIREMENTS).decode().splitlines()
    conda = _conda(saved)
    in_conda = environments.pip_section(conda) or []
    changed = environments.with_pip_section(conda, _updated(in_conda, changes, operation))
    saved.write(
        {
            environments.REQUIREMENTS: "".join(f"{line}\n" for line in _updated(lines, changes, operation)).encode(),
            environments.CONDA: yaml.safe_dump(changed, default_flow_style=False).encode(),
        }
    )


def _conda(saved: _Saved) -> Mapping[str, Any]:
    try:
        read = yaml.safe_load(saved.read(environments.CONDA))
    except yaml.YAMLError as error:
        raise CorruptData(
            f"{environments.CONDA} of {saved.uri} cannot be read: {' '.join(str(error).split())}"
        ) from error
    if not isinstance(read, dict) or not isinstance(read.get("dependencies"), list):
        raise CorruptData(f"{environments.CONDA} of {saved.uri} has no list 'dependencies'")
    return read


def _requirement(line: str) -> Requirement:
    found = Requirement.parse(line)
    if found is None:
        raise InvalidInput(f"{line!r} is no requirement; write one such as 'numpy==2.0' or 'ray[serve]>=2'")
    return found


def _updated(lines: Sequence[str], changes: Mapping[str, str], operation: str) -> list[str]:
    """The lines with those of the packages named replaced, or without them."""
    left = dict(changes)
    updated = []
    for line in lines:
        found = Requirement.parse(line)
        if found is None or found.key not in changes:
            updated.append(line)
        elif operation == ADD and found.key in left:
            updated.append(left.pop(found.key))
    return [*updated, *(left.values() if operation == ADD else ())]


@attrs.frozen
class _Saved:
    """A model where it lies, whose files can be replaced."""

    uri: Uri
    store: ArtifactStore

    @classmethod
    def at(cls, model_uri: PathLike, host: Host | None) -> _Saved:
        host = host or default_host()
        uri = Uri.parse(model_uri)
        if uri.scheme == "models" and logged_model_in(uri.text) is None:
            raise InvalidInput(
                f"{uri} is a version in the registry, which stays as it was registered; change the model that it was "
                "made of, and register that as the next version"
            )
        store, name = located(uri.join(FILE_NAME).text, host=host)
        if store.stat(name) is None:
            raise NotFound(f"{uri} holds no model: there is no file {FILE_NAME} in it")
        return cls(uri, store)

    def read(self, name: str) -> bytes:
        if self.store.stat(name) is None:
            raise NotFound(f"the model at {self.uri} has no file {name}")
        with self.store.open(name) as stream:
            return stream.read()

    def write(self, changes: Mapping[str, bytes]) -> None:
        """Replace files, and their hashes where the model has hashes; wherever it ends, the files fit the hashes."""
        if self.store.stat(hashes.FILE_NAME) is None:
            self._put(changes)
            return
        listed = self.read(hashes.FILE_NAME)
        meanwhile, after = hashes.replaced(listed, str(self.uri), {name: self.read(name) for name in changes}, changes)
        for content in (meanwhile, after):
            trust.follow_own(*(hashlib.sha256(text).hexdigest() for text in (listed, content)))
        self._put({hashes.FILE_NAME: meanwhile})
        self._put(changes)
        self._put({hashes.FILE_NAME: after})

    def _put(self, files: Mapping[str, bytes]) -> None:
        for name, content in files.items():
            self.store.write(name, BytesIO(content))
