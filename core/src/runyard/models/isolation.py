"""Environments of models: what a model asks for with Runyard in it, made by an environment manager, and run in."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import attrs

from runyard.environments import builder_of
from runyard.environments.failures import without_credentials
from runyard.environments.reports import to_standard_error
from runyard.errors import CorruptData, InvalidInput
from runyard.host import Host, default_host
from runyard.models import hashes
from runyard.models.descriptor import Model
from runyard.models.environment_descriptions import describe, refers_to_files, with_additions
from runyard.models.inspection import DESCRIBING, fetch_description
from runyard.models.loading import FetchedModel, bring_model
from runyard.models.own_packages import packages_for
from runyard.models.trust import require_trust
from runyard.protocols.environment import Environment, EnvironmentBuilder, EnvironmentDescription, Report
from runyard.uris import Uri
from runyard.variables import LEAKING, settings_as_variables

ISOLATED = "RUNYARD_ISOLATED"  # is set in a process that runs in an environment made for a model

PathLike = str | os.PathLike[str]

_OLDEST = (3, 11)
_SCORING = ("numpy", "pandas")  # what the core itself needs to read a table and to write predictions


def prepare_env(
    model_uri: PathLike,
    env_manager: str = "virtualenv",
    *,
    trust: bool | None = None,
    host: Host | None = None,
    report: Report | None = None,
) -> Environment:
    """The environment that a model is scored and served in, built where it is not there yet.

    Args:
        model_uri: The model; of one that is elsewhere, only the files that say what it asks for are fetched.
        env_manager: The name of an environment manager.
        trust: Whether the packages that the model asks for may be installed, which can run code.
        host: Whose plugins and settings hold.
        report: Told each line of the installer's output; by default it goes to standard error.

    Raises:
        NoSuchPlugin: nothing installed provides the environment manager.
        Forbidden: the model is not trusted.
        EnvironmentNotBuilt: what the model asks for cannot be installed.
    """
    host = host or default_host()
    builder = builder_of(env_manager, host)
    uri = Uri.parse(model_uri)
    with tempfile.TemporaryDirectory(prefix="runyard-") as scratch:
        folder = fetch_description(uri, Path(scratch), host=host)
        if folder == Path(scratch) and refers_to_files(folder):
            folder = bring_model(uri.text, Path(scratch) / "whole", host=host).folder
        check = hashes.check_hashes(folder, DESCRIBING)
        if check is not None and check.changed:
            raise CorruptData(f"{uri} is not what was saved: {'; '.join(check.changed)} has another SHA-256")
        fetched = FetchedModel(uri, folder, Model.load(folder), check.digest if check else None)
        return environment_of(fetched, builder, trust=trust, host=host, report=report)


def environment_of(
    fetched: FetchedModel,
    builder: EnvironmentBuilder,
    *,
    more: Iterable[str] = (),
    trust: bool | None = None,
    host: Host,
    report: Report | None = None,
) -> Environment:
    """The same for a model whose files are here; `more` is to be in the environment as well."""
    description = describe_with_runyard(fetched, host, more)
    if builder.find(description) is None:
        asked = describe(fetched.folder)
        lines = map(without_credentials, (*asked.build, *asked.requirements))
        wanted = (*lines, *(package.name for package in asked.packages))
        risks = [f"installing the packages it asks for ({', '.join(wanted)})"] if wanted else []
        require_trust(fetched.uri, lambda: risks, host.settings, trust=trust, digest=fetched.digest)
    return builder.build(description, str(fetched.uri), report or to_standard_error)


def describe_with_runyard(fetched: FetchedModel, host: Host, more: Iterable[str] = ()) -> EnvironmentDescription:
    """What a model asks for, and Runyard to load it.

    Raises:
        InvalidInput: it asks for a Python that Runyard does not run on.
    """
    asked = describe(fetched.folder)
    version = asked.python or f"{sys.version_info.major}.{sys.version_info.minor}"
    if tuple(int(part) for part in version.split(".")[:2] if part.isdigit()) < _OLDEST:
        oldest = ".".join(map(str, _OLDEST))
        raise InvalidInput(
            f"{fetched.uri} asks for Python {version}, and Runyard, which is to load it there, needs {oldest}; "
            "save it again with a later Python, or try it with --env-manager local"
        )
    own = packages_for(fetched, host)
    additions = attrs.evolve(own, requirements=(*own.requirements, *_SCORING, *more))
    return with_additions(attrs.evolve(asked, python=version), additions)


def runyard_command(environment: Environment, *words: str) -> list[str]:
    """The command line of Runyard in an environment."""
    # -P: modules beside the user's files are no part of the environment, as for the command `runyard` itself.
    return [str(environment.python), "-P", "-m", "runyard", *words]


def variables_in(environment: Environment, host: Host, **more: str) -> dict[str, str]:
    """The environment variables of a process in an environment: those here, and every setting of the host."""
    kept = {name: value for name, value in os.environ.items() if name not in LEAKING}
    return {**kept, **environment.variables, **settings_as_variables(host), ISOLATED: environment.name, **more}


def replace_process(command: Sequence[str], environment: Environment, variables: Mapping[str, str]) -> None:
    """Go on as another program in an environment: with this process's id, signals and standard streams.

    Where a system has no such thing, the program is started and waited for; this process ends as it does.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    for descriptor in environment.holds:
        os.set_inheritable(descriptor, True)
    if os.name == "posix":
        os.execve(command[0], list(command), dict(variables))  # noqa: S606 - no shell is wanted
    import subprocess

    sys.exit(subprocess.run(list(command), env=dict(variables), check=False).returncode)  # noqa: S603
