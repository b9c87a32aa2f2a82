"""What every file system and every format of the transfer guarantee: all rows as one file, or the old file."""

from __future__ import annotations

import gzip
import io
import json
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import pytest
from airflow.providers.common.compat.sdk import io as airflow_io
from engines.object_storage import RCLONE
from fsspec.implementations.dirfs import DirFileSystem
from fsspec.implementations.local import LocalFileSystem
from fsspec.implementations.memory import MemoryFileSystem
from pyarrow import parquet

from airflow_provider_bento.api.responses import Person
from airflow_provider_bento.exceptions import BentoRefusedError, BentoStateError
from airflow_provider_bento.filesystem.object_path import object_path
from airflow_provider_bento.transfers.export import Target, export
from airflow_provider_bento.transfers.listings import Listed
from airflow_provider_bento.transfers.validation import format_of


class _Renaming(DirFileSystem):
    """A remote file system that renames, as SFTP and WebHDFS do."""

    protocol = "sftp"
    cachable = False


class _Store(MemoryFileSystem):
    """An object store, which replaces an object by one put."""

    protocol = "s3"
    cachable = False
    store: ClassVar[dict[str, Any]] = {}
    pseudo_dirs: ClassVar[list[str]] = [""]


@pytest.fixture(params=["disk", "memory", "object store", "renaming", *(["S3"] if RCLONE.exists() else [])])
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return the URI of a folder on each kind of file system."""
    name = uuid.uuid4().hex
    if request.param == "disk":
        return str(tmp_path / name)
    if request.param == "S3":
        return f"{request.getfixturevalue('lake')}/{name}"
    if request.param == "memory":
        airflow_io.store.attach("memory", fs=MemoryFileSystem())
        return f"memory://{name}"
    if request.param == "object store":
        airflow_io.store.attach("s3", name, fs=_Store())
        return f"s3://{name}@bucket/{name}"
    airflow_io.store.attach("sftp", name, fs=_Renaming(path=str(tmp_path), fs=LocalFileSystem()))
    return f"sftp://{name}@host/{name}"


def people(count: int) -> Iterator[Listed]:
    """Yield as many people."""
    for number in range(count):
        yield Listed(Person(str(number), None, f"p{number}@x.io", {"n": number}, ("1",), None, None), {})


def run(path: str, results: Iterator[Listed]) -> int:
    """Export, and return the number of rows."""
    target = Target(object_path(path), *format_of(path, None))
    return export("subscribers", results, target, on_empty="success", stopped=lambda: False).rows


def addresses(path: str) -> list[str]:
    """Return the addresses in a file, read by other readers than ours."""
    data = object_path(path).read_bytes()
    if path.endswith(".parquet"):
        found: list[str] = parquet.read_table(io.BytesIO(data))["email"].to_pylist()
        return found
    text = gzip.decompress(data) if path.endswith(".gz") else data
    return [json.loads(line)["email"] for line in text.splitlines()]


def everything(folder: str) -> list[str]:
    """Return the names of all files in the folder."""
    return [one.name for one in object_path(folder).iterdir()]


@pytest.mark.parametrize("ending", ["jsonl", "jsonl.gz", "parquet"])
def test_all_rows_are_in_the_file_once_and_in_order(folder: str, ending: str) -> None:
    """A second export replaces the first, and nothing else is left in the folder."""
    path = f"{folder}/people.{ending}"
    for count in (25, 12):
        assert run(path, people(count)) == count
        assert addresses(path) == [f"p{number}@x.io" for number in range(count)]
    assert everything(folder) == [f"people.{ending}"]


def _breaks(error: Exception) -> Iterator[Listed]:
    yield from people(15_000)
    raise error


@pytest.mark.parametrize("ending", ["jsonl", "jsonl.gz", "parquet"])
@pytest.mark.parametrize("error", [BentoRefusedError("planted"), KeyError("planted")], ids=["ours", "a bug"])
def test_a_break_in_the_middle_leaves_the_old_file(folder: str, ending: str, error: Exception) -> None:
    """Byte by byte, and no part of the new one beside it."""
    path = f"{folder}/people.{ending}"
    run(path, people(3))
    old = object_path(path).read_bytes()
    with pytest.raises(type(error), match="planted"):
        run(path, _breaks(error))
    assert object_path(path).read_bytes() == old
    assert everything(folder) == [f"people.{ending}"]


def _fails(*_: Any, **__: Any) -> None:
    raise OSError(28, "No space left on device")


@pytest.mark.parametrize("fails", ["put_file", "pipe_file", "mv", "makedirs"])
def test_a_file_system_that_fails_keeps_the_old_file(folder: str, fails: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whichever of its calls it is; the error names the file."""
    path = f"{folder}/people.jsonl"
    run(path, people(3))
    said = ""
    with monkeypatch.context() as patched:
        patched.setattr(object_path(path).fs, fails, _fails)
        try:
            run(path, people(5))
        except BentoStateError as error:
            said = str(error)
    assert not said or "people.jsonl could not be written (OSError: No space left on device)" in said
    assert len(addresses(path)) == (3 if said else 5)
    assert everything(folder) == ["people.jsonl"]


KILLED = """
import os, sys
import own_airflow
from conformance.test_transfer_conformance import people, run

def dies():
    yield from people(20_000)
    os._exit(9)

run(sys.argv[1], dies())
"""


@pytest.mark.slow
@pytest.mark.parametrize("ending", ["jsonl", "parquet"])
def test_a_killed_process_leaves_the_old_file(tmp_path: Path, ending: str) -> None:
    """The part that was written has a hidden name, for its owner only."""
    path = tmp_path / f"people.{ending}"
    run(str(path), people(3))
    tests = str(Path(__file__).parents[1])
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(path)], env=_with_path(tests), capture_output=True, text=True, check=False
    )
    assert done.returncode == 9, done.stderr
    assert len(addresses(str(path))) == 3
    rest = [one for one in tmp_path.iterdir() if one != path]
    assert [(one.name[0], one.suffix, one.stat().st_mode & 0o777) for one in rest] == [(".", ".tmp", 0o600)]


def _with_path(folder: str) -> dict[str, str]:
    import os

    return {**os.environ, "PYTHONPATH": os.pathsep.join([folder, os.environ.get("PYTHONPATH", "")])}
