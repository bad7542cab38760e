"""The description of what a project runs in, read from its files."""

from __future__ import annotations

from pathlib import Path

import pytest

from runyard.errors import InvalidInput
from runyard.host import Host
from runyard.projects.environments import describe
from runyard.projects.grid import combinations, values_of
from runyard.projects.loading import load_project
from runyard.protocols.environment import EnvironmentDescription
from runyard.settings import Settings


def described(folder: Path, files: dict[str, str], *, stays: bool = True) -> EnvironmentDescription | None:
    for name, text in files.items():
        (folder / name).write_text(text)
    with Host(Settings(), discover=False) as host:
        return describe(load_project(folder), host, stays=stays)


def test_a_python_env_is_read_with_the_files_it_names(tmp_path: Path) -> None:
    found = described(
        tmp_path,
        {
            "python_env.yaml": "python: 3.11.7\nbuild_dependencies: [pip==24.0]\ndependencies:\n- -r r.txt\n- six\n",
            "r.txt": "--extra-index-url https://example.org/simple\nnumpy>=2\n-c c.txt\n",
            "c.txt": "numpy<3\n",
        },
    )
    assert found == EnvironmentDescription(
        python="3.11.7",
        requirements=("numpy>=2", "six"),
        constraints=("numpy<3",),
        build=("pip==24.0",),
        options=("--extra-index-url https://example.org/simple",),
    )


def test_a_conda_env_is_read_with_what_only_conda_has(tmp_path: Path) -> None:
    found = described(
        tmp_path,
        {
            "conda.yaml": "channels: [conda-forge]\n"
            "dependencies:\n- python=3.12\n- pip\n- numpy=2\n- pip:\n  - six==1.16\n",
        },
    )
    assert found is not None
    assert (found.python, found.requirements) == ("3.12", ("six==1.16",))
    assert (found.conda_packages, found.channels) == (("numpy=2",), ("conda-forge",))


def test_a_package_of_the_projects_own_is_read_where_it_lies(tmp_path: Path) -> None:
    files = {
        "pyproject.toml": '[build-system]\nrequires = []\n[project]\nname = "mine"\ndependencies = ["six"]\n'
        'requires-python = ">=3.9"\n',
    }
    found = described(tmp_path, files)
    assert found is not None
    assert (found.python, found.requirements) == (None, ("six",))
    (own,) = found.packages
    assert (own.name, own.path, own.editable) == ("mine", str(tmp_path), True)
    (tmp_path / "module.py").write_text("x = 1")
    again = described(tmp_path, {})
    assert again is not None
    assert again.digest == found.digest, "a change of a module makes a new environment"
    fetched = described(tmp_path, {}, stays=False)
    assert fetched is not None
    assert not fetched.packages[0].editable


def test_a_python_that_does_not_run_here_is_asked_for(tmp_path: Path) -> None:
    files = {"pyproject.toml": '[project]\nname = "p"\nrequires-python = ">=3.99"\n'}
    found = described(tmp_path, files)
    assert found is not None
    assert found.python == "3.99"
    pinned = described(tmp_path, {".python-version": "3.10.13\n"})
    assert pinned is not None
    assert pinned.python == "3.10.13"


def test_a_lock_of_uv_is_followed(tmp_path: Path) -> None:
    lock = """version = 1
requires-python = ">=3.11"

[[package]]
name = "p"
version = "0.1"
source = { virtual = "." }
dependencies = [{ name = "six" }]

[package.metadata]
requires-dist = [{ name = "six" }]

[[package]]
name = "six"
version = "1.15.0"
source = { registry = "https://pypi.org/simple" }
sdist = { url = "https://files.pythonhosted.org/six-1.15.0.tar.gz" }
"""
    pyproject = '[project]\nname = "p"\nversion = "0.1"\nrequires-python = ">=3.11"\ndependencies = ["six"]\n'
    found = described(tmp_path, {"pyproject.toml": pyproject, "uv.lock": lock})
    assert found is not None
    assert found.requirements == ("six==1.15.0",)


def test_a_pyproject_of_tools_alone_asks_for_nothing(tmp_path: Path) -> None:
    assert described(tmp_path, {"pyproject.toml": "[tool.ruff]\n"}) is None
    assert described(tmp_path, {}) is None


def test_runyard_comes_as_it_is_installed_here(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("six\nrunyard>=0.1\nrunyard-flavor-sklearn\n")
    with Host(Settings(tracking_uri="sqlite:///x.db")) as host:
        found = describe(load_project(tmp_path), host)
    assert found is not None
    assert found.requirements == ("six",)
    names = {package.name for package in found.additions.packages}
    names |= {line.partition("==")[0] for line in found.additions.requirements}
    assert {"runyard-core", "runyard-flavor-sklearn", "runyard-store-sql", "runyard-store-local"} <= names


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"python_env.yaml": "- a\n"}, "holds list, not a mapping"),
        ({"python_env.yaml": "dependencies: six\n"}, "must be a list of requirements"),
        ({"python_env.yaml": "dependencies: [../out]\n"}, "outside of the project"),
        ({"python_env.yaml": "dependencies: ['-r gone.txt']\n"}, "gone.txt"),
        ({"pyproject.toml": '[project]\nname = "p"\nrequires-python = "what"\n'}, "requires-python"),
    ],
)
def test_what_cannot_be_read_is_told(tmp_path: Path, files: dict[str, str], said: str) -> None:
    with pytest.raises(InvalidInput, match=said):
        described(tmp_path, files)


def test_lists_of_values_make_every_combination() -> None:
    assert values_of(r"0.1,a\,b,,c\d\\") == ("0.1", "a,b", "", "c\\d\\\\")
    assert combinations({"a": ("1", "2"), "b": ("x", "y")}) == [
        {"a": "1", "b": "x"}, {"a": "1", "b": "y"}, {"a": "2", "b": "x"}, {"a": "2", "b": "y"},
    ]  # fmt: skip
    with pytest.raises(InvalidInput, match="at most 100000"):
        combinations({"a": ["1"] * 1000, "b": ["1"] * 1000})
