"""Checks where a new model version says that its files lie: no way out of a folder, no way to another host."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import SplitResult, unquote, unquote_plus, urlsplit

import attrs

from runyard.entities import LoggedModel, Run
from runyard.errors import InvalidInput, NotFound
from runyard.server.service import PROXY_SCHEME, Stores, below_of
from runyard.uris import Uri, artifact_path
from runyard.validation import check_run_id
from runyard_api_mlflow.artifact_locations import HOST_ADDRESSED, MAX_LENGTH
from runyard_api_mlflow.prompts import is_prompt
from runyard_api_mlflow.version_locations import LoggedModelSource, VersionSource, logged_models, parse_model_source

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+):")
_MAX_DECODINGS = 8
_MAX_CANDIDATES = 4


@attrs.frozen
class Origin:
    """Where a version comes from: its source, and the run and the logged model behind it."""

    source: str
    run_id: str | None = None
    model_id: str | None = None


def checked_origin(stores: Stores, asked: Origin) -> Origin:
    """The origin of a new version, completed by what its source tells.

    Raises:
        InvalidInput: the source leads out of its folder or to another host, or lies elsewhere than the run or the
            logged model that it is said to come from.
        NotFound: the logged model or the version that it is copied from does not exist.
    """
    _check_path(asked.source)
    scheme = _scheme(asked.source)
    match scheme:
        case "runs":
            return _from_run(stores, asked)
        case "models":
            return _from_model(stores, asked)
        case "" | "file":
            _check_contained(stores, asked, _local_problem(asked))
        case _ if scheme == PROXY_SCHEME:
            return _from_proxy(stores, asked)
        case _ if scheme in HOST_ADDRESSED and not _is_trusted(stores, asked.source):
            _check_contained(stores, asked, _host_problem(asked, scheme))
        case _:
            pass
    return _with_model(stores, asked)


def _from_run(stores: Stores, asked: Origin) -> Origin:
    """`runs:/RUN_ID/PATH`; without a run id, the run must be known here."""
    run_id, path = _run_and_path(asked.source)
    artifact_path(path)
    if asked.run_id not in {None, run_id} or (asked.run_id is None and _run(stores, run_id) is None):
        raise _not_from(asked, "run_id")
    if asked.model_id and logged_models(stores).get_logged_model(asked.model_id).source_run_id != run_id:
        raise _not_from(asked, "model_id")
    return attrs.evolve(asked, run_id=run_id)


def _from_model(stores: Stores, asked: Origin) -> Origin:
    meant = parse_model_source(asked.source)
    if isinstance(meant, VersionSource):
        return _copied(stores, asked, meant)
    if asked.model_id not in {None, meant.model_id}:
        raise _not_from(asked, "model_id")
    model = _model(stores, meant)
    if model is None:
        raise _not_from(asked, "model_id")
    return attrs.evolve(asked, model_id=meant.model_id, run_id=asked.run_id or model.source_run_id)


def _copied(stores: Stores, asked: Origin, meant: VersionSource) -> Origin:
    """The origin of a copy of a version: its number as the source, its run and its logged model."""
    version = meant.find(stores.registry)
    if is_prompt(version.tags) or is_prompt(stores.registry.get_registered_model(version.name).tags):
        raise InvalidInput(
            f"Invalid model version source: '{asked.source}'. Prompt versions cannot be used as model version sources."
        )
    if asked.run_id not in {None, version.run_id} or asked.model_id not in {None, version.model_id}:
        raise InvalidInput(
            f"Invalid model version source: '{asked.source}'. The run_id and model_id request parameters must match "
            "the referenced model version."
        )
    return Origin(f"models:/{version.name}/{version.version}", version.run_id, version.model_id)


def _from_proxy(stores: Stores, asked: Origin) -> Origin:
    """Files that this server keeps: those of the run or the model that is named, else of the one they lie below."""
    if asked.run_id or asked.model_id:
        _check_contained(stores, asked, _not_from(asked, "model_id" if asked.model_id else "run_id"))
        return _with_model(stores, asked)
    for owner in _owners(stores, asked.source):
        if _is_below(asked.source, _root(owner)):
            if isinstance(owner, Run):
                return attrs.evolve(asked, run_id=owner.info.run_id)
            return attrs.evolve(asked, model_id=owner.model_id, run_id=owner.source_run_id)
    raise _not_from(asked, "run_id")


def _owners(stores: Stores, source: str) -> Iterator[Run | LoggedModel]:
    """The runs and logged models whose ids are in a path, each before a segment `artifacts`."""
    segments = _segments(source)
    places = [place for place, segment in enumerate(segments) if segment == "artifacts" and place]
    for place in places[:_MAX_CANDIDATES]:
        is_model = place > 1 and segments[place - 2] == "models"
        named = segments[place - 1]
        owner = _model(stores, LoggedModelSource(named)) if is_model else _run(stores, named)
        if owner is not None:
            yield owner


def _with_model(stores: Stores, asked: Origin) -> Origin:
    """The same with the run of its logged model, which must exist."""
    if not asked.model_id:
        return asked
    model = logged_models(stores).get_logged_model(asked.model_id)
    return attrs.evolve(asked, run_id=asked.run_id or model.source_run_id)


def _check_contained(stores: Stores, asked: Origin, problem: InvalidInput) -> None:
    """Refuse a source that does not lie below the artifacts of its logged model, else of its run."""
    owner: Run | LoggedModel | None = None
    if asked.model_id:
        owner = _model(stores, LoggedModelSource(asked.model_id))
    elif asked.run_id:
        owner = _run(stores, asked.run_id)
    if owner is None or not _is_below(asked.source, _root(owner)):
        raise problem


def _root(owner: Run | LoggedModel) -> str:
    return owner.info.artifact_uri if isinstance(owner, Run) else owner.artifact_uri


def _is_below(source: str, root: str) -> bool:
    """Whether a location is another one or lies below it; links in local paths are followed first."""
    if _scheme(source) in {"", "file"}:
        if not source.startswith(("/", "file:/")) or _scheme(root) not in {"", "file"}:
            return False
        below, above = Uri.parse(source).local_path.resolve(), Uri.parse(root).local_path.resolve()
        return below.is_relative_to(above)
    one, other = _split(source), _split(root)
    same_host = (one.scheme, one.netloc.lower()) == (other.scheme, other.netloc.lower())
    parts, parent = _segments(source), _segments(root)
    return same_host and bool(parent) and parts[: len(parent)] == parent


def _is_trusted(stores: Stores, source: str) -> bool:
    """Whether a location lies in what this server keeps, or may read, by its settings."""
    service = stores.service
    roots = [root for root in (service.artifact_root, *service.open_roots) if root is not None]
    return any(below_of(Uri.parse(source), root) is not None for root in roots)


def _check_path(source: str) -> None:
    """Refuse a source with a way upward or a control character, however often it is percent-encoded."""
    if len(source) > MAX_LENGTH:
        raise InvalidInput(f"'source' cannot be longer than {MAX_LENGTH} characters, got {len(source)}.")
    _split(source)
    decoded = source
    for _ in range(_MAX_DECODINGS):
        decoded = unquote_plus(decoded)
    is_upward = ".." in re.split(r"[/\\]", decoded)
    if is_upward or unquote(decoded) != decoded or any(ord(char) < 32 or ord(char) == 127 for char in decoded):
        raise InvalidInput(
            f"Invalid model version source: {source!r}. It must be an absolute location without relative path "
            "references and control characters."
        )


def _scheme(source: str) -> str:
    """The scheme of a URI; empty for a path."""
    match = _SCHEME.match(source)
    return match.group(1).lower() if match else ""


def _segments(source: str) -> list[str]:
    return [unquote(segment) for segment in _split(source).path.split("/") if segment]


def _split(location: str) -> SplitResult:
    try:
        return urlsplit(location)
    except ValueError as error:
        raise InvalidInput(f"Invalid model version source: '{location}'. It is no URI; {error}.") from error


def _run_and_path(source: str) -> tuple[str, str]:
    rest = source.partition(":")[2]
    if not rest.startswith("/") or rest.startswith("//"):
        raise InvalidInput(f"Invalid model version source: '{source}'. A runs: URI reads runs:/RUN_ID/PATH.")
    run_id, _, path = rest[1:].partition("/")
    return check_run_id(run_id), path


def _run(stores: Stores, run_id: str) -> Run | None:
    try:
        return stores.tracking.get_run(run_id)
    except NotFound:
        return None


def _model(stores: Stores, source: LoggedModelSource) -> LoggedModel | None:
    try:
        return source.find(stores)
    except NotFound:
        return None


def _not_from(asked: Origin, field: str) -> InvalidInput:
    return InvalidInput(
        f"Invalid model version source: '{asked.source}'. The {field} request parameter must identify the resource "
        "that contains the source."
    )


def _local_problem(asked: Origin) -> InvalidInput:
    field = "model_id" if asked.model_id else "run_id"
    return InvalidInput(
        f"Invalid model version source: '{asked.source}'. To use a local path as a model version source, the {field} "
        f"request parameter has to be specified and the local path has to be contained within the artifact directory "
        f"of what is specified by the {field}."
    )


def _host_problem(asked: Origin, scheme: str) -> InvalidInput:
    return InvalidInput(
        f"'source' cannot use the '{scheme}' scheme: it names a host that is not this server's artifact storage; "
        f"allow the location of '{asked.source}' with the setting server.artifact_roots"
    )
