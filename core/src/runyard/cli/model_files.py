"""`runyard models …` for models anywhere: look into one, fetch it, check its hashes, print what it needs."""

from __future__ import annotations

import secrets
import shutil
from pathlib import Path

import click

from runyard.cli import inspection_view, models_view, output, text
from runyard.cli.context import Context, pass_context
from runyard.cli.model_arguments import is_location, name_or_uri_argument, uri_argument
from runyard.cli.progress import transfer_reported
from runyard.errors import AlreadyExists, CorruptData, NotFound, RunyardError
from runyard.models import hashes
from runyard.models.inspection import get_model_dependencies, inspect_model, problems_of
from runyard.models.loading import bring_model, fetch_model
from runyard.uris import Uri


@click.command()
@name_or_uri_argument
@click.option("--fetch", is_flag=True, help="Fetch all files to look into them, where they are not on this machine.")
@output.json_option
@pass_context
def show(context: Context, which: str, fetch: bool, as_json: bool) -> None:
    """Show the registered model NAME, or what is in the model at URI: signature, needs, hashes, and what can run code.

    A folder here is written with a / in it, as ./folder; a NAME has none. Nothing of the model is loaded.
    """
    if not is_location(which):
        model = context.client.get_registered_model(which)
        output.show_json(model) if as_json else models_view.show_model(model)
        return
    with transfer_reported("fetching") as report:
        found = inspect_model(which, fetch=fetch, host=context.host, report=report)
    output.show_json(inspection_view.as_json(found)) if as_json else inspection_view.show_inspection(found)


@click.command()
@uri_argument
@click.option("--to", "folder", metavar="DIR", help="The new folder; else one named after the URI.")
@output.json_option
@pass_context
def download(context: Context, uri: str, folder: str | None, as_json: bool) -> None:
    """Fetch a model into a new folder, which appears when all files are there and are what was saved."""
    target = Path(folder or _folder_name(Uri.parse(uri)))
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise AlreadyExists(f"{target} is there already; name another folder with --to")
    scratch = target.parent / f".{target.name}.{secrets.token_hex(6)}.partial"
    try:
        with transfer_reported("downloading") as report:
            fetched = fetch_model(uri, scratch, host=context.host, report=report)
        fetched.folder.replace(target)
    except OSError as error:
        raise RunyardError(f"cannot write {target}: {error.strerror}") from error
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    output.show_json({"path": str(target)}) if as_json else output.echo(text.printable(target))


@click.command()
@uri_argument
@output.json_option
@pass_context
def verify(context: Context, uri: str, as_json: bool) -> None:
    """Check every file of a model against the hashes it was saved with; exit code 1 where one differs."""
    with transfer_reported("fetching") as report:
        folder = bring_model(uri, host=context.host, report=report).folder
    check = hashes.check_hashes(folder)
    if check is None:
        raise NotFound(f"{uri} has no {hashes.FILE_NAME}; it was not saved by Runyard, and nothing can be checked")
    problems, unlisted = problems_of(check), hashes.unlisted(folder)
    if as_json:
        told = {"files": check.files, "digest": check.digest, "changed": check.changed, "missing": check.missing}
        output.show_json({**told, "unlisted": unlisted, "verified": not problems})
    elif not problems:
        output.echo(f"{check.files} files are what was saved (SHA-256 of the hashes: {check.digest})")
        for name in unlisted:
            output.note(f"{text.printable(name)} is not among the hashes")
    if problems:
        raise CorruptData(f"{uri} is not what was saved: {'; '.join(problems)}")


@click.command()
@uri_argument
@click.option("--format", "form", type=click.Choice(["pip", "conda"]), default="pip", show_default=True)
@output.json_option
@pass_context
def dependencies(context: Context, uri: str, form: str, as_json: bool) -> None:
    """Print what a model needs: requirements for pip, or a Conda environment."""
    file = Path(get_model_dependencies(uri, form, host=context.host))
    content = file.read_text(encoding="utf-8")
    if as_json:
        output.show_json({"format": form, "path": str(file), "lines": content.splitlines()})
        return
    click.echo(content, nl=not content.endswith("\n"))


def _folder_name(uri: Uri) -> str:
    """A name for a model's folder: the last part of its location, after the registered model's name for a version."""
    parts = [part for part in uri.text.partition(":")[2].partition("?")[0].split("/") if part]
    if uri.scheme == "models":
        return "-".join(parts).replace("@", "-")
    return parts[-1]
