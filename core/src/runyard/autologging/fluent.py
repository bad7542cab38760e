"""`runyard.autolog()`: MLflow's function of that name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from runyard.autologging.reports import Attempt
from runyard.autologging.switches import switches
from runyard.host import default_host
from runyard.protocols.autologger import AutologOptions


def autolog(
    log_input_examples: bool = False,
    log_model_signatures: bool = True,
    log_models: bool = True,
    log_datasets: bool = True,
    log_traces: bool = True,  # noqa: ARG001 - MLflow's; there are no traces to log
    disable: bool = False,
    exclusive: bool = False,
    disable_for_unsupported_versions: bool = False,
    silent: bool = False,
    extra_tags: Mapping[str, str] | None = None,
    exclude_flavors: Sequence[str] | None = None,
) -> None:
    """Log by itself what every library that an autologger knows is used for, whether it is imported already or later.

    Args:
        log_input_examples: Keep some rows of the training data with the model.
        log_model_signatures: Infer the model's signature from the training data.
        log_models: Log the trained models.
        log_datasets: Note the training data.
        log_traces: Has no effect.
        disable: Put everything back as it was.
        exclusive: Log nothing to runs that you have opened.
        disable_for_unsupported_versions: Leave alone versions of libraries that autologging was not tested with.
        silent: Do not warn of what could not be logged.
        extra_tags: Tags for the runs that are made.
        exclude_flavors: Autologgers that are left as they are, such as "sklearn"; names of none are ignored.
    """
    given = {
        "log_input_examples": log_input_examples,
        "log_model_signatures": log_model_signatures,
        "log_models": log_models,
        "log_datasets": log_datasets,
        "exclusive": exclusive,
        "disable_for_unsupported_versions": disable_for_unsupported_versions,
        "silent": silent,
        "extra_tags": extra_tags,
    }
    for name in default_host().autologgers.names():
        if name in (exclude_flavors or ()):
            continue
        if disable:
            switches.turn_off(name)
            continue
        with Attempt(name, "anything", silent=silent):
            switches.turn_on(name, given, is_own=False)


def autolog_one(name: str, options: AutologOptions, *, disable: bool) -> None:
    """Switch one autologger on with options of its own, or off: what a library's `autolog` does.

    Raises:
        NoSuchPlugin: nothing installed provides it.
    """
    if disable:
        switches.turn_off(name)
    else:
        switches.turn_on(name, options, is_own=True)
