"""The page and the OpenAPI document."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from typing import Any

import numpy as np
import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator, validate

from runyard.models.signature import ModelSignature
from runyard.types.schema import (
    Array,
    ColSpec,
    DataType,
    Map,
    Object,
    ParamSchema,
    ParamSpec,
    Property,
    Schema,
    TensorSpec,
)

FLOAT = np.dtype("float32")
SIGNATURES = [
    None,
    ModelSignature(None, Schema([ColSpec("string")])),
    ModelSignature(Schema([ColSpec(kind, kind.name) for kind in DataType if kind is not DataType.binary])),
    ModelSignature(
        Schema([ColSpec("long"), ColSpec("double")]), Schema([ColSpec("double", "a"), ColSpec("long", "b")])
    ),
    ModelSignature(
        Schema([TensorSpec(np.dtype("float32"), (-1, 3, 2))]), Schema([TensorSpec(np.dtype("int64"), (-1,))])
    ),
    ModelSignature(Schema([TensorSpec(np.dtype("float32"), (-1, 3), "x")])),
    ModelSignature(
        Schema([ColSpec(Array(Object([Property("p", "string"), Property("q", Map("long"), required=False)])), "deep")]),
        None,
        ParamSchema([ParamSpec("scale", "double", 3.0), ParamSpec("words", "string", ["a"], (-1,))]),
    ),
]


@pytest.mark.parametrize("signature", SIGNATURES)
def test_the_document_is_openapi(save_odd: Any, asked: Any, signature: ModelSignature | None) -> None:
    served = asked(save_odd() if signature is None else save_odd(signature=signature, load_fails=False))
    reply = served.once(path="/openapi.json", method="GET")
    validate(reply.json, cls=OpenAPIV31SpecValidator)
    assert set(reply.json["paths"]) == {"/invocations", "/ping", "/version"}


def test_the_document_says_what_the_model_takes_and_has_its_example(save_odd: Any, asked: Any) -> None:
    document = asked(save_odd(columns=("a", "b"))).once(path="/openapi.json", method="GET").json
    content = document["paths"]["/invocations"]["post"]["requestBody"]["content"]["application/json"]
    assert content["example"] == {"dataframe_split": {"columns": ["a", "b"], "data": [[1.0, 1.0]]}}
    split = content["schema"]["oneOf"][0]["properties"]["dataframe_split"]
    assert split["properties"]["columns"]["const"] == ["a", "b"]


def test_the_page_may_run_nothing_but_its_own_script(save_odd: Any, asked: Any) -> None:
    reply = asked(save_odd()).once(path="/", method="GET")
    policy = reply.headers["content-security-policy"]
    text = reply.body.decode()
    for tag in ("style", "script"):
        (content,) = re.findall(rf"<{tag}>(.*?)</{tag}>", text, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy
    assert not re.search(r"(src|href)=\"(https?:)?//", text)
    assert not re.search(r"\son\w+=|\sstyle=", text)


def test_the_page_shows_the_example_and_what_comes_from_the_model_is_escaped(save_odd: Any, asked: Any) -> None:
    text = asked(save_odd(columns=("</textarea><script>alert(1)</script>",))).once(path="/", method="GET").body.decode()
    assert text.count("<script>") == 1
    assert "&lt;/textarea&gt;" in text
    (example,) = re.findall(r"<textarea[^>]*>(.*?)</textarea>", text, re.DOTALL)
    shown = json.loads(example.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", '"'))
    assert shown["dataframe_split"]["data"] == [[1.0]]


def test_the_page_can_be_left_out(save_odd: Any, asked: Any) -> None:
    assert asked(save_odd(), page=False).once(path="/", method="GET").status == 404
