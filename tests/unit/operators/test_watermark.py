"""A task that reads only what is new, run against a database and the sandbox: what is read, what is remembered."""

from __future__ import annotations

import json
import logging
import random
import sqlite3
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import AirflowFailException

from airflow_provider_bento.delivery.checkpoint.store import MemoryStore
from airflow_provider_bento.delivery.counts import RecordCounts, Report, RequestCounts
from airflow_provider_bento.exceptions import BentoError, BentoStateError
from airflow_provider_bento.operators.bento import WATERMARK, BentoBatchEventsOperator, BentoBatchSubscribersOperator
from airflow_provider_bento.operators.watermark.lifecycle import Watermark
from airflow_provider_bento.sandbox.in_thread import RunningSandbox
from airflow_provider_bento.stores.watermarks import FileWatermarks
from airflow_provider_bento.version_compat import HAS_ASSET_STATE


class Shop:
    """A database of people, each with the number of their last change."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._run("CREATE TABLE person (id INTEGER PRIMARY KEY, email TEXT, changed INTEGER)")

    def change(self, number: int, changed: object) -> None:
        """Add or change a person."""
        self._run("INSERT OR REPLACE INTO person VALUES (?, ?, ?)", (number, f"p{number}@x.io", changed))

    def _run(self, sql: str, values: tuple[object, ...] = ()) -> None:
        with closing(sqlite3.connect(self._path)) as database, database:
            database.execute(sql, values)


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """Three people, behind the connection ``shop``."""
    monkeypatch.setenv("AIRFLOW_CONN_SHOP", json.dumps({"conn_type": "sqlite", "host": str(tmp_path / "shop.sqlite")}))
    made = Shop(tmp_path / "shop.sqlite")
    for number in (1, 2, 3):
        made.change(number, number * 10)
    return made


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder for checkpoints and watermarks."""
    return tmp_path / "state"


def push(folder: Path, run: str = "r1", attempt: int = 1, max_tries: int = 0, map_index: int = -1, **more: Any) -> Any:
    """Run the task once, as Airflow would, and return its summary."""
    context = more.pop("context", {})
    ti = SimpleNamespace(
        dag_id="d", run_id=run, task_id="t", map_index=map_index, try_number=attempt, max_tries=max_tries,
        xcom_push=lambda **_: None,
    )  # fmt: skip
    arguments: dict[str, Any] = {
        "task_id": "t",
        "sql": "SELECT id, email, changed FROM person WHERE changed >= :since OR changed IS NULL ORDER BY id",
        "sql_conn_id": "shop",
        "sql_parameters": {"since": WATERMARK},
        "watermark": "changed",
        "watermark_start": 0,
        "checkpoint_path": str(folder),
        "columns": {"email": "email", "n": "changed"},
        "max_in_flight": 1,
        **more,
    }
    return BentoBatchSubscribersOperator(**arguments).execute({"ti": ti, **context})


def sent(bento: RunningSandbox) -> list[tuple[str, Any]]:
    """Return who was sent, with the number of their change, and forget it."""
    found = [(one["email"].partition("@")[0], one.get("n")) for one in bento.control.records("subscribers")]
    bento.control.reset()
    return found


def stored(folder: Path) -> Any:
    """Return the stored value."""
    found = FileWatermarks(folder, "d/t/-1").get()
    return found and found["value"]


def test_the_second_run_reads_only_what_is_new(bento: RunningSandbox, shop: Shop, folder: Path) -> None:
    """And once more what has the largest value itself, because rows of the same moment may have come late."""
    push(folder)
    assert (sent(bento), stored(folder)) == ([("p1", 10), ("p2", 20), ("p3", 30)], "30")
    shop.change(1, 40)
    push(folder, "r2")
    assert (sent(bento), stored(folder)) == ([("p1", 40), ("p3", 30)], "40")


def test_a_run_without_rows_leaves_the_watermark(bento: RunningSandbox, shop: Shop, folder: Path) -> None:
    """It is no value, and no error."""
    push(folder, watermark_start=100)
    assert stored(folder) is None
    push(folder)
    push(folder, "r2", sql="SELECT email, changed FROM person WHERE changed > :since ORDER BY id")
    assert stored(folder) == "30"


