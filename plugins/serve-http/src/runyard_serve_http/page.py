"""A page to try a model with: one file of HTML that loads nothing and may run nothing but its own script."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from functools import cache
from html import escape
from importlib.resources import files
from string import Template

from runyard.server.answers import Answer
from runyard.types.schema import Schema
from runyard_serve_http.scoring import ScoredModel

EMPTY = '{"inputs": []}'
_SHORT_LIST = re.compile(r"\[\s+([^\[\]{}]*?)\s+\]")


def answer(model: ScoredModel) -> Answer:
    """The page as an answer."""
    headers = (
        (b"content-security-policy", _policy()),
        (b"x-content-type-options", b"nosniff"),
        (b"referrer-policy", b"no-referrer"),
        (b"cache-control", b"no-store"),
    )
    return Answer(200, html(model).encode(), b"text/html; charset=utf-8", headers)


def html(model: ScoredModel) -> str:
    """The page's text; whatever comes from the model is escaped."""
    metadata = model.model.metadata
    flavors = [name for name in metadata.flavors if name != "python_function"] or ["python_function"]
    badges = [f"version {model.version}"] if model.version else []
    badges += flavors
    schemas = "".join(
        _table(title, schema)
        for title, schema in (("Inputs", metadata.get_input_schema()), ("Outputs", metadata.get_output_schema()))
        if schema is not None
    )
    return Template(_text()).substitute(
        title=escape(model.uri),
        name=escape(model.uri),
        badges="".join(f'<span class="badge">{escape(badge)}</span>' for badge in badges),
        example=escape(_pretty(model.example())),
        schemas=schemas,
    )


def _pretty(example: str | None) -> str:
    """JSON with one line for each list of plain values."""
    text = json.dumps(json.loads(example or EMPTY), indent=2, ensure_ascii=False)
    return _SHORT_LIST.sub(lambda match: f"[{' '.join(match[1].split())}]", text)


def _table(title: str, schema: Schema) -> str:
    rows = "".join(
        f'<tr><td class="code">{escape(name)}</td><td class="code">{escape(_type(item))}</td>'
        f"<td>{'yes' if item.required else 'no'}</td></tr>"
        for name, item in ((item.name or f"({at})", item) for at, item in enumerate(schema, 1))
    )
    return (
        f'<section class="card"><h2>{title}</h2><div class="scroll"><table>'
        f"<thead><tr><th>Name</th><th>Type</th><th>Required</th></tr></thead><tbody>{rows}</tbody></table></div></section>"
    )


def _type(item: object) -> str:
    shape = getattr(item, "shape", None)
    kind = getattr(item, "type", "")
    name = getattr(kind, "name", None) or str(kind)
    return name if shape is None else f"{name} {tuple(shape)}"


@cache
def _text() -> str:
    return files("runyard_serve_http").joinpath("page.html").read_text(encoding="utf-8")


@cache
def _policy() -> bytes:
    """The page's own style and script are allowed by their hashes, and nothing else is."""

    def hashes(tag: str) -> str:
        found = re.findall(rf"<{tag}>(.*?)</{tag}>", _text(), re.DOTALL)
        digests = [base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in found]
        return " ".join(f"'sha256-{digest}'" for digest in digests)

    rules = (
        "default-src 'none'",
        f"style-src {hashes('style')}",
        f"script-src {hashes('script')}",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
    return "; ".join(rules).encode()
