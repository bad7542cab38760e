"""Curves as messages: one alone, or many by run id and key."""

from __future__ import annotations

from collections.abc import Mapping

from runyard.entities import MetricColumns
from runyard.errors import InvalidInput
from runyard.wire.messages import CURVES, MAX_MESSAGE, decode, encode

COLUMNS_TYPE = "application/vnd.runyard.columns"
CURVES_TYPE = "application/vnd.runyard.curves"


def encode_columns(columns: MetricColumns, *, compress: bool = False) -> bytes:
    """One curve as bytes."""
    return encode_curves({("", ""): columns}, compress=compress)


def decode_columns(data: bytes | bytearray | memoryview, *, limit: int = MAX_MESSAGE) -> MetricColumns:
    """The one curve that bytes hold.

    Raises:
        InvalidInput: the bytes are no curve, or longer than `limit` when decompressed.
    """
    curves = decode_curves(data, limit=limit)
    if list(curves) != [("", "")]:
        raise InvalidInput(f"the message holds {len(curves)} named curves instead of one")
    return curves["", ""]


def encode_curves(curves: Mapping[tuple[str, str], MetricColumns], *, compress: bool = False) -> bytes:
    """Curves by run id and key, as bytes."""
    return encode(CURVES, {}, curves, compress=compress)


def decode_curves(
    data: bytes | bytearray | memoryview, *, limit: int = MAX_MESSAGE
) -> dict[tuple[str, str], MetricColumns]:
    """The curves that bytes hold.

    Raises:
        InvalidInput: the bytes are no curves, or longer than `limit` when decompressed.
    """
    return decode(CURVES, data, limit)[1]
