"""`runs:` and `models:` lead to where artifacts lie, with stores in memory and with the default ones."""

from __future__ import annotations

import io
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest

import runyard.testing.memory.plugin
import runyard_store_local.plugin
import runyard_store_sql.plugin
import runyard_uris.plugin
from runyard.entities import ModelStage, RunStart
from runyard.errors import InvalidInput, NotFound, NotSupported, RunyardError
from runyard.hooks import hookimpl
from runyard.host import Host
from runyard.protocols.logged_models import KeepsLoggedModels
from runyard.protocols.tracking import capability
from runyard.settings import Settings
from runyard.specs import TrackingScheme
from runyard.testing.contracts.resolvers import Resolve, UriResolverContract
from runyard.testing.memory.tracking_core import PlainTrackingStore
from runyard.uris import Uri
from runyard_uris.resolvers import resolve_model, resolve_run

RUN = "0af7651916cd43dd8448eb211c80319c"
OTHER_RUN = "1bf7651916cd43dd8448eb211c80319c"
LOGGED = f"m-{RUN}"


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
        plugins, tracking = {"memory": runyard.testing.memory.plugin}, f"memory:{folder.name}"
    else:
        plugins, tracking = {"store-sql": runyard_store_sql.plugin, "store-local": runyard_store_local.plugin}, ""
    settings = Settings(root=folder, tracking_uri=tracking, data_dir=str(folder / "data"), strict_plugins=True)
    with Host(settings, plugins={**plugins, "uris": runyard_uris.plugin}, discover=False) as made:
        fill(made)
        yield made


def fill(host: Host) -> None:
    """Two runs, a logged model, and a model with three versions: 2 in Production and `@champion`, 3 in Staging."""
    for run_id in (RUN, OTHER_RUN):
        host.tracking_store().create_run(RunStart(run_id, "calm-owl-7", "ada", start_time=1, experiment_id="0"))
    logged_models(host).create_logged_model("0", model_id=LOGGED, name="net", source_run_id=RUN)
    registry = host.registry_store()
    registry.create_registered_model("digits")
    registry.create_model_version("digits", f"runs:/{RUN}/model", run_id=RUN)
    registry.create_model_version("digits", "s3://models/digits/2")
    registry.create_model_version("digits", "s3://models/digits/3")
    registry.transition_model_version_stage("digits", 2, ModelStage.PRODUCTION)
    registry.transition_model_version_stage("digits", 3, ModelStage.STAGING)
    registry.set_registered_model_alias("digits", "champion", 2)


def artifact_uri(host: Host, run_id: str = RUN) -> str:
    return host.tracking_store().get_run(run_id).info.artifact_uri


def logged_models(host: Host) -> KeepsLoggedModels:
    return capability(host.tracking_store(), KeepsLoggedModels)  # type: ignore[type-abstract]


