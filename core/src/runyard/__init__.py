"""Runyard: the machine-learning lifecycle, as plugins. Names are imported when they are first used.

Each installed flavor is an attribute and a module as well: `runyard.sklearn`, `runyard.pyfunc`, or one of yours.
"""

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from runyard import artifacts as artifacts
    from runyard import autologging as autologging
    from runyard import data as data
    from runyard import entities as entities
    from runyard import errors as errors
    from runyard import exceptions as exceptions
    from runyard import host as host
    from runyard import models as models
    from runyard import projects as projects
    from runyard import protocols as protocols
    from runyard import query as query
    from runyard import settings as settings
    from runyard import specs as specs
    from runyard import testing as testing
    from runyard import tracking as tracking
    from runyard import types as types
    from runyard import uris as uris
    from runyard import validation as validation
    from runyard.autologging.fluent import autolog as autolog
    from runyard.errors import RunyardError as RunyardError
    from runyard.exceptions import MlflowException as MlflowException
    from runyard.hooks import hookimpl as hookimpl
    from runyard.host import Host as Host
    from runyard.host import default_host as default_host
    from runyard.host import set_default_host as set_default_host
    from runyard.projects.fluent import run as run
    from runyard.settings import Settings as Settings
    from runyard.tracking.active import ActiveRun as ActiveRun
    from runyard.tracking.active import active_run as active_run
    from runyard.tracking.active import end_run as end_run
    from runyard.tracking.active import last_active_run as last_active_run
    from runyard.tracking.active import start_run as start_run
    from runyard.tracking.active_models import ActiveModel as ActiveModel
    from runyard.tracking.active_models import clear_active_model as clear_active_model
    from runyard.tracking.active_models import get_active_model_id as get_active_model_id
    from runyard.tracking.client import Client as Client
    from runyard.tracking.client import MlflowClient as MlflowClient
    from runyard.tracking.fluent import delete_tag as delete_tag
    from runyard.tracking.fluent import flush as flush
    from runyard.tracking.fluent import log_metric as log_metric
    from runyard.tracking.fluent import log_metrics as log_metrics
    from runyard.tracking.fluent import log_param as log_param
    from runyard.tracking.fluent import log_params as log_params
    from runyard.tracking.fluent import set_tag as set_tag
    from runyard.tracking.fluent import set_tags as set_tags
    from runyard.tracking.fluent_artifacts import get_artifact_uri as get_artifact_uri
    from runyard.tracking.fluent_artifacts import load_table as load_table
    from runyard.tracking.fluent_artifacts import log_artifact as log_artifact
    from runyard.tracking.fluent_artifacts import log_artifacts as log_artifacts
    from runyard.tracking.fluent_artifacts import log_dict as log_dict
    from runyard.tracking.fluent_artifacts import log_figure as log_figure
    from runyard.tracking.fluent_artifacts import log_image as log_image
    from runyard.tracking.fluent_artifacts import log_input as log_input
    from runyard.tracking.fluent_artifacts import log_inputs as log_inputs
    from runyard.tracking.fluent_artifacts import log_stream as log_stream
    from runyard.tracking.fluent_artifacts import log_table as log_table
    from runyard.tracking.fluent_artifacts import log_text as log_text
    from runyard.tracking.fluent_models import create_external_model as create_external_model
    from runyard.tracking.fluent_models import delete_logged_model_tag as delete_logged_model_tag
    from runyard.tracking.fluent_models import finalize_logged_model as finalize_logged_model
    from runyard.tracking.fluent_models import get_logged_model as get_logged_model
    from runyard.tracking.fluent_models import initialize_logged_model as initialize_logged_model
    from runyard.tracking.fluent_models import last_logged_model as last_logged_model
    from runyard.tracking.fluent_models import log_model_params as log_model_params
    from runyard.tracking.fluent_models import log_outputs as log_outputs
    from runyard.tracking.fluent_models import search_logged_models as search_logged_models
    from runyard.tracking.fluent_models import set_active_model as set_active_model
    from runyard.tracking.fluent_models import set_logged_model_tags as set_logged_model_tags
    from runyard.tracking.images import Image as Image
    from runyard.tracking.lookups import create_experiment as create_experiment
    from runyard.tracking.lookups import delete_experiment as delete_experiment
    from runyard.tracking.lookups import delete_experiment_tag as delete_experiment_tag
    from runyard.tracking.lookups import delete_run as delete_run
    from runyard.tracking.lookups import get_experiment as get_experiment
    from runyard.tracking.lookups import get_experiment_by_name as get_experiment_by_name
    from runyard.tracking.lookups import get_parent_run as get_parent_run
    from runyard.tracking.lookups import get_run as get_run
    from runyard.tracking.lookups import register_model as register_model
    from runyard.tracking.lookups import rename_experiment as rename_experiment
    from runyard.tracking.lookups import restore_experiment as restore_experiment
    from runyard.tracking.lookups import restore_run as restore_run
    from runyard.tracking.lookups import search_experiments as search_experiments
    from runyard.tracking.lookups import search_model_versions as search_model_versions
    from runyard.tracking.lookups import search_registered_models as search_registered_models
    from runyard.tracking.lookups import search_runs as search_runs
    from runyard.tracking.lookups import set_experiment_tag as set_experiment_tag
    from runyard.tracking.lookups import set_experiment_tags as set_experiment_tags
    from runyard.tracking.lookups import set_model_version_tag as set_model_version_tag
    from runyard.tracking.session import get_registry_uri as get_registry_uri
    from runyard.tracking.session import get_tracking_uri as get_tracking_uri
    from runyard.tracking.session import is_tracking_uri_set as is_tracking_uri_set
    from runyard.tracking.session import set_experiment as set_experiment
    from runyard.tracking.session import set_registry_uri as set_registry_uri
    from runyard.tracking.session import set_tracking_uri as set_tracking_uri

