"""What every place for dead letters promises: each record once a run, durable, nothing of another run touched."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest
from airflow.providers.common.compat.sdk import ObjectStoragePath, io
from engines.object_storage import RCLONE
from fsspec.implementations.memory import MemoryFileSystem

from airflow_provider_bento.api.field_error import FieldError
from airflow_provider_bento.delivery.dead_letters import DeadLetterSink, MemoryDeadLetters
from airflow_provider_bento.delivery.values import DeadLetter
from airflow_provider_bento.stores.dead_letters import DeadLetterFile


class Place:
    """A place for dead letters that outlives the process which writes to it."""

    def __init__(self, opens: Callable[[str], DeadLetterSink], reads: Callable[[str], list[tuple[int, Any]]]) -> None:
        self.open = opens
        self.read = reads
        """Return position and record of a run's letters."""


def _in_memory(_: Path) -> Place:
    sinks: dict[str, MemoryDeadLetters] = {}
    return Place(
        lambda run: sinks.setdefault(run, MemoryDeadLetters()),
        lambda run: sorted((letter.position, letter.record) for letter in sinks[run].letters.values()),
    )


def _file(path: str) -> Place:
    def reads(run: str) -> list[tuple[int, Any]]:
        found = ObjectStoragePath(path)
        lines = map(json.loads, found.fs.cat_file(found.path).splitlines())
        return sorted((line["position"], line["record"]) for line in lines if line["run"] == run)

    return Place(lambda run: DeadLetterFile(path, run=run), reads)


def _on_disk(folder: Path) -> Place:
    return _file(str(folder / "new" / "rejects.jsonl"))


def _remote(scheme: str) -> Callable[[Path], Place]:
    def make(_: Path) -> Place:
        io.store.attach(scheme, fs=MemoryFileSystem())
        return _file(f"{scheme}://bucket/{uuid.uuid4().hex}/rejects.jsonl")

    return make


@pytest.fixture(
    params=[_in_memory, _on_disk, _remote("memory"), _remote("sftp"), *([None] if RCLONE.exists() else [])],
    ids=["memory", "disk", "object store", "other file system", *(["S3"] if RCLONE.exists() else [])],
)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """Return an empty place of one kind."""
    if request.param is None:
        return _file(f"{request.getfixturevalue('lake')}/{uuid.uuid4().hex}/rejects.jsonl")
    made: Place = request.param(tmp_path)
    return made


def letters(positions: Sequence[int], record: str = "x") -> list[DeadLetter]:
    """Return a invalid record for each position."""
    field_errors = (FieldError("email", "is missing"),)
    return [DeadLetter(at, at // 10, "invalid", field_errors, 1, "events", {"n": at, "is": record}) for at in positions]


def test_what_is_written_is_there_for_another_process(place: Place) -> None:
    """Letters of several chunks are all there, with their records."""
    sink = place.open("run")
    sink.reset()
    sink.write(letters([0, 3]))
    sink.write(letters([11]))
    assert place.read("run") == [(at, {"n": at, "is": "x"}) for at in (0, 3, 11)]


def test_a_position_is_written_once(place: Place) -> None:
    """A repeated write replaces, in one process, in the next one, and within one call."""
    place.open("run").write(letters([0, 1, 2], "old"))
    sink = place.open("run")
    sink.write(letters([1, 5], "new"))
    sink.write(letters([5, 5], "newest"))
    assert [(at, record["is"]) for at, record in place.read("run")] == [
        (0, "old"),
        (1, "new"),
        (2, "old"),
        (5, "newest"),
    ]


def test_reset_keeps_what_is_settled(place: Place) -> None:
    """Only letters behind what is settled go: they will be written again."""
    sink = place.open("run")
    sink.write(letters(range(10)))
    place.open("run").reset(keep=[(0, 3), (5, 7)])
    assert [at for at, _ in place.read("run")] == [0, 1, 2, 5, 6]


def test_an_attempt_that_woke_up_late_forgets_nothing_of_a_newer_one(place: Place) -> None:
    """A reset concerns the letters of attempts up to the one that asks for it."""
    place.open("run").write(letters([1]))
    place.open("run").write([msgspec.structs.replace(letters([2])[0], attempt=2)])
    place.open("run").reset(attempt=1)
    assert [at for at, _ in place.read("run")] == [2]


def test_reset_then_write_leaves_one_letter_a_position(place: Place) -> None:
    """A resumed run leaves what an undisturbed one leaves."""
    place.open("run").write(letters(range(10), "first attempt"))
    sink = place.open("run")
    sink.reset(keep=[(0, 4)])
    sink.write(letters(range(4, 12), "second attempt"))
    assert [at for at, _ in place.read("run")] == list(range(12))


def test_a_reset_of_nothing_leaves_nothing(place: Place) -> None:
    """A run without bad records has no letters; the place can be read all the same."""
    sink = place.open("run")
    sink.reset()
    sink.write([])
    assert place.read("run") == []


def test_positions_may_come_in_any_order(place: Place) -> None:
    """Chunks in flight at the same time settle in any order."""
    sink = place.open("run")
    for positions in ([40, 41], [10], [30, 20], [41, 10]):
        sink.write(letters(positions))
    assert [at for at, _ in place.read("run")] == [10, 20, 30, 40, 41]


def test_other_runs_are_not_touched(place: Place) -> None:
    """Runs that share a file one after another keep their letters."""
    place.open("monday").write(letters([1, 2], "monday"))
    tuesday = place.open("tuesday")
    tuesday.reset()
    tuesday.write(letters([1, 7], "tuesday"))
    place.open("tuesday").reset()
    assert [at for at, _ in place.read("monday")] == [1, 2]
