"""Data sets are described as MLflow describes them, with digests that hold everywhere and never crash."""

from __future__ import annotations

import contextlib
import io
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from runyard import data
from runyard.entities import Dataset
from runyard.errors import InvalidInput, NotFound
from runyard.host import Host, set_default_host
from runyard.settings import Settings
from runyard.tracking.datasets import from_file, from_numpy, from_pandas
from runyard.tracking.digests import MAX_ROWS
from runyard.tracking.sources import as_source


def frame(**columns: Any) -> pd.DataFrame:
    return pd.DataFrame(columns or {"x": [1.5, 2.5], "n": [1, 2], "s": ["a", "b"], "y": [True, False]})


def schema_of(**columns: Any) -> list[dict[str, Any]]:
    schema = from_pandas(frame(**columns)).schema
    assert schema is not None
    found: list[dict[str, Any]] = schema["mlflow_colspec"]
    return found


class TestPandas:
    def test_it_is_described_in_mlflows_form(self) -> None:
        entity = from_pandas(frame(), "s3://bucket/train.csv", "y", "train").to_entity()
        assert entity.name == "train"
        assert (entity.source_type, json.loads(entity.source)) == ("s3", {"uri": "s3://bucket/train.csv"})
        assert json.loads(entity.profile or "") == {"num_rows": 2, "num_elements": 8}
        assert json.loads(entity.schema or "") == {
            "mlflow_colspec": [
                {"type": "double", "name": "x", "required": True},
                {"type": "long", "name": "n", "required": True},
                {"type": "string", "name": "s", "required": True},
                {"type": "boolean", "name": "y", "required": True},
            ]
        }

    @pytest.mark.parametrize(
        ("values", "kind"),
        [
            (np.array([1, 2], dtype=np.int8), "integer"),
            (np.array([1, 2], dtype=np.uint16), "integer"),
            (np.array([1, 2], dtype=np.uint32), "long"),
            (np.array([1, 2], dtype=np.uint64), "any"),
            (np.array([1, 2], dtype=np.float32), "float"),
            (pd.to_datetime(["2024-01-01", "2024-01-02"]), "datetime"),
            (pd.Categorical(["a", "b"]), "string"),
            (pd.Categorical([1, 2]), "long"),
            (pd.to_timedelta([1, 2]), "any"),
            ([b"a", b"b"], "binary"),
            ([1, "a"], "any"),
            (pd.Series([1, 2.5], dtype=object), "double"),
            ([None, None], "any"),
            ([object(), object()], "any"),
            ([1 + 2j, 3j], "any"),
        ],
    )
    def test_every_kind_of_column_has_a_type(self, values: Any, kind: str) -> None:
        assert schema_of(a=values)[0]["type"] == kind

    def test_a_column_with_missing_values_is_not_required(self) -> None:
        columns = schema_of(a=[1.0, np.nan], b=["x", None], c=pd.array([1, pd.NA], dtype="Int64"))
        assert [(column["type"], column["required"]) for column in columns] == [
            ("double", False),
            ("string", False),
            ("long", False),
        ]

    def test_nested_values_have_nested_types(self) -> None:
        columns = schema_of(a=[[1, 2], []], b=[{"k": "v"}, {"k": "w", "l": 1}])
        assert columns[0] == {
            "type": "array",
            "items": {"type": "any"},
            "name": "a",
            "required": True,
        } or columns[0]["items"] == {"type": "long"}
        assert columns[1]["properties"] == {
            "k": {"type": "string", "required": True},
            "l": {"type": "long", "required": False},
        }

    def test_columns_may_have_any_names(self) -> None:
        odd = pd.DataFrame([[1, 2, 3]], columns=pd.Index([0, ("a", "b"), 0], dtype=object))
        dataset = from_pandas(odd)
        assert [column["name"] for column in (dataset.schema or {})["mlflow_colspec"]] == ["0", "('a', 'b')", "0"]
        assert dataset.digest

    @pytest.mark.parametrize("column", ["targets", "predictions"])
    def test_a_missing_column_is_told(self, column: str) -> None:
        with pytest.raises(InvalidInput, match=rf"no {column} column 'z'; it has \['x', 'n'"):
            from_pandas(frame(), **{column: "z"})

    def test_what_is_no_frame_is_refused(self) -> None:
        with pytest.raises(InvalidInput, match="got list"):
            from_pandas([1, 2])  # type: ignore[arg-type]

    def test_a_schema_too_large_to_be_kept_is_left_out_and_said(self) -> None:
        wide = pd.DataFrame(
            np.zeros((1, 20_000)), columns=[f"a rather long name of a column {i}" for i in range(20_000)]
        )
        entity = from_pandas(wide).to_entity()
        assert entity.schema is None
        assert "at most 1048575" in json.loads(entity.profile or "")["schema_left_out"]


