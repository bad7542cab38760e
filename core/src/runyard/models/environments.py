"""What a model needs to run, written and read in MLflow's form: requirements.txt, conda.yaml, python_env.yaml."""

from __future__ import annotations

import os
import re
import sys
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import attrs
import yaml

from runyard.errors import InvalidInput, NotFound
from runyard.models import yaml_text
from runyard.models.installed import installed_distributions
from runyard.models.requirement_files import Requirements, parse_requirements, read_requirements_file
from runyard.models.requirement_lines import Requirement, merge_requirements, satisfies

REQUIREMENTS, CONSTRAINTS, CONDA, PYTHON_ENV = "requirements.txt", "constraints.txt", "conda.yaml", "python_env.yaml"
_PYTHON_OF_CONDA = re.compile(r"(?:[\w-]+::)?python\s*(?P<sign>===?|=|<=|>=|<|>|!=)?\s*(?P<version>[\d.]+)?.*")

Given = str | os.PathLike[str] | Iterable[str] | None


def check_environment_arguments(
    conda_env: Mapping[str, Any] | str | os.PathLike[str] | None = None,
    pip_requirements: Given = None,
    extra_pip_requirements: Given = None,
) -> None:
    """Refuse more than one of the three ways to say what a model needs, before anything is written."""
    given = {
        "conda_env": conda_env,
        "pip_requirements": pip_requirements,
        "extra_pip_requirements": extra_pip_requirements,
    }
    names = [name for name, value in given.items() if value is not None]
    if len(names) > 1:
        raise InvalidInput(
            f"{' and '.join(names)} were given; give one of conda_env, pip_requirements and extra_pip_requirements"
        )


def write_environment(
    folder: str | os.PathLike[str],
    inferred: Callable[[], Sequence[str]],
    *,
    conda_env: Mapping[str, Any] | str | os.PathLike[str] | None = None,
    pip_requirements: Given = None,
    extra_pip_requirements: Given = None,
) -> dict[str, str]:
    """Write the environment files into a model's folder and return the key `env` of its flavor python_function.

    Args:
        folder: The model's folder.
        inferred: Gives the inferred requirements; asked only where conda_env and pip_requirements do not say all.
        conda_env: A Conda environment, or the path of its file, which is kept as it is.
        pip_requirements: All requirements: lines, or the path of a requirements file.
        extra_pip_requirements: What is needed beside the inferred requirements, in the same forms.
    """
    check_environment_arguments(conda_env, pip_requirements, extra_pip_requirements)
    python = ".".join(map(str, sys.version_info[:3]))
    if conda_env is not None:
        conda = _conda_env(conda_env)
        found = parse_requirements(pip_section(conda) or [], "the pip section of conda_env")
        python = exact_python(conda) or python
    else:
        conda = {"name": "mlflow-env", "channels": ["conda-forge"], "dependencies": [f"python={python}", _conda_pip()]}
        found = _requirements(inferred, pip_requirements, extra_pip_requirements)
    lines = [*found.lines, *([f"-c {CONSTRAINTS}"] if found.constraints else [])]
    _write_files(Path(folder), with_pip_section(conda, lines), lines, found.constraints, python)
    return {"conda": CONDA, "virtualenv": PYTHON_ENV}


def _requirements(inferred: Callable[[], Sequence[str]], every: Given, extra: Given) -> Requirements:
    if every is not None:
        found = parse_requirements(every, "pip_requirements")
    else:
        added = parse_requirements(extra, "extra_pip_requirements")
        found = Requirements((*inferred(), *added.lines), added.constraints)
    return attrs.evolve(found, lines=tuple(merge_requirements(found.lines)))


def _write_files(
    folder: Path, conda: Mapping[str, Any], lines: Sequence[str], constraints: Sequence[str], python: str
) -> None:
    python_env = {
        "python": python,
        "build_dependencies": [_at_installed_version(name) for name in ("pip", "setuptools", "wheel")],
        "dependencies": [f"-r {REQUIREMENTS}"],
    }
    _write_lines(folder / REQUIREMENTS, lines)
    if constraints:
        _write_lines(folder / CONSTRAINTS, constraints)
    (folder / CONDA).write_text(yaml_text.dump(dict(conda)), encoding="utf-8")
    (folder / PYTHON_ENV).write_text(yaml_text.dump(python_env, sort_keys=False), encoding="utf-8")


def _write_lines(file: Path, lines: Sequence[str]) -> None:
    file.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def _at_installed_version(name: str, sign: str = "==") -> str:
    found = installed_distributions().get(name)
    return f"{name}{sign}{found.version}" if found else name


def _conda_pip() -> str:
    # Conda's channels get a new pip later than the index has it.
    return _at_installed_version("pip", "<=")


def _conda_env(given: Mapping[str, Any] | str | os.PathLike[str]) -> dict[str, Any]:
    if not isinstance(given, (Mapping, str, os.PathLike)):
        raise InvalidInput(f"conda_env is a dictionary or the path of a YAML file, not {type(given).__name__}")
    conda = given if isinstance(given, Mapping) else read_yaml(Path(given), "conda_env")
    if not isinstance(conda.get("dependencies"), list):
        raise InvalidInput("conda_env has no list 'dependencies', such as ['python=3.11', {'pip': ['numpy']}]")
    return dict(conda)


def read_yaml(path: Path, what: str) -> dict[str, Any]:
    """The mapping that a YAML file holds; `what` is what an error calls it.

    Raises:
        InvalidInput: it cannot be read, or holds something else.
    """
    try:
        read = yaml_text.load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput(f"{what}: cannot read {str(path)!r}: {error}") from error
    except yaml.YAMLError as error:
        place = " ".join(str(error).split())
        raise InvalidInput(f"{what}: {str(path)!r} is no YAML that can be read: {place}") from error
    if not isinstance(read, dict):
        raise InvalidInput(f"{what}: {str(path)!r} holds {type(read).__name__}, not a mapping")
    return read


