"""What every folder of a snapshot promises, whatever file system it is on."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fsspec.implementations.dirfs import DirFileSystem
from fsspec.implementations.local import LocalFileSystem
from fsspec.implementations.memory import MemoryFileSystem
from unit.stores.local_s3 import S3, running_s3
from unit.sync.folders import InMemoryFolder, attached

from airflow_provider_bento.stores.sync_folder import SyncFolder
from airflow_provider_bento.sync.folder import Folder

Open = Callable[[], Folder]
"""Opens one folder, each time with nothing remembered, as another process would."""

NAME = "generations/000000001.json"


class _Elsewhere(DirFileSystem):
    """A remote file system that renames, as SFTP does, and shows a file while it is written."""

    protocol = "sftp"
    cachable = False


def _in_memory(_: Path) -> Open:
    folder = InMemoryFolder()
    return lambda: folder


def _on_disk(path: Path) -> Open:
    return lambda: SyncFolder(path / "not there yet" / "snapshot")


def _object_store(_: Path) -> Open:
    folder = f"{attached('memory', MemoryFileSystem())}bucket/{uuid.uuid4().hex}"
    return lambda: SyncFolder(folder)


def _other_file_system(path: Path) -> Open:
    folder = f"{attached('sftp', _Elsewhere(path=str(path), fs=LocalFileSystem()))}host/snapshot"
    return lambda: SyncFolder(folder)


@pytest.fixture(scope="module")
def s3() -> Iterator[S3]:
    """Return an S3 of our own."""
    with running_s3() as running:
        yield running


KINDS: dict[str, Callable[[Path], Open]] = {
    "in memory": _in_memory,
    "disk": _on_disk,
    "object store": _object_store,
    "other file system": _other_file_system,
}


@pytest.fixture(params=[*KINDS, "S3"])
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Open:
    """Return what opens a folder of one kind."""
    if request.param == "S3":
        server: S3 = request.getfixturevalue("s3")
        folder = uuid.uuid4().hex
        return lambda: SyncFolder(server.path(folder))
    return KINDS[request.param](tmp_path)


def test_a_folder_that_was_never_written_to_is_empty(opened: Open, tmp_path: Path) -> None:
    """Nobody needs to make it, and looking makes nothing."""
    folder = opened()
    assert (folder.names("generations"), folder.read(NAME), folder.fetch(NAME, tmp_path)) == ([], None, None)
    folder.remove(NAME)
    assert opened().names("generations") == []


def test_what_was_written_is_read_by_another(opened: Open) -> None:
    """Byte for byte, also a second time, and the last one counts."""
    for data in (b"", b"\x00\xff\n" * 50_000, b"short"):
        opened().write(NAME, data)
        assert opened().read(NAME) == data


def test_names_are_sorted_and_of_one_subfolder(opened: Open) -> None:
    """What another process adds or removes is seen at once, although file systems remember listings."""
    folder, other = opened(), opened()
    for number in (10, 9, 2):
        other.write(f"generations/{number:09d}.json", b"{}")
        folder.names("generations")
    other.write("segments/000000010-000000-abcdef01.jsonl", b"")
    assert folder.names("generations") == ["000000002.json", "000000009.json", "000000010.json"]
    other.remove("generations/000000009.json")
    assert folder.names("generations") == ["000000002.json", "000000010.json"]
    assert folder.names("segments") == ["000000010-000000-abcdef01.jsonl"]
    assert folder.names("bases") == []


def test_a_file_is_created_once(opened: Open) -> None:
    """The second to try finds out, and changes nothing; after a removal the name is free again."""
    assert opened().create(NAME, b"first")
    folder = opened()
    assert (folder.create(NAME, b"second"), folder.read(NAME)) == (False, b"first")
    folder.remove(NAME)
    assert (opened().create(NAME, b"third"), folder.read(NAME)) == (True, b"third")
    assert folder.names("generations") == ["000000001.json"]


def test_a_removed_file_is_gone(opened: Open) -> None:
    """Removing it twice is no error."""
    opened().write(NAME, b"1")
    opened().remove(NAME)
    opened().remove(NAME)
    assert (opened().read(NAME), opened().names("generations")) == (None, [])


def test_a_file_goes_in_and_comes_back(opened: Open, tmp_path: Path) -> None:
    """A base of some MB, replaced by a shorter one; what was fetched before stays as it was."""
    large, small, into = tmp_path / "large", tmp_path / "small", tmp_path / "into"
    large.write_bytes(bytes(range(256)) * 40_000)
    small.write_bytes(b"PAR1")
    into.mkdir()
    kept = large.read_bytes()
    opened().put("bases/000000002.parquet", large)
    before = opened().fetch("bases/000000002.parquet", into)
    opened().put("bases/000000002.parquet", small)
    assert before is not None
    assert before.read_bytes() == kept
    after = opened().fetch("bases/000000002.parquet", tmp_path)
    assert after is not None
    assert after.read_bytes() == b"PAR1"


def test_what_was_fetched_outlives_the_file(opened: Open, tmp_path: Path) -> None:
    """A newer run may remove the base that an older one still reads."""
    opened().write("bases/000000002.parquet", b"PAR1")
    copy = opened().fetch("bases/000000002.parquet", tmp_path)
    opened().remove("bases/000000002.parquet")
    assert copy is not None
    assert (copy.parent, copy.read_bytes()) == (tmp_path, b"PAR1")


def test_what_is_being_written_is_not_listed(opened: Open) -> None:
    """Names of files that a crash left half written, as file systems that are real have them."""
    folder = opened()
    if isinstance(folder, SyncFolder):
        folder.write("generations/000000001.json.tmp", b"{")
        folder.write("generations/.000000001.json", b"{")
    folder.write(NAME, b"{}")
    assert folder.names("generations") == ["000000001.json"]


@pytest.mark.parametrize("opened", ["in memory", "disk", "S3"], indirect=True)  # the others promise nothing
def test_of_many_threads_one_creates(opened: Open) -> None:
    """Its bytes are those that are read afterwards."""
    won: list[int] = []
    together = threading.Barrier(50)

    def create(folder: Folder, number: int) -> None:
        together.wait()
        if folder.create(NAME, b"%d" % number):
            won.append(number)

    threads = [threading.Thread(target=create, args=(opened(), number)) for number in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [b"%d" % number for number in won] == [opened().read(NAME)]
