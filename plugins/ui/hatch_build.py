"""Refuses to package the plugin without its pages, which `make ui` builds; a checkout is installed without them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class BuiltPages(BuildHookInterface[Any]):
    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 - named by hatchling
        page = Path(self.root, "src", "runyard_ui", "static", "index.html")
        if version != "editable" and not page.is_file():
            raise FileNotFoundError(f"{page} is missing: build the web UI first, with `make ui` (needs Node 20.19)")
