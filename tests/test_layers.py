"""The layers of pyproject.toml hold: the core is layered, imports no plugin, and plugins import no other plugin."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]
CONFIG = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
PLUGINS = {f"runyard_{path.parent.name.replace('-', '_')}" for path in ROOT.glob("plugins/*/pyproject.toml")}


def test_imports_follow_the_layers() -> None:
    command = [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stdout


def test_no_plugin_is_forgotten_by_the_rules() -> None:
    assert PLUGINS | {"runyard"} == set(CONFIG["root_packages"])
    for contract in CONFIG["contracts"]:
        if contract["type"] != "layers":
            assert set(contract.get("forbidden_modules") or contract["modules"]) == PLUGINS
