"""The tests of the pages' own parts, in their own language."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

WEB = Path(__file__).parents[1] / "web"
NODE = Path(__file__).parents[3] / ".tools" / "node" / "bin"  # where `make node` puts it

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.mark.parametrize("script", ["check", "test"])
def test_the_types_and_the_parts_of_the_pages_are_right(script: str) -> None:
    path = os.pathsep.join([str(NODE), os.environ["PATH"]])
    npm = shutil.which("npm", path=path)
    if npm is None or not (WEB / "node_modules").is_dir():
        pytest.skip("no Node, or its packages are not installed: make ui")
    command = [npm, "run", "--silent", script]
    done = subprocess.run(
        command, cwd=WEB, capture_output=True, text=True, check=False, env={**os.environ, "PATH": path}
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
