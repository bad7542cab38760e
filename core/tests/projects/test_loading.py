"""What files say of a project, and where a mistake in them is shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from runyard.errors import InvalidInput, NotFound, NotSupported
from runyard.projects.loading import load_project
from runyard.projects.project import EnvironmentKind, Parameter
from runyard.protocols.project import DockerImage


def write(folder: Path, text: str, name: str = "MLproject") -> Path:
    (folder / name).write_text(text, encoding="utf-8")
    return folder


def test_an_mlproject_is_read(tmp_path: Path) -> None:
    write(
        tmp_path,
        """
name: all of it
python_env: env/python.yaml
entry_points:
  main:
    parameters:
      plain: string
      bare:
      number: {type: float, default: 0.5}
      flag: {default: true}
      file: {type: path, default: data.csv}
    command: "go {plain}"
  other:
    command: stop
""",
        "mlPROJECT",
    )
    (tmp_path / "env").mkdir()
    write(tmp_path / "env", "python: 3.11\n", "python.yaml")
    project = load_project(tmp_path)
    assert project.name == "all of it"
    assert project.environment.kind is EnvironmentKind.PYTHON
    assert project.environment.file == tmp_path / "env" / "python.yaml"
    assert list(project.entry_points) == ["main", "other"]
    assert project.entry_points["main"].parameters == {
        "plain": Parameter("plain"),
        "bare": Parameter("bare"),
        "number": Parameter("number", "float", "0.5"),
        "flag": Parameter("flag", "string", "True"),
        "file": Parameter("file", "path", "data.csv"),
    }


def test_a_container_is_read(tmp_path: Path) -> None:
    write(
        tmp_path,
        'docker_env:\n  image: base:1\n  volumes: ["/a:/b"]\n  environment: [["NEW", "x"], HOME]\n'
        "entry_points:\n  main: {command: go}\n",
    )
    environment = load_project(tmp_path).environment
    assert environment.kind is EnvironmentKind.DOCKER
    assert environment.image == DockerImage(image="base:1", volumes=("/a:/b",), environment=(("NEW", "x"), "HOME"))


@pytest.mark.parametrize(
    ("file", "kind"),
    [
        ("python_env.yaml", EnvironmentKind.PYTHON),
        ("conda.yaml", EnvironmentKind.CONDA),
        ("pyproject.toml", EnvironmentKind.PYPROJECT),
        ("requirements.txt", EnvironmentKind.PYTHON),
        ("other.txt", EnvironmentKind.NONE),
    ],
)
def test_the_usual_files_say_what_it_runs_in(tmp_path: Path, file: str, kind: EnvironmentKind) -> None:
    write(tmp_path, "", file)
    assert load_project(tmp_path).environment.kind is kind


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: [1\nb: 2\n", r"MLproject, line 2: .*'b: 2'"),
        ("- a\n- b\n", r"MLproject, line 1: must be a mapping, not a list"),
        ("entry_points:\n  main:\n    comand: go\n", r"line 2: entry_points.main has no command"),
        ("entry_points:\n  main:\n    command: [go]\n", r"line 3: entry_points.main.command must be a text"),
        ("entry_points: main\n", r"line 1: entry_points must be a mapping, not 'main'"),
        ("name: a\nname: b\n", r"line 2: name stands twice"),
        ("python_env: a.yaml\n\nconda_env: b.yaml\n", r"a project has one environment"),
        ("name: x\npython_env: gone.yaml\n", r"line 2: python_env is 'gone.yaml', and there is no such file"),
        ("python_env: ../x.yaml\n", r"which is outside of the project"),
        ("docker_env: {volumes: []}\n", r"line 1: docker_env has no image"),
        ("docker_env:\n  image: x\n  volumes: /a\n", r"line 3: docker_env.volumes must be a list"),
        ("docker_env:\n  image: x\n  environment: [[A]]\n", r"line 3: docker_env.environment must be a list of names"),
    ],
)
def test_a_mistake_is_shown_with_its_line(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(InvalidInput, match=said):
        load_project(write(tmp_path, text))


def test_a_job_for_databricks_is_told(tmp_path: Path) -> None:
    with pytest.raises(NotSupported, match="line 1: databricks_spark_job runs on Databricks only"):
        load_project(write(tmp_path, "databricks_spark_job:\n  python_file: x.py\n"))


def test_scripts_of_a_pyproject_are_entry_points(tmp_path: Path) -> None:
    write(tmp_path, '[project]\nname = "p"\n[project.scripts]\ntrain = "p:main"\n', "pyproject.toml")
    project = load_project(tmp_path)
    assert project.name == "p"
    assert (project.entry_point("main").command, project.entry_point("train").command) == ("train", "train")
    write(tmp_path, "[project\n", "pyproject.toml")
    with pytest.raises(InvalidInput, match="pyproject"):
        load_project(tmp_path)


def test_a_script_is_an_entry_point_by_its_name(tmp_path: Path) -> None:
    write(tmp_path, "", "main.py")
    write(tmp_path, "", "my {odd} script.py")
    write(tmp_path, "", "fit.R")
    project = load_project(tmp_path)
    assert project.entry_point("main").line({}) == "python main.py"
    assert project.entry_point("my {odd} script.py").line({"a": "b c"}) == "python 'my {odd} script.py' --a 'b c'"
    assert project.entry_point("fit.R").line({}) == "Rscript fit.R --args"
    with pytest.raises(NotFound, match=r"no entry point 'man.py', did you mean 'main.py'"):
        project.entry_point("man.py")
    with pytest.raises(NotFound, match="no entry point"):
        project.entry_point("../outside.py")


def test_values_are_checked_and_defaults_taken(tmp_path: Path) -> None:
    write(
        tmp_path,
        "entry_points:\n  main:\n    command: go\n"
        "    parameters:\n      x: float\n      u: {type: uri, default: 's3://b'}\n",
    )
    point = load_project(tmp_path).entry_point("main")
    assert point.values({"x": "1e-3", "more": "y"}) == {"x": "1e-3", "u": "s3://b", "more": "y"}
    assert point.values({"x": "nan"})["x"] == "nan"
    for given, said in (({}, "needs x"), ({"x": "y"}, "is a number"), ({"x": "1", "u": "b"}, "is a URI")):
        with pytest.raises(InvalidInput, match=said):
            point.values(given)
