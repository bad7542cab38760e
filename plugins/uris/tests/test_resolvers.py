"""`runs:` and `models:` lead to where artifacts lie, with stores in memory and with the default ones."""

from __future__ import annotations

import io
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

import runyard.testing.memory.plugin
import runyard_store_local.plugin
import runyard_store_sql.plugin
import runyard_uris.plugin
from runyard.entities import ModelStage, RunStart
from runyard.errors import InvalidInput, NotFound, RunyardError
from runyard.host import Host
from runyard.settings import Settings
from runyard.testing.contracts.resolvers import Resolve, UriResolverContract
from runyard_uris.resolvers import resolve_model, resolve_run

RUN = "0af7651916cd43dd8448eb211c80319c"


STORES = ["memory", "default"]


@pytest.fixture(params=STORES)
def host(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Host]:
    """A host with a run and a model, whose stores are in memory or the ones that are installed by default."""
    yield from filled_host(request.param, tmp_path)


@pytest.fixture(scope="module", params=STORES)
def shared_host(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    """The same for tests that change nothing."""
    yield from filled_host(request.param, tmp_path_factory.mktemp("host"))


def filled_host(stores: str, folder: Path) -> Iterator[Host]:
    if stores == "memory":
        plugins, tracking = {"memory": runyard.testing.memory.plugin}, "memory:"
    else:
        plugins, tracking = {"store-sql": runyard_store_sql.plugin, "store-local": runyard_store_local.plugin}, ""
    settings = Settings(root=folder, tracking_uri=tracking, data_dir=str(folder / "data"), strict_plugins=True)
    with Host(settings, plugins={**plugins, "uris": runyard_uris.plugin}, discover=False) as made:
        fill(made)
        yield made


def fill(host: Host) -> None:
    """A run, and a model with three versions: 2 in Production and `@champion`, 3 in Staging."""
    start = RunStart(RUN, "calm-owl-7", "ada", start_time=1, experiment_id="0")
    host.tracking_store().create_run(start)
    registry = host.registry_store()
    registry.create_registered_model("digits")
    registry.create_model_version("digits", f"runs:/{RUN}/model", run_id=RUN)
    registry.create_model_version("digits", "s3://models/digits/2")
    registry.create_model_version("digits", "s3://models/digits/3")
    registry.transition_model_version_stage("digits", 2, ModelStage.PRODUCTION)
    registry.transition_model_version_stage("digits", 3, ModelStage.STAGING)
    registry.set_registered_model_alias("digits", "champion", 2)


def artifact_uri(host: Host) -> str:
    return host.tracking_store().get_run(RUN).info.artifact_uri


class TestRuns(UriResolverContract):
    @pytest.fixture
    def resolve(self, shared_host: Host) -> Resolve:
        return lambda uri: resolve_run(uri, shared_host)

    @pytest.fixture
    def examples(self, shared_host: Host) -> Mapping[str, str]:
        return {
            f"runs:/{RUN}": artifact_uri(shared_host),
            f"runs:/{RUN}/": artifact_uri(shared_host),
            f"runs:/{RUN}/model": f"{artifact_uri(shared_host)}/model",
            f"runs:/{RUN}/./plots//a.png": f"{artifact_uri(shared_host)}/plots/a.png",
        }

    @pytest.fixture
    def folder(self) -> str:
        return f"runs:/{RUN}"

    @pytest.fixture
    def wrong(self) -> Sequence[str]:
        return ["runs:", "runs:/", f"runs:{RUN}/model", f"runs://{RUN}/model", "runs:/not a run/model", "runs:/../x"]

    @pytest.fixture
    def missing(self) -> Sequence[str]:
        return ["runs:/0000/model"]


class TestModels(UriResolverContract):
    @pytest.fixture
    def resolve(self, shared_host: Host) -> Resolve:
        return lambda uri: resolve_model(uri, shared_host)

    @pytest.fixture
    def examples(self) -> Mapping[str, str]:
        return {
            "models:/digits/1": f"runs:/{RUN}/model",
            "models:/digits/02": "s3://models/digits/2",
            "models:/digits/latest": "s3://models/digits/3",
            "models:/digits/Latest": "s3://models/digits/3",
            "models:/digits/Production": "s3://models/digits/2",
            "models:/digits/staging": "s3://models/digits/3",
            "models:/digits/none": f"runs:/{RUN}/model",
            "models:/digits@champion": "s3://models/digits/2",
            "models:/digits@latest": "s3://models/digits/3",
            "models:/digits@champion/conda.yaml": "s3://models/digits/2/conda.yaml",
            "models:/digits/2/data/model.pkl": "s3://models/digits/2/data/model.pkl",
            "models:/digits@champion?at=2999-01-01": "s3://models/digits/2",
        }

    @pytest.fixture
    def folder(self) -> str:
        return "models:/digits/2"

    @pytest.fixture
    def wrong(self) -> Sequence[str]:
        return [
            "models:",
            "models:/",
            "models:/digits",
            "models:/digits/",
            "models:digits/1",
            "models://digits/1",
            "models:/digits/newest",
            "models:/digits/-1",
            "models:/digits/1.0",
            "models:/digits/²",
            "models:/@champion",
            "models:/digits@",
            "models:/digits@v2",
            "models:/digits@champion?then=2026-03-01",
            "models:/digits@champion?at=",
            "models:/digits@champion?at=yesterday",
            "models:/digits@champion?at=2026-02-30",
            "models:/digits/2?at=2026-03-01",
            "models:/digits/Production?at=2026-03-01",
            "models:/../1",
        ]

    @pytest.fixture
    def missing(self) -> Sequence[str]:
        return [
            "models:/nothing/1",
            "models:/digits/4",
            f"models:/digits/{2**40}",
            "models:/digits/Archived",
            "models:/digits@challenger",
            "models:/digits@champion?at=2001-01-01",
        ]


def test_the_host_resolves_a_model_s_run_too(host: Host) -> None:
    assert host.resolve("models:/digits/1/data").text == f"{artifact_uri(host)}/model/data"


def test_artifacts_of_a_model_are_read_through_its_uri(host: Host) -> None:
    host.artifact_store(f"runs:/{RUN}/model").write("MLmodel", io.BytesIO(b"flavors: {}"))
    with host.artifact_store("models:/digits/1").open("MLmodel") as file:
        assert file.read() == b"flavors: {}"


def test_an_alias_is_resolved_for_the_time_asked_for(host: Host) -> None:
    then = pause()
    host.registry_store().set_registered_model_alias("digits", "champion", 3)
    assert host.resolve("models:/digits@champion").text == "s3://models/digits/3"
    for text in (then.isoformat(), then.isoformat().replace("+00:00", "Z"), then.replace(tzinfo=None).isoformat()):
        assert host.resolve(f"models:/digits@champion?at={text}").text == "s3://models/digits/2"
    assert host.resolve(f"models:/digits@latest/a?at={then.isoformat()}").text == "s3://models/digits/3/a"


def test_a_date_means_its_last_moment(host: Host) -> None:
    today = datetime.now(UTC).date().isoformat()
    assert host.resolve(f"models:/digits@champion?at={today}").text == "s3://models/digits/2"


def test_a_version_that_was_deleted_since_is_named(host: Host) -> None:
    then = pause()
    host.registry_store().delete_model_version("digits", 2)
    with pytest.raises(NotFound, match=r"version 2 .* deleted"):
        host.resolve(f"models:/digits@champion?at={then.isoformat()}")


def test_a_name_with_an_at_sign_is_found(host: Host) -> None:
    host.registry_store().create_registered_model("ada@corp")
    host.registry_store().create_model_version("ada@corp", "s3://models/ada")
    host.registry_store().set_registered_model_alias("ada@corp", "champion", 1)
    for text in ("models:/ada@corp/1", "models:/ada@corp/latest", "models:/ada@corp@champion"):
        assert host.resolve(text).text == "s3://models/ada"


def test_models_that_point_at_each_other_are_told(host: Host) -> None:
    registry = host.registry_store()
    registry.create_registered_model("a")
    registry.create_model_version("a", "models:/a/1")
    with pytest.raises(RunyardError, match="circle"):
        host.resolve("models:/a/1")


def test_messages_name_the_forms(host: Host) -> None:
    with pytest.raises(InvalidInput, match="models:/NAME@ALIAS"):
        host.resolve("models:/digits")
    with pytest.raises(InvalidInput, match="runs:/RUN_ID/PATH"):
        host.resolve("runs:/")
    with pytest.raises(InvalidInput, match="with an alias or latest only"):
        host.resolve("models:/digits/2?at=2026-03-01")


def pause() -> datetime:
    """A time that lies after what was done and before what will be."""
    time.sleep(0.003)
    then = datetime.now(UTC)
    time.sleep(0.003)
    return then
