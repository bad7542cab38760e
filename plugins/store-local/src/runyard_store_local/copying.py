"""Copy a stream into an open file, from file to file within the kernel where it can."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from io import BufferedReader, FileIO
from typing import BinaryIO

CHUNK = 1 << 20
KERNEL_CHUNK = 1 << 26

Guard = Callable[[], AbstractContextManager[None]]


def copy(source: BinaryIO, target: int, writing: Guard) -> int:
    """The number of bytes copied. Faults of the target happen within `writing()`, those of the source outside."""
    size = _copy_in_kernel(source, target)
    while chunk := source.read(CHUNK):
        with writing():
            rest = memoryview(chunk)
            while rest:
                rest = rest[os.write(target, rest) :]
        size += len(chunk)
    return size


def _copy_in_kernel(source: BinaryIO, target: int) -> int:
    """As much as the kernel takes; what it refuses, a full disk included, is left to be met by a plain write."""
    if not hasattr(os, "copy_file_range") or not _is_plain_file(source):
        return 0
    start = position = source.tell()
    with suppress(OSError):
        while copied := os.copy_file_range(source.fileno(), target, KERNEL_CHUNK, offset_src=position):
            position += copied
    source.seek(position)
    return position - start


def _is_plain_file(source: BinaryIO) -> bool:
    raw = source.raw if isinstance(source, BufferedReader) else source
    return isinstance(raw, FileIO) and raw.seekable()