__version__ = "0.1.0"

# Where each name lives. Nothing is imported here but `sys`, which is always there: `import runyard` costs nothing.
_NAMES = {
    "runyard.autologging.fluent": ("autolog",),
    "runyard.errors": ("RunyardError",),
    "runyard.exceptions": ("MlflowException",),
    "runyard.hooks": ("hookimpl",),
    "runyard.host": (
        "Host",
        "default_host",
        "set_default_host",
    ),
    "runyard.projects.fluent": ("run",),
    "runyard.settings": ("Settings",),
    "runyard.tracking.active": (
        "ActiveRun",
        "active_run",
        "end_run",
        "last_active_run",
        "start_run",
    ),
    "runyard.tracking.active_models": (
        "ActiveModel",
        "clear_active_model",
        "get_active_model_id",
    ),
    "runyard.tracking.client": (
        "Client",
        "MlflowClient",
    ),
    "runyard.tracking.fluent": (
        "delete_tag",
        "flush",
        "log_metric",
        "log_metrics",
        "log_param",
        "log_params",
        "set_tag",
        "set_tags",
    ),
    "runyard.tracking.fluent_artifacts": (
        "get_artifact_uri",
        "load_table",
        "log_artifact",
        "log_artifacts",
        "log_dict",
        "log_figure",
        "log_image",
        "log_input",
        "log_inputs",
        "log_stream",
        "log_table",
        "log_text",
    ),
    "runyard.tracking.fluent_models": (
        "create_external_model",
        "delete_logged_model_tag",
        "finalize_logged_model",
        "get_logged_model",
        "initialize_logged_model",
        "last_logged_model",
        "log_model_params",
        "log_outputs",
        "search_logged_models",
        "set_active_model",
        "set_logged_model_tags",
    ),
    "runyard.tracking.images": ("Image",),
    "runyard.tracking.lookups": (
        "create_experiment",
        "delete_experiment",
        "delete_experiment_tag",
        "delete_run",
        "get_experiment",
        "get_experiment_by_name",
        "get_parent_run",
        "get_run",
        "register_model",
        "rename_experiment",
        "restore_experiment",
        "restore_run",
        "search_experiments",
        "search_model_versions",
        "search_registered_models",
        "search_runs",
        "set_experiment_tag",
        "set_experiment_tags",
        "set_model_version_tag",
    ),
    "runyard.tracking.session": (
        "get_registry_uri",
        "get_tracking_uri",
        "is_tracking_uri_set",
        "set_experiment",
        "set_registry_uri",
        "set_tracking_uri",
    ),
}
_MODULES = (
    "artifacts",
    "autologging",
    "data",
    "entities",
    "errors",
    "exceptions",
    "host",
    "models",
    "projects",
    "protocols",
    "query",
    "settings",
    "specs",
    "testing",
    "tracking",
    "types",
    "uris",
    "validation",
)


def __getattr__(name: str) -> object:
    from importlib import import_module

    if name in _MODULES:
        return import_module(f"runyard.{name}")
    for home, names in _NAMES.items():
        if name in names:
            value = globals()[name] = getattr(import_module(home), name)
            return value
    if name.startswith("_") or _is_of_the_core(name):
        raise AttributeError(f"module 'runyard' has no attribute {name!r}")
    module = _flavor(name)
    if module is None:
        raise AttributeError(f"module 'runyard' has no attribute {name!r}{_advice(name)}")
    return import_module(module)


def __dir__() -> list[str]:
    return sorted({*globals(), *_MODULES, *(name for names in _NAMES.values() for name in names)})


def _is_of_the_core(name: str) -> bool:
    """Whether it is a module of the core that was not imported yet; imports ask for these as attributes first."""
    from importlib.machinery import PathFinder

    return PathFinder.find_spec(f"runyard.{name}", __path__) is not None


def _flavor(name: str) -> str | None:
    """The module of an installed flavor's functions; None where there is no such flavor."""
    from runyard.host import default_host

    flavors = default_host().flavors
    return flavors.get(name).module if name in flavors else None


def _advice(name: str) -> str:
    from runyard.host import SUGGESTIONS

    package = SUGGESTIONS.get(name, "")
    return f"; install {package}" if package.startswith("runyard-flavor-") else ""


class _Flavors:
    """Finds flavors for import statements, such as `import runyard.sklearn`, after all other finders."""

    @staticmethod
    def find_spec(fullname: str, path: object = None, target: object = None) -> object:  # noqa: ARG004
        package, _, name = fullname.partition(".")
        if package != "runyard" or "." in name or name.startswith("_"):
            return None
        from importlib.machinery import ModuleSpec

        module = _flavor(name)
        if module is not None:
            return ModuleSpec(fullname, _Flavors, origin=module)  # type: ignore[arg-type]
        if advice := _advice(name):
            missing = advice.rpartition(" ")[2].replace("-", "_")
            raise ModuleNotFoundError(f"No module named {fullname!r}{advice}", name=missing)
        return None

    @staticmethod
    def create_module(spec: object) -> None:
        """The usual module, which `exec_module` replaces."""

    @staticmethod
    def exec_module(module: object) -> None:
        from importlib import import_module

        spec = module.__spec__  # type: ignore[attr-defined]
        sys.modules[spec.name] = import_module(spec.origin)


sys.meta_path.append(_Flavors)  # type: ignore[arg-type]
