"""uv looks for packages where pip is told to, unless it was told itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from runyard_env_venv.pip_settings import variables_for_uv


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    """A person without settings, whatever this machine says in /etc."""
    return {"HOME": str(tmp_path), "PIP_EXTRA_INDEX_URL": "", "PIP_FIND_LINKS": "", "PIP_INDEX_URL": ""}


def test_files_and_variables_of_pip_are_followed(environ: dict[str, str], tmp_path: Path) -> None:
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    file = tmp_path / ".config" / "pip" / "pip.conf"
    file.parent.mkdir(parents=True)
    text = "[global]\nindex-url = https://one\nfind-links = {0}\n  {0}/none\n[install]\nno-index = true\n"
    file.write_text(text.format(wheels), encoding="utf-8")
    extra = f"https://two file://{tmp_path}/none"
    found = variables_for_uv(
        {"HOME": str(tmp_path), "PIP_EXTRA_INDEX_URL": extra, "PIP_CERT": "/c.pem", "SSL_CERT_FILE": "/mine.pem"}
    )
    assert found == {
        "UV_INDEX_URL": "https://one",
        "UV_EXTRA_INDEX_URL": "https://two",
        "UV_INDEX_STRATEGY": "unsafe-best-match",
        "UV_FIND_LINKS": str(wheels),
        "UV_NO_INDEX": "1",
    }


def test_what_uv_was_told_itself_holds(environ: dict[str, str], tmp_path: Path) -> None:
    said = {**environ, "PIP_INDEX_URL": "https://one"}
    assert variables_for_uv(said)["UV_INDEX_URL"] == "https://one"
    assert variables_for_uv({**said, "UV_DEFAULT_INDEX": "https://mine"}) == {}
    file = tmp_path / ".config" / "uv" / "uv.toml"
    file.parent.mkdir(parents=True)
    file.touch()
    assert variables_for_uv(said) == {}


def test_a_file_that_pip_cannot_read_is_left_to_pip(environ: dict[str, str], tmp_path: Path) -> None:
    file = tmp_path / "broken.conf"
    file.write_text("index-url = https://one", encoding="utf-8")
    said = {**environ, "PIP_CONFIG_FILE": str(file), "PIP_NO_INDEX": "0", "PIP_CERT": ""}
    assert variables_for_uv(said) == {}
