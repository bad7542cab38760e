"""Lines of requirements files: read as `packaging` reads them, merged as MLflow merges them."""

from __future__ import annotations

import importlib.metadata

import pytest
from packaging.markers import Marker
from packaging.requirements import Requirement as Reference

from runyard.errors import InvalidInput
from runyard.models.requirement_lines import Requirement, marker_holds, merge_requirements


def test_every_requirement_of_what_is_installed_is_read_as_packaging_reads_it() -> None:
    compared = 0
    for distribution in importlib.metadata.distributions():
        for line in distribution.requires or []:
            reference = Reference(line)
            if reference.url:
                continue
            compared += 1
            found = Requirement.parse(line)
            assert found is not None, line
            assert (found.name, set(found.extras)) == (reference.name, reference.extras)
            assert {sign + version for sign, version in found.specifiers} == {str(one) for one in reference.specifier}
            assert found.applies() == (not reference.marker or reference.marker.evaluate({"extra": ""})), line
    assert compared > 100


@pytest.mark.parametrize(
    "marker",
    [
        'python_version >= "3.8" and sys_platform == "linux"',
        '(python_version < "3" or os_name == "posix") and platform_system != "Windows"',
        "python_full_version ~= '3.11'",
        '"linux" in sys_platform',
        "sys_platform not in 'win32 cygwin'",
        'extra == "test" or implementation_name == "cpython"',
        'platform_machine > "a"',
    ],
)
def test_markers_hold_as_packaging_says(marker: str) -> None:
    assert marker_holds(marker) == Marker(marker).evaluate({"extra": ""})


@pytest.mark.parametrize("marker", ["python_version", "pythonversion > '3'", "(os_name == 'posix'", "a ? b", ""])
def test_a_marker_that_cannot_be_read_does_not_hold(marker: str) -> None:
    assert not marker_holds(marker)


@pytest.mark.parametrize("line", ["./here", "-e .", "git+https://host/repository", "name @ https://host/x.whl", "a b"])
def test_what_names_no_package_is_no_requirement(line: str) -> None:
    assert Requirement.parse(line) is None


@pytest.mark.parametrize(
    ("lines", "merged"),
    [
        (["packageA", "packageA==1.0"], ["packageA==1.0"]),
        (["packageX>1.0", "packageX[extras]", "packageX<2.0"], ["packageX[extras]<2.0,>1.0"]),
        (["markdown[b]>=3.5.1", "markdown[a]<4", "markdown"], ["markdown[a,b]<4,>=3.5.1"]),
        (["Scikit_Learn==1.5", "scikit-learn"], ["scikit-learn==1.5"]),
        (["torch==2.7.1", "torch==2.7.1+cpu"], ["torch==2.7.1,==2.7.1+cpu"]),
        (
            ["./wheel.whl", "./wheel.whl", "-e .", "a==1 --hash=sha256:0"],
            ["./wheel.whl", "-e .", "a==1 --hash=sha256:0"],
        ),
        (["a; os_name == 'nt'", "a"], ["a; os_name == 'nt'", "a"]),
    ],
)
def test_requirements_of_one_package_become_one(lines: list[str], merged: list[str]) -> None:
    assert merge_requirements(lines) == merged


def test_requirements_that_exclude_each_other_are_refused() -> None:
    with pytest.raises(InvalidInput, match=r"'scikit-learn==1.1' and 'scikit-learn<1' exclude each other; name"):
        merge_requirements(["scikit-learn==1.1", "scikit-learn<1"])
