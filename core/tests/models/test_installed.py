"""What is installed, as it is read from a folder of packages."""

from __future__ import annotations

import importlib.metadata
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from runyard.models.installed import Installed, installed_distributions


def test_versions_and_needs_are_those_of_importlib_metadata() -> None:
    installed = installed_distributions()
    compared = 0
    for name in ("numpy", "pandas", "scikit-learn", "pyyaml", "pytest"):
        found = installed.get(name)
        assert found is not None
        assert found.version == importlib.metadata.version(name)
        compared += len(found.requires)
    assert compared > 10
    assert "joblib" in installed.needs("scikit-learn")


def test_modules_come_from_the_distributions_that_importlib_metadata_names() -> None:
    installed = installed_distributions()
    compared = 0
    for module, names in importlib.metadata.packages_distributions().items():
        if module.isidentifier() and len(set(names)) == 1 and importlib.metadata.files(names[0]):
            compared += 1
            assert [found.name for found in installed.providers(module)] == [names[0].lower().replace("_", "-")], module
    assert compared > 50


def test_a_package_is_found_by_the_modules_of_its_record_or_its_list(
    tmp_path: Path, install: Callable[..., None]
) -> None:
    install(tmp_path, "Big-Name", "1.0+cpu", {"small/__init__.py": "", "single.py": "", "_fast.cpython-311.so": ""})
    install(tmp_path, "listed", "2", {"inner/__init__.py": ""}, top_level="inner\n")
    installed = Installed([str(tmp_path)])

    for module in ("small.part", "single", "_fast"):
        assert [found.name for found in installed.providers(module)] == ["big-name"], module
    assert [found.name for found in installed.providers("inner")] == ["listed"]
    assert installed.providers("Big_Name-1.0+cpu") == []
    found = installed.get("BIG_NAME")
    assert found is not None
    assert found.version == "1.0+cpu"


def test_the_parts_of_a_namespace_are_told_apart(tmp_path: Path, install: Callable[..., None]) -> None:
    install(tmp_path, "cloud-storage", "1", {"cloud/storage/__init__.py": ""})
    install(tmp_path, "cloud-vision", "1", {"cloud/vision.py": ""})
    installed = Installed([str(tmp_path)])

    assert [found.name for found in installed.providers("cloud.storage.Client")] == ["cloud-storage"]
    assert [found.name for found in installed.providers("cloud.vision")] == ["cloud-vision"]
    assert sorted(found.name for found in installed.providers("cloud")) == ["cloud-storage", "cloud-vision"]


def test_the_first_folder_counts_and_one_that_is_missing_holds_nothing(
    tmp_path: Path, install: Callable[..., None]
) -> None:
    install(tmp_path / "first", "a", "1", {"a.py": ""})
    install(tmp_path / "second", "a", "2", {"a.py": ""})
    found = Installed([str(tmp_path / "none"), str(tmp_path / "first"), str(tmp_path / "second")]).get("a")

    assert found is not None
    assert found.version == "1"


def test_needs_leave_out_extras_and_other_platforms_and_end_in_circles(
    tmp_path: Path, install: Callable[..., None]
) -> None:
    needs = [
        "b>1",
        "C[x]; python_version > '3'",
        'd; extra == "all"',
        "e; sys_platform == 'none'",
        "f @ https://host/f",
        "h @ https://host/h ; extra == 'all'",
    ]
    install(tmp_path, "a", "1", {"a.py": ""}, needs)
    install(tmp_path, "b", "1", {"b.py": ""}, ["a", "g"])

    assert Installed([str(tmp_path)]).needs("a") == {"b", "c", "f", "g"}


def test_what_is_installed_later_is_seen(
    tmp_path: Path, install: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "path", [*sys.path, str(tmp_path)])
    assert installed_distributions().get("late") is None

    install(tmp_path, "late", "1", {"late.py": ""})
    assert installed_distributions().get("late") is not None
    assert installed_distributions() is installed_distributions()
