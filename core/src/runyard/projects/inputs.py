"""Parameters of the type `path`: what is elsewhere is fetched before the command starts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import attrs

from runyard.errors import InvalidInput
from runyard.host import Host
from runyard.projects.downloads import download
from runyard.projects.project import EntryPoint
from runyard.uris import Uri, hide_credentials


@attrs.frozen
class Inputs:
    """The values that a command gets, and what of this machine they name."""

    values: Mapping[str, str]
    paths: tuple[Path, ...] = ()


def bring(
    entry_point: EntryPoint,
    values: Mapping[str, str],
    given: Mapping[str, str],
    project: Path,
    storage: Callable[[], Path],
    host: Host,
) -> Inputs:
    """Fetch what parameters of the type `path` name elsewhere, each into `param_<number>`; what is here stays there.

    Args:
        entry_point: Whose parameters they are.
        values: All values.
        given: Those that were given, whose paths start at the current folder; those of defaults start at the project.
        project: The project's folder.
        storage: Makes the folder for what is fetched.
        host: Whose artifact stores hold.

    Raises:
        InvalidInput: there is no such file here.
        NotFound: nothing is there.
    """
    brought = dict(values)
    paths = []
    for number, parameter in enumerate(entry_point.parameters.values()):
        if parameter.type != "path":
            continue
        value = values[parameter.name]
        if not value:
            raise InvalidInput(f"parameter {parameter.name!r} is a path, and is empty")
        uri = Uri.parse(value, relative_to=None if parameter.name in given else project)
        if uri.scheme == "file":
            path = uri.local_path
            if not path.exists():
                raise InvalidInput(f"parameter {parameter.name!r} is a path, and there is no {path}")
        else:
            folder = storage() / f"param_{number}"
            folder.mkdir(parents=True, exist_ok=True)
            try:
                path = download(value, folder, host)
            except InvalidInput as error:
                raise InvalidInput(f"parameter {parameter.name!r}, {hide_credentials(value)}: {error}") from error
        brought[parameter.name] = str(path)
        paths.append(path)
    return Inputs(brought, tuple(paths))
