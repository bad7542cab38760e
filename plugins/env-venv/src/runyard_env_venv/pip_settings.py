"""Where pip is told to look for packages, said to uv, which reads none of pip's files."""

from __future__ import annotations

import configparser
import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

_OF_UV = ("UV_DEFAULT_INDEX", "UV_INDEX", "UV_INDEX_URL", "UV_EXTRA_INDEX_URL", "UV_FIND_LINKS", "UV_NO_INDEX")
_KEYS = ("index-url", "extra-index-url", "find-links", "no-index", "cert")


def variables_for_uv(environ: Mapping[str, str]) -> dict[str, str]:
    """Environment variables by which uv looks where pip would; none where uv itself was told where to look."""
    if any(environ.get(name) for name in _OF_UV) or _config_of_uv(environ).is_file():
        return {}
    said = _said_to_pip(environ)
    extra = [url for url in said.get("extra-index-url", "").split() if _is_there(url)]
    links = [url for url in said.get("find-links", "").split() if _is_there(url)]
    found = {
        "UV_INDEX_URL": said.get("index-url", ""),
        "UV_EXTRA_INDEX_URL": " ".join(extra),
        # As pip does: the best version of all indexes.
        "UV_INDEX_STRATEGY": "unsafe-best-match" if extra else "",
        "UV_FIND_LINKS": ",".join(links),
        "UV_NO_INDEX": "1" if said.get("no-index", "").lower() in {"1", "true", "yes", "on"} else "",
        "SSL_CERT_FILE": "" if environ.get("SSL_CERT_FILE") else said.get("cert", ""),
    }
    return {name: value for name, value in found.items() if value}


def _said_to_pip(environ: Mapping[str, str]) -> dict[str, str]:
    """What pip's files and environment variables say, the later before the earlier."""
    said: dict[str, str] = {}
    for file in _files(environ):
        parser = configparser.RawConfigParser()
        try:
            parser.read(file, encoding="utf-8")
        except (configparser.Error, OSError, UnicodeDecodeError):
            # pip itself says what is wrong with its files.
            continue
        for section in ("global", "install"):
            if parser.has_section(section):
                said |= {key: value for key, value in parser.items(section) if key in _KEYS}
    for key in _KEYS:
        value = environ.get(f"PIP_{key.upper().replace('-', '_')}")
        if value is not None:
            said[key] = value
    return said


def _files(environ: Mapping[str, str]) -> Iterator[Path]:
    chosen = environ.get("PIP_CONFIG_FILE")
    if chosen == os.devnull:
        return
    home = Path(environ.get("HOME") or Path.home())
    if os.name == "nt":
        folders = [environ.get("PROGRAMDATA"), environ.get("APPDATA")]
        yield from (Path(folder) / "pip" / "pip.ini" for folder in folders if folder)
    else:
        yield Path("/etc/pip.conf")
        yield home / ".pip" / "pip.conf"
        yield Path(environ.get("XDG_CONFIG_HOME") or home / ".config") / "pip" / "pip.conf"
    yield Path(sys.prefix) / ("pip.ini" if os.name == "nt" else "pip.conf")
    if chosen:
        yield Path(chosen)


def _config_of_uv(environ: Mapping[str, str]) -> Path:
    home = Path(environ.get("HOME") or Path.home())
    return Path(environ.get("XDG_CONFIG_HOME") or home / ".config") / "uv" / "uv.toml"


def _is_there(place: str) -> bool:
    """Whether a place is elsewhere or exists: pip warns of a missing folder and goes on, uv does not."""
    parts = urlsplit(place)
    if parts.scheme == "file":
        return Path(url2pathname(parts.path)).exists()
    return "://" in place or Path(place).exists()