def logged_uri(host: Host, model_id: str = LOGGED) -> str:
    return logged_models(host).get_logged_model(model_id).artifact_uri


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
            f"runs:/{RUN}/net": logged_uri(shared_host),
            f"runs:/{RUN}/net/": logged_uri(shared_host),
            f"runs:/{RUN}/net/data/model.pkl": f"{logged_uri(shared_host)}/data/model.pkl",
            f"runs:/{RUN}/nets/net": f"{artifact_uri(shared_host)}/nets/net",
            f"runs:/{RUN}/net.txt": f"{artifact_uri(shared_host)}/net.txt",
            f"runs:/{OTHER_RUN}/net": f"{artifact_uri(shared_host, OTHER_RUN)}/net",
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
    def examples(self, shared_host: Host) -> Mapping[str, str]:
        return {
            f"models:/{LOGGED}": logged_uri(shared_host),
            f"models:/{LOGGED}/": logged_uri(shared_host),
            f"models:/{LOGGED}/data//model.pkl": f"{logged_uri(shared_host)}/data/model.pkl",
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
            f"models:/{LOGGED.upper()}",
            f"models:/{LOGGED[:-1]}",
            f"models:/{LOGGED}?at=2026-03-01",
        ]

    @pytest.fixture
    def missing(self) -> Sequence[str]:
        return [
            "models:/nothing/1",
            f"models:/m-{OTHER_RUN}",
            f"models:/m-{OTHER_RUN}/MLmodel",
            f"models:/{LOGGED}/1",
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


class TestLoggedModels(UriResolverContract):
    @pytest.fixture
    def resolve(self, shared_host: Host) -> Resolve:
        return lambda uri: resolve_model(uri, shared_host)

    @pytest.fixture
    def examples(self, shared_host: Host) -> Mapping[str, str]:
        return {f"models:/{LOGGED}/MLmodel": f"{logged_uri(shared_host)}/MLmodel"}

    @pytest.fixture
    def folder(self) -> str:
        return f"models:/{LOGGED}"

    @pytest.fixture
    def wrong(self) -> Sequence[str]:
        return ["models:", f"models://{LOGGED}"]

    @pytest.fixture
    def missing(self) -> Sequence[str]:
        return [f"models:/m-{OTHER_RUN}"]


@pytest.mark.parametrize("path", ["..", "../secret", "a/../../secret", "%2e%2e/secret", "..%5csecret"])
def test_no_path_leads_out_of_a_run_s_logged_model(shared_host: Host, path: str) -> None:
    with pytest.raises(InvalidInput):
        resolve_run(Uri.parse(f"runs:/{RUN}/net/{path}"), shared_host)


def test_of_several_logged_models_of_a_run_and_name_the_newest_is_meant(host: Host) -> None:
    pause()
    newer = logged_models(host).create_logged_model("0", name="net", source_run_id=RUN)
    assert host.resolve(f"runs:/{RUN}/net/MLmodel").text == f"{newer.artifact_uri}/MLmodel"
    logged_models(host).delete_logged_model(newer.model_id)
    assert host.resolve(f"runs:/{RUN}/net").text == logged_uri(host)


def test_a_logged_model_that_is_deleted_is_not_found(host: Host) -> None:
    logged_models(host).delete_logged_model(LOGGED)
    with pytest.raises(NotFound, match=LOGGED):
        host.resolve(f"models:/{LOGGED}")
    assert host.resolve(f"runs:/{RUN}/net").text == f"{artifact_uri(host)}/net"


def test_a_name_that_needs_quotes_is_searched_for_as_it_is(host: Host) -> None:
    name = "a `b` (c) = s AND not"
    made = logged_models(host).create_logged_model("0", name=name, source_run_id=RUN)
    assert host.resolve(Uri("runs", f"runs:/{RUN}/{name}/x")) == Uri.parse(made.artifact_uri).join("x")


def test_a_registered_model_that_is_named_like_an_id_is_found_by_its_version(host: Host) -> None:
    host.registry_store().create_registered_model(LOGGED)
    host.registry_store().create_model_version(LOGGED, "s3://models/odd")
    host.registry_store().set_registered_model_alias(LOGGED, "champion", 1)
    for text in (f"models:/{LOGGED}/1", f"models:/{LOGGED}/latest", f"models:/{LOGGED}@champion"):
        assert host.resolve(text).text == "s3://models/odd"
    assert host.resolve(f"models:/{LOGGED}/MLmodel").text == f"{logged_uri(host)}/MLmodel"


def test_a_version_leads_to_its_logged_model(host: Host) -> None:
    host.registry_store().create_model_version("digits", f"models:/{LOGGED}", run_id=RUN, model_id=LOGGED)
    host.registry_store().create_registered_model("copy")
    host.registry_store().create_model_version("copy", "models:/digits/4", run_id=RUN, model_id=LOGGED)
    for text in ("models:/digits/4/MLmodel", "models:/copy/1/MLmodel", "models:/copy@latest?at=2999-01-01"):
        assert host.resolve(text).text.startswith(logged_uri(host))


def test_a_store_without_logged_models_has_the_folders_of_its_runs(tmp_path: Path) -> None:
    store = PlainTrackingStore(Uri.from_path(tmp_path))

    @hookimpl
    def runyard_tracking_schemes() -> list[TrackingScheme]:
        return [TrackingScheme(name="plain", target=f"{__name__}:PLAIN_STORE", summary="Without logged models.")]

    globals()["PLAIN_STORE"] = lambda _uri, _settings: store
    plugin = SimpleNamespace(runyard_tracking_schemes=runyard_tracking_schemes)
    settings = Settings(root=tmp_path, tracking_uri="plain:", strict_plugins=True)
    with Host(settings, plugins={"plain": plugin, "uris": runyard_uris.plugin}, discover=False) as host:
        store.create_run(RunStart(RUN, "calm-owl-7", "ada", start_time=1, experiment_id="0"))
        assert host.resolve(f"runs:/{RUN}/net").text == f"{artifact_uri(host)}/net"
        with pytest.raises(NotSupported, match="get_logged_model"):
            host.resolve(f"models:/{LOGGED}")


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
