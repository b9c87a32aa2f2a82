"""The folder of a snapshot on real disks: private, whole or not there, and loud if it cannot be used."""

from __future__ import annotations

import contextlib
import os
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fsspec.implementations.memory import MemoryFileSystem
from unit.sync.folders import attached

from airflow_provider_bento.exceptions import BentoSetupError, BentoStateError
from airflow_provider_bento.filesystem import local_disk
from airflow_provider_bento.filesystem.object_path import object_path
from airflow_provider_bento.stores.sync_folder import SyncFolder

NAME = "generations/000000001.json"
PROGRAM = """
import os, resource, sys
from pathlib import Path
from airflow_provider_bento.exceptions import BentoStateError
from airflow_provider_bento.stores.sync_folder import SyncFolder
folder = SyncFolder(sys.argv[1])
"""


def started(folder: Path, program: str) -> subprocess.Popen[str]:
    """Start a program that has a folder."""
    command = [sys.executable, "-c", PROGRAM + program, str(folder)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def everything(path: Path) -> list[str]:
    """Return the names of all files below, hidden ones as well."""
    return sorted(str(file.relative_to(path)) for file in path.rglob("*") if file.is_file())


def test_files_and_folders_are_their_owners(tmp_path: Path) -> None:
    """With untag a snapshot has addresses, so nobody else on the machine may read it."""
    folder, source = SyncFolder(tmp_path / "a" / "b"), tmp_path / "base"
    source.write_bytes(b"PAR1")
    source.chmod(0o644)
    folder.create(NAME, b"1")
    folder.write("segments/x.jsonl", b"2")
    folder.put("bases/x.parquet", source)
    assert everything(tmp_path / "a" / "b") == ["bases/x.parquet", NAME, "segments/x.jsonl"]
    modes = {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "a").rglob("*")}
    assert modes == {0o600, 0o700}


