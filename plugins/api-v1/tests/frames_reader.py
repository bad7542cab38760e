"""Reads the binary frame as its description says, without the code that writes it."""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from typing import Any

SIZES = {"f8": "d", "f4": "f", "i4": "i", "i2": "h", "i1": "b", "u4": "I"}


class ReadFrame:
    """A frame's header, and its columns as lists."""

    def __init__(self, data: bytes) -> None:
        (length,) = struct.unpack_from("<I", data)
        self.header: dict[str, Any] = json.loads(data[4 : 4 + length])
        self.data = data[4 + length :]
        assert (4 + length) % 8 == 0
        assert self.header["format"] == "runyard.frame/1"

    def bytes(self, place: Mapping[str, Any]) -> bytes:
        assert place["offset"] % 8 == 0
        found = self.data[place["offset"] : place["offset"] + place["length"]]
        assert len(found) == place["length"]
        return found

    def plain(self, place: Mapping[str, Any], code: str) -> list[Any]:
        data = self.bytes(place)
        return list(struct.unpack(f"<{len(data) // struct.calcsize(SIZES[code])}{SIZES[code]}", data))

    def column(self, column: Mapping[str, Any]) -> list[Any]:
        match column["type"]:
            case "hex16":
                text = self.bytes(column).hex()
                return [text[at : at + 32] for at in range(0, len(text), 32)]
            case "dict":
                codes = self.plain(column, column["code"])
                return [None if code < 0 else column["categories"][code] for code in codes]
            case "text":
                data, ends = self.bytes(column), self.plain(column["ends"], "u4")
                values: list[Any] = [data[start:end].decode() for start, end in zip([0, *ends[:-1]], ends, strict=True)]
            case code:
                values = [value + column.get("base", 0) for value in self.plain(column, code)]
        valid = column.get("valid")
        if valid is None:
            return values
        bits = self.bytes(valid)
        return [value if bits[at // 8] >> (at % 8) & 1 else None for at, value in enumerate(values)]

    def columns(self) -> dict[str, list[Any]]:
        return {column["key"]: self.column(column) for column in self.header["cols"]}
