"""`runyard plugins list` and `doctor`: what is installed, and what is wrong."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest
from click.testing import CliRunner, Result

from runyard import Host, Settings, hookimpl
from runyard.cli.context import Context
from runyard.cli.main import root
from runyard.discovery import EntryPoint
from runyard.settings import Setting
from runyard.specs import ArtifactScheme, AutologgerSpec, Command, FlavorSpec, ServerMount, Spec


def provides(**hooks: list[Any]) -> ModuleType:
    """A manifest whose hooks return these specs."""
    manifest = ModuleType("manifest")
    for hook, specs in hooks.items():

        def implementation(specs: list[Any] = specs) -> list[Any]:
            return specs

        setattr(manifest, f"runyard_{hook}", hookimpl(implementation))
    return manifest


def scheme(name: str, target: str = "runyard.testing.memory.artifacts:open_store") -> Spec:
    return ArtifactScheme(name=name, target=target, summary="Artifacts.")


def flavor(name: str, *requires: str, module: str = "runyard.testing.memory.line") -> Spec:
    return FlavorSpec(
        name=name,
        target="runyard.testing.memory.flavor:LineFlavor",
        module=module,
        key="line",
        loader_module="runyard.testing.memory.loader",
        requires=requires,
        summary="Lines.",
    )


def autologger(name: str, library: str) -> Spec:
    return AutologgerSpec(name=name, target="json:dumps", libraries=(library,), summary="Logs.")


def fails(error: BaseException) -> Any:
    def load() -> Any:
        raise error

    return load


def point(name: str, load: Any, distribution: str = "") -> EntryPoint:
    return EntryPoint(name, f"runyard_{name}.plugin", load, lambda: (distribution or f"runyard-{name}", "1.2"))


def run(host: Host, *words: str) -> Result:
    return CliRunner().invoke(root, list(words), obj=Context(host))


def doctor(host: Host, *words: str) -> list[dict[str, str]]:
    result = run(host, "plugins", "doctor", *words, "--json")
    problems: list[dict[str, str]] = json.loads(result.stdout)["problems"]
    assert result.exit_code == (1 if problems else 0)
    return problems


@pytest.fixture
def broken() -> Iterator[Host]:
    unknown = ModuleType("manifest")
    unknown.runyard_artifact_scheme = hookimpl(lambda: None)  # type: ignore[attr-defined]
    with Host(
        Settings(disabled_plugins=("off",)),
        points=[
            point("good", lambda: provides(artifact_schemes=[scheme("good")])),
            point("missing", fails(ModuleNotFoundError("No module named 'gone'"))),
            point("exits", fails(SystemExit(3))),
            point("unknown", lambda: unknown),
            point("off", fails(AssertionError("never loaded"))),
        ],
    ) as host:
        yield host


def test_the_list_says_what_each_plugin_provides(broken: Host) -> None:
    result = run(broken, "plugins", "list", "--json")
    listed = {plugin["name"]: plugin for plugin in json.loads(result.stdout)}
    assert listed["good"] == {
        "name": "good",
        "version": "1.2",
        "distribution": "runyard-good",
        "module": "runyard_good.plugin",
        "state": "loaded",
        "hooks": ["runyard_artifact_schemes"],
        "provides": {"runyard_artifact_schemes": ["good"]},
        "failures": [],
    }
    assert {name: plugin["state"] for name, plugin in listed.items()} == {
        "good": "loaded",
        "missing": "broken",
        "exits": "broken",
        "unknown": "broken",
        "off": "disabled",
    }


def test_the_table_shows_the_failure_of_a_broken_plugin(broken: Host) -> None:
    result = run(broken, "plugins", "list")
    assert result.exit_code == 0
    lines = {line.split()[0]: line for line in result.stdout.splitlines()}
    assert "artifact schemes: good" in lines["good"]
    assert "No module named 'gone'" in lines["missing"]


def test_the_doctor_finds_nothing_wrong_with_what_works() -> None:
    host = Host(Settings(), plugins={"good": provides(artifact_schemes=[scheme("good")])}, discover=False)
    result = run(host, "plugins", "doctor", "--deep")
    assert (result.exit_code, result.stdout) == (0, "1 plugin loaded, nothing is wrong\n")


def test_the_doctor_names_every_plugin_that_failed_and_why(broken: Host) -> None:
    found = {problem["plugin"]: (problem["stage"], problem["error"]) for problem in doctor(broken)}
    assert found["missing"] == ("load", "ModuleNotFoundError: No module named 'gone'")
    assert found["exits"] == ("load", "SystemExit: 3")
    assert found["unknown"][0] == "register"
    assert "did you mean 'runyard_artifact_schemes'?" in found["unknown"][1]
    assert sorted(found) == ["exits", "missing", "unknown"]


def test_the_doctor_shows_tracebacks_when_asked(broken: Host) -> None:
    assert "Traceback" not in run(broken, "plugins", "doctor").stdout
    assert "Traceback" in run(broken, "-v", "plugins", "doctor").stdout


def test_the_doctor_asks_every_plugin_what_it_provides() -> None:
    manifest = provides()

    @hookimpl
    def runyard_uri_resolvers() -> list[Spec]:
        raise RuntimeError("cannot say")

    manifest.runyard_uri_resolvers = runyard_uri_resolvers  # type: ignore[attr-defined]
    host = Host(Settings(), plugins={"bad": manifest}, discover=False)
    assert [(found["plugin"], found["stage"], found["error"]) for found in doctor(host)] == [
        ("bad", "declare", "RuntimeError: cannot say")
    ]


def test_only_a_deep_examination_imports_what_plugins_refer_to() -> None:
    host = Host(Settings(), plugins={"bad": provides(artifact_schemes=[scheme("x", "no.such:thing")])}, discover=False)
    assert doctor(host) == []
    (problem,) = doctor(host, "--deep")
    assert (problem["plugin"], problem["stage"]) == ("bad", "load")
    assert "cannot load no.such:thing" in problem["error"]


def test_the_doctor_finds_names_that_two_plugins_provide() -> None:
    plugins = {"one": provides(artifact_schemes=[scheme("x")]), "two": provides(artifact_schemes=[scheme("x")])}
    (problem,) = doctor(Host(Settings(), plugins=plugins, discover=False))
    assert problem["stage"] == "conflict"
    assert "one, two all provide" in problem["error"]
    assert "prefer: artifact_schemes.x=PLUGIN" in problem["error"]
    settled = Settings(prefer={"artifact_schemes.x": "two"})
    assert doctor(Host(settled, plugins=plugins, discover=False)) == []


def test_the_doctor_finds_commands_and_settings_that_cannot_be_used() -> None:
    command = Command(name="runs", target="sys:argv", summary="Mine.")
    settings = [Setting("heartbeat", 1, "Mine."), Setting("loud", 1, "Mine.")]
    host = Host(Settings(), plugins={"bad": provides(commands=[command], settings=settings)}, discover=False)
    errors = [problem["error"] for problem in doctor(host)]
    assert errors == [
        "the command 'runs' is built in, the plugin's is never used",
        "setting 'heartbeat' must be named plugin.setting",
        "setting 'loud' must be named plugin.setting",
    ]


def test_the_list_shows_flavors_and_autologgers() -> None:
    manifest = provides(flavors=[flavor("line")], autologgers=[autologger("ball", "json")])
    host = Host(Settings(), plugins={"good": manifest}, discover=False)
    assert "flavors: line; autologgers: ball" in run(host, "plugins", "list").stdout
    (listed,) = json.loads(run(host, "plugins", "list", "--json").stdout)
    assert listed["provides"] == {"runyard_flavors": ["line"], "runyard_autologgers": ["ball"]}


def test_a_deep_examination_says_which_libraries_are_not_installed() -> None:
    flavors = [flavor("line", "attrs"), flavor("ball", "attrs", "no-such-ball", "no-such-bat")]
    loggers = [autologger("text", "json.decoder"), autologger("ball", "no_such_ball.game")]
    host = Host(Settings(), plugins={"toys": provides(flavors=flavors, autologgers=loggers)}, discover=False)
    result = run(host, "plugins", "doctor", "--deep")
    assert (result.exit_code, result.stdout.splitlines()) == (
        0,
        [
            "toys: flavor ball waits for no-such-ball, no-such-bat: pip install no-such-ball no-such-bat",
            "toys: autologger ball waits for no_such_ball: install what it logs",
            "1 plugin loaded, nothing is wrong",
        ],
    )
    found = json.loads(run(host, "plugins", "doctor", "--deep", "--json").stdout)["missing_libraries"]
    assert [(item["provides"], item["missing"]) for item in found] == [
        ("flavor ball", ["no-such-ball", "no-such-bat"]),
        ("autologger ball", ["no_such_ball"]),
    ]
    assert "waits for" not in run(host, "plugins", "doctor").stdout


def test_a_deep_examination_looks_for_the_functions_of_a_flavor_and_the_document_of_a_mount() -> None:
    mount = ServerMount(name="page", target="json:dumps", prefixes=("/p",), openapi="json:no_such", summary="Is.")
    manifest = provides(flavors=[flavor("line", module="json")], server_mounts=[mount])
    errors = [
        problem["error"] for problem in doctor(Host(Settings(), plugins={"bad": manifest}, discover=False), "--deep")
    ]
    assert ["json:save_model" in errors[0], "json:no_such" in errors[1], len(errors)] == [True, True, 2]


@pytest.mark.parametrize("name", ["data", "log_metric", "hooks", "two words", "class", "_own"])
def test_the_doctor_finds_flavors_that_cannot_be_reached(name: str) -> None:
    host = Host(Settings(), plugins={"bad": provides(flavors=[flavor(name)])}, discover=False)
    (problem,) = doctor(host)
    assert problem["stage"] == "declare"
    assert repr(name) in problem["error"]


def test_the_doctor_finds_what_is_no_spec() -> None:
    host = Host(Settings(), plugins={"bad": provides(artifact_schemes=["s3"])}, discover=False)
    result = run(host, "plugins", "doctor")
    assert result.exit_code == 1, result.output
    assert "broken" in run(host, "plugins", "list").stdout or "bad" in result.output


def test_strict_plugins_stop_at_a_broken_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("runyard.discovery.installed", lambda: [point("bad", fails(ImportError("stop here")))])
    result = CliRunner().invoke(root, ["--strict-plugins", "plugins", "list"])
    assert isinstance(result.exception, ImportError)
    result = CliRunner().invoke(root, ["plugins", "list"])
    assert (result.exit_code, "broken" in result.stdout) == (0, True)


def test_everything_in_the_workspace_is_well() -> None:
    with Host(Settings()) as host:
        assert doctor(host, "--deep") == []
    assert "runyard" in sys.modules
