"""What of this machine a container reaches."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from runyard.errors import InvalidInput
from runyard.protocols.project import Launch
from runyard_backend_docker.reaching import Reach, is_loopback, reach_of, said_variables


def launch(folder: Path, **fields: Any) -> Launch:
    return Launch(
        run_id="r",
        experiment_id="1",
        name="probe",
        folder=folder,
        root=folder,
        command="true",
        state=folder,
        describe=lambda: None,
        environment=lambda _: None,
        **{"variables": {}, "artifact_uri": "s3://bucket/a", **fields},
    )


def mounts(reach: Reach) -> list[tuple[str, str, bool]]:
    return [(one["Source"], one["Target"], one["ReadOnly"]) for one in reach.mounts]


def test_stores_in_folders_are_at_the_same_places_and_inputs_stay_as_they_are(tmp_path: Path) -> None:
    data, elsewhere, given = tmp_path / "data", tmp_path / "else where", tmp_path / "data" / "in.txt"
    reach = reach_of(
        launch(
            tmp_path,
            variables={
                "RUNYARD_TRACKING_URI": f"sqlite:///{data}/deep/runs.db",
                "RUNYARD_DATA_DIR": str(data),
                "RUNYARD_REGISTRY_URI": "postgresql://me:x@db/models",
            },
            artifact_uri=elsewhere.as_uri(),
            inputs=(given,),
        ),
        {},
    )
    assert mounts(reach) == [
        (str(data), str(data), False),
        (str(elsewhere), str(elsewhere), False),
        (str(given), str(given), True),
    ]
    assert elsewhere.is_dir()
    assert reach.writes_here
    assert not reach.needs_loopback


def test_credentials_go_along_where_the_storage_needs_them(tmp_path: Path) -> None:
    key = tmp_path / "key.json"
    key.write_text("{}")
    (tmp_path / ".aws").mkdir()
    here = {
        "HOME": str(tmp_path),
        "AWS_SECRET_ACCESS_KEY": "a",
        "AZURE_STORAGE_ACCESS_KEY": "b",
        "GOOGLE_APPLICATION_CREDENTIALS": str(key),
        "MLFLOW_TRACKING_TOKEN": "c",
    }
    s3 = reach_of(launch(tmp_path), here)
    assert s3.variables == {
        "AWS_SECRET_ACCESS_KEY": "a",
        "AWS_CONFIG_FILE": "/.aws/config",
        "AWS_SHARED_CREDENTIALS_FILE": "/.aws/credentials",
    }
    assert mounts(s3) == [(str(tmp_path / ".aws"), "/.aws", True)]
    azure = reach_of(launch(tmp_path, artifact_uri="wasbs://c@a.blob.core.windows.net/x"), here)
    assert azure.variables == {"AZURE_STORAGE_ACCESS_KEY": "b"}
    google = reach_of(launch(tmp_path, artifact_uri="gs://bucket/x"), here)
    assert google.variables == {"GOOGLE_APPLICATION_CREDENTIALS": "/.gcs"}
    assert mounts(google) == [(str(key), "/.gcs", True)]
    served = reach_of(launch(tmp_path, artifact_uri="mlflow-artifacts:/1/r/artifacts"), here)
    assert served.variables == {"MLFLOW_TRACKING_TOKEN": "c"}
    key.unlink()
    with pytest.raises(InvalidInput, match="GOOGLE_APPLICATION_CREDENTIALS names"):
        reach_of(launch(tmp_path, artifact_uri="gs://bucket/x"), here)


@pytest.mark.parametrize(
    ("text", "by_name"),
    [
        ("http://127.0.0.1:5000", "http://host.docker.internal:5000"),
        ("http://localhost/x?y=1", "http://host.docker.internal/x?y=1"),
        ("postgresql://me:p%40ss@[::1]:5432/runs", "postgresql://me:p%40ss@host.docker.internal:5432/runs"),
        ("http://example.org:5000", None),
        ("file:///127.0.0.1/x", None),
        ("no URL of localhost", None),
        ("http://[broken", None),
    ],
)
def test_a_server_of_this_machine_is_known_by_its_name(text: str, by_name: str | None) -> None:
    reach = Reach({"RUNYARD_TRACKING_URI": text})
    assert reach.needs_loopback is is_loopback(text) is (by_name is not None)
    reach.by_name()
    assert reach.variables == {"RUNYARD_TRACKING_URI": by_name or text}


def test_variables_are_copied_or_said() -> None:
    assert said_variables(["A", ("B", "b")], {"A": "a", "C": "c"}, "it") == {"A": "a", "B": "b"}
    with pytest.raises(InvalidInput, match="it copies environment variables that are not set here: X, Y"):
        said_variables(["X", ("B", "b"), "Y"], {}, "it")
