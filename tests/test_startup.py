"""Starting costs what was promised: nothing third-party on import, nothing heavy before it is used."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = {
    "alembic",
    "boto3",
    "botocore",
    "docker",
    "matplotlib",
    "numpy",
    "packaging",
    "pandas",
    "PIL",
    "pyarrow",
    "requests",
    "sklearn",
    "sqlalchemy",
    "starlette",
    "torch",
}
SHOW = "\nimport json, sys\nprint('\\n' + json.dumps(sorted({name.partition('.')[0] for name in sys.modules})))"


def imported(code: str, folder: Path) -> set[str]:
    """The top-level modules that are imported after some code has run."""
    command = [sys.executable, "-c", code + SHOW]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder)
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout.splitlines()[-1]))


def test_importing_runyard_imports_no_third_party_module(tmp_path: Path) -> None:
    extra = imported("import runyard", tmp_path) - imported("", tmp_path) - sys.stdlib_module_names
    assert extra == {"runyard"}


@pytest.mark.parametrize(
    "code",
    [
        "from runyard import Host\nhost = Host()\nassert len(host.plugins.plugins) >= 4, host.plugins.plugins",
        "from runyard import Host\nHost().tracking_schemes.names(); Host().commands.names(); Host().plugin_settings()",
        "import sys\nfrom runyard.cli.main import root\ntry: root.main(['--help'])\nexcept SystemExit: pass",
        "import sys\nfrom runyard.cli.main import root\ntry: root.main(['plugins', 'list'])\nexcept SystemExit: pass",
        "import sys\nfrom runyard.cli.main import root\ntry: root.main(['config', 'show'])\nexcept SystemExit: pass",
    ],
    ids=["host", "declarations", "help", "plugins list", "config show"],
)
def test_a_host_with_every_plugin_imports_nothing_heavy(code: str, tmp_path: Path) -> None:
    assert imported(code, tmp_path) & HEAVY == set()


def test_launching_a_project_imports_neither_searches_nor_what_moves_files(tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text("print('ran')\n")
    launch = "from runyard.cli.main import root\ntry: root.main(['run', '.', '-e', 'script.py', '--env', 'local'])"
    modules = "\nimport sys\nprint(*sorted(sys.modules))"
    code = f"{launch}\nexcept SystemExit as left: assert left.code == 0{modules}"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path)
    found = set(done.stdout.splitlines()[-1].split())
    assert "runyard.projects.launching" in found
    assert found.isdisjoint({"runyard.query.parser", "runyard.transfers.uploads", "runyard_store_sql.search", "numpy"})


def test_what_is_called_heavy_is_there_to_be_imported(tmp_path: Path) -> None:
    assert "sqlalchemy" in imported("from runyard import Host\nHost().tracking_store()", tmp_path)


def test_starting_up_writes_nothing(tmp_path: Path) -> None:
    imported("from runyard import Host\nHost().tracking_schemes.names()", tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_server_answers_before_it_imports_what_only_later_requests_need(tmp_path: Path) -> None:
    code = """
import sys
import runyard_server.serve
from runyard.host import Host
from runyard.settings import Settings
from runyard_server.assembly import make_door, make_service, server_settings
from runyard_server.settings import Options

options = Options(backend_store_uri=f"sqlite:///{sys.argv[1]}/runs.db")
with Host(server_settings(Settings(), options)) as host:
    make_door(make_service(host, options, b"secret"), options)
    assert host.tracking_store().get_experiment("0").name == "Default"
    late = ["numpy", "starlette", "anyio", "alembic", "sqlalchemy.dialects.postgresql", "sqlalchemy.dialects.mysql"]
    print([name for name in late if name in sys.modules])
"""
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=True, cwd=tmp_path
    )
    assert done.stdout.strip() == "[]"
