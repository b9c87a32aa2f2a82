"""An encrypted temporary file without a name."""

from __future__ import annotations

import errno
import os
import tempfile
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_bento.delivery.keeping.sealed_file import SealedFile
from airflow_provider_bento.exceptions import BentoStateError


def test_pieces_come_back_in_order() -> None:
    """Each as it was."""
    file, pieces = SealedFile(), [b"planted one", b"", b"x" * 100_000]
    for piece in pieces:
        file.write(piece)
    assert list(file.pieces()) == pieces


def test_nobody_else_can_read_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It has no name, and what is on the disk says nothing."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    file = SealedFile()
    file.write(b"planted@example.com" * 1000)
    file._file.flush()
    assert list(tmp_path.iterdir()) == []
    raw = os.pread(file._file.fileno(), 1_000_000, 0)
    assert len(raw) > 19_000
    assert b"planted" not in raw


def test_what_was_tampered_with_is_not_returned() -> None:
    """Each piece is authenticated."""
    file = SealedFile()
    file.write(b"a piece")
    file._file.flush()
    os.pwrite(file._file.fileno(), b"\0\0\0", 12)
    with pytest.raises(BentoStateError, match="changed on its disk"):
        list(file.pieces())


def test_a_disk_that_fails_later_does_not_say_that_nothing_was_sent() -> None:
    """Some of it may have been."""
    file = SealedFile()
    file.write(b"a piece")
    pieces = file.pieces()
    file._file.close()
    with pytest.raises(ValueError, match="closed"):  # a closed file is no error of the disk
        next(pieces)
    file = SealedFile()
    file.write(b"a piece")
    broken: Any = type(
        "Broken", (), {"seek": lambda *_: None, "read": lambda *_: (_ for _ in ()).throw(OSError(5, "I/O"))}
    )
    file._file = broken()
    with pytest.raises(BentoStateError, match="Everything Bento confirmed is saved") as caught:
        next(file.pieces())
    assert "Nothing was sent" not in str(caught.value)


def test_a_full_disk_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    """Before anything was sent."""

    class Full:
        def write(self, data: bytes) -> None:
            raise OSError(errno.ENOSPC, "No space left on device")

        def close(self) -> None: ...

    full: Any = Full()
    monkeypatch.setattr(tempfile, "TemporaryFile", lambda **_: full)
    with pytest.raises(BentoStateError, match=r"No space left.*Nothing was sent\. Free space in TMPDIR"):
        SealedFile().write(b"x")