def pip_section(conda: Mapping[str, Any]) -> list[str] | None:
    """The requirements that a Conda environment has pip install, None where it says of none."""
    for item in conda.get("dependencies") or []:
        if isinstance(item, dict) and "pip" in item:
            return list(item["pip"] or [])
    return None


def with_pip_section(conda: Mapping[str, Any], lines: Sequence[str]) -> dict[str, Any]:
    """The same Conda environment with other requirements for pip."""
    items = [item for item in conda["dependencies"] if not (isinstance(item, dict) and "pip" in item)]
    return {**conda, "dependencies": [*items, {"pip": list(lines)}] if lines else items}


def exact_python(conda: Mapping[str, Any]) -> str | None:
    """The version of Python that a Conda environment names, None where it leaves that open."""
    for item in conda.get("dependencies") or []:
        match = _PYTHON_OF_CONDA.fullmatch(item) if isinstance(item, str) else None
        if match and match["version"] and match["sign"] in {"=", "=="}:
            return match["version"].rstrip(".")
    return None


def read_requirements(folder: str | os.PathLike[str]) -> list[str]:
    """The requirements of a saved model, without constraints; its Conda environment's where there are no others."""
    root = Path(folder)
    if (root / REQUIREMENTS).is_file():
        return list(read_requirements_file(root / REQUIREMENTS, root).lines)
    conda = _conda_file(root)
    return pip_section(read_yaml(conda, "the model's environment")) or [] if conda else []


def python_version(folder: str | os.PathLike[str]) -> str | None:
    """The version of Python that a saved model asks for, or None where it does not say."""
    root = Path(folder)
    said = python_env(root).get("python")
    if said is not None:
        return str(said)
    said = _python_function(root).get("python_version")
    conda = _conda_file(root)
    if said is None and conda:
        return exact_python(read_yaml(conda, "the model's environment"))
    return str(said) if said is not None else None


def python_env(folder: Path) -> dict[str, Any]:
    """What python_env.yaml of a saved model says; nothing where it has none."""
    file = folder / PYTHON_ENV
    return read_yaml(file, "the model's environment") if file.is_file() else {}


def conda_environment(folder: Path) -> dict[str, Any]:
    """The Conda environment of a saved model; empty where it has none."""
    file = _conda_file(folder)
    return read_yaml(file, "the model's environment") if file else {}


def dependencies_file(folder: str | os.PathLike[str], format: str = "pip") -> Path:  # noqa: A002 - MLflow's name
    """The file to make a saved model's environment from: requirements.txt, or conda.yaml for the format `conda`.

    Of a model that has a Conda environment alone, requirements.txt is made from its pip section.
    """
    root = Path(folder)
    if format not in {"pip", "conda"}:
        raise InvalidInput(f"no format {format!r} of a model's dependencies; there are 'pip' and 'conda'")
    if format == "pip" and (root / REQUIREMENTS).is_file():
        return root / REQUIREMENTS
    conda = _conda_file(root)
    if conda is None:
        raise NotFound(
            f"the model in {str(root)!r} does not say what it needs: it has no {REQUIREMENTS} and no {CONDA}"
        )
    return conda if format == "conda" else _extracted(conda)


def _extracted(conda: Path) -> Path:
    import tempfile

    lines = pip_section(read_yaml(conda, "the model's environment"))
    if lines is None:
        raise NotFound(f"{str(conda)!r} has no pip section; ask for the format 'conda'")
    file = Path(tempfile.mkdtemp(prefix="runyard-")) / REQUIREMENTS
    _write_lines(file, lines)
    return file


def warn_of_mismatches(folder: str | os.PathLike[str]) -> list[str]:
    """Warn of what a saved model needs and this process does not have; a line for each, which is also returned."""
    found = mismatches(read_requirements(folder))
    if found:
        warnings.warn(
            f"the model was saved with other packages than are installed: {'; '.join(found)}; "
            f"install {str(Path(folder) / REQUIREMENTS)!r} if it does not work",
            stacklevel=2,
        )
    return found


def mismatches(requirements: Iterable[str]) -> list[str]:
    """A line for each requirement that the installed packages do not meet; URLs, paths and options are not checked."""
    installed = installed_distributions()
    found = []
    for line in requirements:
        wanted = Requirement.parse(line)
        # What a model needs of MLflow, Runyard does itself.
        if wanted is None or wanted.key.startswith("mlflow") or not wanted.applies():
            continue
        # A package may go by another name here, as xgboost-cpu is xgboost.
        present = installed.get(wanted.key) or next(iter(installed.providers(wanted.key.replace("-", "_"))), None)
        if present is None:
            found.append(f"{wanted} is needed, {wanted.key} is not installed")
        elif not satisfies(present.version, wanted.specifiers):
            found.append(f"{wanted} is needed, {present.version} is installed")
    return found


def _python_function(root: Path) -> dict[str, Any]:
    descriptor = root / "MLmodel"
    flavors = read_yaml(descriptor, "the model").get("flavors") if descriptor.is_file() else None
    found = flavors.get("python_function") if isinstance(flavors, dict) else None
    return found if isinstance(found, dict) else {}


def _conda_file(root: Path) -> Path | None:
    # MLflow 1 wrote the name of the Conda file itself.
    env = _python_function(root).get("env")
    name = env.get("conda", CONDA) if isinstance(env, dict) else env or CONDA
    file = root / str(name)
    if not file.resolve().is_relative_to(root.resolve()):
        raise InvalidInput(f"the model in {str(root)!r} names the environment file {name!r}, which is outside of it")
    return file if file.is_file() else None
