"""The options are documented, each as it is."""

from __future__ import annotations

from pathlib import Path

from runyard_backend_docker.options import KEYS

PAGE = Path(__file__).parents[3] / "docs" / "projects-docker.md"


def test_every_option_is_documented() -> None:
    rows = [line.split("|")[1] for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| `")]
    assert sorted(KEYS) == sorted(name.strip(" `") for row in rows for name in row.split(","))
