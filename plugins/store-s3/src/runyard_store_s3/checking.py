"""By which checksum a service checks what it is sent: a CRC-32, which it keeps with the file, or else an MD5."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import attrs

from runyard.errors import InvalidInput, NotSupported
from runyard_store_s3.connection import Bucket, Call, Response
from runyard_store_s3.content import Content
from runyard_store_s3.digests import CRC32

OF_PARTS: Mapping[str, str] = MappingProxyType(
    {"x-amz-checksum-algorithm": "CRC32", "x-amz-checksum-type": "FULL_OBJECT"}
)
REFUSALS = (InvalidInput, NotSupported)  # of services that do not want to hear of it


class Checksums:
    """What the answers of a service tell of it. Some refuse to be told a CRC-32, some silently do not look at it."""

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket
        self._are_kept = None if bucket.access.crc32 else False
        self.may_be_of_parts = bucket.access.crc32

    def put(self, call: Call, content: Content) -> Response:
        """Send a whole file; with both checksums until it is known which one is looked at."""
        if self._are_kept is not None:
            return self._sent(call, content.crc32() if self._are_kept else content.md5())
        crc32, md5 = content.crc32(), content.md5()
        try:
            response = self._sent(call, crc32 | md5)
            self._are_kept = response.headers.get(CRC32) == crc32[CRC32]
        except REFUSALS:
            response = self._sent(call, md5)
            self._are_kept = False
        return response

    def _sent(self, call: Call, headers: Mapping[str, str]) -> Response:
        response, _ = self._bucket.answered(attrs.evolve(call, headers={**call.headers, **headers}))
        return response
