"""Decompressed bytes of a zstd file, every frame of it, and whether it is whole.

The library's own ``stream_reader`` accepts a file that ends within a frame as complete: half an upload would be
pushed.

Tested by tests/unit/sources/files/test_source.py.
"""

from __future__ import annotations

import io
from typing import IO, Any, Final

__all__ = ["ZstdFrames"]

_READ: Final = 16_384  # compressed bytes at a time; the decompressed bytes are kept in memory


class ZstdFrames(io.RawIOBase):
    """A readable stream over the frames of another one.

    :param stream: the compressed bytes.
    :param decompressor: a ``zstandard.ZstdDecompressor``.
    """

    def __init__(self, stream: IO[bytes], decompressor: Any) -> None:
        super().__init__()
        self._stream = stream
        self._decompressor = decompressor
        self._frame: Any = None
        self._left = b""  # compressed bytes after the last frame
        self._ready = memoryview(b"")

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill the buffer, or a part of it; 0 at the end.

        :raises EOFError: the file ends within a frame.
        """
        while not self._ready:
            raw = self._left or self._stream.read(_READ)
            self._left = b""
            if not raw:
                if self._frame is not None:
                    raise EOFError("the file ends within a zstd frame")
                return 0
            self._feed(raw)
        count = min(len(buffer), len(self._ready))
        buffer[:count] = self._ready[:count]
        self._ready = self._ready[count:]
        return count

    def _feed(self, raw: bytes) -> None:
        if self._frame is None:
            self._frame = self._decompressor.decompressobj()
        self._ready = memoryview(self._frame.decompress(raw))
        if self._frame.eof:
            self._left, self._frame = self._frame.unused_data, None
