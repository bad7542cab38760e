"""The documentation is true: its reference pages follow from the code, its links lead somewhere, its examples run."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import attrs
import pytest

from runyard import Host, Settings, errors, hooks
from runyard.settings import core_settings

ROOT = Path(__file__).parents[1]
REFERENCE = ROOT / "docs" / "reference"
FOLDERS = ("docs/*.md", "plugins/*/README.md", "examples/*/README.md")
PAGES = [ROOT / "README.md", *(page for folder in FOLDERS for page in sorted(ROOT.glob(folder)))]
BLOCK = re.compile(r"^(<!-- not run: .+ -->\n)?```(python|console)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")


@attrs.frozen
class Block:
    language: str
    text: str


def relative(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def blocks(page: Path) -> list[Block]:
    """What a page shows to be run, in its order; a comment `not run: why` before a block takes it out."""
    return [
        Block(match.group(2), match.group(3))
        for match in BLOCK.finditer(page.read_text(encoding="utf-8"))
        if not match.group(1)
    ]


# Runs the blocks of a page one after the other, as a reader would: Python in one session, commands in a shell. A
# command succeeds, or says what it does: `# exits 1`.
DRIVER = """
import json, subprocess, sys
names = {"__name__": "__main__"}
for number, (language, text) in enumerate(json.loads(sys.argv[1]), 1):
    if language == "python":
        exec(compile(text, f"<block {number}>", "exec"), names)
        continue
    for line in text.splitlines():
        if line.startswith("$ "):
            done = subprocess.run(line[2:], shell=True)
            expected = int(line.partition("# exits ")[2] or 0)
            assert done.returncode == expected, f"block {number}: {line}"
"""


@pytest.mark.parametrize("page", [page for page in PAGES if blocks(page)], ids=relative)
def test_the_examples_of_a_page_run(page: Path, tmp_path: Path) -> None:
    (tmp_path / "runyard.toml").touch()  # the data folder is here, whatever lies above
    found = json.dumps([attrs.astuple(block) for block in blocks(page)])
    environ = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(
        [sys.executable, "-c", DRIVER, found],
        cwd=tmp_path,
        env={**environ, "HOME": str(tmp_path), "MPLBACKEND": "agg"},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("page", [*PAGES, *sorted(REFERENCE.glob("*.md"))], ids=relative)
def test_links_lead_somewhere(page: Path) -> None:
    targets = [target for target in LINK.findall(page.read_text(encoding="utf-8")) if "://" not in target]
    missing = [target for target in targets if not (page.parent / target).exists()]
    assert missing == []


def test_the_reference_follows_from_the_code() -> None:
    command = [sys.executable, str(ROOT / "tools" / "reference.py"), "--check"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 0, f"{done.stdout}{done.stderr}run tools/reference.py"


def test_the_reference_has_every_hook_setting_command_and_error() -> None:
    names = ("hooks", "settings", "commands", "errors")
    text = {name: (REFERENCE / f"{name}.md").read_text(encoding="utf-8") for name in names}
    for hook in (*hooks.DECLARATIONS, *hooks.EVENTS):
        assert f"def {hook}(" in text["hooks"]
    with Host(Settings(environ={})) as host:
        for setting in [*core_settings(), *(setting for _, setting in host.plugin_settings())]:
            assert f"| `{setting.name}` | `{setting.env}`" in text["settings"]
        for command in host.commands.names():
            assert f"## runyard {command}\n" in text["commands"]
    for name, error in vars(errors).items():
        if isinstance(error, type) and issubclass(error, errors.RunyardError):
            assert f"| `{name}` | `{error.code}` |" in text["errors"]


def test_a_stale_page_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spec = importlib.util.spec_from_file_location("reference", ROOT / "tools" / "reference.py")
    assert spec is not None
    assert spec.loader is not None
    reference = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(reference)
    monkeypatch.setattr(reference, "FOLDER", tmp_path)
    assert reference.main(["--check"]) == 1
    assert reference.main([]) == 0
    assert reference.main(["--check"]) == 0
    (tmp_path / "hooks.md").write_text("# Hooks\n", encoding="utf-8")
    assert reference.main(["--check"]) == 1
