"""Text of another encoding as UTF-8, so that its readers need to know only one.

Tested by tests/unit/sources/files/test_csv_rows.py.
"""

from __future__ import annotations

import io
from typing import IO, Any, Final

from airflow_provider_bento.exceptions import BentoSetupError

__all__ = ["Recoded"]

_READ: Final = 1 << 15  # letters at a time


class Recoded(io.RawIOBase):
    """A readable stream of the same text in UTF-8; a byte that the encoding does not know stays as it is.

    :param stream: the bytes.
    :param encoding: their encoding.
    :param name: the file's name, for the error.
    """

    def __init__(self, stream: IO[bytes], encoding: str, name: str) -> None:
        super().__init__()
        self._text = io.TextIOWrapper(stream, encoding, errors="surrogateescape", newline="")
        self._what = f"{name} is not {encoding}, or is truncated."
        self._ready = memoryview(b"")

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill the buffer, or a part of it; 0 at the end.

        :raises BentoSetupError: the bytes are no text of the encoding.
        """
        if not self._ready:
            try:
                self._ready = memoryview(self._text.read(_READ).encode("utf-8", "surrogateescape"))
            except UnicodeError as error:
                raise BentoSetupError(self._what) from error
        count = min(len(buffer), len(self._ready))
        buffer[:count] = self._ready[:count]
        self._ready = self._ready[count:]
        return count

    def close(self) -> None:
        """Detach from the bytes; their opener closes them."""
        if not self.closed:
            self._text.detach()
        super().close()
