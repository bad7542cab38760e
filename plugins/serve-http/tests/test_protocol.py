"""Requests in all forms and their answers."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import pytest

from runyard import __version__
from runyard.errors import InvalidInput
from runyard.host import Host
from runyard.models import saving
from runyard.models.signature import ModelSignature
from runyard.testing.memory.flavor import Line
from runyard.types.schema import ColSpec, ParamSchema, ParamSpec, Schema, TensorSpec
from runyard_serve_http.requests import RequestReader
from runyard_serve_http.settings import Options

NAMED = Schema([ColSpec("double", "x"), ColSpec("double", "y")])
PLAIN = Schema([ColSpec("double"), ColSpec("double")])
TENSOR = Schema([TensorSpec(np.dtype("float64"), (-1, 2))])
ROWS = [[1.0, 5.0], [2.0, 6.0]]

GOOD: list[tuple[Schema | None, Any]] = [
    (NAMED, {"dataframe_split": {"columns": ["x", "y"], "data": ROWS}}),
    (NAMED, {"dataframe_split": {"columns": ["y", "x"], "data": [[5, 1], [6, 2]]}}),
    (NAMED, {"dataframe_split": {"columns": ["x", "y"], "index": [7, 8], "data": ROWS}}),
    (NAMED, {"dataframe_records": [{"x": 1, "y": 5}, {"x": 2, "y": 6}]}),
    (NAMED, {"inputs": {"x": [1.0, 2.0], "y": [5.0, 6.0]}}),
    (NAMED, {"inputs": [{"x": 1.0, "y": 5.0}, {"x": 2.0, "y": 6.0}]}),
    (NAMED, {"instances": [{"x": 1.0, "y": 5.0}, {"x": 2.0, "y": 6.0}]}),
    (PLAIN, {"inputs": ROWS}),
    (PLAIN, {"instances": ROWS}),
    (PLAIN, {"dataframe_split": {"data": ROWS}}),
    (TENSOR, {"inputs": ROWS}),
    (TENSOR, {"instances": ROWS}),
    (TENSOR, {"dataframe_split": {"columns": ["a", "b"], "data": ROWS}}),
    (None, {"inputs": ROWS}),
    (None, {"dataframe_split": {"data": ROWS}}),
]


@pytest.mark.parametrize("takes", ["ndarray", "dataframe"])
@pytest.mark.parametrize(("schema", "request_"), GOOD)
def test_data_comes_in_every_form(
    save_odd: Any, asked: Any, schema: Schema | None, request_: Mapping[str, Any], takes: str
) -> None:
    signature = ModelSignature(schema, None if schema else Schema([ColSpec("double")]))
    served = asked(save_odd(signature=signature, factor=10.0, takes=takes))
    assert served.once(request_).predictions == [10.0, 20.0]


def test_tables_come_as_csv_and_parquet(save_odd: Any, asked: Any) -> None:
    served = asked(save_odd(columns=("x", "y"), factor=10.0))
    frame = pd.DataFrame(ROWS, columns=["x", "y"])
    assert served.once(frame.to_csv(index=False).encode(), "text/csv").predictions == [10.0, 20.0]
    assert served.once(frame.to_csv(index=False).encode(), "text/csv; charset=utf-8").predictions == [10.0, 20.0]
    stream = io.BytesIO()
    frame.to_parquet(stream)
    assert served.once(stream.getvalue(), "application/vnd.apache.parquet").predictions == [10.0, 20.0]


def test_params_are_given_to_the_model_and_have_defaults(save_odd: Any, asked: Any) -> None:
    params = ParamSchema([ParamSpec("scale", "double", 3.0)])
    served = asked(save_odd(signature=ModelSignature(PLAIN, None, params)))
    assert served.once({"inputs": ROWS}).predictions == [3.0, 6.0]
    assert served.once({"inputs": ROWS, "params": {"scale": 7.0}}).predictions == [7.0, 14.0]
    assert served.once({"inputs": ROWS, "params": {"scale": "much"}}).status == 400


def test_a_conversation_is_passed_whole_and_answered_bare(save_odd: Any, asked: Any) -> None:
    served = asked(save_odd(signature=ModelSignature(None, Schema([ColSpec("string")]))))
    assert served.once({"messages": ["hello"]}).json == {"said": ["hello"]}


def test_the_reference_flavor_is_served(host: Host, asked: Any, tmp_path: Any) -> None:
    saving.save_model("line", Line(2.0, 1.0), tmp_path / "line", input_example=pd.DataFrame({"x": [1.0]}), host=host)
    assert asked(str(tmp_path / "line")).once({"dataframe_split": {"columns": ["x"], "data": [[4]]}}).predictions == [
        9.0
    ]


@pytest.mark.parametrize(("path", "body"), [("/ping", b"\n"), ("/health", b"\n"), ("/version", __version__.encode())])
def test_probes_are_answered(save_odd: Any, asked: Any, path: str, body: bytes) -> None:
    served = asked(save_odd())
    reply = served.once(path=path, method="GET")
    assert (reply.status, reply.body, reply.headers["content-type"]) == (200, body, "application/json")
    assert served.once(path=path, method="HEAD").body == b""
    wrong = served.once(path=path)
    assert (wrong.status, wrong.json) == (405, {"detail": "Method Not Allowed"})
    assert served.once(path="/else", method="GET").json == {"detail": "Not Found"}


def test_an_answer_names_the_version_of_the_model(save_odd: Any, asked: Any) -> None:
    served = asked(save_odd())
    shown = served.once({"inputs": {"x": [1.0]}}).headers["x-runyard-model-version"]
    assert shown == served.application._model.model.metadata.model_uuid


@pytest.mark.parametrize("kind", [None, "", "text/html", "application/json; charset=latin-1", "application/json; x=y"])
def test_other_content_types_are_415(save_odd: Any, asked: Any, kind: str | None) -> None:
    reply = asked(save_odd()).once({"inputs": {"x": [1.0]}}, kind)
    assert (reply.status, reply.headers["content-type"]) == (415, "text/plain; charset=utf-8")


BAD = [
    b"",
    b"{",
    b"\xff\xfe",
    b"[1, 2]",
    b"17",
    b"null",
    b'"text"',
    b"{}",
    b'{"data": []}',
    b'{"inputs": [[1.0]], "instances": [[1.0]]}',
    b"[" * 100_000,
    b'{"inputs": ' + b"[" * 900 + b"]" * 900 + b"}",
    b'{"inputs": ' + b'{"a":' * 900 + b"1" + b"}" * 900 + b"}",
    b'{"dataframe_split": {"columns": ["x"], "data": [["a"]]}}',
    b'{"dataframe_split": {"columns": ["x"], "data": [[1], [2, 3]]}}',
    b'{"dataframe_split": {"columns": ["x"], "data": [[[1]]]}}',
    b'{"dataframe_split": {"columns": ["x"], "data": [[{"a": 1}]]}}',
    b'{"dataframe_split": {"columns": ["x"], "data": 5}}',
    b'{"dataframe_split": {"columns": ["x"]}}',
    b'{"dataframe_split": []}',
    b'{"dataframe_split": {"columns": ["y"], "data": [[1]]}}',
    b'{"dataframe_split": {"columns": ["x", "x"], "data": [[1, 2]]}}',
    b'{"dataframe_records": {"x": 1}}',
    b'{"dataframe_records": [1]}',
    b'{"inputs": {"x": [1], "x2": null}}x',
    b'{"inputs": {"x": "much"}}',
    b'{"inputs": {"x": [1.0]}, "params": 7}',
]


@pytest.mark.parametrize("takes", ["ndarray", "dataframe"])
@pytest.mark.parametrize("body", BAD, ids=lambda body: repr(body[:60]))
@pytest.mark.filterwarnings("ignore:params are dropped")
def test_what_is_no_request_is_one_clear_400(save_odd: Any, asked: Any, body: bytes, takes: str) -> None:
    reply = asked(save_odd(takes=takes)).once(body)
    if body == BAD[-1]:
        assert reply.status == 200  # params that a model does not know are dropped
        return
    assert reply.status == 400, reply.body
    assert reply.json["error_code"] in {"BAD_REQUEST", "INVALID_PARAMETER_VALUE"}
    assert "\n" not in reply.json["message"]
    assert "Traceback" not in reply.body.decode()
    assert len(reply.body) < 2000


def test_missing_numbers_are_read_and_answered_as_null(save_odd: Any, asked: Any) -> None:
    served = asked(save_odd())
    for word in (b"NaN", b"null"):
        reply = served.once(b'{"dataframe_split": {"columns": ["x"], "data": [[1], [' + word + b"]]}}")
        assert reply.predictions == [1.0, None]


def test_records_without_common_keys_are_refused_before_they_become_a_table(save_odd: Any, asked: Any) -> None:
    records = [{f"x{number}": 1} for number in range(3000)]
    for key in ("dataframe_records", "instances"):
        reply = asked(save_odd()).once({key: records})
        assert reply.status == 400
        assert "in common" in reply.json["message"]


WHOLE = Schema([ColSpec("long", "x"), ColSpec("long", "y")])
WHOLE_TENSOR = Schema([TensorSpec(np.dtype("int64"), (-1, 2))])
TOO_LONG = [str(2**63), str(-(2**63) - 1), str(2**64), str(10**25), "1e25", str(10**400), "1" * 5000]
FORMS = [
    (WHOLE, '{"dataframe_split": {"columns": ["x", "y"], "data": [[1, %s]]}}'),
    (WHOLE, '{"dataframe_records": [{"x": 1, "y": %s}]}'),
    (WHOLE, '{"inputs": {"x": [1], "y": [%s]}}'),
    (WHOLE, '{"inputs": [{"x": 1, "y": %s}]}'),
    (WHOLE, '{"instances": [{"x": 1, "y": %s}]}'),
    (WHOLE_TENSOR, '{"inputs": [[1, %s]]}'),
    (WHOLE_TENSOR, '{"instances": [[1, %s]]}'),
    (WHOLE_TENSOR, '{"dataframe_split": {"columns": ["x", "y"], "data": [[1, %s]]}}'),
]


@pytest.mark.parametrize("number", TOO_LONG, ids=range(len(TOO_LONG)))
@pytest.mark.parametrize(("schema", "form"), FORMS)
def test_integers_beyond_64_bit_are_refused_and_never_another_number(schema: Schema, form: str, number: str) -> None:
    reader = RequestReader(ModelSignature(schema, None), "dataframe")
    with pytest.raises(InvalidInput) as caught:
        reader.read((form % number).encode(), "application/json")
    assert "\n" not in str(caught.value)


def test_an_integer_beyond_64_bit_is_a_400(save_odd: Any, asked: Any) -> None:
    reply = asked(save_odd(signature=ModelSignature(WHOLE, None))).once({"inputs": {"x": [1], "y": [-(2**63) - 1]}})
    assert (reply.status, reply.json["error_code"]) == (400, "BAD_REQUEST")
    assert "within int64" in reply.json["message"]


@pytest.mark.parametrize("number", [2**53 + 1, 2**63 - 1, -(2**63)])
@pytest.mark.parametrize(("schema", "form"), FORMS)
def test_integers_of_64_bit_keep_every_digit(schema: Schema, form: str, number: int) -> None:
    reader = RequestReader(ModelSignature(schema, None), "dataframe")
    data = reader.read((form % number).encode(), "application/json").data
    values = list(data.values()) if isinstance(data, dict) else data
    assert number in np.asarray(values).reshape(-1).tolist()


def test_a_model_that_fails_is_a_400_without_its_code(save_odd: Any, asked: Any) -> None:
    served = asked(save_odd())
    reply = served.once({"inputs": {"x": [-1.0]}})
    assert reply.status == 400
    assert reply.json == {
        "error_code": "BAD_REQUEST",
        "message": "the model failed for this input: ValueError: this model takes no negative numbers",
    }
    assert "12345" not in served.once({"inputs": {"x": [2e6]}}).body.decode()


def test_where_it_is_wanted_the_code_is_told(save_odd: Any, asked: Any) -> None:
    reply = asked(save_odd(), stack_traces=True).once({"inputs": {"x": [-1.0]}})
    assert "odd.py" in reply.json["stack_trace"]


def test_a_body_has_a_greatest_size(save_odd: Any, asked: Any) -> None:
    served = asked(save_odd(), max_body_size=100)
    assert served.once({"inputs": {"x": [1.0] * 200}}).status == 413
    assert served.once({"inputs": {"x": [1.0]}}, headers={"content-length": "500"}).status == 413
    assert served.once({"inputs": {"x": [1.0]}}).status == 200


def test_names_that_were_rebound_are_refused(save_odd: Any, asked: Any) -> None:
    body = {"inputs": {"x": [1.0]}}
    assert asked(save_odd()).once(body, headers={"host": "evil.example"}).status == 403
    assert asked(save_odd(), allowed_hosts=("*.example",)).once(body, headers={"host": "a.example"}).status == 200


def test_the_default_options_are_those_of_the_settings() -> None:
    assert Options().timeout == 60.0
    assert json.dumps(Options().max_body_size) == str(64 << 20)
