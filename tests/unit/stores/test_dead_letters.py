"""The file of dead letters: its lines, its mode, crashes in the middle of a line, neighbours, places that fail."""

from __future__ import annotations

import json
import multiprocessing
import os
import stat
import uuid
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import io
from fsspec.implementations.memory import MemoryFileSystem
from memory import peak_bytes

from airflow_provider_bento.api.field_error import FieldError
from airflow_provider_bento.delivery.values import DeadLetter
from airflow_provider_bento.exceptions import BentoStateError
from airflow_provider_bento.filesystem import local_disk
from airflow_provider_bento.stores.dead_letters import DeadLetterFile


def letter(position: int, record: Any = None) -> DeadLetter:
    """Return a letter that Bento rejected."""
    return DeadLetter(position, 0, "rejected", (FieldError("details.value", "must be a number"),), 2, "events", record)


def positions(path: Path) -> list[int]:
    """Return the positions of all lines, in the file's order."""
    return [json.loads(line)["position"] for line in path.read_bytes().splitlines()]


def test_a_line_says_everything(tmp_path: Path) -> None:
    """Run, position, chunk, kind, reasons, attempt, endpoint, record, in this order."""
    path = tmp_path / "rejects.jsonl"
    DeadLetterFile(path, run="dag/run/task/-1").write([letter(7, {"email": "é@example.com", "n": Decimal("1.10")})])
    assert path.read_text(encoding="utf-8") == (
        '{"run":"dag/run/task/-1","position":7,"chunk":0,"kind":"rejected",'
        '"reasons":[{"field":"details.value","reason":"must be a number"}],"attempt":2,"endpoint":"events",'
        '"record":{"email":"é@example.com","n":"1.10"}}\n'
    )


@pytest.mark.parametrize("record", ["\ud800", {"a": "line\nfeed\u2028\r"}, [[]] * 3, None, object(), float("nan")])
def test_any_record_is_one_line(tmp_path: Path, record: object) -> None:
    """Whatever the source gave is kept in one line of JSON."""
    path = tmp_path / "rejects.jsonl"
    sink = DeadLetterFile(path, run="run")
    sink.write([letter(0, record)])
    sink.write([letter(0, record), letter(1, record)])
    assert positions(path) == [0, 1]


def test_the_file_is_for_its_owner_only(tmp_path: Path) -> None:
    """New files have mode 0600, existing ones lose what others may, also after a rewrite."""
    path, wide = tmp_path / "new.jsonl", tmp_path / "wide.jsonl"
    wide.touch(mode=0o644)
    wide.chmod(0o666)
    for file in (path, wide):
        sink = DeadLetterFile(file, run="run")
        sink.write([letter(1)])
        sink.write([letter(1)])
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    left = [path for path in tmp_path.iterdir() if path.is_file()]  # with the lock, unless filelock removes it
    assert {stat.S_IMODE(path.stat().st_mode) for path in left} == {0o600}


def test_the_place_is_tried_before_anything_is_sent(tmp_path: Path) -> None:
    """Reset makes the file, so that a place that cannot be written stops the run at its start."""
    (tmp_path / "file").touch()
    DeadLetterFile(tmp_path / "rejects.jsonl", run="run").reset()
    assert (tmp_path / "rejects.jsonl").read_bytes() == b""
    with pytest.raises(BentoStateError, match="could not be stored at"):
        DeadLetterFile(tmp_path / "file" / "rejects.jsonl", run="run").reset()


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    """A rewrite replaces the file that a link points to, not the link."""
    (tmp_path / "real.jsonl").touch()
    (tmp_path / "link.jsonl").symlink_to(tmp_path / "real.jsonl")
    sink = DeadLetterFile(tmp_path / "link.jsonl", run="run")
    sink.write([letter(1)])
    sink.write([letter(1)])
    assert (tmp_path / "link.jsonl").is_symlink()
    assert positions(tmp_path / "real.jsonl") == [1]


@pytest.mark.parametrize("length", [1, 4, 8, 60, -2])
def test_a_line_that_a_crash_tore_is_taken_away(tmp_path: Path, length: int) -> None:
    """The torn letter's chunk was not confirmed: it comes again, and the file is whole."""
    path = tmp_path / "rejects.jsonl"
    DeadLetterFile(path, run="run").write([letter(1, "x" * 200_000)])
    whole = path.read_bytes()
    path.write_bytes(whole + whole[:length])
    resumed = DeadLetterFile(path, run="run")
    resumed.reset(keep=[(0, 2)])
    resumed.write([letter(2)])
    assert positions(path) == [1, 2]


def test_a_file_of_one_torn_line_is_begun_again(tmp_path: Path) -> None:
    """A crash in the very first line is no reason to refuse the file."""
    path = tmp_path / "rejects.jsonl"
    path.write_bytes(b'{"run":"run","posi')
    DeadLetterFile(path, run="run").write([letter(2)])
    assert positions(path) == [2]


def test_a_neighbour_mends_what_another_tore(tmp_path: Path) -> None:
    """A line torn by another task while this one runs does not swallow this one's next line."""
    path = tmp_path / "rejects.jsonl"
    mine = DeadLetterFile(path, run="mine")
    mine.write([letter(1)])
    with path.open("ab") as file:
        file.write(b'{"run":"other","position":4,"chu')
    mine.write([letter(2)])
    assert positions(path) == [1, 2]


