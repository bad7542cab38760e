"""What every environment manager must do: inherit `EnvironmentContract`; give the fixtures `spec` and `settings`."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any

import attrs
import pytest

from runyard.errors import EnvironmentNotBuilt, InvalidInput
from runyard.protocols.environment import (
    Additions,
    Environment,
    EnvironmentBuilder,
    EnvironmentDescription,
    LocalPackage,
)
from runyard.settings import Settings
from runyard.specs import EnvironmentSpec

LOOK = """
import importlib.metadata, importlib.util, json, sys
print(json.dumps({
    "prefix": sys.prefix,
    "version": list(sys.version_info[:2]),
    "packages": {found.name: found.version for found in importlib.metadata.distributions()},
    "leaks": [name for name in ("attrs", "pytest") if importlib.util.find_spec(name)],
}))
"""


class EnvironmentContract:
    """The tests; `settings` have to keep environments in a folder of the test's own.

    No test needs a network: packages are made by the tests, in a folder that `--find-links` names.
    """

    @pytest.fixture
    def spec(self) -> EnvironmentSpec:
        raise NotImplementedError("override the fixture spec")

    @pytest.fixture
    def settings(self) -> Settings:
        raise NotImplementedError("override the fixture settings")

    def test_nothing_is_found_before_it_is_built(
        self, spec: EnvironmentSpec, settings: Settings, tmp_path: Path
    ) -> None:
        assert _builder(spec, settings).find(_description(tmp_path, "probe==1.0")) is None

    def test_an_environment_has_what_is_asked_for_and_nothing_of_this_process(
        self, spec: EnvironmentSpec, settings: Settings, tmp_path: Path
    ) -> None:
        asked = attrs.evolve(_description(tmp_path, "probe"), constraints=("probe<2",), build=("tool==1.0",))
        seen = look(_built(spec, settings, asked))
        assert seen["version"] == list(sys.version_info[:2])
        assert (seen["packages"]["probe"], seen["packages"]["tool"]) == ("1.0", "1.0")
        assert seen["leaks"] == []

    def test_it_is_found_again_and_built_once(self, spec: EnvironmentSpec, settings: Settings, tmp_path: Path) -> None:
        asked = _description(tmp_path, "probe==1.0")
        first = _built(spec, settings, asked)
        mark = Path(look(first)["prefix"]) / "marked-by-a-test"
        mark.touch()
        found = _builder(spec, settings).find(asked)
        again = _built(spec, settings, asked)
        assert found is not None
        assert (found.name, found.python) == (first.name, first.python) == (again.name, again.python)
        assert mark.is_file(), "it was built anew"

    def test_the_order_of_requirements_does_not_matter(
        self, spec: EnvironmentSpec, settings: Settings, tmp_path: Path
    ) -> None:
        first = _built(spec, settings, _description(tmp_path, "probe==1.0", "tool==1.0"))
        other = _builder(spec, settings).find(_description(tmp_path, "tool==1.0", "probe==1.0"))
        assert other is not None
        assert other.name == first.name

    def test_another_version_is_another_environment(
        self, spec: EnvironmentSpec, settings: Settings, tmp_path: Path
    ) -> None:
        made = [_built(spec, settings, _description(tmp_path, f"probe=={version}")) for version in ("1.0", "2.0")]
        assert made[0].name != made[1].name
        assert [look(one)["packages"]["probe"] for one in made] == ["1.0", "2.0"]

    def test_a_package_of_this_machine_is_installed_as_it_is_now(
        self, spec: EnvironmentSpec, settings: Settings, tmp_path: Path
    ) -> None:
        names = set()
        for version in ("1.0", "2.0"):
            file = wheel(tmp_path / "mine", "mine", version)
            digest = hashlib.sha256(file.read_bytes()).hexdigest()
            package = LocalPackage(name="mine", path=str(file), digest=digest)
            made = _built(spec, settings, attrs.evolve(_description(tmp_path), packages=(package,)))
            assert look(made)["packages"]["mine"] == version
            names.add(made.name)
        assert len(names) == 2

    def test_what_is_added_changes_no_version_that_was_asked_for(
        self, spec: EnvironmentSpec, settings: Settings, tmp_path: Path
    ) -> None:
        added = Additions(requirements=("probe", "tool==1.0"))
        asked = _description(tmp_path, "probe==1.0")
        made = _built(spec, settings, attrs.evolve(asked, additions=added))
        packages = look(made)["packages"]
        assert (packages.get("probe"), packages.get("tool")) == ("1.0", "1.0")
        assert made.name != _built(spec, settings, asked).name

    def test_its_variables_lead_to_it(self, spec: EnvironmentSpec, settings: Settings, tmp_path: Path) -> None:
        made = _built(spec, settings, _description(tmp_path, "probe==1.0"))
        python = shutil.which("python", path=made.variables.get("PATH", os.environ["PATH"]))
        assert python is not None
        seen = look(attrs.evolve(made, python=Path(python)))
        assert seen["prefix"] == look(made)["prefix"]

    def test_what_cannot_be_installed_is_named_and_not_found_afterwards(
        self, spec: EnvironmentSpec, settings: Settings, tmp_path: Path
    ) -> None:
        asked = _description(tmp_path, "probe==1.0", "no-such-probe==7.0")
        with pytest.raises(EnvironmentNotBuilt, match=r"no-such-probe==7\.0"):
            _built(spec, settings, asked)
        assert _builder(spec, settings).find(asked) is None

    def test_what_has_failed_can_be_tried_again(
        self, spec: EnvironmentSpec, settings: Settings, tmp_path: Path
    ) -> None:
        asked = _description(tmp_path, "late==1.0")
        with pytest.raises(EnvironmentNotBuilt):
            _built(spec, settings, asked)
        wheel(tmp_path / "index", "late", "1.0")
        assert look(_built(spec, settings, asked))["packages"]["late"] == "1.0"

    def test_a_python_that_is_not_there_is_told(
        self, spec: EnvironmentSpec, settings: Settings, tmp_path: Path
    ) -> None:
        here = f"{sys.version_info.major}.{sys.version_info.minor}"
        with pytest.raises(InvalidInput, match=r"3\.99") as raised:
            _built(spec, settings, attrs.evolve(_description(tmp_path), python="3.99.1"))
        assert here in str(raised.value), "it does not say which there are"

    def test_the_last_part_of_pythons_version_is_a_wish(
        self, spec: EnvironmentSpec, settings: Settings, tmp_path: Path
    ) -> None:
        wish = f"{sys.version_info.major}.{sys.version_info.minor}.99"
        made = _built(spec, settings, attrs.evolve(_description(tmp_path), python=wish))
        assert look(made)["version"] == list(sys.version_info[:2])

    def test_two_at_once_make_one(self, spec: EnvironmentSpec, settings: Settings, tmp_path: Path) -> None:
        asked = _description(tmp_path, "probe==1.0")
        begin = Barrier(2)

        def build(_: int) -> Environment:
            begin.wait()
            return _marked(_built(spec, settings, asked))

        with ThreadPoolExecutor(2) as pool:
            made = list(pool.map(build, range(2)))
        assert len({one.name for one in made}) == 1
        assert len(list(Path(look(made[0])["prefix"]).glob("marked-*"))) == 2, "one has removed what the other uses"

    def test_what_is_done_is_told(self, spec: EnvironmentSpec, settings: Settings, tmp_path: Path) -> None:
        lines: list[str] = []
        _built(spec, settings, _description(tmp_path, "probe==1.0"), lines.append)
        assert any("probe" in line for line in lines), lines


def look(environment: Environment) -> Any:
    """What a process in an environment sees: its prefix, version, packages, and what leaks into it."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        [str(environment.python), "-c", LOOK],
        env={**kept, **environment.variables},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def wheel(folder: Path, name: str, version: str, requires: Sequence[str] = ()) -> Path:
    """A wheel of a package that has one module with its version."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{name.replace('-', '_')}-{version}-py3-none-any.whl"
    info = f"{name.replace('-', '_')}-{version}.dist-info"
    needs = "".join(f"Requires-Dist: {line}\n" for line in requires)
    content = {
        f"{name.replace('-', '_')}.py": f"VERSION = {version!r}\n",
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{needs}",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(f"{path},,\n" for path in (*content, f"{info}/RECORD"))
    with zipfile.ZipFile(file, "w") as archive:
        for path, text in {**content, f"{info}/RECORD": record}.items():
            archive.writestr(path, text)
    return file


def _description(folder: Path, *requirements: str) -> EnvironmentDescription:
    index = folder / "index"
    if not index.exists():
        for name, version in (("probe", "1.0"), ("probe", "2.0"), ("tool", "1.0")):
            wheel(index, name, version)
    return EnvironmentDescription(requirements=requirements, options=("--no-index", f"--find-links {index}"))


def _builder(spec: EnvironmentSpec, settings: Settings) -> EnvironmentBuilder:
    builder: EnvironmentBuilder = spec.target.resolve()(settings)
    return builder


def _built(
    spec: EnvironmentSpec,
    settings: Settings,
    asked: EnvironmentDescription,
    report: Callable[[str], None] = lambda _: None,
) -> Environment:
    return _builder(spec, settings).build(asked, "a test", report)


def _marked(environment: Environment) -> Environment:
    (Path(look(environment)["prefix"]) / f"marked-{os.urandom(4).hex()}").touch()
    return environment
