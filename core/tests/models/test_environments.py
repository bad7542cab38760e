"""The environment files of a model, written by us and by MLflow."""

from __future__ import annotations

import importlib.metadata
import platform
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from runyard.errors import InvalidInput, NotFound
from runyard.host import Host
from runyard.models import load_model, pyfunc, save_model
from runyard.models.environments import (
    check_environment_arguments,
    dependencies_file,
    mismatches,
    python_version,
    read_requirements,
    warn_of_mismatches,
    write_environment,
)
from runyard.models.requirements import infer_requirements, modules_of_pickle
from runyard.settings import Settings
from runyard.testing.memory import plugin as memory
from runyard.testing.memory.flavor import Line

NUMPY = importlib.metadata.version("numpy")


def inferred() -> Sequence[str]:
    return ["numpy==2.0", "scikit-learn==1.6.1"]


def not_asked() -> Sequence[str]:
    raise AssertionError("nothing was to be inferred")


def read_yaml(file: Path) -> Any:
    return yaml.safe_load(file.read_text())


def test_inferred_requirements_are_written_in_mlflows_files(tmp_path: Path) -> None:
    env = write_environment(tmp_path, inferred)

    assert env == {"conda": "conda.yaml", "virtualenv": "python_env.yaml"}
    assert (tmp_path / "requirements.txt").read_text() == "numpy==2.0\nscikit-learn==1.6.1\n"
    assert not (tmp_path / "constraints.txt").exists()
    conda = read_yaml(tmp_path / "conda.yaml")
    python, pip, pips = conda.pop("dependencies")
    assert conda == {"name": "mlflow-env", "channels": ["conda-forge"]}
    assert python == f"python={platform.python_version()}"
    assert pip.startswith("pip")
    assert pips == {"pip": inferred()}
    python_env = read_yaml(tmp_path / "python_env.yaml")
    assert list(python_env) == ["python", "build_dependencies", "dependencies"]
    assert python_env["python"] == platform.python_version()
    assert [line.partition("==")[0] for line in python_env["build_dependencies"]] == ["pip", "setuptools", "wheel"]
    assert python_env["dependencies"] == ["-r requirements.txt"]


def test_pip_requirements_say_all(tmp_path: Path) -> None:
    write_environment(tmp_path, not_asked, pip_requirements=["numpy", " scipy>1 # why ", "", "# none", "./wheel.whl"])
    assert read_requirements(tmp_path) == ["numpy", "scipy>1", "./wheel.whl"]


def test_extra_requirements_are_added_to_the_inferred_ones(tmp_path: Path) -> None:
    write_environment(tmp_path, inferred, extra_pip_requirements=["mlflow", "numpy<3"])
    assert read_requirements(tmp_path) == ["numpy<3,==2.0", "scikit-learn==1.6.1", "mlflow"]


def test_a_requirements_file_brings_the_files_it_names(tmp_path: Path) -> None:
    (tmp_path / "needs" / "more").mkdir(parents=True)
    (tmp_path / "needs" / "all.txt").write_text(
        "\ufeff--extra-index-url https://host/simple\nnumpy>=2, \\\n  <3\n-r more/some.txt\n-c limits.txt\n"
    )
    (tmp_path / "needs" / "more" / "some.txt").write_text("scipy\n--constraint=../limits.txt\n")
    (tmp_path / "needs" / "limits.txt").write_text("pandas<4\n-r again.txt\n")
    (tmp_path / "needs" / "again.txt").write_text("pyarrow<30\n")

    folder = tmp_path / "model"
    folder.mkdir()
    write_environment(folder, not_asked, pip_requirements=str(tmp_path / "needs" / "all.txt"))

    lines = ["--extra-index-url https://host/simple", "numpy<3,>=2", "scipy"]
    assert (folder / "requirements.txt").read_text().splitlines() == [*lines, "-c constraints.txt"]
    assert (folder / "constraints.txt").read_text().splitlines() == ["pandas<4", "pyarrow<30"] * 2
    assert read_requirements(folder) == lines
    assert read_yaml(folder / "conda.yaml")["dependencies"][-1] == {"pip": [*lines, "-c constraints.txt"]}


