"""A host finds its plugins, opens stores by scheme, resolves locations and passes events on."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from runyard.discovery import EntryPoint
from runyard.errors import AmbiguousPlugin, BrokenPlugin, InvalidInput, NoSuchPlugin, RunyardError
from runyard.hooks import DECLARATIONS, hookimpl
from runyard.host import SUGGESTIONS, Host, default_host, set_default_host
from runyard.settings import Setting, Settings
from runyard.specs import ArtifactScheme, Command, Listener, RegistryScheme, RunContext, TrackingScheme, UriResolver
from runyard.testing.memory import plugin as memory_plugin
from runyard.uris import Uri

HERE = "test_host_targets"


def manifest(**hooks: Any) -> Any:
    """A manifest of which each hook gives these specs, or is this function."""
    functions = {name: given if callable(given) else (lambda given=given: given) for name, given in hooks.items()}
    return SimpleNamespace(**{name: hookimpl(function) for name, function in functions.items()})


@pytest.fixture
def targets(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """A module that references can name, with whatever a test puts into it."""
    module = SimpleNamespace()
    monkeypatch.setitem(sys.modules, HERE, module)
    return module


@pytest.fixture
def make(tmp_path: Path) -> Callable[..., Host]:
    """Makes hosts without any installed plugin."""

    def host(settings: Settings | None = None, **plugins: Any) -> Host:
        settings = settings or Settings(root=tmp_path, data_dir=str(tmp_path / "runyard-data"))
        return Host(settings, plugins=plugins, discover=False)

    return host


def tracking(name: str = "mem", target: str = f"{HERE}:open_store") -> TrackingScheme:
    return TrackingScheme(name=name, target=target, summary="X.")


class Store:
    def __init__(self, uri: Uri, settings: Settings) -> None:
        self.uri = uri
        self.settings = settings
        self.closed = False

    def close(self) -> None:
        self.closed = True


def test_a_store_is_opened_by_its_scheme_and_once(make: Callable[..., Host], targets: Any) -> None:
    targets.open_store = Store
    host = make(mine=manifest(runyard_tracking_schemes=[tracking()]))
    store: Any = host.tracking_store("mem:one")
    assert (store.uri.text, store.settings) == ("mem:one", host.settings)
    assert host.tracking_store("mem:one") is store
    assert host.tracking_store(Uri.parse("mem:one")) is store
    assert host.tracking_store("mem:two") is not store


def test_a_driver_does_not_choose_another_store(make: Callable[..., Host], targets: Any) -> None:
    targets.open_store = Store
    host = make(mine=manifest(runyard_tracking_schemes=[tracking("pg")]))
    store: Any = host.tracking_store("pg+driver://host/db")
    assert store.uri.scheme == "pg+driver"


def test_several_threads_get_one_store(make: Callable[..., Host], targets: Any) -> None:
    opened = []
    together = threading.Barrier(6)

    def open_store(uri: Uri, settings: Settings) -> Store:
        opened.append(uri)
        return Store(uri, settings)

    def use(_: int) -> Any:
        together.wait()
        return host.tracking_store("mem:one")

    targets.open_store = open_store
    host = make(mine=manifest(runyard_tracking_schemes=[tracking()]))
    with ThreadPoolExecutor(6) as pool:
        stores = set(pool.map(use, range(6)))
    assert (len(stores), len(opened)) == (1, 1)


def test_a_store_that_could_not_be_opened_is_tried_again(make: Callable[..., Host], targets: Any) -> None:
    attempts = iter([False, True])

    def open_store(uri: Uri, settings: Settings) -> Store:
        if not next(attempts):
            raise InvalidInput("not yet")
        return Store(uri, settings)

    targets.open_store = open_store
    host = make(mine=manifest(runyard_tracking_schemes=[tracking()]))
    with pytest.raises(InvalidInput, match="not yet"):
        host.tracking_store("mem:")
    assert host.tracking_store("mem:") is not None


def test_closing_closes_every_store_even_after_one_fails(make: Callable[..., Host], targets: Any) -> None:
    targets.open_store = Store
    host = make(mine=manifest(runyard_tracking_schemes=[tracking()]))
    stores: list[Any] = [host.tracking_store(f"mem:{number}") for number in range(3)]
    stores[1].close = lambda: (_ for _ in ()).throw(RuntimeError("stuck"))
    with pytest.raises(RuntimeError, match="stuck"), host:
        pass
    assert [stores[0].closed, stores[2].closed] == [True, True]
    assert host.tracking_store("mem:0") is not stores[0]


def test_without_a_uri_the_setting_or_the_data_folder_is_meant(make: Callable[..., Host], tmp_path: Path) -> None:
    host = make()
    assert host.tracking_uri().local_path == tmp_path / "runyard-data"
    host = make(Settings(tracking_uri="runs.db", root=tmp_path))
    assert host.tracking_uri().local_path == tmp_path / "runs.db"
    assert host.tracking_uri("memory:x").text == "memory:x"


def test_models_are_registered_beside_the_runs_unless_told_otherwise(runyard_host: Host, tmp_path: Path) -> None:
    assert runyard_host.registry_store() is runyard_host.registry_store(runyard_host.settings.tracking_uri)
    settings = Settings(tracking_uri="memory:a", registry_uri="memory:b", root=tmp_path)
    with Host(settings, plugins={"memory": memory_plugin}, discover=False) as host:
        assert host.registry_store() is host.registry_store("memory:b")
        assert host.registry_store() is not host.registry_store("memory:a")


def test_a_registry_of_its_own_scheme_is_opened(make: Callable[..., Host], targets: Any) -> None:
    targets.open_models = Store
    scheme = RegistryScheme(name="models-only", target=f"{HERE}:open_models", summary="X.")
    host = make(mine=manifest(runyard_registry_schemes=[scheme]))
    store: Any = host.registry_store("models-only://here")
    assert store.uri.text == "models-only://here"
    assert host.registry_store("models-only://here") is store


@pytest.mark.parametrize(("scheme", "package"), SUGGESTIONS.items())
def test_a_missing_scheme_says_which_package_to_install(make: Callable[..., Host], scheme: str, package: str) -> None:
    host = make(mine=manifest(runyard_artifact_schemes=[ArtifactScheme(name="one", target="a:b", summary="X.")]))
    with pytest.raises(NoSuchPlugin) as caught:
        host.artifact_schemes.get(scheme)
    message = f"no plugin provides artifact scheme {scheme!r} (available: one); install {package}"
    assert str(caught.value) == message


def test_a_missing_scheme_that_nobody_knows_names_what_there_is(make: Callable[..., Host]) -> None:
    host = make(bad=manifest(runyard_commands=lambda: 1 / 0))
    host.commands.names()
    with pytest.raises(NoSuchPlugin) as caught:
        host.tracking_store("warp://x")
    assert str(caught.value) == (
        "no plugin provides tracking scheme 'warp' (available: none); see runyard plugins list "
        "(bad broken: see runyard plugins doctor)"
    )


def test_a_name_of_two_plugins_is_refused_only_when_it_is_used(make: Callable[..., Host], targets: Any) -> None:
    targets.open_store = Store
    one = manifest(runyard_tracking_schemes=[tracking("both"), tracking("mine")])
    host = make(one=one, two=manifest(runyard_tracking_schemes=[tracking("both")]))
    assert host.tracking_store("mine:") is not None
    assert host.tracking_schemes.names() == ["both", "mine"]
    assert sorted((plugin, spec.name) for plugin, spec in host.tracking_schemes.all()) == [
        ("one", "both"),
        ("one", "mine"),
        ("two", "both"),
    ]
    with pytest.raises(AmbiguousPlugin) as caught:
        host.tracking_store("both:")
    for part in ("'one'", "'two'", "tracking scheme 'both'", "prefer: tracking_schemes.both=PLUGIN"):
        assert part in str(caught.value)


def test_a_setting_decides_between_two_plugins(make: Callable[..., Host], tmp_path: Path) -> None:
    plugins = {name: manifest(runyard_tracking_schemes=[tracking("both", f"{name}:x")]) for name in ("one", "two")}
    host = make(Settings(prefer={"tracking_schemes.both": "two"}, root=tmp_path), **plugins)
    assert host.tracking_schemes.get("both").target.path == "two:x"
    host = make(Settings(prefer={"tracking_schemes.both": "three"}, root=tmp_path), **plugins)
    with pytest.raises(AmbiguousPlugin):
        host.tracking_schemes.get("both")


def test_a_broken_target_names_its_plugin_and_is_kept(make: Callable[..., Host]) -> None:
    host = make(mine=manifest(runyard_tracking_schemes=[tracking("warp", "no_such_module:y")]))
    with pytest.raises(BrokenPlugin) as caught:
        host.tracking_store("warp:")
    message = "plugin 'mine' provides tracking scheme 'warp', but cannot load no_such_module:y: ModuleNotFoundError"
    assert str(caught.value).startswith(message)
    (failure,) = host.plugins.failures
    assert (failure.plugin, failure.stage) == ("mine", "load")


def test_each_declaration_is_asked_for_at_most_once(make: Callable[..., Host]) -> None:
    asked = []
    hooks = {name: (lambda name=name: asked.append(name)) for name in DECLARATIONS}
    host = make(mine=manifest(**hooks))
    for _ in range(2):
        for registry in (
            host.tracking_schemes,
            host.registry_schemes,
            host.artifact_schemes,
            host.uri_resolvers,
            host.flavors,
            host.autologgers,
            host.environment_managers,
            host.project_backends,
            host.run_contexts,
            host.listeners,
            host.commands,
            host.server_mounts,
            host.authenticators,
            host.policies,
            host.ui_panels,
        ):
            assert registry.names() == []
        assert host.plugin_settings() == []
    assert sorted(asked) == sorted(DECLARATIONS)


def test_a_wrong_kind_of_spec_breaks_its_plugin_alone(make: Callable[..., Host]) -> None:
    good = Command(name="good", target="a:b", summary="X.")
    host = make(
        bad=manifest(runyard_commands=[tracking()], runyard_settings=["text"]), fine=manifest(runyard_commands=[good])
    )
    assert host.commands.names() == ["good"]
    assert host.plugin_settings() == []
    assert [(failure.plugin, failure.stage) for failure in host.plugins.failures] == [("bad", "declare")] * 2


def test_plugins_add_settings(make: Callable[..., Host]) -> None:
    setting = Setting("mine.size", 3, "A size.", parse=int)
    host = make(mine=manifest(runyard_settings=[setting]))
    assert host.plugin_settings() == [("mine", setting)]


def test_a_location_is_resolved_until_nothing_stands_for_another(make: Callable[..., Host], targets: Any) -> None:
    targets.models = lambda uri, host: Uri.parse("runs:/r1/model")
    targets.runs = lambda uri, host: Uri.parse("s3://bucket/r1/artifacts/model")
    resolvers = [UriResolver(name=name, target=f"{HERE}:{name}", summary="X.") for name in ("models", "runs")]
    host = make(mine=manifest(runyard_uri_resolvers=resolvers))
    assert host.resolve("models:/m/1").text == "s3://bucket/r1/artifacts/model"
    assert host.resolve("s3://bucket/x").text == "s3://bucket/x"


def test_a_location_that_stands_for_itself_is_refused(make: Callable[..., Host], targets: Any) -> None:
    targets.one = lambda uri, host: Uri.parse("two:/x")
    targets.two = lambda uri, host: Uri.parse("one:/x")
    resolvers = [UriResolver(name=name, target=f"{HERE}:{name}", summary="X.") for name in ("one", "two")]
    host = make(mine=manifest(runyard_uri_resolvers=resolvers))
    with pytest.raises(RunyardError, match="one:/x resolves in a circle"):
        host.resolve("one:/x")


def test_artifacts_are_opened_where_a_location_leads(make: Callable[..., Host], targets: Any, tmp_path: Path) -> None:
    targets.runs = lambda uri, host: Uri.parse("disk://root/model")
    targets.disk = Store
    host = make(
        mine=manifest(
            runyard_uri_resolvers=[UriResolver(name="runs", target=f"{HERE}:runs", summary="X.")],
            runyard_artifact_schemes=[ArtifactScheme(name="disk", target=f"{HERE}:disk", summary="X.")],
        )
    )
    store: Any = host.artifact_store("runs:/r1/model")
    assert store.uri.text == "disk://root/model"


def test_tags_of_a_run_come_from_every_provider_that_works(
    make: Callable[..., Host], targets: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    targets.good = lambda settings: {"a": "1"}
    targets.bad = lambda settings: settings.no_such_setting
    contexts = [RunContext(name=name, target=f"{HERE}:{name}", summary="X.") for name in ("bad", "good", "missing")]
    host = make(mine=manifest(runyard_run_contexts=contexts))
    assert host.run_context() == {"a": "1"}
    assert len(host.plugins.failures) == 2
    assert "plugin 'mine' failed at event: AttributeError" in capsys.readouterr().err


def test_an_event_is_passed_on_whatever_a_plugin_does(
    make: Callable[..., Host], capsys: pytest.CaptureFixture[str]
) -> None:
    heard = []

    def fail(run: Any) -> None:
        raise RuntimeError("boom")

    host = make(
        bad=manifest(runyard_run_started=fail),
        good=manifest(runyard_run_started=lambda host, run: heard.append((host, run))),
    )
    host.notify("runyard_run_started", run="the run")
    assert heard == [(host, "the run")]
    assert capsys.readouterr().err == "runyard: plugin 'bad' failed at event: RuntimeError: boom\n"


class Ear:
    heard: list[Any]

    def __init__(self) -> None:
        self.heard = []

    @hookimpl
    def runyard_run_finished(self, run: Any) -> None:
        self.heard.append(run)


def test_a_listener_is_imported_at_the_first_of_its_events(
    make: Callable[..., Host], monkeypatch: pytest.MonkeyPatch
) -> None:
    listener = Listener(name="ear", target=f"{HERE}:ear", events=("runyard_run_finished",), summary="X.")
    host = make(mine=manifest(runyard_listeners=[listener]))
    host.notify("runyard_run_started", run=0)
    assert host.plugins.failures == []  # the module does not exist yet
    ear = Ear()
    monkeypatch.setitem(sys.modules, HERE, SimpleNamespace(ear=ear))
    for run in (1, 2):
        host.notify("runyard_run_finished", run=run)
    assert ear.heard == [1, 2]


def test_listeners_of_one_name_are_both_heard(make: Callable[..., Host], targets: Any) -> None:
    targets.one, targets.two = Ear(), Ear()
    host = make(
        **{
            name: manifest(
                runyard_listeners=[
                    Listener(name="ear", target=f"{HERE}:{name}", events=("runyard_run_finished",), summary="X.")
                ]
            )
            for name in ("one", "two")
        }
    )
    host.notify("runyard_run_finished", run=1)
    assert (targets.one.heard, targets.two.heard) == ([1], [1])


def test_a_broken_listener_is_told_once_and_leaves_the_others(
    make: Callable[..., Host], targets: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    targets.ear = Ear()
    events = ("runyard_run_finished",)
    listeners = [
        Listener(name="gone", target=f"{HERE}:gone", events=events, summary="X."),
        Listener(name="ear", target=f"{HERE}:ear", events=events, summary="X."),
    ]
    host = make(mine=manifest(runyard_listeners=listeners))
    for run in (1, 2):
        host.notify("runyard_run_finished", run=run)
    assert targets.ear.heard == [1, 2]
    assert capsys.readouterr().err.count("failed at load") == 1


def test_strict_raises_what_a_plugin_raises_at_every_stage(make: Callable[..., Host], tmp_path: Path) -> None:
    strict = Settings(strict_plugins=True, root=tmp_path)
    host = make(strict, bad=manifest(runyard_commands=lambda: 1 / 0))
    with pytest.raises(ZeroDivisionError):
        host.commands.names()
    host = make(strict, bad=manifest(runyard_run_started=lambda run: 1 / 0))
    with pytest.raises(ZeroDivisionError):
        host.notify("runyard_run_started", run=1)
    with pytest.raises(BrokenPlugin):
        make(strict, bad=manifest(runyard_nothing=lambda: [1]))


def test_settings_choose_the_plugins(tmp_path: Path) -> None:
    def load(name: str) -> Any:
        return manifest(runyard_commands=[Command(name=name, target="a:b", summary="X.")])

    points = [EntryPoint(name, name, partial(load, name)) for name in ("a", "b", "c")]
    host = Host(Settings(disabled_plugins=("b",), root=tmp_path), points=points)
    assert host.commands.names() == ["a", "c"]
    host = Host(Settings(plugins=("b",), root=tmp_path), points=points)
    assert host.commands.names() == ["b"]


def test_a_registry_knows_its_names(runyard_host: Host) -> None:
    assert "memory" in runyard_host.tracking_schemes
    assert "nothing" not in runyard_host.tracking_schemes
    assert runyard_host.artifact_schemes.names() == ["memory"]


def test_the_default_host_is_made_once_and_can_be_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    earlier = set_default_host(None)
    try:
        made = default_host()
        assert default_host() is made
        other = Host(Settings(root=tmp_path), discover=False)
        assert set_default_host(other) is made
        assert default_host() is other
    finally:
        set_default_host(earlier)


def test_two_hosts_share_nothing(make: Callable[..., Host], targets: Any) -> None:
    targets.open_store = Store
    one = make(mine=manifest(runyard_tracking_schemes=[tracking()]))
    two = make(mine=manifest(runyard_tracking_schemes=[tracking()]))
    assert one.tracking_store("mem:") is not two.tracking_store("mem:")
