"""Fetch what lies where artifacts are kept."""

from __future__ import annotations

from pathlib import Path

from runyard.host import Host


def download(uri: str, folder: Path, host: Host) -> Path:
    """A file or a folder, fetched into a folder; interrupted, it goes on where it was when it is fetched there again.

    Raises:
        NotFound: nothing is there.
        Unavailable: the place cannot be reached.
    """
    from runyard.artifacts import download_artifacts  # most projects are here already

    return Path(download_artifacts(uri, dst_path=folder, host=host))
