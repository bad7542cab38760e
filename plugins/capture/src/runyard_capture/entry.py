"""What is running: a script, a module, a notebook or a console."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from runyard.running import run_source

# Set by schedulers for each of their jobs.
JOB_VARIABLES = ("SLURM_JOB_ID", "PBS_JOBID", "LSB_JOBID", "AWS_BATCH_JOB_ID", "FLYTE_INTERNAL_EXECUTION_ID")


def is_notebook() -> bool:
    """Whether this process is a Jupyter kernel; nothing is imported to find out."""
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    return hasattr(shell, "kernel")


def is_interactive() -> bool:
    """Whether code may change while the process lives on."""
    return is_notebook() or hasattr(sys, "ps1") or bool(sys.flags.interactive)


def name() -> str:
    """The script, module or notebook, as it was called, or the project that is launched."""
    source = run_source()
    if source is not None:
        return source.name
    if is_notebook():
        return os.environ.get("JPY_SESSION_NAME") or _vscode_notebook() or "<notebook>"
    module = getattr(getattr(sys.modules.get("__main__"), "__spec__", None), "name", None)
    if module:
        return str(module).removesuffix(".__main__")
    script = sys.argv[0] if sys.argv else ""
    return script if script and script not in {"-c", "-"} else "<console>"


def kind() -> str:
    """MLflow's word for it."""
    source = run_source()
    if source is not None:
        return source.kind
    if is_notebook():
        return "NOTEBOOK"
    return "JOB" if any(os.environ.get(variable) for variable in JOB_VARIABLES) else "LOCAL"


def folder() -> Path:
    """Where the running code lies: the project, the script's folder, or the working folder of an installed command."""
    source = run_source()
    if source is not None:
        return source.folder
    script = Path(sys.argv[0]) if sys.argv and sys.argv[0] and not is_notebook() else None
    if script is not None and script.is_file():
        home = script.resolve().parent
        if not home.is_relative_to(sys.prefix) and not home.is_relative_to(sys.base_prefix):
            return home
    return Path.cwd()


def _vscode_notebook() -> str:
    return str(getattr(sys.modules.get("__main__"), "__vsc_ipynb_file__", ""))