def test_what_an_editor_left_is_kept(tmp_path: Path) -> None:
    """A byte order mark, a missing last line feed, and a line that a person broke are left as they are."""
    path = tmp_path / "rejects.jsonl"
    DeadLetterFile(path, run="mine").write([letter(1), letter(2)])
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes() + b"{broken}\n" + b'{"run":"mine","position":3,"x":"\\ud800"}')
    DeadLetterFile(path, run="mine").write([letter(1, "new"), letter(3, "new")])
    assert path.read_bytes().count(b"new") == 2
    assert b"\n{broken}\n" in path.read_bytes()
    assert path.read_bytes().count(b'"position":') == 3


@pytest.mark.parametrize("content", [b"email,name\na@example.com,A\n", b'{"email":"a@example.com"}\n', b"[]"])
def test_another_file_is_not_touched(tmp_path: Path, content: bytes) -> None:
    """A dead_letters_path that names somebody's data is rejected, and the data is as it was."""
    path = tmp_path / "customers.csv"
    path.write_bytes(content)
    for act in (lambda sink: sink.reset(), lambda sink: sink.write([letter(1)])):
        with pytest.raises(BentoStateError, match="not a dead-letter file"):
            act(DeadLetterFile(path, run="run"))
    assert path.read_bytes() == content


def test_a_full_disk_leaves_the_file_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A half-written line is taken back, the error tells, and the next write is whole."""
    path = tmp_path / "rejects.jsonl"
    sink = DeadLetterFile(path, run="run")
    sink.write([letter(1)])
    before, real = path.read_bytes(), os.write

    def fills_up(handle: int, data: Any) -> int:
        if len(data) < 50:
            raise OSError(28, "No space left on device")
        return real(handle, data[: len(data) // 2])

    with monkeypatch.context() as patched:
        patched.setattr(local_disk.os, "write", fills_up)
        with pytest.raises(BentoStateError, match="No space left on device"):
            sink.write([letter(2, "secret")])
    assert path.read_bytes() == before
    sink.write([letter(2)])
    assert positions(path) == [1, 2]


def _writer(path: str, run: str) -> None:
    sink = DeadLetterFile(path, run=run)
    sink.reset()
    for position in range(0, 60, 2):
        sink.write([letter(position, "first"), letter(position + 1, "first")])
    sink.write([letter(position, "again") for position in range(0, 60, 3)])


def test_tasks_of_one_host_share_a_file(tmp_path: Path) -> None:
    """Processes that append and rewrite at the same time lose no line of each other."""
    path = tmp_path / "rejects.jsonl"
    context = multiprocessing.get_context("fork")
    runs = [f"run {number}" for number in range(3)]
    writers = [context.Process(target=_writer, args=(str(path), run)) for run in runs]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
        assert writer.exitcode == 0
    lines = [json.loads(line) for line in path.read_bytes().splitlines()]
    for run in runs:
        mine = sorted((line["position"], line["record"]) for line in lines if line["run"] == run)
        assert mine == [(at, "first" if at % 3 else "again") for at in range(60)]


def test_memory_does_not_grow_with_the_records(tmp_path: Path) -> None:
    """Ten times 50 MB of dead letters are written and reset within a few megabytes."""
    path = tmp_path / "rejects.jsonl"

    def write() -> None:
        path.unlink(missing_ok=True)
        sink = DeadLetterFile(path, run="run")
        for chunk in range(50):
            sink.write([letter(chunk * 10 + n, "x" * 100_000) for n in range(10)])
        DeadLetterFile(path, run="run").reset(keep=[(0, 10)])

    assert peak_bytes(write) < 15_000_000
    assert positions(path) == list(range(10))


def _remote() -> tuple[MemoryFileSystem, str]:
    fs = MemoryFileSystem()
    io.store.attach("memory", fs=fs)
    return fs, f"memory://bucket/{uuid.uuid4().hex}/rejects.jsonl"


def test_an_object_that_somebody_else_changed_is_told() -> None:
    """Two tasks cannot share an object: the second to write stops instead of losing the other's letters."""
    _, uri = _remote()
    mine, other = DeadLetterFile(uri, run="mine"), DeadLetterFile(uri, run="other")
    mine.reset()
    other.reset()
    with pytest.raises(BentoStateError, match=r"changed by another process.*run_id"):
        mine.write([letter(1)])


def test_a_failed_upload_is_made_up_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was put before stays, and the letters can be written again."""
    fs, uri = _remote()
    sink = DeadLetterFile(uri, run="run")
    sink.write([letter(1)])

    def down(*args: Any, **kwargs: Any) -> None:
        raise ConnectionError("https://secret@host")

    with monkeypatch.context() as patched:
        patched.setattr(MemoryFileSystem, "put_file", down)
        with pytest.raises(BentoStateError, match="ConnectionError") as caught:
            sink.write([letter(2)])
    assert "secret" not in str(caught.value)
    sink.write([letter(2), letter(3)])
    lines = fs.cat_file(uri).splitlines()
    assert [json.loads(line)["position"] for line in lines] == [1, 2, 3]


def test_no_copy_stays_on_this_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Airflow ends a task's process without a clean-up; and while it is there, only its owner can read it."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    modes: list[int] = []
    put = MemoryFileSystem.put_file

    def watched(*args: Any, **kwargs: Any) -> None:
        modes.extend(stat.S_IMODE(folder.stat().st_mode) for folder in tmp_path.iterdir())
        put(*args, **kwargs)

    monkeypatch.setattr(MemoryFileSystem, "put_file", watched)
    sink = DeadLetterFile(_remote()[1], run="run")
    sink.reset()
    sink.write([letter(1)])
    assert (modes, list(tmp_path.iterdir())) == ([0o700, 0o700], [])
