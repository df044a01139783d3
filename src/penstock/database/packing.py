"""JSON that is stored as bytes and read as a whole: compressed, unless it is short."""

from __future__ import annotations

import sys
import threading

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

_SHORT = 1_500  # bytes below which compressing costs more CPU than it saves the server; a row of 2 KB is cut up


class _Own(threading.local):
    """A compressor for each thread: the loop waits for none that compresses a batch."""

    def __init__(self) -> None:
        # Measured: level 3 costs a third more CPU for a thirtieth less disk.
        self.compressor = zstd.ZstdCompressor(level=1)


_own = _Own()


def packed(body: bytes) -> bytes:
    """Return JSON, which must be a list, as it is stored."""
    return body if len(body) < _SHORT else _own.compressor.compress(body, zstd.ZstdCompressor.FLUSH_FRAME)


def unpacked(stored: bytes) -> bytes:
    """Return the JSON of what was stored."""
    return stored if stored[:1] == b"[" else zstd.decompress(stored)