def test_a_conda_environment_is_kept_but_for_the_files_it_names(tmp_path: Path) -> None:
    (tmp_path / "limits.txt").write_text("pandas<4\n")
    given = {
        "name": "ours",
        "channels": ["defaults"],
        "dependencies": ["python=3.10.4", "cmake", {"pip": ["numpy", f"-c {tmp_path / 'limits.txt'}"]}],
        "variables": {"A": "1"},
    }
    (tmp_path / "conda-in.yaml").write_text(yaml.safe_dump(given))

    for conda_env in (given, str(tmp_path / "conda-in.yaml"), tmp_path / "conda-in.yaml"):
        write_environment(tmp_path, not_asked, conda_env=conda_env)
        assert read_yaml(tmp_path / "conda.yaml") == {
            **given,
            "dependencies": ["python=3.10.4", "cmake", {"pip": ["numpy", "-c constraints.txt"]}],
        }
        assert (tmp_path / "constraints.txt").read_text() == "pandas<4\n"
        assert python_version(tmp_path) == "3.10.4"


def test_a_conda_environment_without_pip_has_no_requirements(tmp_path: Path) -> None:
    write_environment(tmp_path, not_asked, conda_env={"dependencies": ["python>=3.10", "numpy"]})

    assert read_yaml(tmp_path / "conda.yaml") == {"dependencies": ["python>=3.10", "numpy"]}
    assert (tmp_path / "requirements.txt").read_text() == ""
    assert python_version(tmp_path) == platform.python_version()


@pytest.mark.parametrize(
    "given",
    [
        {"conda_env": {}, "pip_requirements": []},
        {"pip_requirements": ["a"], "extra_pip_requirements": ["b"]},
        {"conda_env": "c.yaml", "extra_pip_requirements": []},
    ],
)
def test_only_one_way_to_say_it_is_accepted(tmp_path: Path, given: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput, match=f"{' and '.join(given)} were given; give one of conda_env, pip_req"):
        write_environment(tmp_path, not_asked, **given)
    with pytest.raises(InvalidInput):
        check_environment_arguments(**given)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"pip_requirements": "none.txt"}, "pip_requirements: cannot read the requirements file 'none.txt'"),
        ({"pip_requirements": ["-r none.txt"]}, "pip_requirements: cannot read the requirements file 'none.txt'"),
        ({"pip_requirements": ["-r https://host/a.txt"]}, "refers to 'https://host/a.txt'; download it"),
        ({"pip_requirements": 3}, "is a list of requirements such as 'numpy==2.0' or the path of .*, not int"),
        ({"extra_pip_requirements": ["a", 3]}, "extra_pip_requirements is a list of requirements"),
        ({"extra_pip_requirements": ["numpy==1.0"]}, "'numpy==2.0' and 'numpy==1.0' exclude each other"),
        ({"pip_requirements": ["-r circle.txt"]}, "'circle.txt' refers to itself"),
        ({"conda_env": "none.yaml"}, "conda_env: cannot read 'none.yaml'"),
        ({"conda_env": 3}, "conda_env is a dictionary or the path of a YAML file, not int"),
        ({"conda_env": {"name": "a"}}, "conda_env has no list 'dependencies'"),
        ({"conda_env": "broken.yaml"}, "conda_env: 'broken.yaml' is no YAML that can be read"),
        ({"conda_env": "list.yaml"}, "conda_env: 'list.yaml' holds list, not a mapping"),
    ],
)
def test_what_cannot_be_used_is_refused_in_a_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: dict[str, Any], message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("circle.txt").write_text("numpy\n-r circle.txt\n")
    Path("broken.yaml").write_text("a: [1\n")
    Path("list.yaml").write_text("- 1\n")

    with pytest.raises(InvalidInput, match=message) as caught:
        write_environment(tmp_path, inferred, **given)
    assert "\n" not in str(caught.value)


