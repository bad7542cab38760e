"""What the fixture `open_page` is."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page

OpenPage = Callable[..., Page]
"""Opens an address of the server; told a theme, a width, a height, which complaint is expected, and who asks."""
