"""The git that fetches projects: it runs no program that a repository or an address names."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import attrs

from runyard.errors import InvalidInput, InvalidState, NotFound, Unavailable
from runyard.uris import hide_credentials

# An address may name a program (ext::), and hooks are programs.
_SAFE = ("-c", "protocol.ext.allow=never", "-c", "core.hooksPath=/dev/null", "-c", "advice.detachedHead=false")
_COMMIT = re.compile(r"[0-9a-fA-F]{7,40}")
_SCP = re.compile(r"[\w.-]+@[\w.-]+:(?!//).+")
_HEADS, _TAGS = "refs/heads/", "refs/tags/"
_SHOWN = 8


@attrs.frozen
class Checkout:
    """A repository as it was fetched."""

    commit: str
    branch: str = ""


def is_address(text: str) -> bool:
    """Whether a text is the address of a repository, and can be nothing else."""
    return text.startswith(("git+", "git://", "ssh://")) or text.endswith(".git") or bool(_SCP.fullmatch(text))


def address_of(text: str) -> str:
    """What git is given for an address as users write it."""
    plain = text.removeprefix("git+")
    if plain.startswith("-"):
        raise InvalidInput(f"not the address of a repository: {text!r}")
    return plain


def is_repository(folder: Path) -> bool:
    """Whether a folder is a repository, with files or bare."""
    return (folder / ".git").exists() or ((folder / "HEAD").is_file() and (folder / "objects").is_dir())


def fetch(address: str, version: str | None, folder: Path) -> Checkout:
    """Fetch a version of a repository into an empty folder, and no history where the server can do without.

    Args:
        address: What git understands.
        version: A branch, a tag or a commit, which may be shortened; None for the default branch.
        folder: Where to.

    Raises:
        NotFound: the repository has no such version; those it has are named.
        Unavailable: the repository cannot be read.
    """
    found = _references(address)
    _run(folder, "init", "--quiet")
    _run(folder, "remote", "add", "origin", "--", address)
    if version is None:
        wanted, branch = "HEAD", found.default
    else:
        branch = version if _HEADS + version in found.names else ""
        wanted = next((prefix + version for prefix in (_HEADS, _TAGS) if prefix + version in found.names), version)
    if wanted == version:
        _fetch_commit(folder, address, version, found)
    else:
        _run(folder, "fetch", "--quiet", "--depth", "1", "origin", wanted)
        _run(folder, "checkout", "--quiet", *(("-B", branch) if branch else ("--detach",)), "FETCH_HEAD")
    if (folder / ".gitmodules").is_file():
        _run(folder, "submodule", "--quiet", "update", "--init", "--recursive", "--depth", "1")
    return Checkout(_run(folder, "rev-parse", "HEAD").strip(), branch)


def apply(folder: Path, patch: bytes) -> None:
    """Change the files of a working tree as a patch says.

    Raises:
        InvalidState: it does not fit them.
    """
    file = folder / ".git" / "runyard.patch"
    file.write_bytes(patch)
    try:
        _run(folder, "apply", "--whitespace=nowarn", str(file))
    except Unavailable as error:
        raise InvalidState(f"the recorded changes do not fit the recorded commit: {error}") from error


@attrs.frozen
class _References:
    names: frozenset[str]
    default: str

    def described(self) -> str:
        parts = []
        for prefix, word in ((_HEADS, "branches"), (_TAGS, "tags")):
            names = sorted(name.removeprefix(prefix) for name in self.names if name.startswith(prefix))
            names = [name for name in names if not name.endswith("^{}")]
            more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
            parts.append(f"{word}: {', '.join(names[:_SHOWN]) or 'none'}{more}")
        return "; ".join(parts)


def _references(address: str) -> _References:
    lines = _run(None, "ls-remote", "--symref", "--", address).splitlines()
    symbolic = [line for line in lines if line.startswith("ref: ") and line.endswith("\tHEAD")]
    names = frozenset(line.split("\t")[1] for line in lines if "\t" in line and not line.startswith("ref: "))
    if not names:
        raise NotFound(f"the repository {hide_credentials(address)} is empty")
    return _References(names, symbolic[0][len("ref: ") : -len("\tHEAD")].removeprefix(_HEADS) if symbolic else "")


def _fetch_commit(folder: Path, address: str, version: str, found: _References) -> None:
    """Fetch a commit by its hash; all there is, where the server gives none by hash or the hash is shortened."""
    missing = NotFound(
        f"the repository {hide_credentials(address)} has no version {version!r}; {found.described()}; a commit is "
        "named by at least 7 digits of its hash"
    )
    if not _COMMIT.fullmatch(version):
        raise missing
    try:
        _run(folder, "fetch", "--quiet", "--depth", "1", "origin", version)
        commit = "FETCH_HEAD"
    except Unavailable:
        _run(folder, "fetch", "--quiet", "--tags", "origin", "+refs/heads/*:refs/remotes/origin/*")
        commit = version
    try:
        _run(folder, "checkout", "--quiet", "--detach", f"{commit}^{{commit}}")
    except Unavailable as error:
        raise missing from error


def _run(folder: Path | None, *arguments: str) -> str:
    """What git prints.

    Raises:
        Unavailable: it failed; its last line is said.
    """
    asking = {} if sys.stdin and sys.stdin.isatty() else {"GIT_TERMINAL_PROMPT": "0"}
    try:
        done = subprocess.run(  # noqa: S603 - no shell, and git is kept from running others
            ["git", *_SAFE, *arguments],  # noqa: S607 - the git that the user has
            cwd=folder,
            env={**os.environ, **asking, "LC_ALL": "C"},
            stdin=None if not asking else subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
    except FileNotFoundError:
        raise Unavailable("git is not installed; it fetches projects from repositories") from None
    if done.returncode:
        lines = [line.strip() for line in done.stderr.decode("utf-8", "replace").splitlines() if line.strip()]
        wrong = [line for line in lines if line.startswith(("fatal:", "error:", "ERROR:", "remote:"))] or lines
        if wrong and "Could not read from remote repository" in wrong[0]:
            # Why is what ssh has said before.
            wrong = lines[: lines.index(wrong[0])][-1:] or wrong
        shown = hide_credentials_in("; ".join(wrong[:2])) or f"exit code {done.returncode}"
        raise Unavailable(f"git {arguments[0]} failed: {shown}")
    return done.stdout.decode("utf-8", "replace")


def hide_credentials_in(text: str) -> str:
    """A text of git without the passwords in its addresses."""
    return re.sub(r"\w[\w+.-]*://[^\s']+", lambda match: hide_credentials(match.group()), text)