def test_rows_without_a_value_are_sent(bento: RunningSandbox, shop: Shop, folder: Path) -> None:
    """NULL is no largest value."""
    shop.change(9, None)
    push(folder)
    assert (sent(bento)[-1], stored(folder)) == (("p9", None), "30")
    push(folder, "r2", sql="SELECT id, email, changed FROM person WHERE changed IS NULL AND :since IS NOT NULL")
    assert stored(folder) == "30"


def test_a_dry_run_moves_nothing(bento: RunningSandbox, shop: Shop, folder: Path) -> None:
    """It stores nothing at all."""
    push(folder, validate_only=True)
    assert not folder.exists()


def test_an_invalid_record_stops_the_watermark(bento: RunningSandbox, shop: Shop, folder: Path) -> None:
    """The next run reads it again."""
    push(folder, constants={"tags": 7}, on_invalid_record="drop", max_failed=9)
    assert stored(folder) is None


def test_the_log_says_why_the_watermark_stays(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """And how many records are not confirmed."""
    store, log = FileWatermarks(tmp_path, "d/t/-1"), logging.getLogger("task")
    watermark = Watermark("changed", 0, store=store, of_run=MemoryStore(), log=log)
    counts = RecordCounts(read=5, accepted=2, invalid=3)
    watermark.finish(Report("subscribers", counts, RequestCounts(), 1.0))
    assert "The watermark of changed stays: 3 records failed. The next run reads these rows again." in caplog.text


def test_a_rejected_record_stops_the_watermark(bento: RunningSandbox, shop: Shop, folder: Path) -> None:
    """Even if the task tolerates it."""
    bento.control.inject("failed_count", "/batch/subscribers", records=1)
    push(folder, max_failed=9)
    assert stored(folder) is None


def test_a_failed_run_leaves_the_watermark(bento: RunningSandbox, shop: Shop, folder: Path) -> None:
    """Its retry moves it, to the same value as a run without a failure."""
    bento.control.inject("status", "/batch/subscribers", nth=2, status=503, headers=[("Retry-After", "0")])
    with pytest.raises(BentoError):
        push(folder, chunk_size=1, max_attempts=1)
    assert stored(folder) is None
    push(folder, attempt=2, chunk_size=1)
    assert (len(sent(bento)), stored(folder)) == (3, "30")


def fail_at(bento: RunningSandbox, nth: int) -> None:
    """Let one request fail."""
    bento.control.clear_faults()
    bento.control.inject("status", "/batch/subscribers", nth=nth, status=503, headers=[("Retry-After", "0")])


def test_a_change_between_two_attempts_is_not_lost(bento: RunningSandbox, shop: Shop, folder: Path) -> None:
    """The second attempt continues after a row that has changed since: it may not move past that change."""
    fail_at(bento, 2)
    arguments: dict[str, Any] = {"chunk_size": 1, "max_attempts": 1, "resume_key": "id"}
    arguments["sql"] = "SELECT id, email, changed FROM person WHERE changed >= :since"
    with pytest.raises(BentoError):
        push(folder, **arguments)
    shop.change(1, 40)
    shop.change(3, 50)
    push(folder, attempt=2, **arguments)
    assert sent(bento) == [("p1", 10), ("p2", 20), ("p3", 50)]
    push(folder, "r2", **arguments)
    assert ("p1", 40) in sent(bento)
    assert stored(folder) == "50"


def test_a_killed_attempt_leaves_the_watermark(bento: RunningSandbox, shop: Shop, folder: Path) -> None:
    """It could not note what it had seen; the attempt that continues after it does not guess."""
    fail_at(bento, 2)
    arguments: dict[str, Any] = {"chunk_size": 1, "max_attempts": 1, "resume_key": "id"}
    arguments["sql"] = "SELECT id, email, changed FROM person WHERE changed >= :since"
    with pytest.raises(BentoError):
        push(folder, **arguments)
    [seen] = folder.rglob("watermark_seen.json")
    seen.unlink()
    push(folder, attempt=2, **arguments)
    assert stored(folder) is None
    push(folder, "r2", **arguments)
    assert stored(folder) == "30"


def test_a_crash_before_the_watermark_is_stored_costs_nothing(
    bento: RunningSandbox, shop: Shop, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every record is confirmed; the retry reads nothing, sends nothing, and stores what the first attempt saw."""

    def failing(*_: Any) -> None:
        raise BentoStateError("away")

    with monkeypatch.context() as patch:
        patch.setattr(FileWatermarks, "set", failing)
        with pytest.raises(BentoStateError):
            push(folder)
    assert (len(sent(bento)), stored(folder)) == (3, None)
    push(folder, attempt=2)
    assert (sent(bento), stored(folder)) == ([], "30")


def test_all_attempts_of_a_run_begin_at_the_same_value(bento: RunningSandbox, shop: Shop, folder: Path) -> None:
    """A later run may succeed before the retry, which must send what its checkpoint knows."""
    fail_at(bento, 2)
    with pytest.raises(BentoError):
        push(folder, chunk_size=1, max_attempts=1)
    shop.change(4, 40)
    push(folder, "r2")
    assert stored(folder) == "40"
    bento.control.reset()
    push(folder, attempt=2, chunk_size=1)
    assert [who for who, _ in sent(bento)] == ["p2", "p3", "p4"]
    assert stored(folder) == "40"


def test_a_cleared_run_sends_the_same_again(bento: RunningSandbox, shop: Shop, folder: Path) -> None:
    """Clear means: once more what this run read; the watermark does not move backwards."""
    push(folder)
    shop.change(4, 40)
    push(folder, "r2")
    bento.control.reset()
    push(folder, "r1", attempt=2, max_tries=1)
    assert ([who for who, _ in sent(bento)], stored(folder)) == (["p1", "p2", "p3", "p4"], "40")


def test_a_smaller_value_is_ignored(bento: RunningSandbox, shop: Shop, folder: Path) -> None:
    """A row was deleted in the source."""
    push(folder)
    push(folder, "r2", sql="SELECT id, email, changed FROM person WHERE changed < 20 AND :since > 0 ORDER BY id")
    assert stored(folder) == "30"


def test_a_mapped_task_has_a_watermark_per_index(bento: RunningSandbox, shop: Shop, folder: Path) -> None:
    """Each reads what is its own."""
    push(folder, map_index=0)
    assert FileWatermarks(folder, "d/t/0").get()["value"] == "30"
    assert FileWatermarks(folder, "d/t/1").get() is None


def test_a_change_of_type_is_found_before_anything_is_sent(bento: RunningSandbox, shop: Shop, folder: Path) -> None:
    """The column was a number."""
    push(folder)
    bento.control.reset()
    with pytest.raises(AirflowFailException, match=r"'changed' is text .* but a number in the stored watermark"):
        push(folder, "r2", sql="SELECT id, email, 'x' AS changed FROM person WHERE changed >= :since ORDER BY id")
    assert (bento.control.journal(), stored(folder)) == ([], "30")


def test_another_column_begins_afresh(bento: RunningSandbox, shop: Shop, folder: Path) -> None:
    """Its values have nothing to do with the stored one."""
    push(folder)
    bento.control.reset()
    push(folder, "r2", watermark="id", sql="SELECT id, email, changed FROM person WHERE id >= :since ORDER BY id")
    assert (len(sent(bento)), stored(folder)) == (3, "3")


def test_a_missing_column_sends_nothing(bento: RunningSandbox, shop: Shop, folder: Path) -> None:
    """The error names the columns that there are."""
    with pytest.raises(AirflowFailException, match=r"'changed_at' for watermark\. Its columns: id, email, changed"):
        push(folder, watermark="changed_at")
    assert bento.control.journal() == []


def test_a_snapshot_and_a_watermark_share_a_folder(bento: RunningSandbox, shop: Shop, tmp_path: Path) -> None:
    """The query reads less, and the snapshot takes out what was read twice; a full refresh reads everything again."""
    arguments: dict[str, Any] = {"checkpoint_path": None, "snapshot_path": str(tmp_path / "snapshot")}
    push(tmp_path, **arguments)
    shop.change(1, 40)
    bento.control.reset()
    summary = push(tmp_path, "r2", **arguments)
    assert (sent(bento), summary["unchanged"]) == ([("p1", 40)], 1)
    push(tmp_path, "r3", full_refresh=True, **arguments)
    assert (len(sent(bento)), stored(tmp_path / "snapshot")) == (3, "40")


def test_events_that_are_read_twice_are_sent_once(bento: RunningSandbox, shop: Shop, tmp_path: Path) -> None:
    """By once_by, over the overlap of two runs."""
    ti = SimpleNamespace(dag_id="d", task_id="t", map_index=-1, try_number=1, max_tries=0)
    for run in ("r1", "r2"):
        shop.change(len(run) + 4, 30)
        BentoBatchEventsOperator(
            task_id="t",
            sql="SELECT id, email, changed FROM person WHERE changed >= :since ORDER BY id",
            sql_conn_id="shop",
            sql_parameters={"since": WATERMARK},
            watermark="changed",
            watermark_start=0,
            snapshot_path=str(tmp_path / "sent"),
            once_by="details.id",
            columns={"email": "email", "details.id": "id"},
            constants={"type": "seen"},
        ).execute({"ti": SimpleNamespace(**vars(ti), run_id=run)})
    assert len(bento.control.records("events")) == 4


@pytest.mark.skipif(not HAS_ASSET_STATE, reason="assets have no state store before Airflow 3.3")
def test_an_asset_of_bento_has_the_watermark(bento: RunningSandbox, shop: Shop, folder: Path) -> None:
    """If the task has one, and Airflow offers its store; no file is written."""
    from airflow.sdk import Asset

    people, values = Asset(f"bento://{bento.connection['schema']}/subscribers"), {}
    accessor = SimpleNamespace(get=values.get, set=values.__setitem__)
    push(folder, outlets=[people], context={"asset_state_store": {people: accessor}})
    assert values == {"watermark:d.t.-1": {"column": "changed", "type": "int", "value": "30"}}
    assert stored(folder) is None


def lost(bento: RunningSandbox, people: dict[int, int]) -> set[int]:
    """Return who was not sent as they are now."""
    known = {one["email"]: one.get("n") for one in bento.control.records("subscribers")}
    return {number for number, changed in people.items() if known.get(f"p{number}@x.io") != changed}


@pytest.mark.parametrize("seed", range(25))
def test_no_change_is_ever_lost(bento: RunningSandbox, shop: Shop, folder: Path, seed: int) -> None:
    """Whatever fails and whatever changes between attempts: after a run without changes Bento is as the source."""
    chance = random.Random(seed)
    key = chance.choice([None, "id"])
    sql = "SELECT id, email, changed FROM person WHERE changed >= :since"
    arguments: dict[str, Any] = {"chunk_size": 1, "max_attempts": 1, "resume_key": key}
    arguments["sql"] = sql if key else f"{sql} ORDER BY id"
    people, now = {1: 10, 2: 20, 3: 30}, 30
    for run in range(4):
        for attempt in range(1, 4):
            if chance.random() < 0.6:
                fail_at(bento, chance.randint(1, 4))
            ended = ends(folder, f"r{run}", attempt, arguments, killed=chance.random() < 0.3)
            bento.control.clear_faults()
            for number in chance.sample(range(1, 6), chance.randint(0, 2)):
                now += 10
                people[number] = now
                shop.change(number, now)
            if ended:
                break
    push(folder, "last", **arguments)
    assert lost(bento, people) == set()


def ends(folder: Path, run: str, attempt: int, arguments: dict[str, Any], *, killed: bool) -> bool:
    """Run an attempt; return whether the run has ended. A killed one leaves no note of what it has seen."""
    try:
        push(folder, run, attempt, **arguments)
    except AirflowFailException:  # the rows that were sent have changed: a person clears the next run
        return True
    except BentoError:
        for seen in folder.rglob("watermark_seen.json") if killed else ():
            seen.unlink()
        return False
    return True
