"""Lines of requirements files: what they ask for, and merged as MLflow merges them."""

from __future__ import annotations

import pytest
from packaging.specifiers import SpecifierSet

from runyard.environments.failures import without_credentials
from runyard.errors import InvalidInput
from runyard.models.requirement_lines import Requirement, merge_requirements, satisfies


def test_who_may_read_a_package_is_not_shown() -> None:
    line = "mine @ git+https://ann:secret@host/mine.git@v1"
    assert without_credentials(line) == "mine @ git+https://***@host/mine.git@v1"
    assert without_credentials("numpy==2.0") == "numpy==2.0"


def test_a_line_says_which_versions_of_a_package_it_accepts() -> None:
    found = Requirement.parse("Scikit_Learn[b, a] (>=1.5,<2) --hash=sha256:0")
    assert found is not None
    assert (found.key, found.extras, str(found)) == ("scikit-learn", {"a", "b"}, "Scikit_Learn[a,b]<2,>=1.5")
    accepted = [satisfies(version, found.specifiers) for version in ("1.4", "1.5+cpu", "1.6rc1", "2.0")]
    assert accepted == [False, True, True, False]


@pytest.mark.parametrize("line", ["./here", "-e .", "git+https://host/repository", "name @ https://host/x.whl", "a b"])
def test_what_asks_nothing_of_an_index_is_no_requirement(line: str) -> None:
    assert Requirement.parse(line) is None


@pytest.mark.parametrize("line", ["a>=", "a=>1", "a~=1", "a>=1.*", "a; python_version", "a; pythonversion > '3'"])
def test_what_cannot_be_read_is_no_requirement(line: str) -> None:
    assert Requirement.parse(line) is None


@pytest.mark.parametrize(
    ("marker", "holds"),
    [
        ("python_version >= '3.8' and os_name != 'none'", True),
        ("extra == 'test'", False),
        ("sys_platform ~= 'linux'", False),
        ("implementation_name >= '3'", False),
        ("os_name == 'none' or 'x' > 'y'", False),
    ],
)
def test_a_marker_that_compares_what_cannot_be_compared_does_not_hold(marker: str, holds: bool) -> None:
    found = Requirement.parse(f"a; {marker}")
    assert found is not None
    assert found.applies() is holds


@pytest.mark.parametrize(("text", "is_met"), [("", True), (">=1", False), ("===2004D", True), ("===2004d,>1", False)])
def test_a_version_that_is_none_meets_only_what_names_it(text: str, is_met: bool) -> None:
    assert satisfies("2004d", SpecifierSet(text)) is is_met


@pytest.mark.parametrize(
    ("lines", "merged"),
    [
        (["packageA", "packageA==1.0"], ["packageA==1.0"]),
        (["packageX>1.0", "packageX[extras]", "packageX<2.0"], ["packageX[extras]<2.0,>1.0"]),
        (["markdown[b]>=3.5.1", "markdown[a]<4", "markdown"], ["markdown[a,b]<4,>=3.5.1"]),
        (["Scikit_Learn==1.5", "scikit-learn", "scikit-learn==1.5"], ["scikit-learn==1.5"]),
        (["torch==2.7.1", "torch==2.7.1+cpu"], ["torch==2.7.1,==2.7.1+cpu"]),
        (
            ["./wheel.whl", "./wheel.whl", "-e .", "a==1 --hash=sha256:0", "b @ https://host/b"],
            ["./wheel.whl", "-e .", "a==1 --hash=sha256:0", "b @ https://host/b"],
        ),
        (["a; os_name == 'nt'", "a", 'a>1; os_name == "nt"'], ['a>1; os_name == "nt"', "a"]),
    ],
)
def test_requirements_of_one_package_become_one(lines: list[str], merged: list[str]) -> None:
    assert merge_requirements(lines) == merged


def test_requirements_that_exclude_each_other_are_refused() -> None:
    with pytest.raises(InvalidInput, match=r"'scikit-learn==1.1' and 'scikit-learn<1' exclude each other; name"):
        merge_requirements(["scikit-learn==1.1", "scikit-learn<1"])
