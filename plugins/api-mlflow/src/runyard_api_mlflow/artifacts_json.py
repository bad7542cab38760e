"""Listings of artifacts as MLflow's clients read them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from runyard.entities import FileInfo


def listed(
    infos: Iterable[FileInfo], *, name_of: Callable[[str], str] = str, root_uri: str | None = None
) -> dict[str, Any]:
    """The answer to a request for a listing; an empty one has no `files`."""
    files = [_file(info, name_of(info.path)) for info in infos]
    answer: dict[str, Any] = {} if root_uri is None else {"root_uri": root_uri}
    return {**answer, "files": files} if files else answer


def _file(info: FileInfo, path: str) -> dict[str, Any]:
    described: dict[str, Any] = {"path": path, "is_dir": info.is_dir}
    return described if info.file_size is None else {**described, "file_size": info.file_size}
