"""Which models may run code when they are loaded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import attrs
import pytest

from runyard.errors import Forbidden
from runyard.host import Host
from runyard.models import trust
from runyard.models.loading import load_model
from runyard.models.saving import save_model
from runyard.protocols.flavor import ModelFiles
from runyard.settings import Settings
from runyard.testing.memory.flavor import Line, LineFlavor
from runyard.uris import Uri

HASH = "0" * 64


@attrs.frozen
class RiskyFlavor(LineFlavor):
    """Lines that say they are pickles."""

    def risks(self, files: ModelFiles) -> Sequence[str]:
        return ["line.json is a pickle"]

    def load(self, files: ModelFiles, options: Mapping[str, Any]) -> Line:
        return super().load(files, options)


@pytest.fixture
def risky(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("runyard.testing.memory.flavor.LineFlavor", RiskyFlavor)


def forget_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if another process had saved the models."""
    monkeypatch.setattr(trust, "_own", type(trust._own)())


@pytest.mark.usefixtures("risky")
def test_a_model_that_can_run_code_is_refused_and_the_refusal_says_what(
    host: Host, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_model("line", Line(2.0), tmp_path / "model", host=host)
    forget_own(monkeypatch)

    with pytest.raises(Forbidden, match=r"line\.json is a pickle.*trust=True.*trusted_models"):
        load_model("line", tmp_path / "model", host=host)
    assert load_model("line", tmp_path / "model", trust=True, host=host) == Line(2.0)


def test_nobody_looks_for_risks_in_a_model_that_is_trusted(
    host: Host, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[ModelFiles] = []

    def risks(_: LineFlavor, files: ModelFiles) -> Sequence[str]:
        looked.append(files)
        return []

    monkeypatch.setattr(LineFlavor, "risks", risks)
    save_model("line", Line(2.0), tmp_path / "model", host=host)
    assert load_model("line", tmp_path / "model", host=host) == Line(2.0)
    assert load_model("line", tmp_path / "model", trust=True, host=host) == Line(2.0)
    assert len(looked) == 0
    assert load_model("line", tmp_path / "model", trust=False, host=host) == Line(2.0)
    assert len(looked) == 1


@pytest.mark.usefixtures("risky")
def test_what_this_process_saved_is_loaded_unless_it_was_changed(host: Host, tmp_path: Path) -> None:
    save_model("line", Line(2.0), tmp_path / "model", host=host)
    assert load_model("line", tmp_path / "model", host=host) == Line(2.0)
    with pytest.raises(Forbidden):
        load_model("line", tmp_path / "model", trust=False, host=host)

    (tmp_path / "model" / "checksums.sha256").unlink()
    with pytest.raises(Forbidden):
        load_model("line", tmp_path / "model", host=host)


def test_the_model_s_own_modules_count_as_code(host: Host, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "helper.py").write_text("x = 1\n", encoding="utf-8")
    save_model("line", Line(2.0), tmp_path / "model", host=host, code_paths=[tmp_path / "helper.py"])
    forget_own(monkeypatch)

    with pytest.raises(Forbidden, match="its own modules in code/"):
        load_model("line", tmp_path / "model", host=host)


@pytest.mark.parametrize(
    ("places", "uri", "expected"),
    [
        (("models:", "runs:"), "models:/m/1", True),
        (("models:", "runs:"), "runs:/r/model", True),
        (("models:", "runs:"), "s3://bucket/model", False),
        (("s3://bucket/ours",), "s3://bucket/ours", True),
        (("s3://bucket/ours",), "s3://bucket/ours/a/model", True),
        (("s3://bucket/ours/",), "s3://bucket/ours/model", True),
        (("s3://bucket/ours",), "s3://bucket/ours-not", False),
        (("s3://bucket/ours",), "s3://bucket/ours/../theirs", False),
        (("/srv/models",), "file:///srv/models/a", True),
        (("/srv/models",), "/srv/models/../secret", False),
        (("*",), "https://anywhere/model", True),
        ((), "models:/m/1", False),
    ],
)
def test_the_setting_names_schemes_and_places(
    places: tuple[str, ...], uri: str, expected: bool, tmp_path: Path
) -> None:
    settings = Settings(root=tmp_path, trusted_models=places)

    assert trust.is_trusted(Uri.parse(uri), settings, HASH) is expected
