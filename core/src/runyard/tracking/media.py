"""Texts, dictionaries, figures and images as artifacts: `log_text`, `log_dict`, `log_figure`, `log_image` ...

Each takes the run's artifact store first; `log_image` with a key also sets a tag through `set_tag(key, value)`.
"""

from __future__ import annotations

import json
import posixpath
import time
import uuid
from collections.abc import Callable, Mapping
from io import BytesIO
from typing import Any, BinaryIO

from runyard.entities import FileInfo
from runyard.errors import InvalidInput
from runyard.protocols.artifacts import ArtifactStore

LOGGED_IMAGES_TAG = "mlflow.loggedImages"
PLOTLY_FORMATS = (".png", ".jpeg", ".jpg", ".webp", ".svg", ".pdf")

TagSetter = Callable[[str, str], object]


def log_stream(store: ArtifactStore, stream: BinaryIO, artifact_file: str) -> FileInfo:
    """Store what a binary stream holds."""
    return store.write(artifact_file, stream)


def log_text(store: ArtifactStore, text: str, artifact_file: str) -> FileInfo:
    """Store text as UTF-8.

    Raises:
        InvalidInput: it is not a string.
    """
    if not isinstance(text, str):
        raise InvalidInput(f"log_text takes a string, got {type(text).__name__}; for bytes use log_stream")
    return _write(store, artifact_file, text.encode())


def log_dict(store: ArtifactStore, dictionary: Any, artifact_file: str) -> FileInfo:
    """Store a dictionary or list as YAML where the name ends in .yml or .yaml, else as JSON."""
    return _write(store, artifact_file, dict_text(dictionary, artifact_file).encode())


def log_figure(
    store: ArtifactStore, figure: Any, artifact_file: str, *, save_kwargs: Mapping[str, Any] | None = None
) -> FileInfo:
    """Store a matplotlib or plotly figure in the format that the name's ending says.

    Raises:
        InvalidInput: it is no figure, or the format is unknown.
    """
    return _write(store, artifact_file, figure_content(figure, artifact_file, save_kwargs))


def log_image(
    store: ArtifactStore,
    image: Any,
    artifact_file: str | None = None,
    *,
    key: str | None = None,
    step: int | None = None,
    timestamp: int | None = None,
    set_tag: TagSetter | None = None,
) -> FileInfo:
    """Store an image (PIL, numpy, `Image`) under a name, or under a key and a step with a small preview beside it.

    Raises:
        InvalidInput: not exactly one of `artifact_file` and `key`, or nothing that can be shown as an image.
    """
    from runyard.tracking.images import checked_image_key, encoded, preview, to_pil

    if artifact_file is not None and not (key is None and step is None and timestamp is None):
        raise InvalidInput("log_image takes either artifact_file, or key with step and timestamp, not both")
    if artifact_file is None and key is None:
        raise InvalidInput("log_image needs artifact_file for a single image, or key for one of a series of steps")
    picture = to_pil(image)
    if artifact_file is not None:
        return _write(store, artifact_file, encoded(picture, artifact_file))
    name = stepped_name(checked_image_key(key), step or 0, timestamp or time.time_ns() // 1_000_000)
    info = _write(store, f"{name}.png", encoded(picture, "x.png"))
    _write(store, f"{name}+compressed.webp", encoded(preview(picture), "x.webp"))
    if set_tag is not None:
        set_tag(LOGGED_IMAGES_TAG, "True")
    return info


def stepped_name(key: str, step: int, timestamp: int) -> str:
    """Where an image of a series is kept, without its ending; the layout that MLflow's charts read."""
    return f"images/{key.replace('/', '~')}+step+{step}+timestamp+{timestamp}+{uuid.uuid4()}"


def dict_text(dictionary: Any, artifact_file: str) -> str:
    """JSON or YAML by the name's ending; what JSON lacks becomes text."""
    if posixpath.splitext(artifact_file)[1].lower() in {".yml", ".yaml"}:
        import yaml

        try:
            text: str = yaml.safe_dump(dictionary, indent=2, default_flow_style=False, allow_unicode=True)
        except yaml.YAMLError:  # a value that plain YAML lacks; written as the text that JSON would hold
            plain = json.loads(json.dumps(dictionary, default=str))
            text = yaml.safe_dump(plain, indent=2, default_flow_style=False, allow_unicode=True)
        return text
    return json.dumps(dictionary, indent=2, default=str)


def figure_content(figure: Any, artifact_file: str, save_kwargs: Mapping[str, Any] | None = None) -> bytes:
    """A figure's bytes; told by its methods, so that no plotting package is imported here."""
    ending = posixpath.splitext(artifact_file)[1].lower()
    options = dict(save_kwargs or {})
    if hasattr(figure, "savefig"):
        target = BytesIO()
        figure.savefig(target, **{"format": ending[1:] or None, **options})
        return target.getvalue()
    if hasattr(figure, "write_html") and hasattr(figure, "to_image"):
        return _plotly_content(figure, ending, options)
    raise InvalidInput(f"log_figure takes a matplotlib or plotly figure, got {type(figure).__name__}")


def _plotly_content(figure: Any, ending: str, options: dict[str, Any]) -> bytes:
    if ending == ".html":
        options.pop("auto_open", None)
        html: str = figure.to_html(**{"include_plotlyjs": "cdn", **options})
        return html.encode()
    if ending in PLOTLY_FORMATS:
        content: bytes = figure.to_image(**{"format": ending[1:], **options})
        return content
    raise InvalidInput(
        f"a plotly figure cannot be stored as {ending!r}; use .html or one of {', '.join(PLOTLY_FORMATS)}"
    )


def _write(store: ArtifactStore, artifact_file: str, content: bytes) -> FileInfo:
    return store.write(artifact_file, BytesIO(content))
