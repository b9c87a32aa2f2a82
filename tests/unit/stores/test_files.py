"""Checkpoints in files: whole or not there, for their owner only, and loud where they cannot be trusted."""

from __future__ import annotations

import stat
import threading
import uuid
from pathlib import Path
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import io
from fsspec.implementations.memory import MemoryFileSystem

from airflow_provider_bento.exceptions import BentoSetupError, BentoStateError
from airflow_provider_bento.filesystem import local_disk
from airflow_provider_bento.stores.files import FileStore


def _store(folder: Path) -> FileStore:
    return FileStore(folder, name="dag/run/task/-1")


def _file(folder: Path) -> Path:
    return folder / "dag" / "run" / "task" / "-1" / "checkpoint.json"


def test_one_file_a_key_for_the_owner_only(tmp_path: Path) -> None:
    """A value is one JSON file of mode 0600 below folders of mode 0700; nothing else is left behind."""
    _store(tmp_path).set("checkpoint", {"v": 1})
    file = _file(tmp_path)
    assert file.read_text() == '{"v":1}'
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert [found.name for found in file.parent.iterdir()] == ["checkpoint.json"]


@pytest.mark.parametrize("damage", [b"", b"{", b'{"v":1', b"\xff\xfe", b"[" * 100_000, b'{"v":1}{'])
def test_a_damaged_file_says_which_and_what_to_do(tmp_path: Path, damage: bytes) -> None:
    """A file that is no JSON is never taken for an absent one."""
    _store(tmp_path).set("checkpoint", {})
    _file(tmp_path).write_bytes(damage)
    with pytest.raises(
        BentoStateError, match=r"checkpoint\.json does not contain readable JSON.*Restore the file.*delete all files"
    ):
        _store(tmp_path).get("checkpoint")


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    """A file in the place of a folder, as a read-only or full disk, is our error with the system's words."""
    (tmp_path / "dag").write_text("in the way")
    with pytest.raises(BentoStateError, match="could not be written"):
        _store(tmp_path).set("checkpoint", {})


def test_a_folder_in_the_place_of_the_file_is_told(tmp_path: Path) -> None:
    """Reading, writing and deleting all tell."""
    _file(tmp_path).mkdir(parents=True)
    store = _store(tmp_path)
    for act in (
        lambda: store.get("checkpoint"),
        lambda: store.set("checkpoint", 1),
        lambda: store.delete("checkpoint"),
    ):
        with pytest.raises(BentoStateError):
            act()


def test_a_failed_write_leaves_the_old_value(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that fills up while the new value is written keeps the old one, and no half file."""
    store = _store(tmp_path)
    store.set("checkpoint", {"v": 1})

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(local_disk.os, "fsync", full)
        with pytest.raises(BentoStateError, match="No space left on device"):
            store.set("checkpoint", {"v": 2})
    assert store.get("checkpoint") == {"v": 1}
    assert [found.name for found in _file(tmp_path).parent.iterdir()] == ["checkpoint.json"]


def test_a_reader_never_sees_a_part(tmp_path: Path) -> None:
    """While one thread writes large and small values, another reads only whole ones."""
    store, seen, done = _store(tmp_path), set(), threading.Event()
    store.set("checkpoint", "a")

    def read() -> None:
        while not done.is_set():
            seen.add(len(_store(tmp_path).get("checkpoint")))

    reader = threading.Thread(target=read)
    reader.start()
    for size in [1, 200_000] * 40:
        store.set("checkpoint", "a" * size)
    done.set()
    reader.join()
    assert seen <= {1, 200_000}


def test_an_unknown_scheme_says_what_to_install() -> None:
    """A URI whose provider is not installed is an error of the set-up, before anything runs."""
    with pytest.raises(BentoSetupError, match="No file system is installed for nowhere:// paths"):
        FileStore("nowhere://bucket/x", name="dag/run/task/-1")


class _Unplugged(MemoryFileSystem):
    """An object store that fails; with words that hold a secret, as signed addresses do."""

    cachable = False

    def cat_file(self, path: str, *args: Any, **kwargs: Any) -> bytes:
        raise ConnectionError("https://secret@host")

    def pipe_file(self, path: str, value: bytes, *args: Any, **kwargs: Any) -> None:
        raise ConnectionError("https://secret@host")


def test_failures_of_an_object_store_hold_no_secrets() -> None:
    """An object store's own words stay in the cause."""
    scheme = "s3"
    io.store.attach(scheme, "unplugged", fs=_Unplugged())
    store = FileStore(f"{scheme}://unplugged@bucket/{uuid.uuid4().hex}", name="dag/run/task/-1")
    for act in (lambda: store.get("checkpoint"), lambda: store.set("checkpoint", 1)):
        with pytest.raises(BentoStateError, match="ConnectionError") as caught:
            act()
        assert "secret" not in str(caught.value)
