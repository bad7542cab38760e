"""Projects: packaged code that is run again; the names of MLflow's `mlflow.projects`, imported when first used."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from runyard.projects.fluent import build as build
    from runyard.projects.fluent import run as run
    from runyard.projects.launching import launch as launch
    from runyard.projects.loading import load_project as load_project
    from runyard.projects.project import Project as Project
    from runyard.projects.request import RunRequest as RunRequest
    from runyard.projects.submitted import SubmittedRun as SubmittedRun

_NAMES = {
    "runyard.projects.fluent": ("build", "run"),
    "runyard.projects.launching": ("launch",),
    "runyard.projects.loading": ("load_project",),
    "runyard.projects.project": ("Project",),
    "runyard.projects.request": ("RunRequest",),
    "runyard.projects.submitted": ("SubmittedRun",),
}


def __getattr__(name: str) -> object:
    from importlib import import_module

    for home, names in _NAMES.items():
        if name in names:
            value = globals()[name] = getattr(import_module(home), name)
            return value
    raise AttributeError(f"module 'runyard.projects' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *(name for names in _NAMES.values() for name in names)})
