"""Whether a model that can run code may be loaded: decided by where it comes from, or by the caller."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

import attrs

from runyard.errors import Forbidden
from runyard.settings import Settings
from runyard.uris import Uri


@attrs.define
class _Own:
    """The hashes of the models that this process has saved itself."""

    hashes: set[str] = attrs.field(factory=set)
    lock: threading.Lock = attrs.field(factory=threading.Lock)


_own = _Own()


def remember_own(digest: str) -> None:
    """Note that this process has saved a model whose hashes have this hash."""
    with _own.lock:
        _own.hashes.add(digest)


def follow_own(before: str, after: str) -> None:
    """Note the new hash of hashes of a model that this process has changed, if it has saved it as well."""
    with _own.lock:
        if before in _own.hashes:
            _own.hashes.add(after)


def is_trusted(uri: Uri, settings: Settings, digest: str | None = None) -> bool:
    """Whether models of this place may run code: the setting `trusted_models` names it, or this process saved it."""
    with _own.lock:
        if digest is not None and digest in _own.hashes:
            return True
    return any(_is_within(uri, place, settings) for place in settings.trusted_models)


def require_trust(
    uri: Uri,
    look: Callable[[], Sequence[str]],
    settings: Settings,
    *,
    trust: bool | None = None,
    digest: str | None = None,
) -> None:
    """Refuse a model that can run code, unless it is trusted; `look` finds what can, and is not called where it is.

    Raises:
        Forbidden: it can run code, and neither the caller nor the settings trust it.
    """
    if trust or (trust is None and is_trusted(uri, settings, digest)):
        return
    risks = look()
    if not risks:
        return
    raise Forbidden(
        f"loading {uri} can run code: {'; '.join(risks)}. If you know who made it, load it with trust=True"
        " (--trust on the command line), or name its place in the setting trusted_models"
    )


def _is_within(uri: Uri, place: str, settings: Settings) -> bool:
    if place == "*":
        return True
    if place.endswith(":"):
        return uri.scheme == place[:-1].lower()
    if ".." in uri.text.split("/"):
        return False
    allowed = Uri.parse(place, relative_to=settings.root).text.rstrip("/")
    return uri.text.rstrip("/") == allowed or uri.text.startswith(f"{allowed}/")
