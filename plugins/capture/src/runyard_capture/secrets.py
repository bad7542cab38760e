"""A command line without its secrets."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from itertools import pairwise

from runyard.uris import hide_credentials

HIDDEN = "***"
_SECRET_WORDS = re.compile(
    r"apikey|auth|authorization|bearer|credentials?|pass|passphrase|passwd|password|pwd|secrets?|token"
)
_KEY_OWNERS = re.compile(r"access|account|api|encryption|master|private|signing|ssh")
_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^\s'\"]+")
_AUTHORIZATION = re.compile(r"\b(bearer|basic)\s+\S+", re.IGNORECASE)
_KNOWN_TOKENS = re.compile(r"\b(gh[opsu]_|github_pat_|glpat-|hf_|sk-|xox[abp]-|AKIA|eyJ)[A-Za-z0-9_.\-]{8,}")


def command_line(arguments: Sequence[str]) -> str:
    """The command as one would type it; values of secret options, credentials in URIs and tokens are hidden."""
    shown: list[str] = []
    hide_next = code_next = False
    for argument in arguments:
        if hide_next and not argument.startswith("--"):
            shown.append(HIDDEN)
            hide_next = False
            continue
        if code_next:
            shown.append("...")
            code_next = False
            continue
        code_next = argument == "-c" and len(shown) == 1
        name, equals, value = argument.partition("=")
        hide_next = not equals and argument.startswith("-") and is_secret(name)
        hidden = f"{name}={HIDDEN}" if equals and value and is_secret(name) else _without_tokens(argument)
        shown.append(hidden)
    return " ".join(part if part == HIDDEN else shlex.quote(part) for part in shown)


def is_secret(name: str) -> bool:
    """Whether an option or a variable of that name holds a secret."""
    words = [word.lower() for word in _WORDS.findall(name)]
    return any(_SECRET_WORDS.fullmatch(word) for word in words) or any(
        second == "key" and _KEY_OWNERS.fullmatch(first) for first, second in pairwise(words)
    )


def _without_tokens(argument: str) -> str:
    text = _URI.sub(lambda match: hide_credentials(match.group()), argument)
    text = _AUTHORIZATION.sub(lambda match: f"{match.group(1)} {HIDDEN}", text)
    return _KNOWN_TOKENS.sub(HIDDEN, text)
