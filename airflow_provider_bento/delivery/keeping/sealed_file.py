"""A temporary file without a name, encrypted with a key that only this process knows.

Tested by tests/unit/delivery/keeping/test_sealed_file.py.
"""

from __future__ import annotations

import contextlib
import tempfile
import weakref
from collections.abc import Iterator
from struct import Struct
from typing import IO, Final

from airflow_provider_bento.exceptions import BentoStateError

__all__ = ["SealedFile"]

_SIZE: Final = Struct("<Q")
_NONCE: Final = Struct("<4xQ")  # 12 bytes; each number is used once
_KEY_BITS: Final = 256
_SAVED: Final = "Everything Bento confirmed is saved in the checkpoint."


class SealedFile:
    """Pieces of bytes, first written, then read once in the same order. The file is in ``TMPDIR``; it has no name, and
    ends with this object. Each piece is sealed with AES-256-GCM.

    :raises BentoStateError: there is no room for it.
    """

    def __init__(self) -> None:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        self._cipher = AESGCM(AESGCM.generate_key(_KEY_BITS))
        self._pieces = 0
        with _explained():
            self._file = tempfile.TemporaryFile(prefix="bento-")  # noqa: SIM115  (it lives as long as its owner)
        weakref.finalize(self, _closed, self._file)

    def write(self, piece: bytes) -> None:
        """Add a piece.

        :raises BentoStateError: the disk is full.
        """
        sealed = self._cipher.encrypt(_NONCE.pack(self._pieces), piece, None)
        self._pieces += 1
        with _explained():
            self._file.write(_SIZE.pack(len(sealed)))
            self._file.write(sealed)

    def pieces(self) -> Iterator[bytes]:
        """Yield the pieces.

        :raises BentoStateError: the file cannot be read, or is not what was written.
        """
        with _explained():
            self._file.seek(0)
        for number in range(self._pieces):
            with _explained(_SAVED):
                (size,) = _SIZE.unpack(self._file.read(_SIZE.size))
                sealed = self._file.read(size)
            yield self._opened(_NONCE.pack(number), sealed)

    def _opened(self, nonce: bytes, sealed: bytes) -> bytes:
        from cryptography.exceptions import InvalidTag

        try:
            return self._cipher.decrypt(nonce, sealed, None)
        except InvalidTag:
            raise BentoStateError(
                "The validated records that were kept on this machine have changed on its disk. "
                f"{_SAVED} Retry or clear the task.",
                advice="check the worker's disk, then clear the task",
            ) from None


@contextlib.contextmanager
def _explained(consequence: str = "Nothing was sent.") -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise BentoStateError(
            f"The validated records could not be kept on this machine until they are sent "
            f"({error.strerror or type(error).__name__}). {consequence} Free space in TMPDIR, then retry or clear "
            "the task.",
            advice="free space in TMPDIR of the worker, then clear the task",
        ) from error


def _closed(file: IO[bytes]) -> None:
    with contextlib.suppress(OSError):  # a full disk, once more
        file.close()
