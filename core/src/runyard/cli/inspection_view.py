"""How what is known of a model without loading it is shown."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from runyard.cli import output, text
from runyard.models.examples import SERVING_FILE
from runyard.models.inspection import Inspection
from runyard.models.json_values import predictions_json
from runyard.models.signature import ModelSignature
from runyard.types.columns import TensorSpec

SHOWN = 300  # characters of an example


def as_json(found: Inspection) -> dict[str, Any]:
    """What is known, for scripts."""
    model = found.model.to_dict()
    signature = found.model.signature
    parts = signature.to_dict() if signature else {}
    return {
        "uri": found.uri,
        "location": found.location,
        "model": {**model, "signature": {name: part and json.loads(part) for name, part in parts.items()} or None},
        "requirements": found.requirements,
        "python": found.python,
        "size": found.size,
        "files": found.files,
        "digest": found.digest,
        "risks": found.risks,
        "problems": found.problems,
    }


def show_inspection(found: Inspection) -> None:
    """What is known, for people: facts, signature, needs, risks."""
    model = found.model
    output.show_pairs(
        [
            ("uri", found.uri),
            ("location", "" if found.location == found.uri else found.location),
            ("model", model.model_id),
            ("run", model.run_id),
            ("flavors", ", ".join(sorted(model.flavors))),
            ("created", model.utc_time_created),
            ("format", model.mlflow_version and f"MLflow {model.mlflow_version}"),
            ("python", found.python),
            ("size", f"{text.size(found.size)} in {found.files} files"),
            ("hashes", _hashes(found)),
            ("runs code", _risks(found)),
            ("example", _example(found)),
            ("metadata", json.dumps(model.metadata) if model.metadata else ""),
        ]
    )
    output.heading("Signature")
    output.show_table(["", "name", "type", "required", "default"], signature_rows(model.signature), empty="none")
    if found.requirements:
        output.heading("Requirements")
        for line in found.requirements:
            output.echo(text.printable(line))


def signature_rows(signature: ModelSignature | None) -> list[Sequence[object]]:
    """A row for each input, output and param."""
    if signature is None:
        return []
    rows: list[Sequence[object]] = []
    for part, schema in (("input", signature.inputs), ("output", signature.outputs)):
        for item in schema or ():
            kind = f"{item.type} {item.shape}" if isinstance(item, TensorSpec) else repr(item.type)
            rows.append((part, item.name or "", kind, item.required if part == "input" else "", ""))
    for param in signature.params or ():
        kind = repr(param.dtype) if param.shape is None else f"{param.dtype!r} {param.shape}"
        rows.append(("param", param.name, kind, False, json.dumps(param.default, default=str)))
    return rows


def _hashes(found: Inspection) -> object:
    if found.digest is None:
        return "none"
    if found.problems is None:
        return f"{found.digest[:16]} (not checked: the files are elsewhere; --fetch)"
    if found.problems:
        return output.Styled("; ".join(found.problems), "red")
    return f"{found.digest[:16]} (checked)"


def _risks(found: Inspection) -> object:
    if found.risks is None:
        return "not looked at: the files are elsewhere; --fetch"
    return output.Styled("; ".join(found.risks), "yellow") if found.risks else "no"


def _example(found: Inspection) -> str:
    info = found.model.saved_input_example_info
    if not info:
        return ""
    if found.input_example is None:
        return str(info.get("serving_input_path", SERVING_FILE))
    return text.clip(predictions_json(found.input_example, unwrapped=True), SHOWN)
