"""Builds sdist and wheel so that anybody who builds the same commit gets the same bytes.

What would differ is settled first: the times, owners and modes of files. setuptools takes the times of a wheel from
``SOURCE_DATE_EPOCH`` and leaves those of an sdist as it finds them.
"""

from __future__ import annotations

import gzip
import io
import subprocess
import tarfile
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Final, NamedTuple

from distributions import call_backend

_EXECUTABLE: Final = 0o100


class Built(NamedTuple):
    """The two files that are published."""

    sdist: Path
    wheel: Path

    def digests(self) -> dict[str, str]:
        """Return the SHA-256 of each, by name."""
        return {path.name: sha256(path.read_bytes()).hexdigest() for path in self}


def build(checkout: Path, folder: Path, **variables: str) -> Built:
    """Build the last commit of a checkout into an empty folder; what is not committed is not seen.

    :param variables: of the environment; the result is the same whatever they are.
    :raises subprocess.CalledProcessError: the backend, or git, failed.
    """
    source, raw, dist = (folder / name for name in ("source", "raw", "dist"))
    for one in (source, raw, dist):
        one.mkdir(parents=True)
    _export(checkout, source)
    epoch = {**variables, "SOURCE_DATE_EPOCH": str(date_of(checkout))}
    call_backend("build_sdist", source, raw, **epoch)
    made = next(raw.glob("*.tar.gz"))
    sdist = dist / made.name
    sdist.write_bytes(settled(made.read_bytes(), date_of(checkout)))
    _unpack(sdist, folder / "sdist")
    call_backend("build_wheel", folder / "sdist" / sdist.name.removesuffix(".tar.gz"), dist, **epoch)
    return Built(sdist, next(dist.glob("*.whl")))


def date_of(checkout: Path) -> int:
    """Return when the last commit was made, in seconds since 1970."""
    return int(git(checkout, "log", "-1", "--format=%ct"))


def git(checkout: Path, *words: str) -> str:
    """Return what git says."""
    command = ["git", "-C", str(checkout), *words]
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=60).stdout.strip()


def settled(archive: bytes, date: int) -> bytes:
    """Return an sdist with its files in one order, of one date, of nobody, and readable by all."""
    plain = io.BytesIO()
    with (
        tarfile.open(fileobj=io.BytesIO(archive)) as old,
        tarfile.open(fileobj=plain, mode="w", format=tarfile.PAX_FORMAT) as new,
    ):
        for member in sorted(old.getmembers(), key=lambda one: one.name):
            new.addfile(_of_nobody(member, date), old.extractfile(member) if member.isfile() else None)
    return gzip.compress(plain.getvalue(), compresslevel=9, mtime=date)


def _of_nobody(member: tarfile.TarInfo, date: int) -> tarfile.TarInfo:
    mode = 0o755 if member.isdir() or member.mode & _EXECUTABLE else 0o644
    one = member.replace(mtime=date, mode=mode, uid=0, gid=0, uname="", gname="", deep=True)
    one.pax_headers = {}  # they hold the date again, as a fraction
    return one


def _export(checkout: Path, folder: Path) -> None:
    command = ["git", "-C", str(checkout), "archive", "--format=tar", "HEAD"]
    archive = subprocess.run(command, check=True, capture_output=True, timeout=60).stdout
    with tarfile.open(fileobj=io.BytesIO(archive)) as held:
        held.extractall(folder, filter=_plain)


def _unpack(sdist: Path, folder: Path) -> None:
    with tarfile.open(sdist) as held:
        held.extractall(folder, filter=_plain)


def _plain(member: tarfile.TarInfo, path: str) -> tarfile.TarInfo:
    """Keep the mode that the archive has, whatever this process's umask."""
    return _of_nobody(tarfile.data_filter(member, path), int(member.mtime))


def differing(one: Mapping[str, str], other: Mapping[str, str]) -> list[str]:
    """Return the names of files that are not the same in both."""
    return sorted(name for name in one.keys() | other.keys() if one.get(name) != other.get(name))
