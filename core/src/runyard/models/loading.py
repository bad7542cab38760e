"""Find a model by its URI, check it, and load it: as its library's own object, or to be asked for predictions."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from collections.abc import Mapping
from contextlib import nullcontext
from functools import partial
from pathlib import Path
from typing import Any

import attrs

from runyard.artifacts import located
from runyard.errors import InvalidInput
from runyard.host import Host, default_host
from runyard.models import foreign, hashes
from runyard.models.code_imports import importing_code
from runyard.models.descriptor import FILE_NAME, PYFUNC, Model
from runyard.models.info import ModelInfo
from runyard.models.trust import require_trust
from runyard.protocols.artifacts import LocalFiles
from runyard.protocols.flavor import Flavor, ModelFiles
from runyard.specs import FlavorSpec
from runyard.transfers import folders
from runyard.transfers.progress import Report
from runyard.uris import Uri

PathLike = str | os.PathLike[str]


@attrs.frozen
class FetchedModel:
    """A model whose files are on this machine and are what was saved; nothing of it was loaded."""

    uri: Uri
    folder: Path
    model: Model
    digest: str | None

    def files(self, key: str) -> ModelFiles:
        """Its files, for the flavor with that key."""
        return ModelFiles(
            folder=self.folder,
            keys=self.model.flavors[key],
            pyfunc=self.model.flavors.get(PYFUNC, {}),
            metadata=self.model.metadata or {},
            signature=self.model.signature,
        )


def fetch_model(
    model_uri: PathLike, dst_path: PathLike | None = None, *, host: Host | None = None, report: Report | None = None
) -> FetchedModel:
    """Bring a model's files here, unless they are here already, and check them against their hashes.

    Raises:
        NotFound: nothing is there, or it is no model.
        CorruptData: MLmodel cannot be read, or a file is not what was saved.
    """
    fetched = bring_model(model_uri, dst_path, host=host or default_host(), report=report)
    return attrs.evolve(fetched, digest=hashes.verify_hashes(fetched.folder))


def bring_model(
    model_uri: PathLike, dst_path: PathLike | None = None, *, host: Host, report: Report | None = None
) -> FetchedModel:
    """The same without the check against the hashes: nothing may be loaded from there."""
    uri = Uri.parse(model_uri)
    folder = _folder(uri, dst_path, host, report)
    return FetchedModel(uri, folder, Model.load(folder), None)


def load_model(
    flavor: str,
    model_uri: PathLike,
    dst_path: PathLike | None = None,
    options: Mapping[str, Any] | None = None,
    *,
    trust: bool | None = None,
    host: Host | None = None,
) -> Any:
    """A model as its library's own object.

    Raises:
        InvalidInput: the model has not this flavor.
        Forbidden: it can run code and is not trusted.
    """
    host = host or default_host()
    spec = host.flavors.get(flavor)
    fetched = fetch_model(model_uri, dst_path, host=host)
    if spec.key not in fetched.model.flavors:
        there = ", ".join(sorted(fetched.model.flavors))
        raise InvalidInput(f"{fetched.uri} has no flavor {spec.key!r}; it has: {there}")
    return load_fetched(fetched, host.flavors.resolve(flavor)(), spec.key, options, trust=trust, host=host)


def load_fetched(
    fetched: FetchedModel,
    flavor: Flavor,
    key: str,
    options: Mapping[str, Any] | None = None,
    *,
    trust: bool | None = None,
    host: Host,
) -> Any:
    """The library's own object of a model that is here."""
    files = fetched.files(key)
    own_code = _own_code(files)
    look = partial(risks_of, fetched, flavor, key)
    require_trust(fetched.uri, look, host.settings, trust=trust, digest=fetched.digest)
    with importing_code(files.path(str(own_code))) if own_code else nullcontext():
        return flavor.load(files, options or {})


def risks_of(fetched: FetchedModel, flavor: Flavor, key: str) -> list[str]:
    """What can run code when a model is loaded by a flavor, each in a few words."""
    files = fetched.files(key)
    own_code = _own_code(files)
    return [*flavor.risks(files), *([f"its own modules in {own_code}/"] if own_code else [])]


def flavor_of(fetched: FetchedModel, host: Host) -> tuple[FlavorSpec | None, Flavor]:
    """The flavor that loads a model as a Python function: the one that MLmodel's loader module is of.

    Raises:
        InvalidInput: the model cannot be asked for predictions.
        NoSuchPlugin: nothing installed knows its loader module.
    """
    pyfunc = fetched.model.flavors.get(PYFUNC)
    if pyfunc is None:
        there = ", ".join(sorted(fetched.model.flavors))
        raise InvalidInput(f"{fetched.uri} cannot be asked for predictions; it has only the flavors: {there}")
    loader = str(pyfunc.get("loader_module", ""))
    for _, spec in host.flavors.all():
        if loader in (spec.loader_module, *spec.also_loads) and spec.key in fetched.model.flavors:
            flavor: Flavor = host.flavors.resolve(spec.name)()
            return spec, flavor
    return None, foreign.ForeignFlavor(loader, fetched.uri)


def get_model_info(model_uri: PathLike, *, host: Host | None = None) -> ModelInfo:
    """What MLmodel says of the model at a URI; only that file is fetched."""
    host = host or default_host()
    uri = Uri.parse(model_uri)
    store, path = located(uri.join(FILE_NAME).text, host=host)
    with store.open(path) as stream:
        model = Model.from_yaml(stream.read(), f"{uri}/{FILE_NAME}")
    return ModelInfo.of(model, uri.text)


def _own_code(files: ModelFiles) -> Any:
    return files.keys.get("code") or files.pyfunc.get("code")


def _folder(uri: Uri, dst_path: PathLike | None, host: Host, report: Report | None) -> Path:
    """The folder with the files, where they lie if that is on this machine."""
    if uri.scheme == "file" and dst_path is None:
        return uri.local_path
    store, path = located(uri.text, host=host)
    destination = temporary_folder() if dst_path is None and not isinstance(store, LocalFiles) else dst_path
    return folders.download(store, path, destination, keep_folders=False, report=report)


def temporary_folder() -> Path:
    """A folder for a model's files that is taken away when this process ends."""
    folder = Path(tempfile.mkdtemp(prefix="runyard-model-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder
