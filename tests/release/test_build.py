"""The same commit gives the same sdist, whoever builds it."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

from release.build import differing, settled


def archive(files: dict[str, tuple[bytes, int]], *, mtime: float, uid: int) -> bytes:
    """Return a tar.gz as somebody's setuptools makes it: names, contents and modes."""
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w:gz") as made:
        for name, (data, mode) in files.items():
            info = tarfile.TarInfo(name)
            info.size, info.mode, info.mtime, info.uid, info.uname = len(data), mode, mtime, uid, f"user{uid}"
            made.addfile(info, io.BytesIO(data))
    return plain.getvalue()


def test_order_dates_owners_and_modes_are_settled() -> None:
    """What differs between two machines leaves no trace."""
    mine = archive({"a": (b"1", 0o644), "b": (b"2", 0o755)}, mtime=5.25, uid=0)
    yours = archive({"b": (b"2", 0o700), "a": (b"1", 0o600)}, mtime=99, uid=1000)
    assert mine != yours
    assert settled(mine, 7) == settled(yours, 7)


def test_other_contents_and_dates_stay_different() -> None:
    """Only habits are settled."""
    one = archive({"a": (b"1", 0o644)}, mtime=5, uid=0)
    other = archive({"a": (b"2", 0o644)}, mtime=5, uid=0)
    assert settled(one, 7) != settled(other, 7)
    assert settled(one, 7) != settled(one, 8)


def test_a_file_stays_executable(tmp_path: Path) -> None:
    """CI's script has to run from the sdist."""
    (tmp_path / "x.tar.gz").write_bytes(settled(archive({"run": (b"", 0o755), "a": (b"", 0o600)}, mtime=5, uid=3), 7))
    with tarfile.open(tmp_path / "x.tar.gz") as held:
        assert {one.name: (oct(one.mode), one.mtime, one.uid) for one in held} == {
            "run": ("0o755", 7, 0),
            "a": ("0o644", 7, 0),
        }


def test_a_file_that_differs_or_is_missing_is_named() -> None:
    """By its name."""
    assert differing({"a": "1", "b": "2"}, {"a": "1", "b": "3", "c": "4"}) == ["b", "c"]
    assert differing({"a": "1"}, {"a": "1"}) == []
