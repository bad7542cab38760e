"""Check beforehand: data against a schema, a request against a model, a model's files for what they need."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from runyard.errors import CorruptData, RunyardError
from runyard.host import Host, default_host
from runyard.models.loading import FetchedModel, fetch_model
from runyard.models.payload import parse_payload
from runyard.models.pickled_modules import modules_of_pickle
from runyard.models.pyfunc import load_model
from runyard.models.requirements import infer_requirements
from runyard.models.source_modules import modules_of_sources
from runyard.types.enforce import enforce
from runyard.types.schema import Schema

PathLike = str | os.PathLike[str]
_PICKLES = frozenset({".pkl", ".pickle", ".joblib", ".skops", ".pt", ".pth", ".bin"})


def validate_schema(data: Any, expected_schema: Schema) -> None:
    """Check that data fits a schema.

    Raises:
        InvalidInput: it does not; what does not fit is named.
    """
    enforce(data, expected_schema)


def validate_serving_input(
    model_uri: PathLike,
    serving_input: str | Mapping[str, Any],
    *,
    trust: bool | None = None,
    host: Host | None = None,
) -> Any:
    """The predictions for a request of the scoring protocol, as a server would make them.

    Raises:
        InvalidInput: it is no request, or its data does not fit the model's signature.
    """
    model = load_model(model_uri, trust=trust, host=host)
    signature = model.metadata.signature
    payload = parse_payload(
        serving_input,
        signature.inputs if signature else None,
        signature.params if signature else None,
        is_from_type_hint=signature is not None and signature.is_signature_from_type_hint,
    )
    return model.predict(payload.data, payload.params)


def infer_pip_requirements(
    model_uri: PathLike,
    flavor: str,
    fallback: Sequence[str] | None = None,
    timeout: float | None = None,  # noqa: ARG001 - MLflow's; files are read, which ends
    extra_env_vars: Mapping[str, str] | None = None,  # noqa: ARG001 - MLflow's; no process is started
    *,
    host: Host | None = None,
) -> list[str]:
    """The pinned requirements of a saved model, from its flavor and its files; nothing of it is loaded.

    Args:
        model_uri: The model.
        flavor: The name of its flavor, such as `sklearn`.
        fallback: What to return, with a warning, where the requirements cannot be inferred.
        timeout: Ignored.
        extra_env_vars: Ignored.
        host: Whose flavors and settings hold.
    """
    host = host or default_host()
    try:
        fetched = fetch_model(model_uri, host=host)
        return infer_requirements(host.flavors.get(flavor).requires, _modules(fetched))
    except RunyardError as error:
        if fallback is None:
            raise
        warnings.warn(f"the requirements of {os.fspath(model_uri)} are not inferred: {error}", stacklevel=2)
        return list(fallback)


def _modules(fetched: FetchedModel) -> set[str]:
    found: set[str] = set()
    for file in _pickles(fetched.folder):
        try:
            found |= modules_of_pickle(file)
        except CorruptData:
            continue  # a file of another kind with such a suffix
    code = {str(keys["code"]) for keys in fetched.model.flavors.values() if keys.get("code")}
    return found | modules_of_sources(fetched.folder / name for name in code)


def _pickles(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.suffix in _PICKLES and path.is_file() and path.stat().st_size)