class TestDigest:
    def test_it_has_at_most_36_characters(self) -> None:
        assert 8 <= len(from_pandas(frame()).digest) <= 36

    def test_it_is_the_same_in_every_process(self) -> None:
        script = (
            "import pandas as pd, numpy as np\nfrom runyard.tracking.datasets import from_pandas, from_numpy\n"
            "f = pd.DataFrame({'x': [1.5, None], 's': ['a', 'b'], 'm': [1, 'a'], 'd': [{'k': {1, 'b'}}, object()]})\n"
            "print(from_pandas(f).digest, from_numpy(np.arange(6).reshape(2, 3), targets=np.array(['a', 'b'])).digest,"
            " from_numpy(np.array([{'a': {'x', 'y', 'z'}}, 'b'], dtype=object)).digest)"
        )
        elsewhere = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True).stdout
        here = io.StringIO()
        with contextlib.redirect_stdout(here):
            exec(script)  # the very same data
        assert here.getvalue() == elsewhere

    @pytest.mark.parametrize(
        "other",
        [
            frame(x=[1.5, 2.5], n=[1, 2], s=["a", "b"], y=[True, True]),
            frame(x=[1.5, 2.5], n=[1, 2], s=["a", "c"], y=[True, False]),
            frame(z=[1.5, 2.5], n=[1, 2], s=["a", "b"], y=[True, False]),
            frame(n=[1, 2], x=[1.5, 2.5], s=["a", "b"], y=[True, False]),
            frame().iloc[::-1],
            frame().iloc[:1],
            pd.concat([frame(), frame()]),
        ],
    )
    def test_it_differs_for_other_data(self, other: pd.DataFrame) -> None:
        assert from_pandas(frame()).digest == from_pandas(frame().copy()).digest
        assert from_pandas(frame()).digest != from_pandas(other).digest

    @pytest.mark.parametrize(
        "values",
        [
            [1, "a"],
            [[1], {"a": 2}],
            [None, object()],
            [np.zeros(2), np.ones(3)],
            [{1, 2}, frozenset({"a"})],
            [pd.NaT, pd.Timestamp("2024-01-01")],
            [b"x", "x"],
        ],
    )
    def test_mixed_columns_have_one_that_sees_changes(self, values: list[Any]) -> None:
        column = pd.Series(values, dtype=object)
        assert from_pandas(frame(a=column)).digest == from_pandas(frame(a=column.copy())).digest
        assert (
            from_pandas(frame(a=column)).digest != from_pandas(frame(a=column.iloc[::-1].reset_index(drop=True))).digest
        )

    def test_of_an_empty_frame_and_of_one_without_columns(self) -> None:
        digests = {from_pandas(pd.DataFrame()).digest, from_pandas(pd.DataFrame({"a": []})).digest}
        assert len(digests) == 2

    def test_of_large_data_it_is_quick_and_sees_the_last_row(self) -> None:
        large = pd.DataFrame({"a": np.arange(5_000_000.0), "b": np.arange(5_000_000)})
        started = time.monotonic()
        earlier = from_pandas(large).digest
        assert time.monotonic() - started < 2
        large.iloc[-1, 0] = -1
        assert from_pandas(large).digest != earlier
        assert from_pandas(large.iloc[:-1]).digest != from_pandas(large).digest

    def test_up_to_the_sample_size_every_row_counts(self) -> None:
        full = pd.DataFrame({"a": np.zeros(MAX_ROWS)})
        changed = full.copy()
        changed.iloc[MAX_ROWS // 2] = 1
        assert from_pandas(full).digest != from_pandas(changed).digest

    def test_a_given_one_is_kept(self) -> None:
        assert from_pandas(frame(), digest="v1").to_entity().digest == "v1"
        with pytest.raises(InvalidInput, match="at most 36"):
            from_pandas(frame(), digest="x" * 37)


class TestNumpy:
    def test_it_is_described_in_mlflows_form(self) -> None:
        dataset = from_numpy(np.zeros((3, 4), dtype=np.float32), targets=np.array(["a", "b", "c"]))
        entity = dataset.to_entity()
        schema = json.loads(entity.schema or "")["mlflow_tensorspec"]
        assert json.loads(schema["features"]) == [
            {"type": "tensor", "tensor-spec": {"dtype": "float32", "shape": [-1, 4]}}
        ]
        assert json.loads(schema["targets"]) == [{"type": "tensor", "tensor-spec": {"dtype": "str", "shape": [-1]}}]
        assert json.loads(entity.profile or "") == {
            "features_shape": [3, 4],
            "features_size": 12,
            "features_nbytes": 48,
            "targets_shape": [3],
            "targets_size": 3,
            "targets_nbytes": 12,
        }

    def test_named_arrays_are_described_by_name(self) -> None:
        dataset = from_numpy({"a": np.zeros(3), "b": np.zeros((3, 2))})
        schema = json.loads((dataset.schema or {})["mlflow_tensorspec"]["features"])
        assert [(entry["name"], entry["tensor-spec"]["shape"]) for entry in schema] == [("a", [-1]), ("b", [-1, 2])]
        assert (dataset.profile or {})["features_shape"] == {"a": [3], "b": [3, 2]}

    def test_its_digest_sees_values_shapes_types_names_and_targets(self) -> None:
        features = np.arange(6.0)
        datasets = [
            from_numpy(features),
            from_numpy(features.reshape(2, 3)),
            from_numpy(features.reshape(3, 2)),
            from_numpy(features.astype(np.float32)),
            from_numpy(features[::-1]),
            from_numpy({"a": features}),
            from_numpy({"b": features}),
            from_numpy(features, targets=features),
            from_numpy(features, targets=features * 2),
            from_numpy(np.array(3.0)),
            from_numpy(np.array([])),
        ]
        assert len({dataset.digest for dataset in datasets}) == len(datasets)
        assert from_numpy(np.asfortranarray(features.reshape(2, 3))).digest == datasets[1].digest

    def test_of_large_arrays_it_is_quick(self) -> None:
        started = time.monotonic()
        first = from_numpy(np.zeros((2_000_000, 8))).digest
        wide = from_numpy(np.zeros((2, 8_000_000))).digest
        assert time.monotonic() - started < 2
        assert first != wide

    @pytest.mark.parametrize("features", [[1, 2], "x", {}, {"a": [1]}])
    def test_what_is_no_array_is_refused(self, features: Any) -> None:
        with pytest.raises(InvalidInput, match="numpy array"):
            from_numpy(features)


class TestFile:
    def test_a_csv_file_is_described_by_its_content_and_head(self, tmp_path: Path) -> None:
        path = tmp_path / "train.csv"
        path.write_bytes(b'\xef\xbb\xbfa,"b, c"\r\n1,2\r\n')
        entity = from_file(path).to_entity()
        assert entity.name == "train.csv"
        assert (entity.source_type, json.loads(entity.source)) == ("local", {"uri": str(path)})
        assert json.loads(entity.profile or "") == {"num_files": 1, "size": path.stat().st_size}
        assert [column["name"] for column in json.loads(entity.schema or "")["mlflow_colspec"]] == ["a", "b, c"]

    def test_a_parquet_file_has_the_types_of_its_columns(self, tmp_path: Path) -> None:
        path = tmp_path / "a.parquet"
        whole = frame()
        whole["t"] = pd.to_datetime(["2024-01-01", "2024-01-02"])
        whole.to_parquet(path)
        columns = (from_file(path).schema or {})["mlflow_colspec"]
        assert [(column["name"], column["type"]) for column in columns] == [
            ("x", "double"),
            ("n", "long"),
            ("s", "string"),
            ("y", "boolean"),
            ("t", "datetime"),
        ]

    @pytest.mark.parametrize("name", ["a.bin", "a.csv", "a.parquet"])
    def test_any_other_content_has_a_digest_and_no_schema(self, tmp_path: Path, name: str) -> None:
        (tmp_path / name).write_bytes(b"\xff\xfe\0\1" * 100)
        entity = from_file(tmp_path / name).to_entity()
        assert len(entity.digest) == 32
        assert entity.schema is None

    def test_a_folder_is_known_by_all_its_files(self, tmp_path: Path) -> None:
        for name in ("b/2.txt", "a/1.txt"):
            (tmp_path / "set" / name).parent.mkdir(parents=True)
            (tmp_path / "set" / name).write_text(name)
        earlier = from_file(tmp_path / "set")
        assert (earlier.profile or {})["num_files"] == 2
        digests = {earlier.digest}
        (tmp_path / "set/a/1.txt").write_text("other")
        digests.add(from_file(tmp_path / "set").digest)
        (tmp_path / "set/a/1.txt").rename(tmp_path / "set/a/3.txt")
        digests.add(from_file(tmp_path / "set").digest)
        assert len(digests) == 3

    def test_what_is_missing_is_told(self, tmp_path: Path) -> None:
        with pytest.raises(NotFound, match="missing"):
            from_file(tmp_path / "missing.csv")


class TestSource:
    @pytest.mark.parametrize(
        ("source", "kind", "fields"),
        [
            ("data/train.csv", "local", {"uri": "data/train.csv"}),
            (Path("/data/train.csv"), "local", {"uri": "/data/train.csv"}),
            ("https://host/a.csv", "http", {"url": "https://host/a.csv"}),
            ("https://user:pw@host/a.csv?token=x", "http", {"url": "https://user:***@host/a.csv?token=***"}),
            ("s3://bucket/a.csv", "s3", {"uri": "s3://bucket/a.csv"}),
            ("postgresql://u:pw@host/db", "postgresql", {"uri": "postgresql://u:***@host/db"}),
        ],
    )
    def test_it_is_told_by_its_scheme_and_never_shows_credentials(
        self, source: str | Path, kind: str, fields: dict[str, str]
    ) -> None:
        found = as_source(source)
        assert (found.source_type, found.to_dict()) == (kind, fields)
        assert found.uri == next(iter(fields.values()))

    def test_without_one_it_is_the_running_code(self) -> None:
        entity = from_pandas(frame()).to_entity()
        assert (entity.source_type, json.loads(entity.source)) == ("code", {"tags": {}})

    def test_anything_else_is_refused(self) -> None:
        with pytest.raises(InvalidInput, match="got int"):
            from_pandas(frame(), source=3)  # type: ignore[arg-type]


def test_the_public_functions_note_the_code_that_runs(tmp_path: Path) -> None:
    class Context:
        @staticmethod
        def tags(settings: Settings) -> dict[str, str]:
            return {"mlflow.user": "ada", "mlflow.source.name": "train.py", "runyard.host": "h"}

    class Known(Host):
        def run_context(self) -> dict[str, str]:
            return Context.tags(self.settings)

    earlier = set_default_host(Known(Settings(), discover=False))
    try:
        for dataset in (data.from_pandas(frame()), data.from_numpy(np.zeros(3))):
            entity = dataset.to_entity()
            assert isinstance(entity, Dataset)
            assert json.loads(entity.source) == {"tags": {"mlflow.user": "ada", "mlflow.source.name": "train.py"}}
        assert data.from_pandas(frame(), "a.csv").source.source_type == "local"
        (tmp_path / "a.csv").write_text("a\n1\n")
        assert data.from_file(tmp_path / "a.csv").to_dict()["name"] == "a.csv"
    finally:
        set_default_host(earlier)
