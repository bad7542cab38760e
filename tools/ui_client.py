"""Write the types of the web UI's client from the server's OpenAPI document; with --check, say if they are out of date.

Writing needs Node and `make ui`; checking does not, as the file bears the hash of the document that it was made from.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from runyard import Host, Settings
from runyard.server.service import Service

WEB = Path(__file__).parents[1] / "plugins" / "ui" / "web"
TYPES = WEB / "src" / "api" / "schema.d.ts"


def document() -> bytes:
    """The OpenAPI document of Runyard's own API, always the same for the same API."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(root=Path(folder), tracking_uri=f"sqlite:///{folder}/runs.db", strict_plugins=True)
        with Host(settings) as host:
            spec = host.server_mounts.get("v1")
            assert spec.openapi is not None
            return json.dumps(spec.openapi.resolve()(Service(host)), sort_keys=True).encode()


def first_line(content: bytes) -> str:
    return f"// Made by tools/ui_client.py; SHA-256 of the OpenAPI document: {hashlib.sha256(content).hexdigest()}"


def main(arguments: Sequence[str]) -> int:
    content = document()
    head = first_line(content)
    if "--check" in arguments:
        if TYPES.read_text(encoding="utf-8").startswith(f"{head}\n"):
            return 0
        print(f"{TYPES} does not follow from the API; run tools/ui_client.py")
        return 1
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder, "openapi.json"), Path(folder, "schema.d.ts")
        source.write_bytes(content)
        program = str(WEB / "node_modules" / ".bin" / "openapi-typescript")
        # A field with a default may be left out of a request.
        command = [program, str(source), "--output", str(target), "--default-non-nullable", "false"]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        TYPES.parent.mkdir(parents=True, exist_ok=True)
        TYPES.write_text(f"{head}\n{target.read_text(encoding='utf-8')}", encoding="utf-8")
    print(f"{TYPES} is written")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
