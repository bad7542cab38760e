"""Where projects come from: a folder, a repository, an archive, or a place where artifacts are kept."""

from __future__ import annotations

import shutil
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit

import attrs

from runyard.errors import InvalidInput, NotFound
from runyard.host import Host
from runyard.projects import git
from runyard.projects.downloads import download
from runyard.running import repository_root
from runyard.uris import Uri, hide_credentials

_WEB = ("http", "https")


@attrs.frozen
class Source:
    """A project's files on this machine.

    `folder` is the project, `root` what it is a part of. `commit`, `branch` and `repository` are known of what came
    from a repository.
    """

    uri: str
    folder: Path
    root: Path
    commit: str = ""
    branch: str = ""
    repository: str = ""

    def described(self) -> str:
        """The name of the source as MLflow writes it: of a folder in a repository, the repository and the folder."""
        if self.repository or "#" in self.uri or Uri.parse(self.uri).scheme != "file":
            return hide_credentials(self.uri)
        root = repository_root(self.folder)
        if root is None:
            return str(self.folder)
        return f"file://{root}" if root == self.folder else f"file://{root}#{self.folder.relative_to(root)}"


@attrs.frozen
class _Address:
    """A location of a project in its parts."""

    place: str
    subdir: str = ""


def fetch(uri: str, version: str | None, scratch: Callable[[], Path], host: Host) -> Source:
    """The files of a project; those that are elsewhere are fetched, and a folder here stays where it is.

    Args:
        uri: A folder, the address of a repository, a zip file, or any location of artifacts; `#folder` names a
            part of it.
        version: Of a repository: a branch, a tag or a commit.
        scratch: Makes an empty folder, to fetch into.
        host: Whose artifact stores hold.

    Raises:
        InvalidInput: a version of what is no repository, or an archive that leads out of its folder.
        NotFound: there is no such folder, archive or version.
        Unavailable: a place cannot be reached.
    """
    if not uri.strip():
        raise InvalidInput("no project is named; give a folder, a repository or a zip file, such as .")
    address = _split(uri)
    here = _local(address.place)
    stays = version is None and not address.place.startswith("git+")
    if here is not None and here.is_dir() and not _is_bare(here) and stays:
        return _source(uri, here, address, Source(uri, here, here))
    if _is_archive(address.place, here):
        if version is not None:
            raise InvalidInput(f"a version goes with a repository, and {hide_credentials(uri)} is an archive")
        folder = scratch() / "project"
        unpack(_archive(address.place, here, folder.parent, host), folder)
        if not address.subdir:
            _enter_single_folder(folder)
        return _source(uri, folder, address, Source(uri, folder, folder))
    if _is_repository(address.place, here):
        folder = scratch() / "project"
        folder.mkdir()
        repository = here.absolute().as_uri() if here else git.address_of(address.place)
        done = git.fetch(repository, version, folder)
        found = Source(uri, folder, folder, done.commit, done.branch, hide_credentials(repository))
        return _source(uri, folder, address, found)
    if version is not None:
        raise InvalidInput(f"a version goes with a repository, and {hide_credentials(uri)} is none")
    if here is not None:
        raise NotFound(f"no project in {here}: there is no such folder")
    fetched = download(address.place, scratch(), host)
    return _source(uri, fetched, address, Source(uri, fetched, fetched))


def _split(uri: str) -> _Address:
    if "#" not in uri or Path(uri).exists():
        return _Address(uri)
    place, _, subdir = uri.partition("#")
    path = PurePosixPath(subdir)
    if path.is_absolute() or ".." in path.parts:
        raise InvalidInput(f"{subdir!r} is no folder within {hide_credentials(place)}")
    return _Address(place, subdir)


def _source(uri: str, root: Path, address: _Address, found: Source) -> Source:
    folder = (root / address.subdir).resolve()
    if not folder.is_relative_to(root.resolve()) or not folder.is_dir():
        raise NotFound(f"{hide_credentials(address.place)} has no folder {address.subdir!r}")
    return attrs.evolve(found, uri=uri, folder=folder, root=root.resolve())


def _local(place: str) -> Path | None:
    """The path on this machine that a place is, whether something is there or not."""
    plain = place.removeprefix("git+")
    if plain.startswith("file:"):
        return Path(unquote(urlsplit(plain).path))
    if git.is_address(place) and not Path(place).exists():
        return None
    uri = Uri.parse(place)
    return uri.local_path if uri.scheme == "file" else None


def _is_bare(folder: Path) -> bool:
    return git.is_repository(folder) and not (folder / ".git").exists()


def _is_archive(place: str, here: Path | None) -> bool:
    path = here.name if here else urlsplit(place).path
    return path.lower().endswith(".zip") and (here is None or not here.is_dir())


def _is_repository(place: str, here: Path | None) -> bool:
    if here is not None:
        return here.is_dir() and git.is_repository(here)
    return git.is_address(place) or urlsplit(place).scheme in _WEB


def _archive(place: str, here: Path | None, scratch: Path, host: Host) -> Path:
    if here is None:
        (scratch / "archive").mkdir()
        return download(place, scratch / "archive", host)
    if not here.is_file():
        raise NotFound(f"no project in {here}: there is no such file")
    return here


def unpack(archive: Path, folder: Path) -> None:
    """Unpack a zip file; programs in it stay programs.

    Raises:
        InvalidInput: it is none, or a name in it leads out of the folder; nothing is written then.
    """
    try:
        with zipfile.ZipFile(archive) as content:
            members = content.infolist()
            for member in members:
                _check_member(member, archive)
            for member in members:
                path = Path(content.extract(member, folder))
                mode = member.external_attr >> 16
                if path.is_file() and mode & stat.S_IXUSR:
                    path.chmod(path.stat().st_mode | 0o100)
    except zipfile.BadZipFile as error:
        raise InvalidInput(f"{archive.name} is no zip file that can be read: {error}") from error


def _check_member(member: zipfile.ZipInfo, archive: Path) -> None:
    path = PurePosixPath(member.filename.replace("\\", "/"))
    is_link = stat.S_ISLNK(member.external_attr >> 16)
    if path.is_absolute() or ".." in path.parts or ":" in path.parts[:1] or is_link:
        raise InvalidInput(
            f"{archive.name} holds {member.filename!r}, which leads out of its folder; it is not unpacked"
        )


def _enter_single_folder(folder: Path) -> None:
    """Of an archive that holds one folder with everything in it, as those of GitHub, that folder is the project."""
    found = list(folder.iterdir())
    if len(found) == 1 and found[0].is_dir():
        inner = found[0].rename(folder.with_name("inner"))
        folder.rmdir()
        shutil.move(inner, folder)
