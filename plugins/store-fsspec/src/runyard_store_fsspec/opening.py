"""Opens the store of a URI, or says which package is missing for it."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping

from runyard.errors import BrokenPlugin
from runyard.protocols.artifacts import ArtifactStore
from runyard.settings import Settings
from runyard.specs import Ref
from runyard.uris import Uri
from runyard_store_fsspec.schemes import SCHEMES, Scheme

_BY_NAME: Mapping[str, Scheme] = {scheme.name: scheme for scheme in SCHEMES}


def open_store(uri: Uri, settings: Settings) -> ArtifactStore:
    """The artifacts below a URI. Nothing is asked of the storage yet.

    Raises:
        BrokenPlugin: a package that the scheme needs is not installed.
        InvalidInput: the URI is not one of its scheme.
    """
    scheme = _BY_NAME[uri.scheme]
    if scheme.module and importlib.util.find_spec(scheme.module) is None:
        raise BrokenPlugin(
            f"artifact scheme {uri.scheme!r} needs the package {scheme.package.partition('[')[0]}: "
            f"pip install '{scheme.package}'"
            if "[" in scheme.package
            else f"artifact scheme {uri.scheme!r} needs the package {scheme.package}: pip install {scheme.package}"
        )
    store: ArtifactStore = Ref(scheme.target).resolve()(uri, settings)
    return store
