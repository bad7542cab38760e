"""The web UI's client has the types of the API that the server has."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_the_types_of_the_client_follow_from_the_api() -> None:
    command = [sys.executable, str(ROOT / "tools" / "ui_client.py"), "--check"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 0, f"{done.stdout}{done.stderr}"
