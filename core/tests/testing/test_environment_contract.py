"""The contract of environment managers passes for a plain one and catches every way one can be wrong."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path

import attrs
import pytest

from runyard.errors import EnvironmentNotBuilt, InvalidInput
from runyard.protocols.environment import Additions, Environment, EnvironmentDescription, Report
from runyard.settings import Settings
from runyard.specs import EnvironmentSpec
from runyard.testing.contracts.environment import EnvironmentContract
from runyard.testing.doubles import assert_caught, assert_each_has_a_double

HERE = f"{sys.version_info.major}.{sys.version_info.minor}"
LOCK = threading.Lock()


@attrs.frozen
class Plain:
    """Virtual environments into which wheels are unpacked: enough for what the contract asks for."""

    settings: Settings

    def find(self, description: EnvironmentDescription) -> Environment | None:
        folder = self.folder(description)
        return self.environment(folder) if (folder / "whole").exists() else None

    def build(self, description: EnvironmentDescription, purpose: str, report: Report) -> Environment:
        folder = self.folder(description)
        with LOCK:
            if not (folder / "whole").exists():
                self.make(folder, description, report)
                (folder / "whole").touch()
        return self.environment(folder)

    def make(self, folder: Path, description: EnvironmentDescription, report: Report) -> None:
        if description.minor not in {None, HERE}:
            raise InvalidInput(f"no Python {description.python}; there is {HERE}")
        wheels = [*self.wheels(description), *(Path(package.path) for package in description.packages)]
        there = {wheel.name.split("-")[0] for wheel in wheels}
        added = attrs.evolve(description, build=(), requirements=description.additions.requirements)
        wheels += [wheel for wheel in self.wheels(added) if wheel.name.split("-")[0] not in there]
        shutil.rmtree(folder, ignore_errors=True)
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", *self.flags(), str(folder)], check=True)
        for wheel in wheels:
            report(f"unpacking {wheel.name}")
            with zipfile.ZipFile(wheel) as archive:
                archive.extractall(folder / "lib" / f"python{HERE}" / "site-packages")

    def wheels(self, description: EnvironmentDescription) -> Iterator[Path]:
        index = Path(next(line for line in description.options if "find-links" in line).split(maxsplit=1)[1])
        for line in (*description.build, *description.requirements):
            name, _, version = line.partition("==")
            limits = [text.partition("<")[2] for text in description.constraints if re.match(rf"{name}<", text)]
            found = sorted(index.glob(f"{name.replace('-', '_')}-{version or '*'}-*.whl"))
            found = [file for file in found if not limits or file.name.split("-")[1] < limits[0]]
            if not found:
                raise EnvironmentNotBuilt(f"no wheel for {line}")
            yield found[-1]

    def flags(self) -> list[str]:
        return []

    def folder(self, description: EnvironmentDescription) -> Path:
        return self.settings.root / "environments" / self.name(description)

    def name(self, description: EnvironmentDescription) -> str:
        return description.digest[:12]

    def environment(self, folder: Path) -> Environment:
        variables = {"PATH": f"{folder / 'bin'}:/usr/bin:/bin"}
        return Environment(name=folder.name, python=folder / "bin" / "python", variables=variables)


class FindsWhatIsNot(Plain):
    def find(self, description: EnvironmentDescription) -> Environment | None:
        return self.environment(self.folder(description))


class SeesOurs(Plain):
    """Environments that see the packages of the Python they were made with."""

    def make(self, folder: Path, description: EnvironmentDescription, report: Report) -> None:
        super().make(folder, description, report)
        ours = [path for path in sys.path if path.endswith("site-packages")]
        (folder / "lib" / f"python{HERE}" / "site-packages" / "ours.pth").write_text("\n".join(ours))


class BuildsAgain(Plain):
    def build(self, description: EnvironmentDescription, purpose: str, report: Report) -> Environment:
        (self.folder(description) / "whole").unlink(missing_ok=True)
        return super().build(description, purpose, report)


class MindsTheOrder(Plain):
    def name(self, description: EnvironmentDescription) -> str:
        return hashlib.sha256(json.dumps(description.requirements).encode()).hexdigest()[:12]


class OneForAll(Plain):
    def name(self, description: EnvironmentDescription) -> str:
        return "the-one"


class PassesOverLocalPackages(Plain):
    def name(self, description: EnvironmentDescription) -> str:
        return attrs.evolve(description, packages=()).digest[:12]


class OneForEachThread(Plain):
    def name(self, description: EnvironmentDescription) -> str:
        return f"{super().name(description)}-{threading.get_ident()}"


class LetsAdditionsWin(Plain):
    def make(self, folder: Path, description: EnvironmentDescription, report: Report) -> None:
        wins = description.additions.requirements or description.requirements
        super().make(folder, attrs.evolve(description, requirements=wins, additions=Additions()), report)


class LeadsElsewhere(Plain):
    def environment(self, folder: Path) -> Environment:
        path = f"{Path(sys.executable).parent}:/usr/bin:/bin"
        return attrs.evolve(super().environment(folder), variables={"PATH": path})


class Silent(Plain):
    """Says nothing of what failed, nor of what is done."""

    def build(self, description: EnvironmentDescription, purpose: str, report: Report) -> Environment:
        try:
            return super().build(description, purpose, lambda _: None)
        except EnvironmentNotBuilt as error:
            raise EnvironmentNotBuilt("it failed") from error


class RemembersFailures(Plain):
    def make(self, folder: Path, description: EnvironmentDescription, report: Report) -> None:
        failed = folder.with_suffix(".failed")
        if failed.exists():
            raise EnvironmentNotBuilt("it has failed before")
        failed.parent.mkdir(exist_ok=True, parents=True)
        failed.touch()
        super().make(folder, description, report)


class TakesAnyPython(Plain):
    def make(self, folder: Path, description: EnvironmentDescription, report: Report) -> None:
        super().make(folder, attrs.evolve(description, python=None), report)


class WantsTheExactPython(Plain):
    def make(self, folder: Path, description: EnvironmentDescription, report: Report) -> None:
        if description.python not in {None, HERE}:
            raise InvalidInput(f"no Python {description.python}; there is {HERE}")
        super().make(folder, description, report)


DOUBLES: dict[str, type[Plain]] = {
    "test_nothing_is_found_before_it_is_built": FindsWhatIsNot,
    "test_an_environment_has_what_is_asked_for_and_nothing_of_this_process": SeesOurs,
    "test_it_is_found_again_and_built_once": BuildsAgain,
    "test_the_order_of_requirements_does_not_matter": MindsTheOrder,
    "test_another_version_is_another_environment": OneForAll,
    "test_a_package_of_this_machine_is_installed_as_it_is_now": PassesOverLocalPackages,
    "test_what_is_added_changes_no_version_that_was_asked_for": LetsAdditionsWin,
    "test_its_variables_lead_to_it": LeadsElsewhere,
    "test_what_cannot_be_installed_is_named_and_not_found_afterwards": Silent,
    "test_what_has_failed_can_be_tried_again": RemembersFailures,
    "test_a_python_that_is_not_there_is_told": TakesAnyPython,
    "test_the_last_part_of_pythons_version_is_a_wish": WantsTheExactPython,
    "test_two_at_once_make_one": OneForEachThread,
    "test_what_is_done_is_told": Silent,
}


@pytest.fixture(autouse=True)
def _this_module_can_be_referred_to(monkeypatch: pytest.MonkeyPatch) -> None:
    """Specs name their targets; `importlib` mode keeps test modules out of the import path."""
    monkeypatch.setitem(sys.modules, "environment_doubles", sys.modules[__name__])


def spec_of(kind: type[Plain]) -> EnvironmentSpec:
    return EnvironmentSpec(name="plain", target=f"environment_doubles:{kind.__name__}", summary="For tests.")


class TestPlain(EnvironmentContract):
    @pytest.fixture
    def spec(self) -> EnvironmentSpec:
        return spec_of(Plain)

    @pytest.fixture
    def settings(self, tmp_path: Path) -> Settings:
        return Settings(root=tmp_path)


def test_each_test_of_the_contract_has_a_double() -> None:
    assert_each_has_a_double(EnvironmentContract, DOUBLES)


@pytest.mark.parametrize("test", DOUBLES)
def test_a_wrong_environment_manager_is_caught(test: str, tmp_path: Path) -> None:
    assert_caught(
        EnvironmentContract,
        test,
        spec=lambda: spec_of(DOUBLES[test]),
        settings=lambda: Settings(root=tmp_path),
        tmp_path=lambda: tmp_path,
    )