def test_paths_may_be_written_in_many_ways(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All of them are one folder: as a URI, through a link, with a slash at its end, relative, from the home folder."""
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    SyncFolder(tmp_path / "real").create(NAME, b"1")
    paths: list[str | Path] = [f"file://{tmp_path}/real", f"{tmp_path}/link", f"{tmp_path}/real/", tmp_path / "link"]
    if object_path("real").path == "real":  # Airflow 2 takes it for /real
        paths += ["real", "~/real", Path("link")]
    for path in paths:
        assert SyncFolder(path).names("generations") == ["000000001.json"]
        assert not SyncFolder(path).create(NAME, b"2")
    assert everything(tmp_path) == [f"real/{NAME}"]


def test_a_path_with_odd_characters_is_one_folder(tmp_path: Path) -> None:
    """None of them is a pattern, or ends the path."""
    for number, name in enumerate(["a b", "a[1]", "a*", "a%20b", "ü'\"", "a#b"]):
        folder = SyncFolder(str(tmp_path / name))
        folder.create(NAME, b"%d" % number)
        assert (tmp_path / name / NAME).read_bytes() == b"%d" % number
        assert (folder.names("generations"), folder.read(NAME)) == (["000000001.json"], b"%d" % number)


def test_a_fetched_base_has_a_plain_path(tmp_path: Path) -> None:
    """DuckDB would take brackets for a pattern."""
    folder = SyncFolder(tmp_path / "a[1]")
    folder.write("bases/x.parquet", b"PAR1")
    assert folder.fetch("bases/x.parquet", tmp_path) == tmp_path / "x.parquet"
    assert folder.fetch("bases/x.parquet", tmp_path) == tmp_path / "x.parquet"  # once more is no error


def test_a_base_on_another_disk_is_copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A link cannot reach there."""
    folder = SyncFolder(tmp_path / "snapshot")
    folder.write("bases/x.parquet", b"PAR1")

    def refused(*args: Any) -> None:
        raise OSError(18, "Invalid cross-device link")

    monkeypatch.setattr(os, "link", refused)
    copy = folder.fetch("bases/x.parquet", tmp_path)
    assert copy is not None
    assert (copy.read_bytes(), folder.fetch("bases/y.parquet", tmp_path)) == (b"PAR1", None)


def test_a_disk_without_links_is_used_all_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Mounted stores have none: a file that is there is still not replaced."""

    def refused(*args: Any) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refused)
    folder = SyncFolder(tmp_path)
    assert [folder.create(NAME, b"1"), folder.create(NAME, b"2")] == [True, False]
    assert (folder.read(NAME), everything(tmp_path)) == (b"1", [NAME])


ACTS: dict[str, Callable[[SyncFolder, Path], object]] = {
    "read": lambda folder, _: folder.read(NAME),
    "write": lambda folder, _: folder.write(NAME, b"1"),
    "create": lambda folder, _: folder.create(NAME, b"1"),
    "remove": lambda folder, _: folder.remove(NAME),
    "put": lambda folder, path: folder.put(NAME, path),
    "fetch": lambda folder, path: folder.fetch(NAME, path.parent),
}


@pytest.mark.parametrize("act", [name for name in ACTS if name != "remove"])
def test_a_file_in_the_way_is_told(tmp_path: Path, act: str) -> None:
    """With the path, the system's words and what to do."""
    (tmp_path / "snapshot").mkdir()
    (tmp_path / "snapshot" / "generations").write_text("in the way")
    (tmp_path / "base").write_bytes(b"PAR1")
    with pytest.raises(BentoStateError, match=r"generations/000000001\.json could not be .*Not a dir|exists.*Ret"):
        ACTS[act](SyncFolder(tmp_path / "snapshot"), tmp_path / "base")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
@pytest.mark.parametrize("act", ["write", "create", "put", "remove"])
def test_a_folder_that_is_read_only_is_told(tmp_path: Path, act: str) -> None:
    """Before anything is sent."""
    (tmp_path / "base").write_bytes(b"PAR1")
    SyncFolder(tmp_path / "snapshot").write(NAME, b"1")
    for folder in (tmp_path / "snapshot" / "generations", tmp_path / "snapshot"):
        folder.chmod(0o500)
    with pytest.raises(BentoStateError, match="Permission denied"):
        ACTS[act](SyncFolder(tmp_path / "snapshot"), tmp_path / "base")


def test_a_disk_that_fills_up_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither a part nor a hidden file, and what was there stays."""
    folder, source = SyncFolder(tmp_path / "snapshot"), tmp_path / "base"
    source.write_bytes(b"PAR1")
    folder.write("segments/x.jsonl", b"old")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        for act in (
            lambda: folder.create(NAME, b"1"),
            lambda: folder.write("segments/x.jsonl", b"new"),
            lambda: folder.put("bases/x.parquet", source),
        ):
            with pytest.raises(BentoStateError, match=r"could not be written \(OSError: No space left on device\)"):
                act()
    assert everything(tmp_path / "snapshot") == ["segments/x.jsonl"]
    assert folder.read("segments/x.jsonl") == b"old"


@pytest.mark.slow
def test_a_real_limit_of_the_disk_leaves_nothing(tmp_path: Path) -> None:
    """Whatever is larger than the process may write."""
    program = """
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
source = Path(sys.argv[1]).parent / "base"
for act in (lambda: folder.create("bases/a", b"x" * 5000), lambda: folder.write("bases/b", b"x" * 5000),
            lambda: folder.put("bases/c", source)):
    try:
        act()
    except BentoStateError as error:
        print("File too large" in str(error))
"""
    (tmp_path / "base").write_bytes(b"x" * 5000)
    (tmp_path / "snapshot").mkdir()
    out, _ = started(tmp_path / "snapshot", program).communicate(timeout=300)
    assert out.splitlines()[-3:] == ["True", "True", "True"]  # Airflow prints, too
    assert everything(tmp_path / "snapshot") == []


@pytest.mark.slow
@pytest.mark.parametrize("step", ["link", "fsync"])
def test_a_process_that_dies_while_it_writes_leaves_no_visible_part(tmp_path: Path, step: str) -> None:
    """The next one takes the name."""
    program = f"os.{step} = lambda *args: os._exit(9)\nfolder.create({NAME!r}, b'half')"
    process = started(tmp_path, program)
    process.communicate(timeout=300)
    folder = SyncFolder(tmp_path)
    assert (process.returncode, folder.names("generations"), folder.read(NAME)) == (9, [], None)
    assert folder.create(NAME, b"whole")
    assert folder.names("generations") == ["000000001.json"]


@pytest.mark.slow
def test_of_many_processes_one_creates_each_file(tmp_path: Path) -> None:
    """Three of them race for two hundred names."""
    program = """
print("ready", flush=True)
sys.stdin.readline()
print([number for number in range(200) if folder.create(f"generations/{number:09d}.json", b"%d" % os.getpid())])
"""
    racers = [started(tmp_path, program) for _ in range(3)]
    for racer in racers:
        assert racer.stdout is not None
        assert "ready\n" in iter(racer.stdout.readline, "")  # Airflow prints, too
    for racer in racers:
        assert racer.stdin is not None
        racer.stdin.write("go\n")
        racer.stdin.flush()
    won = {racer.pid: eval(racer.communicate(timeout=300)[0].splitlines()[-1]) for racer in racers}
    assert sorted(number for numbers in won.values() for number in numbers) == list(range(200))
    folder = SyncFolder(tmp_path)
    for pid, numbers in won.items():
        assert {folder.read(f"generations/{number:09d}.json") for number in numbers} <= {b"%d" % pid}


class Strict(MemoryFileSystem):
    """A store with words of its own for a condition that does not hold, as many that are like S3 have them.

    :ivar hidden: whether it says that nothing is there, as it does until another's write has come through.
    """

    protocol = "s3"
    cachable = False
    hidden = False

    def exists(self, path: str, **kwargs: Any) -> bool:
        """Look whether a file is there, unless it is hidden; that lasts for one look."""
        hidden, self.hidden = self.hidden, False
        return not hidden and super().exists(path, **kwargs)

    def pipe_file(self, path: str, value: bytes, mode: str = "overwrite", **kwargs: Any) -> None:
        """Write a file, if the condition holds."""
        if mode == "create" and super().exists(path):
            raise OSError(22, "At least one of the pre-conditions you specified did not hold")
        super().pipe_file(path, value, **kwargs)


def strict(file_system: MemoryFileSystem, name: str) -> SyncFolder:
    """Return a folder on it."""
    return SyncFolder(f"{attached('s3', file_system)}bucket/{name}")


def test_a_store_with_an_error_of_its_own_for_a_taken_name_is_understood(tmp_path: Path) -> None:
    """Another run came between the look and the write."""
    file_system = Strict()
    folder = strict(file_system, tmp_path.name)
    assert folder.create(NAME, b"1")
    file_system.hidden = True
    assert (folder.create(NAME, b"2"), folder.read(NAME)) == (False, b"1")


def test_a_store_that_fails_is_told_without_credentials(tmp_path: Path) -> None:
    """And is not taken for one that has the file."""

    class Offline(Strict):
        def pipe_file(self, *args: Any, **kwargs: Any) -> None:
            raise ConnectionError("https://secret@host")

    with pytest.raises(BentoStateError, match=r"could not be written \(ConnectionError\)") as caught:
        strict(Offline(), tmp_path.name).create(NAME, b"1")
    assert "secret" not in str(caught.value)
    assert "@" not in str(caught.value)


def test_a_package_without_conditional_puts_is_used_all_the_same(tmp_path: Path) -> None:
    """An older one; a file that is there is still not replaced."""

    class Old(MemoryFileSystem):
        protocol = "s3"
        cachable = False

        def pipe_file(self, path: str, value: bytes) -> None:  # type: ignore[override]  # as it was
            super().pipe_file(path, value)

    folder = strict(Old(), tmp_path.name)
    assert [folder.create(NAME, b"1"), folder.create(NAME, b"2"), folder.read(NAME)] == [True, False, b"1"]


def test_an_unknown_scheme_is_told_at_once() -> None:
    """It is a mistake in the DAG."""
    with pytest.raises(BentoSetupError, match="nosuch://"):
        SyncFolder("nosuch://bucket/x")


def test_a_base_is_not_read_into_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is copied bit by bit: ten million people are some 400 MB."""
    source = tmp_path / "base"
    with source.open("wb") as file:
        file.truncate(200_000_000)
    sizes: list[int] = []
    replaced = local_disk.replaced

    class Watched:
        def __init__(self, inner: Any) -> None:
            self.inner = inner

        def write(self, data: bytes) -> int:
            sizes.append(len(data))
            return len(data)

    @contextlib.contextmanager
    def watched(path: Path) -> Any:
        with replaced(path) as file:
            yield Watched(file)

    monkeypatch.setattr(local_disk, "replaced", watched)
    SyncFolder(tmp_path / "snapshot").put("bases/x.parquet", source)
    assert (sum(sizes), max(sizes)) == (200_000_000, 1 << 20)