def test_models_of_mlflow_1_are_read_from_their_conda_file(tmp_path: Path) -> None:
    (tmp_path / "MLmodel").write_text("flavors:\n  python_function:\n    env: env.yml\n    python_version: 3.6.9\n")
    (tmp_path / "env.yml").write_text("dependencies:\n- python=3.6.9\n- pip:\n  - mlflow\n  - scikit-learn==0.22\n")

    assert read_requirements(tmp_path) == ["mlflow", "scikit-learn==0.22"]
    assert python_version(tmp_path) == "3.6.9"
    assert dependencies_file(tmp_path, "conda") == tmp_path / "env.yml"
    assert dependencies_file(tmp_path).read_text() == "mlflow\nscikit-learn==0.22\n"
    (tmp_path / "MLmodel").unlink()
    (tmp_path / "env.yml").rename(tmp_path / "conda.yaml")
    assert python_version(tmp_path) == "3.6.9"


def test_a_model_that_says_nothing_needs_nothing(tmp_path: Path) -> None:
    assert read_requirements(tmp_path) == []
    assert python_version(tmp_path) is None
    with pytest.raises(NotFound, match=r"does not say what it needs: it has no requirements.txt and no conda.yaml"):
        dependencies_file(tmp_path)
    with pytest.raises(InvalidInput, match="no format 'uv' of a model's dependencies; there are 'pip' and 'conda'"):
        dependencies_file(tmp_path, "uv")
    (tmp_path / "conda.yaml").write_text("dependencies: [python=3.9]\n")
    with pytest.raises(NotFound, match="has no pip section; ask for the format 'conda'"):
        dependencies_file(tmp_path)


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("requirements.txt", "-r ../secret.txt\n"),
        ("requirements.txt", "-c /etc/passwd\n"),
        ("MLmodel", "flavors: {python_function: {env: {conda: ../secret.txt}}}\n"),
    ],
)
def test_a_model_cannot_name_files_outside_of_it(tmp_path: Path, file: str, text: str) -> None:
    (tmp_path / "secret.txt").write_text("a: b\n")
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / file).write_text(text)

    with pytest.raises(InvalidInput, match="outside of"):
        read_requirements(tmp_path / "model")


def test_what_is_installed_otherwise_is_told() -> None:
    lines = [f"numpy=={NUMPY}", "pandas<0.1", "not-there>=1", "./wheel.whl", "gone; os_name == 'none'", "mlflow==1.0"]
    assert mismatches(lines) == [
        f"pandas<0.1 is needed, {importlib.metadata.version('pandas')} is installed",
        "not-there>=1 is needed, not-there is not installed",
    ]


def test_a_model_that_fits_is_not_warned_of_and_one_that_does_not_is(tmp_path: Path) -> None:
    write_environment(tmp_path, not_asked, pip_requirements=[f"numpy=={NUMPY}"])
    assert warn_of_mismatches(tmp_path) == []

    write_environment(tmp_path, not_asked, pip_requirements=["numpy==1.0"])
    with pytest.warns(UserWarning, match=r"saved with other packages than are installed: numpy==1.0 is needed, "):
        assert warn_of_mismatches(tmp_path) == [f"numpy==1.0 is needed, {NUMPY} is installed"]


def test_a_package_may_go_by_another_name() -> None:
    pytest.importorskip("xgboost")
    assert mismatches(["xgboost>=1"]) == []


def test_loading_a_model_that_does_not_fit_is_warned_of(tmp_path: Path) -> None:
    with Host(Settings(data_dir=str(tmp_path / "data"), root=tmp_path), plugins={"memory": memory}) as host:
        save_model("line", Line(2.0), tmp_path / "line", pip_requirements=["numpy==1.0"], host=host)
        with pytest.warns(UserWarning, match=r"numpy==1\.0 is needed"):
            load_model("line", tmp_path / "line", trust=True, host=host)
        with pytest.warns(UserWarning, match=r"numpy==1\.0 is needed"):
            pyfunc.load_model(tmp_path / "line", trust=True, host=host)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            pyfunc.load_model(tmp_path / "line", suppress_warnings=True, trust=True, host=host)


