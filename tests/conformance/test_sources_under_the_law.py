"""Every kind of source, checkpoint file and dead-letter file together, killed anywhere: nothing lost or doubled.

Each attempt opens source, store and dead letters anew, as another process does.
"""

from __future__ import annotations

import gzip
import json
import os
import sqlite3
import types
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from delivery_law.fakes import rows
from delivery_law.law import check_end, guard, live
from delivery_law.world import Killed, Process, World

from airflow_provider_bento.delivery.checkpoint.state import TaskAttempt
from airflow_provider_bento.delivery.push import Push
from airflow_provider_bento.delivery.source import Source
from airflow_provider_bento.exceptions import BentoRecordError
from airflow_provider_bento.sources.argument import source_of
from airflow_provider_bento.sources.files.source import FileSource
from airflow_provider_bento.sources.functions import GeneratorSource
from airflow_provider_bento.sources.lazy_sequence import LazySource
from airflow_provider_bento.sources.mapping import MappedSource
from airflow_provider_bento.sources.merging import MergedSource
from airflow_provider_bento.sources.sql.source import SqlSource
from airflow_provider_bento.sources.text_rows import TextRowsSource
from airflow_provider_bento.stores.dead_letters import DeadLetterFile
from airflow_provider_bento.stores.files import FileStore

ROWS = rows(14, bad=[2, 9])
RUN = "dag/run/task/-1"


def _jsonl(folder: Path, *, name: str = "rows.jsonl") -> Source:
    opener: Any = gzip.open if name.endswith(".gz") else open
    with opener(folder / name, "wt") as file:
        file.writelines(json.dumps(row) + "\n" for row in ROWS)
    os.utime(folder / name, (1, 1))  # every attempt finds the same file
    return FileSource(folder / name)


def _sqlite(folder: Path, **arguments: Any) -> Source:
    path = folder / "rows.sqlite"
    if not path.exists():
        with sqlite3.connect(path) as database:
            database.execute("CREATE TABLE rows (id INTEGER PRIMARY KEY, name, bad INTEGER)")
            database.executemany("INSERT INTO rows (name, bad) VALUES (:name, :bad)", ROWS)
        database.close()
    hook: Any = types.SimpleNamespace(placeholder="?", conn_type="sqlite", get_conn=lambda: sqlite3.connect(path))
    return SqlSource("SELECT * FROM rows ORDER BY id", hook=hook, **arguments)


class LazyXComSequence(list[Any]):
    """Read by its name as Airflow's is; counts what is fetched."""

    fetched = 0

    def __getitem__(self, key: Any) -> Any:
        found = super().__getitem__(key)
        LazyXComSequence.fetched += len(found) if isinstance(key, slice) else 1
        return found


SOURCES: dict[str, Callable[[Path], Source]] = {
    "JSON Lines": _jsonl,
    "JSON Lines, gzip": lambda folder: _jsonl(folder, name="rows.jsonl.gz"),
    "lazy sequence": lambda _: LazySource(LazyXComSequence([ROWS[:4], ROWS[4:5], *ROWS[5:]])),
    "SQLite by key": lambda folder: _sqlite(folder, resume_key="id"),
    "SQLite by order": _sqlite,
    "generator": lambda _: GeneratorSource(lambda: iter(ROWS)),
    "pandas": lambda _: source_of(pd.DataFrame(ROWS), "events"),
    "mapped": lambda folder: MappedSource(_jsonl(folder), {"name": "name", "bad": "bad"}, {"kind": "x"}),
    "merged": lambda folder: MergedSource(_jsonl(folder)),
    "text rows": lambda folder: TextRowsSource(_jsonl(folder), "email"),
}


class WorldOfFiles(World):
    """A world whose outside lies in files."""

    def __init__(self, folder: Path, make: Callable[[Path], Source]) -> None:
        self.folder, self.make = folder, make
        folder.mkdir()
        super().__init__(ROWS, in_doubt="resend", endpoint="subscribers")
        self.reopen()
        self.letters = self._letters_in_the_file

    def reopen(self) -> None:
        """Open store and dead letters as a new process does."""
        self.store = FileStore(self.folder / "checkpoints", name=RUN)
        self.dead_letters = DeadLetterFile(self.folder / "rejects.jsonl", run=RUN)

    def push(self, process: Process, attempt: TaskAttempt, **changed: Any) -> Push:
        """Return the parts of one attempt, all of them new."""
        self.reopen()
        return super().push(process, attempt, **{"source": self.make(self.folder), **changed})

    def _letters_in_the_file(self) -> dict[int, str]:
        lines = [json.loads(line) for line in (self.folder / "rejects.jsonl").read_bytes().splitlines()]
        assert max(Counter(line["position"] for line in lines).values(), default=1) == 1, "two letters of one position"
        return {line["position"]: line["kind"] for line in lines}


def _deaths(*touches: int) -> Iterator[int]:
    yield from touches


@pytest.mark.parametrize("kind", list(SOURCES))
def test_killed_anywhere_nothing_is_lost(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One kill at every third touch, in turn, and a second one soon behind it; at most a chunk in flight is doubled."""
    monkeypatch.setattr("os.fsync", lambda _: None)  # a kill is no power cut, and disks are slow
    at = 1
    while True:
        world = WorldOfFiles(tmp_path / str(at), SOURCES[kind])
        guard(world)
        life = live(world, _deaths(at, 1 + at % 7))
        check_end(world, life, doubled_at_most=3 * life.kills)
        if not life.kills:
            break
        at += 3
    assert at > 30


def test_a_resume_of_mapped_results_fetches_and_judges_only_what_is_left(tmp_path: Path) -> None:
    """And a bad record that shows up there stops it before it sends anything."""
    good = rows(30)
    world = WorldOfFiles(tmp_path / "world", lambda _: LazySource(LazyXComSequence(good)))
    world.rows, world.options["on_invalid_record"] = good, "fail"
    guard(world)
    with pytest.raises(Killed):
        world.attempt(Process(70))
    done = world.checkpoint["cursor"]["position"]
    sent = world.arrived()
    assert done > 10
    good[29] = {**good[29], "bad": True}
    with pytest.raises(BentoRecordError, match="Nothing was sent by this attempt"):
        world.attempt()
    assert world.arrived() == sent
    good[29] = rows(30)[29]
    LazyXComSequence.fetched = 0
    assert world.attempt().resumed
    assert LazyXComSequence.fetched <= 30 - done + 2
    assert set(world.arrived()) == {row["name"] for row in good}
