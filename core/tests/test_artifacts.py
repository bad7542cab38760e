"""`runyard.artifacts` finds artifacts by run and by location, and reads them as what they are."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import PIL.Image
import pytest

from runyard import Host, Settings, artifacts
from runyard.entities import FileInfo, Run
from runyard.errors import CorruptData, InvalidInput, NotFound
from runyard.host import set_default_host
from runyard.tracking import media
from runyard.tracking.client import Client
from runyard.tracking.recorder import recorder_for


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Host]:
    """The default host, on SQLite and a local folder with a space in its name."""
    host = Host(Settings(data_dir=str(tmp_path / "my data"), root=tmp_path, strict_plugins=True))
    earlier = set_default_host(host)
    yield host
    set_default_host(earlier)
    recorder_for(host, host.tracking_uri()).close()
    host.close()


@pytest.fixture
def run(host: Host) -> Run:
    client = Client(host=host)
    run = client.create_run(client.create_experiment("e"))
    store = host.artifact_store(run.info.artifact_uri)
    media.log_text(store, "hällo", "some folder/a.txt")
    media.log_dict(store, {"a": [1]}, "a.json")
    media.log_dict(store, {"a": [1]}, "a.yaml")
    media.log_image(store, PIL.Image.new("RGB", (3, 2)), "a.png")
    store.write("torn.bin", BytesIO(b"\x89PNG\r\n\xff\xfe"))
    return run


def test_a_run_and_its_locations_lead_to_the_same_file(run: Run, tmp_path: Path) -> None:
    path = "some folder/a.txt"
    for number, given in enumerate(
        (
            {"run_id": run.info.run_id, "artifact_path": path},
            {"artifact_uri": f"runs:/{run.info.run_id}/{path}"},
            {"artifact_uri": f"{run.info.artifact_uri}/some%20folder/a.txt"},
        )
    ):
        in_place = Path(artifacts.download_artifacts(**given))  # type: ignore[arg-type]
        assert in_place.read_text() == "hällo"
        copied = artifacts.download_artifacts(**given, dst_path=tmp_path / str(number))  # type: ignore[arg-type]
        assert copied == str(tmp_path / str(number) / "a.txt")
        assert Path(copied).read_text() == "hällo"


def test_a_whole_run_can_be_fetched(run: Run, tmp_path: Path) -> None:
    assert artifacts.download_artifacts(run_id=run.info.run_id, dst_path=tmp_path / "a") == str(tmp_path / "a")
    assert (tmp_path / "a/some folder/a.txt").exists()
    there = Path(artifacts.download_artifacts(run.info.artifact_uri, dst_path=tmp_path / "b"))
    assert (there / "some folder/a.txt").exists()


def test_paths_start_with_what_was_asked_for_whatever_folder_it_is_stored_in(host: Host, run: Run) -> None:
    client = Client(host=host)
    model = client.create_logged_model(run.info.experiment_id, name="net", source_run_id=run.info.run_id)
    host.artifact_store(model.artifact_uri).write("data/a.txt", BytesIO(b"a"))

    def paths(uri: str) -> list[str]:
        return [info.path for info in artifacts.list_artifacts(uri)]

    assert paths(f"runs:/{run.info.run_id}/net") == ["net/data"]
    assert paths(f"runs:/{run.info.run_id}/net/data/") == ["data/a.txt"]
    assert paths(f"models:/{model.model_id}") == ["data"]
    assert paths(f"models:/{model.model_id}/data") == ["data/a.txt"]
    assert paths(f"runs:/{run.info.run_id}")[0] == "a.json"
    assert paths(run.info.artifact_uri)[0] == "artifacts/a.json"


def test_what_lies_in_a_folder_is_listed(run: Run) -> None:
    assert artifacts.list_artifacts(run_id=run.info.run_id, artifact_path="some folder") == [
        FileInfo("some folder/a.txt", False, 6)
    ]
    assert len(artifacts.list_artifacts(run_id=run.info.run_id)) == 5
    assert len(artifacts.list_artifacts(f"runs:/{run.info.run_id}/")) == 5
    assert len(artifacts.list_artifacts(f"runs:/{run.info.run_id}/some folder")) == 1


def test_artifacts_are_read_as_what_they_are(run: Run) -> None:
    root = f"runs:/{run.info.run_id}"
    assert artifacts.load_text(f"{root}/some folder/a.txt") == "hällo"
    assert artifacts.load_dict(f"{root}/a.json") == artifacts.load_dict(f"{root}/a.yaml") == {"a": [1]}
    assert artifacts.load_image(f"{root}/a.png").size == (3, 2)


@pytest.mark.parametrize(
    ("load", "name"),
    [
        (artifacts.load_text, "torn.bin"),
        (artifacts.load_dict, "some folder/a.txt"),
        (artifacts.load_image, "torn.bin"),
        (artifacts.load_image, "a.json"),
    ],
)
def test_what_is_something_else_is_told(run: Run, load: object, name: str) -> None:
    with pytest.raises(CorruptData, match=name):
        load(f"runs:/{run.info.run_id}/{name}")  # type: ignore[operator]


def test_broken_yaml_is_told(host: Host, run: Run) -> None:
    host.artifact_store(run.info.artifact_uri).write("b.yaml", BytesIO(b"a: [1"))
    with pytest.raises(CorruptData, match=r"b\.yaml"):
        artifacts.load_dict(f"runs:/{run.info.run_id}/b.yaml")


def test_what_is_missing_is_told(run: Run, tmp_path: Path) -> None:
    with pytest.raises(NotFound, match=r"missing\.txt"):
        artifacts.download_artifacts(f"runs:/{run.info.run_id}/missing.txt", dst_path=tmp_path / "out")
    with pytest.raises(NotFound):
        artifacts.load_text(f"runs:/{run.info.run_id}/missing.txt")
    with pytest.raises(NotFound):
        artifacts.download_artifacts(run_id="0" * 32)


def test_exactly_one_of_run_and_location_is_needed(run: Run) -> None:
    for given in ({}, {"artifact_uri": "x", "run_id": "y"}, {"artifact_uri": "x", "artifact_path": "y"}):
        with pytest.raises(InvalidInput, match="artifact_uri"):
            artifacts.download_artifacts(**given)  # type: ignore[arg-type]


def test_another_host_can_be_named(run: Run, host: Host) -> None:
    set_default_host(None)
    assert artifacts.load_text(f"{run.info.artifact_uri}/some%20folder/a.txt", host=host) == "hällo"
