"""What is known of a model without loading it: its descriptor, needs, size and hashes, and whether it can run code."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import attrs

from runyard.artifacts import located
from runyard.entities import FileInfo
from runyard.errors import CorruptData, RunyardError
from runyard.host import Host, default_host
from runyard.models import environments, hashes
from runyard.models.descriptor import FILE_NAME, PYFUNC, Model
from runyard.models.examples import read_example
from runyard.models.loading import FetchedModel, bring_model, flavor_of, risks_of, temporary_folder
from runyard.protocols.artifacts import LocalFiles
from runyard.transfers import folders
from runyard.transfers.progress import Report
from runyard.uris import Uri

PathLike = str | os.PathLike[str]

MAX_SIZE = 64 << 20  # of a file that describes a model
DESCRIBING = (
    FILE_NAME,
    hashes.FILE_NAME,
    environments.REQUIREMENTS,
    environments.CONSTRAINTS,
    environments.CONDA,
    environments.PYTHON_ENV,
)


@attrs.frozen(kw_only=True)
class Inspection:
    """What a model's files say; `risks` and `problems` are None where the files are elsewhere and were not looked at.

    `problems` are what differs from the hashes, `digest` is the hash of their list.
    """

    uri: str
    location: str
    model: Model
    requirements: list[str]
    python: str | None
    size: int
    files: int
    digest: str | None
    input_example: Any = None
    risks: list[str] | None = None
    problems: list[str] | None = None


def inspect_model(
    model_uri: PathLike, *, fetch: bool = False, host: Host | None = None, report: Report | None = None
) -> Inspection:
    """Look at a model; `fetch` brings all its files here, else only those that describe it, unless they are here.

    Raises:
        NotFound: nothing is there, or it is no model.
        CorruptData: MLmodel cannot be read.
    """
    host = host or default_host()
    uri = Uri.parse(model_uri)
    store, _ = located(uri.join(FILE_NAME).text, host=host)
    is_whole = fetch or isinstance(store, LocalFiles)
    folder = bring_model(model_uri, host=host, report=report).folder if is_whole else fetch_description(uri, host=host)
    model = Model.load(folder)
    fetched = FetchedModel(uri, folder, model, None)
    there = list(_files(folder)) if is_whole else list(folders.files_below(store))
    check = hashes.check_hashes(folder)
    return Inspection(
        uri=str(uri),
        location=str(host.resolve(uri)),
        model=model,
        requirements=environments.read_requirements(folder),
        python=environments.python_version(folder),
        size=sum(info.file_size or 0 for info in there),
        files=len(there),
        digest=check.digest if check else None,
        input_example=read_example(folder, model.saved_input_example_info) if is_whole else None,
        risks=model_risks(fetched, host) if is_whole else None,
        problems=problems_of(check) if is_whole else None,
    )


def fetch_description(uri: Uri, destination: Path | None = None, *, host: Host) -> Path:
    """The folder of a model, where it is on this machine; else one with those of its files that describe it.

    That is `destination`, or a folder that is taken away when this process ends.
    """
    store, name = located(uri.join(FILE_NAME).text, host=host)
    if isinstance(store, LocalFiles):
        return store.local_path("")
    folder = destination or temporary_folder()
    _copy(store, name, folder)
    for other in {*DESCRIBING, *_environment_files(Model.load(folder))} - {FILE_NAME}:
        if store.stat(other) is not None:
            _copy(store, other, folder)
    return folder


def get_model_dependencies(
    model_uri: PathLike,
    format: str = "pip",  # noqa: A002 - MLflow's
    *,
    host: Host | None = None,
) -> str:
    """The path of a file to make a model's environment from: requirements.txt, or conda.yaml for the format `conda`.

    Raises:
        NotFound: the model does not say what it needs.
    """
    host = host or default_host()
    folder = fetch_description(Uri.parse(model_uri), host=host)
    return str(environments.dependencies_file(folder, format))


def model_risks(fetched: FetchedModel, host: Host) -> list[str]:
    """What can run code when a model is loaded, by whichever of its flavors, each in a few words."""
    try:
        if PYFUNC in fetched.model.flavors:
            spec, flavor = flavor_of(fetched, host)
            return risks_of(fetched, flavor, PYFUNC if spec is None else spec.key)
        known = [spec for _, spec in host.flavors.all() if spec.key in fetched.model.flavors]
        found = [risk for spec in known for risk in risks_of(fetched, host.flavors.resolve(spec.name)(), spec.key)]
    except RunyardError as error:
        return [f"that cannot be told: {error}"]
    unknown = sorted(set(fetched.model.flavors) - {spec.key for spec in known})
    return [*dict.fromkeys(found), *(f"the flavor {key}, which no installed plugin answers for" for key in unknown)]


def problems_of(check: hashes.HashCheck | None) -> list[str]:
    """What differs from a model's hashes, a line for each file."""
    if check is None:
        return []
    return [
        *(f"{name} is missing" for name in check.missing),
        *(f"{name} has another SHA-256" for name in check.changed),
    ]


def _copy(store: Any, name: str, folder: Path) -> None:
    with store.open(name, length=MAX_SIZE + 1) as stream:
        content = stream.read()
    if len(content) > MAX_SIZE:
        raise CorruptData(f"{name} has more than {MAX_SIZE >> 20} MiB; that does not describe a model")
    (folder / name).write_bytes(content)


def _environment_files(model: Model) -> set[str]:
    """What MLmodel calls the files of the environment; a name that leads elsewhere is not fetched."""
    said = model.flavors.get(PYFUNC, {}).get("env") or {}
    names = said.values() if isinstance(said, dict) else [said]
    return {str(name) for name in names if "/" not in str(name) and "\\" not in str(name)}


def _files(folder: Path) -> Iterator[FileInfo]:
    for path in folder.rglob("*"):
        if path.is_file():
            yield FileInfo(path.relative_to(folder).as_posix(), is_dir=False, file_size=path.stat().st_size)
