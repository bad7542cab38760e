"""Every extension point of Runyard: what can be plugged in.

A plugin is a manifest module named by an entry point of the group `runyard.plugins.v1`. It decorates functions of the
names below with `runyard.hookimpl`. *Declaration* hooks return lists of specs (`runyard.specs`) that name their
implementation as text, so a manifest imports nothing heavy; each is called at most once per host. *Event* hooks are
called while work happens; what they raise is reported, never passed on to the work.
"""

from __future__ import annotations

import pluggy

TYPE_CHECKING = False
if TYPE_CHECKING:
    from runyard.entities import ModelVersion, RegistryEvent, Run
    from runyard.host import Host
    from runyard.settings import Setting
    from runyard.specs import (
        ArtifactScheme,
        AuthenticatorSpec,
        AutologgerSpec,
        BackendSpec,
        Command,
        EnvironmentSpec,
        FlavorSpec,
        Listener,
        PanelSpec,
        PolicySpec,
        RegistryScheme,
        RunContext,
        ServerMount,
        TrackingScheme,
        UriResolver,
    )

PROJECT = "runyard"
GROUP = "runyard.plugins.v1"

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


# --- declarations: stores and locations ---------------------------------------------------------------------------


@hookspec
def runyard_tracking_schemes() -> list[TrackingScheme]:  # type: ignore[empty-body]
    """URI schemes under which runs can be kept, and the tracking store behind each."""


@hookspec
def runyard_registry_schemes() -> list[RegistryScheme]:  # type: ignore[empty-body]
    """URI schemes under which models can be registered, and the registry behind each."""


@hookspec
def runyard_artifact_schemes() -> list[ArtifactScheme]:  # type: ignore[empty-body]
    """URI schemes under which artifacts can be kept, and the artifact store behind each."""


@hookspec
def runyard_uri_resolvers() -> list[UriResolver]:  # type: ignore[empty-body]
    """URI schemes that stand for another location, such as `runs:`."""


# --- declarations: models ------------------------------------------------------------------------------------------


@hookspec
def runyard_flavors() -> list[FlavorSpec]:  # type: ignore[empty-body]
    """Libraries whose models can be saved, loaded and asked for predictions; each is an attribute of `runyard`."""


@hookspec
def runyard_autologgers() -> list[AutologgerSpec]:  # type: ignore[empty-body]
    """Libraries whose training is logged by itself after `runyard.autolog()`."""


@hookspec
def runyard_environment_managers() -> list[EnvironmentSpec]:  # type: ignore[empty-body]
    """Ways to make the environment of a model or a project, such as `virtualenv`; `--env-manager` names one."""


# --- declarations: projects ----------------------------------------------------------------------------------------


@hookspec
def runyard_project_backends() -> list[BackendSpec]:  # type: ignore[empty-body]
    """Places where projects run, such as `local`; `--backend` names one."""


# --- declarations: what surrounds a run ---------------------------------------------------------------------------


@hookspec
def runyard_run_contexts() -> list[RunContext]:  # type: ignore[empty-body]
    """Providers of tags that every new run gets, such as the user or the git commit."""


@hookspec
def runyard_listeners() -> list[Listener]:  # type: ignore[empty-body]
    """Objects with event hooks, imported only when one of their events first happens."""


@hookspec
def runyard_settings() -> list[Setting]:  # type: ignore[empty-body]
    """Settings of the plugin, named `plugin.setting`, shown by `runyard config show` beside the core's."""


@hookspec
def runyard_commands() -> list[Command]:  # type: ignore[empty-body]
    """Commands for the command line; a space in a name puts the command into that group."""


# --- declarations: the server -------------------------------------------------------------------------------------


@hookspec
def runyard_server_mounts() -> list[ServerMount]:  # type: ignore[empty-body]
    """Sub-applications of the server and the paths they answer; one that fails answers 503 while the others serve."""


@hookspec
def runyard_authenticators() -> list[AuthenticatorSpec]:  # type: ignore[empty-body]
    """Ways to find out who asks a server; the setting `server.authenticator` names the one that is used."""


@hookspec
def runyard_policies() -> list[PolicySpec]:  # type: ignore[empty-body]
    """Policies that decide who may do what on a server; the setting `server.policy` names the one that is used."""


@hookspec
def runyard_ui_panels() -> list[PanelSpec]:  # type: ignore[empty-body]
    """Parts of the web UI, such as a tab of a run or a preview of a kind of file; each is an ES module."""


# --- events -------------------------------------------------------------------------------------------------------


@hookspec
def runyard_run_started(host: Host, run: Run) -> None:
    """A run was created, not resumed; its artifacts may be written."""


@hookspec
def runyard_run_finished(host: Host, run: Run) -> None:
    """A run was ended by the process that had it open; everything it logged has been delivered."""


@hookspec
def runyard_model_version_changed(host: Host, version: ModelVersion, event: RegistryEvent) -> None:
    """A model version was created, deleted, described or tagged anew, given an alias or moved to another stage."""


DECLARATIONS = (
    "runyard_tracking_schemes",
    "runyard_registry_schemes",
    "runyard_artifact_schemes",
    "runyard_uri_resolvers",
    "runyard_flavors",
    "runyard_autologgers",
    "runyard_environment_managers",
    "runyard_project_backends",
    "runyard_run_contexts",
    "runyard_listeners",
    "runyard_settings",
    "runyard_commands",
    "runyard_server_mounts",
    "runyard_authenticators",
    "runyard_policies",
    "runyard_ui_panels",
)
EVENTS = (
    "runyard_run_started",
    "runyard_run_finished",
    "runyard_model_version_changed",
)
