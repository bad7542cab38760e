"""Values as a person reads them: numbers, times, sizes, curves."""

from __future__ import annotations

import math
import time
import unicodedata
from collections.abc import Sequence

BARS = "▁▂▃▄▅▆▇█"
PLAIN_BARS = "_.-~=+*#"


def printable(value: object) -> str:
    """The value as one line; what would move the cursor or start an escape sequence is written out."""
    text = value if isinstance(value, str) else str(value)
    return text if text.isprintable() else "".join(char if char.isprintable() else _escape(char) for char in text)


def width(text: str) -> int:
    """How many terminal columns a text takes."""
    if text.isascii():
        return len(text)
    return sum(0 if unicodedata.combining(char) else 1 + (_is_wide(char)) for char in text)


def clip(text: str, limit: int) -> str:
    """The text in at most `limit` columns, with an ellipsis where something was left out."""
    if width(text) <= limit:
        return text
    kept, used = [], 1
    for char in text:
        used += width(char)
        if used > limit:
            break
        kept.append(char)
    return "".join(kept) + "…"


def number(value: float) -> str:
    """A metric's value in at most six significant digits; whole numbers in full."""
    if isinstance(value, int) or (math.isfinite(value) and value.is_integer() and abs(value) < 1e15):
        return str(int(value))
    return f"{value:.6g}"


def ago(milliseconds: int | None, *, now: float | None = None) -> str:
    """How long ago a time in milliseconds was, as `3 min ago`; empty without one."""
    if milliseconds is None:
        return ""
    seconds = (time.time() if now is None else now) - milliseconds / 1000
    if seconds < 0:
        return "in the future" if seconds < -60 else "now"
    return "now" if seconds < 1 else f"{_span(seconds)} ago"


def duration(start: int | None, end: int | None) -> str:
    """The time between two times in milliseconds; empty while one is missing."""
    if start is None or end is None:
        return ""
    seconds = max(0, end - start) / 1000
    if seconds < 10:
        return f"{seconds:.1f} s"
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes} min {rest} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


def moment(milliseconds: int | None) -> str:
    """A time in milliseconds as local date and time; empty without one."""
    if milliseconds is None:
        return ""
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(milliseconds / 1000))


def size(count: int | None) -> str:
    """A number of bytes, as `1.4 MB`; empty without one."""
    if count is None:
        return ""
    amount = float(count)
    for unit in ("B", "KB", "MB", "GB"):
        if amount < 1000:
            return f"{amount:.0f} {unit}" if unit == "B" else f"{amount:.1f} {unit}"
        amount /= 1000
    return f"{amount:.1f} TB"


def sparkline(values: Sequence[float], columns: int = 24, *, bars: str = BARS) -> str:
    """A curve as a line of bars; NaN and the infinities are left blank."""
    buckets = _buckets(values, columns)
    finite = [value for value in buckets if math.isfinite(value)]
    if not finite:
        return ""
    low, high = min(finite), max(finite)
    return "".join(bars[_level(value, low, high)] if math.isfinite(value) else " " for value in buckets)


def parse_age(text: str) -> float:
    """`30d`, `12h`, `90m` or `45s` as seconds.

    Raises:
        ValueError: it is none of these.
    """
    units = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
    amount, unit = text.strip()[:-1], text.strip()[-1:]
    if unit not in units or not amount.replace(".", "", 1).isdigit():
        raise ValueError(f"not an age: {text!r}; write a number and s, m, h, d or w, such as 30d")
    return float(amount) * units[unit]


def _escape(char: str) -> str:
    return {"\n": "\\n", "\r": "\\r", "\t": "\\t"}.get(char) or ascii(char)[1:-1]


def _is_wide(char: str) -> bool:
    return unicodedata.east_asian_width(char) in {"W", "F"}


def _span(seconds: float) -> str:
    for unit, length in (("d", 86_400), ("h", 3600), ("min", 60)):
        if seconds >= length:
            return f"{int(seconds // length)} {unit}"
    return f"{int(seconds)} s"


def _buckets(values: Sequence[float], columns: int) -> list[float]:
    """The last value of each of at most `columns` equal parts."""
    count = len(values)
    if count <= columns:
        return list(values)
    return [values[(part + 1) * count // columns - 1] for part in range(columns)]


def _level(value: float, low: float, high: float) -> int:
    # Halves, so that the span of two huge values does not overflow.
    span = high / 2 - low / 2
    return min(7, int((value / 2 - low / 2) / span * 8)) if span else 3
