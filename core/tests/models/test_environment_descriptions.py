"""What environment a model asks for, as its files say it."""

from __future__ import annotations

from pathlib import Path

import attrs
import pytest

from runyard.errors import InvalidInput
from runyard.host import Host
from runyard.models import save_model
from runyard.models.environment_descriptions import describe, digest_of, refers_to_files, with_additions
from runyard.protocols.environment import Additions, EnvironmentDescription, LocalPackage
from runyard.testing.contracts.environment import wheel
from runyard.testing.memory.flavor import Line

PYTHON_ENV = "python: 3.12.3\nbuild_dependencies:\n- pip==24.0\n- setuptools\ndependencies:\n- -r requirements.txt\n"


def model(folder: Path, requirements: str = "", **files: str) -> Path:
    """A model's folder with what says what it asks for."""
    (folder / "requirements.txt").write_text(requirements, encoding="utf-8")
    for name, text in {"python_env.yaml": PYTHON_ENV, **files}.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def test_a_saved_model_is_described(host: Host, tmp_path: Path) -> None:
    save_model("line", Line(2.0, 1.0), tmp_path / "m", pip_requirements=["numpy>=2", "-c limits.txt"][:1], host=host)
    found = describe(tmp_path / "m")
    assert found.requirements == ("numpy>=2",)
    assert found.build[0].startswith("pip")
    assert found.python is not None
    assert (found.options, found.packages, found.constraints) == ((), (), ())


def test_lines_constraints_and_places_are_told_apart(tmp_path: Path) -> None:
    lines = "--extra-index-url https://two\nnumpy==2.0 --hash=sha256:ab\nmine @ https://host/mine.whl\n-c limits.txt\n"
    found = describe(model(tmp_path, lines, **{"limits.txt": "pandas<3\n"}))
    assert found == EnvironmentDescription(
        python="3.12.3",
        requirements=("numpy==2.0 --hash=sha256:ab", "mine @ https://host/mine.whl"),
        constraints=("pandas<3",),
        build=("pip==24.0", "setuptools"),
        options=("--extra-index-url https://two",),
    )


def test_python_env_may_hold_the_requirements_itself(tmp_path: Path) -> None:
    text = "python: '3.11'\ndependencies:\n- numpy\n- -r more.txt\n"
    found = describe(model(tmp_path, "passed-over\n", **{"python_env.yaml": text, "more.txt": "pandas\n"}))
    assert (found.python, found.requirements) == ("3.11", ("numpy", "pandas"))


def test_of_a_model_of_mlflow_1_the_conda_file_is_read(tmp_path: Path) -> None:
    flavors = "flavors:\n  python_function:\n    env: my.yaml\n    python_version: 3.11.2\n"
    (tmp_path / "MLmodel").write_text(flavors, encoding="utf-8")
    conda = tmp_path / "my.yaml"
    conda.write_text("dependencies:\n- python=3.11.2\n- pip<=23\n- pip: [mlflow, numpy==1.26]\n", encoding="utf-8")
    found = describe(tmp_path)
    assert (found.python, found.requirements) == ("3.11.2", ("mlflow", "numpy==1.26"))
    conda.write_text("dependencies:\n- python=3.11.2\n- scikit-learn=1.0\n", encoding="utf-8")
    asked = describe(tmp_path)
    assert (asked.requirements, asked.conda_packages) == ((), ("scikit-learn=1.0",))


def test_what_only_conda_has_is_asked_for_beside_the_requirements(tmp_path: Path) -> None:
    conda = "channels: [ours]\ndependencies: [python=3.12.3, cmake, pip, {pip: [numpy]}]\n"
    found = describe(model(tmp_path, "numpy\n", **{"conda.yaml": conda}))
    assert (found.requirements, found.conda_packages, found.channels) == (("numpy",), ("cmake",), ("ours",))


def test_channels_make_a_difference_for_packages_of_conda_alone() -> None:
    one, other = (EnvironmentDescription(channels=(name,)) for name in "ab")
    assert one.digest == other.digest
    one, other = (attrs.evolve(asked, conda_packages=("cmake",)) for asked in (one, other))
    assert one.digest != other.digest


def test_wheels_in_the_model_are_packages_of_this_machine(tmp_path: Path) -> None:
    file = wheel(tmp_path / "wheels", "mine", "1.0")
    folder = model(tmp_path, f"numpy\nwheels/{file.name}\n")
    assert refers_to_files(folder)
    found = describe(folder)
    assert found.requirements == ("numpy",)
    assert found.packages == (LocalPackage(name="mine", path=str(file), digest=digest_of(file)),)
    assert found.packages[0].line == file.as_uri()
    assert describe(folder, whole=False).packages == ()
    assert not refers_to_files(model(tmp_path, "numpy\n"))
    assert refers_to_files(model(tmp_path, "-r not-fetched.txt\n"))


@pytest.mark.parametrize(("line", "told"), [("../x.whl", "outside"), ("wheels/x.whl", "not in the model")])
def test_files_elsewhere_are_refused(tmp_path: Path, line: str, told: str) -> None:
    (tmp_path / "m").mkdir()
    (tmp_path / "x.whl").touch()
    with pytest.raises(InvalidInput, match=told):
        describe(model(tmp_path / "m", f"{line}\n"))


def test_the_digest_is_of_what_is_installed() -> None:
    package = LocalPackage(name="mine", path="/a", digest="1")
    one = EnvironmentDescription(python="3.11.2", requirements=("a", "b"), packages=(package,))
    same = (
        attrs.evolve(one, python="3.11.9"),
        attrs.evolve(one, requirements=("b", "a")),
        attrs.evolve(one, packages=(attrs.evolve(package, path="/b"),)),
    )
    other = (
        attrs.evolve(one, python="3.12.2"),
        attrs.evolve(one, requirements=("a",)),
        attrs.evolve(one, constraints=("a<2",)),
        attrs.evolve(one, build=("pip",)),
        attrs.evolve(one, options=("--no-index",)),
        attrs.evolve(one, packages=(attrs.evolve(package, digest="2"),)),
        attrs.evolve(one, packages=(attrs.evolve(package, extras=("x",)),)),
        attrs.evolve(one, additions=Additions(requirements=("c",))),
        attrs.evolve(one, packages=(), additions=Additions(packages=(package,))),
    )
    assert {each.digest for each in same} == {one.digest}
    assert len({each.digest for each in (one, *other)}) == len(other) + 1


def test_a_folder_s_digest_is_that_of_its_files(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("1", encoding="utf-8")
    first = digest_of(tmp_path)
    for name in ("__pycache__", ".git"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "x").touch()
    assert digest_of(tmp_path) == first
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "b.py").touch()
    assert digest_of(tmp_path) != first


def test_what_comes_beside_it_stands_in_the_place_of_what_the_model_says() -> None:
    asked = EnvironmentDescription(requirements=("Runyard_Core==0.0.1", "numpy==1.26"), constraints=("mine<1",))
    package = LocalPackage(name="mine", path="/a b", digest="1", editable=True, extras=("x", "y"))
    added = Additions(requirements=("runyard-core==0.1.0", "numpy"), packages=(package,))
    found = with_additions(asked, added)
    assert (found.requirements, found.constraints) == (("numpy==1.26",), ())
    assert found.additions == added
    assert package.line == "-e /a b[x,y]"
    assert attrs.evolve(package, editable=False).line == "mine[x,y] @ file:///a%20b"
