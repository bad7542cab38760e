"""What every flavor must do with files: write them whole, read them safely, leave no traces."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from runyard.errors import AlreadyExists, CorruptData, InvalidInput, RunyardError
from runyard.host import Host
from runyard.models import hashes
from runyard.models.descriptor import FILE_NAME, PYFUNC, Model
from runyard.models.loading import fetch_model, load_model
from runyard.models.pyfunc import load_model as load_pyfunc
from runyard.models.saving import save_model
from runyard.protocols.flavor import Flavor
from runyard.specs import FlavorSpec
from runyard.testing.contracts.flavor_parts import FlavorFixtures, assert_equal, code_that_runs, own_files, plain


class FlavorFilesContract(FlavorFixtures):
    """Saving, loading and safety."""

    def test_a_model_comes_back_as_it_was(
        self, spec: FlavorSpec, saved: Path, model: Any, data: Any, host: Host
    ) -> None:
        loaded = load_model(spec.name, saved, trust=True, host=host)
        assert type(loaded) is type(model)
        assert_equal(self.answer(loaded, data), self.answer(model, data))

    def test_saving_leaves_the_model_as_it_was(
        self, spec: FlavorSpec, model: Any, data: Any, host: Host, tmp_path: Path
    ) -> None:
        answer, attributes = plain(self.answer(model, data)), set(getattr(model, "__dict__", ()))
        save_model(spec.name, model, tmp_path / "kept", input_example=data, host=host)
        assert_equal(self.answer(model, data), answer)
        assert set(getattr(model, "__dict__", ())) == attributes

    def test_mlmodel_names_the_flavor_and_what_loads_it(self, spec: FlavorSpec, saved: Path) -> None:
        flavors = Model.load(saved).flavors
        assert set(flavors) == {spec.key, PYFUNC}
        assert flavors[PYFUNC]["loader_module"] == spec.loader_module
        assert flavors[PYFUNC]["env"] == {"conda": "conda.yaml", "virtualenv": "python_env.yaml"}

    def test_its_requirements_are_pinned(self, spec: FlavorSpec, saved: Path) -> None:
        lines = (saved / "requirements.txt").read_text(encoding="utf-8").split()
        assert lines
        assert [line for line in lines if not re.fullmatch(r"[A-Za-z0-9._-]+(\[[a-z0-9,-]+\])?==\S+", line)] == []
        names = {re.split(r"[\[=]", line)[0].lower() for line in lines}
        assert {name.lower() for name in spec.requires} <= names

    def test_loading_runs_code_only_where_the_flavor_says_so(
        self, spec: FlavorSpec, saved: Path, host: Host, runs_no_code: bool
    ) -> None:
        flavor: Flavor = spec.target.resolve()()
        files = fetch_model(saved, host=host).files(spec.key)
        risks = list(flavor.risks(files))
        assert (risks == []) is runs_no_code, risks
        assert all(isinstance(risk, str) and risk for risk in risks)
        if runs_no_code:
            flavor.load(files, {})  # imports the library, which may do as it likes
            with code_that_runs() as ran:
                flavor.load(files, {})
            assert ran == [], f"there is no risk, it says, but loading runs: {ran}"

    def test_asking_for_risks_loads_nothing(
        self, spec: FlavorSpec, saved: Path, host: Host, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        flavor: Flavor = spec.target.resolve()()
        loaded = []
        monkeypatch.setattr(type(flavor), "load", lambda *_arguments, **_options: loaded.append("load"))
        with code_that_runs() as ran:
            flavor.risks(fetch_model(saved, host=host).files(spec.key))
        assert [*loaded, *ran] == []

    @pytest.mark.parametrize("content", [b"", b"\x80garbage"])
    def test_damaged_files_have_risks_or_are_refused(
        self, spec: FlavorSpec, saved: Path, host: Host, content: bytes
    ) -> None:
        files = fetch_model(saved, host=host).files(spec.key)
        for file in own_files(saved):
            file.write_bytes(content)
        try:
            list(spec.target.resolve()().risks(files))
        except CorruptData:
            return
        except Exception as error:
            raise AssertionError(f"asking for the risks of a damaged file fails: {error!r}") from error

    def test_a_changed_file_is_noticed(self, spec: FlavorSpec, saved: Path, host: Host) -> None:
        files = own_files(saved)
        assert files, "the flavor wrote no file"
        for file in files:
            content = file.read_bytes()
            file.write_bytes(content + b" ")
            with pytest.raises(CorruptData, match=re.escape(file.name)):
                load_model(spec.name, saved, trust=True, host=host)
            file.write_bytes(content)

    def test_a_missing_file_is_noticed(self, spec: FlavorSpec, saved: Path, host: Host) -> None:
        (saved / hashes.FILE_NAME).unlink()
        files = own_files(saved)
        assert files, "the flavor wrote no file"
        files[0].unlink()
        with pytest.raises(RunyardError):
            load_model(spec.name, saved, trust=True, host=host)

    def test_a_name_that_leads_out_is_refused(self, spec: FlavorSpec, saved: Path, host: Host) -> None:
        described = Model.load(saved).to_dict()
        (saved / hashes.FILE_NAME).unlink()
        outside = saved.with_name(f"{saved.name}-outside")
        shutil.copytree(saved, outside)
        for key, name in _names_of_files(described["flavors"][spec.key], saved):
            for lead in (f"../{outside.name}/{name}", str(outside / name)):
                keys = {**described["flavors"][spec.key], key: lead}
                changed = {**described, "flavors": {**described["flavors"], spec.key: keys}}
                Model.from_dict(changed).save(saved / FILE_NAME)
                with pytest.raises(CorruptData, match="outside"):
                    load_model(spec.name, saved, trust=True, host=host)

    def test_what_is_no_model_of_the_library_is_refused(self, spec: FlavorSpec, host: Host, tmp_path: Path) -> None:
        with pytest.raises(InvalidInput):
            save_model(spec.name, object(), tmp_path / "nothing", host=host)
        assert [path.name for path in tmp_path.iterdir() if "nothing" in path.name] == []

    def test_a_folder_with_something_in_it_is_left_alone(
        self, spec: FlavorSpec, model: Any, host: Host, tmp_path: Path
    ) -> None:
        (tmp_path / "kept").mkdir()
        (tmp_path / "kept" / "mine.txt").write_text("mine", encoding="utf-8")
        with pytest.raises(AlreadyExists):
            self.save_by_function(import_module(spec.module), model, tmp_path / "kept", host=host)
        assert [path.name for path in (tmp_path / "kept").iterdir()] == ["mine.txt"]

    def test_nothing_is_written_where_a_model_is_loaded(
        self, spec: FlavorSpec, saved: Path, data: Any, host: Host
    ) -> None:
        before = _state(saved)
        with _read_only(saved):
            load_model(spec.name, saved, trust=True, host=host)
            load_pyfunc(saved, trust=True, host=host).predict(data)
        assert _state(saved) == before

    def test_no_file_stays_open(self, spec: FlavorSpec, saved: Path, data: Any, host: Host) -> None:
        if not Path("/proc/self/fd").exists():
            pytest.skip("this system does not tell which files are open")
        kept = [load_model(spec.name, saved, trust=True, host=host), load_pyfunc(saved, trust=True, host=host)]
        kept[1].predict(data)
        assert _open_below(saved) == []


def _names_of_files(keys: Mapping[str, Any], saved: Path) -> list[tuple[str, str]]:
    """What the flavor's entry in MLmodel names that is in the folder: `[("data", "model.json")]`."""
    texts = [(key, value) for key, value in keys.items() if isinstance(value, str) and value]
    return [(key, value) for key, value in texts if (saved / value).exists()]


def _state(folder: Path) -> dict[str, tuple[int, int]]:
    found = {path: path.stat() for path in [folder, *folder.rglob("*")]}
    return {str(path.relative_to(folder)): (stat.st_mtime_ns, stat.st_size) for path, stat in found.items()}


@contextmanager
def _read_only(folder: Path) -> Iterator[None]:
    paths = [folder, *folder.rglob("*")]
    modes = [path.stat().st_mode for path in paths]
    for path, mode in zip(paths, modes, strict=True):
        path.chmod(mode & ~0o222)
    try:
        yield
    finally:
        for path, mode in zip(paths, modes, strict=True):
            path.chmod(mode)


def _open_below(folder: Path) -> list[str]:
    found = []
    for link in list(Path("/proc/self/fd").iterdir()):
        try:
            target = link.readlink()
        except OSError:  # the one that the listing itself had open
            continue
        if target.is_relative_to(folder.resolve()):
            found.append(target.name)
    return found