SAVE = """
import mlflow, pathlib
from sklearn.linear_model import LinearRegression
pathlib.Path("limits.txt").write_text("pandas<4\\n")
pathlib.Path("extra.txt").write_text("six\\ntoml>0 # comment\\n-c limits.txt\\n")
conda = {"name": "ours", "channels": ["a"], "dependencies": ["python=3.11.7", "cmake", "pip", {"pip": ["numpy"]}]}
ways = {
    "plain": {},
    "pip": {"pip_requirements": ["numpy", "-c limits.txt", "scikit-learn[x]>1", "numpy<3"]},
    "extra": {"extra_pip_requirements": "extra.txt"},
    "conda": {"conda_env": conda},
}
model = LinearRegression().fit([[1.0], [2.0]], [1.0, 2.0])
for name, given in ways.items():
    mlflow.sklearn.save_model(model, name, serialization_format="cloudpickle", **given)
"""


@pytest.mark.mlflow
@pytest.mark.slow
def test_the_files_mean_what_mlflows_mean(run_in_mlflow: Callable[[str], str], tmp_path: Path) -> None:
    run_in_mlflow(SAVE)
    (tmp_path / "limits.txt").write_text("pandas<4\n")
    (tmp_path / "extra.txt").write_text("six\ntoml>0 # comment\n-c limits.txt\n")
    ours_of_theirs = infer_requirements(
        ["scikit-learn"], modules_of_pickle(tmp_path / "mlflow" / "plain" / "model.pkl")
    )
    default = [line for line in read_requirements(tmp_path / "mlflow" / "plain") if not line.startswith("mlflow")]
    assert names(ours_of_theirs) == {"numpy", "scikit-learn"}
    assert names(ours_of_theirs) <= names(default) <= {"cloudpickle", "numpy", "pandas", "scikit-learn", "scipy"}
    conda = {"name": "ours", "channels": ["a"], "dependencies": ["python=3.11.7", "cmake", "pip", {"pip": ["numpy"]}]}
    limits = tmp_path / "limits.txt"
    ways: dict[str, dict[str, Any]] = {
        "plain": {},
        "pip": {"pip_requirements": ["numpy", f"-c {limits}", "scikit-learn[x]>1", "numpy<3"]},
        "extra": {"extra_pip_requirements": tmp_path / "extra.txt"},
        "conda": {"conda_env": conda},
    }
    for name, given in ways.items():
        theirs, ours = tmp_path / "mlflow" / name, tmp_path / name
        ours.mkdir()
        write_environment(ours, lambda: default, **given)

        assert read_requirements(ours) == read_requirements(theirs)[1:], name
        for file in ("requirements.txt", "constraints.txt"):
            both = [
                (folder / file).read_text().split("\n") if (folder / file).exists() else [] for folder in (ours, theirs)
            ]
            lines = [[line for line in text if line and not line.startswith("mlflow==")] for text in both]
            assert lines[0] == lines[1], (name, file)
        assert meaning(ours / "conda.yaml") == meaning(theirs / "conda.yaml"), name
        assert meaning(ours / "python_env.yaml") == meaning(theirs / "python_env.yaml"), name


def names(lines: Sequence[str]) -> set[str]:
    return {line.partition("==")[0] for line in lines}


def meaning(file: Path) -> Any:
    """An environment file without MLflow's own line and the versions of what installs it, of two environments."""
    read = read_yaml(file)
    read["build_dependencies"] = [line.partition("==")[0] for line in read.get("build_dependencies", [])]
    read.pop("python", None)
    lines = read["dependencies"]
    pips = [[one for one in line["pip"] if not one.startswith("mlflow==")] for line in lines if isinstance(line, dict)]
    plain = [line for line in lines if isinstance(line, str) and not line.startswith("python=")]
    read["dependencies"] = [[line.partition("<=")[0] for line in plain], pips]
    return read
