"""The command of an entry point with its parameters in it, each of which reaches the program as it is."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from string import Formatter

import attrs

from runyard.errors import InvalidInput, did_you_mean

_IN_QUOTES = re.compile(r'(["$`\\])')


def command_line(template: str, values: Mapping[str, str], more: Mapping[str, str], what: str) -> str:
    """A text for bash: the template with `{name}` replaced, and `--name value` for what it does not name.

    Wherever a placeholder stands, bare or in quotes, its value is one piece of text to the shell, never code.

    Args:
        template: As MLproject has it, in the form of `str.format`.
        values: What may be named.
        more: What is added behind.
        what: What an error calls the command.

    Raises:
        InvalidInput: it names a parameter that there is not, or cannot be read.
    """
    try:
        pieces = list(Formatter().parse(template))
    except ValueError as error:
        raise InvalidInput(
            f"the command of {what} cannot be read: {error}; a brace that is meant as such is written twice"
        ) from error
    quoting = _Quoting(what)
    written = []
    for text, name, form, conversion in pieces:
        written.append(text)
        quoting.read(text)
        if name is None:
            continue
        if name not in values or form or conversion:
            hint = did_you_mean(name, values)
            raise InvalidInput(
                f"the command of {what} names {{{name}}}, which is none of its parameters{hint} "
                f"(there are: {', '.join(values) or 'none'}); a brace that is meant as such is written twice"
            )
        written.append(quoting.quoted(values[name]))
    words = [word for name, value in more.items() for word in (shlex.quote(f"--{name}"), shlex.quote(value))]
    return " ".join(["".join(written), *words])


@attrs.define
class _Quoting:
    """Which quotes are open at a place of a text for bash; `states` are nested by `$(`."""

    what: str
    states: list[str] = attrs.Factory(lambda: [""])

    def read(self, text: str) -> None:
        at = 0
        while at < len(text):
            at += self._step(text, at)

    def quoted(self, value: str) -> str:
        match self.states[-1]:
            case "":
                return shlex.quote(value)
            case '"':
                return _IN_QUOTES.sub(r"\\\1", value)
            case "'":
                return value.replace("'", "'\\''")
            case "$'":
                return value.replace("\\", "\\\\").replace("'", "\\'")
        raise InvalidInput(
            f"the command of {self.what} has a parameter within backquotes, where no value is safe; write $(…) instead"
        )

    def _step(self, text: str, at: int) -> int:
        """Read one sign, or a pair of signs; how many."""
        state, here, pair = self.states[-1], text[at], text[at : at + 2]
        if here == "\\" and state != "'":
            return 2
        if state and here == state[-1]:
            self.states[-1] = ""
        elif state in {"", '"'} and pair == "$(":
            self.states.append("")
            return 2
        elif state == "" and pair == "$'":
            self.states[-1] = pair
            return 2
        elif state == "" and here == ")" and len(self.states) > 1:
            self.states.pop()
        elif (state in {"", '"'} and here == "`") or (state == "" and here in {'"', "'"}):
            self.states[-1] = here
        return 1
