"""What the operators read besides lists: queries, files, frames, dead letters; mapped and merged on the way."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import AirflowFailException

from airflow_provider_bento.exceptions import BentoSetupError
from airflow_provider_bento.operators.bento import BentoBatchEventsOperator, BentoBatchSubscribersOperator
from airflow_provider_bento.sandbox.in_thread import RunningSandbox


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The connection of a small database."""
    path = tmp_path / "shop.sqlite"
    with closing(sqlite3.connect(path)) as database:
        database.execute("CREATE TABLE person (id INTEGER PRIMARY KEY, mail TEXT, city TEXT)")
        database.executemany("INSERT INTO person VALUES (?, ?, ?)", [(n, f"p{n}@x.io", "Ghent") for n in range(7)])
        database.commit()
    monkeypatch.setenv("AIRFLOW_CONN_SHOP", json.dumps({"conn_type": "sqlite", "host": str(path)}))
    return "shop"


def arrived(bento: RunningSandbox, kind: str = "subscribers") -> Counter[str]:
    """Count what was applied."""
    return Counter(record["email"] for record in bento.control.records(kind))


def test_query_becomes_records_by_columns_and_constants(bento: RunningSandbox, shop: str) -> None:
    """A query needs no task in between; dotted targets nest, constants stand in each record."""
    BentoBatchEventsOperator(
        task_id="t",
        sql="SELECT id, mail, city FROM person",
        sql_conn_id=shop,
        resume_key="id",
        columns={"email": "mail", "details.place.city": "city"},
        constants={"type": "seen"},
        chunk_size=3,
    ).execute({})
    assert arrived(bento, "events") == Counter(f"p{number}@x.io" for number in range(7))
    assert bento.control.records("events")[0] == {
        "type": "seen",
        "email": "p0@x.io",
        "details": {"place": {"city": "Ghent"}},
    }


def test_missing_column_is_named_before_the_first_request(bento: RunningSandbox, shop: str) -> None:
    """A slip in columns sends nothing, and the error names the columns that there are."""
    operator = BentoBatchSubscribersOperator(
        task_id="t", sql="SELECT id, mail FROM person", sql_conn_id=shop, columns={"email": "email"}
    )
    with pytest.raises(AirflowFailException, match="mail"):
        operator.execute({})
    assert bento.control.journal() == []


def test_same_person_twice_is_merged_on_request(bento: RunningSandbox) -> None:
    """The last value wins, tags are united, one record travels."""
    rows = [{"email": "a@x.io", "n": 1, "tags": "x"}, {"email": "A@x.io", "n": 2, "tags": ["y"]}]
    summary = BentoBatchSubscribersOperator(task_id="t", subscribers=rows, merge_duplicates=True).execute({})
    [sent] = bento.control.records("subscribers")
    assert (sent["n"], set(sent["tags"].split(",")), summary["accepted"]) == (2, {"x", "y"}, 1)


def test_rejected_records_are_fixed_and_pushed(bento: RunningSandbox, tmp_path: Path) -> None:
    """The file of rejects is input of the same operator once a person has fixed it."""
    dead_letters = tmp_path / "rejects.jsonl"
    rows = [{"email": "good@x.io"}, {"email": "bad", "n": 1}]
    BentoBatchSubscribersOperator(
        task_id="t", subscribers=rows, on_invalid_record="drop", max_failed=1, dead_letters_path=str(dead_letters)
    ).execute({})
    assert dead_letters.stat().st_mode & 0o777 == 0o600
    dead_letters.write_text(dead_letters.read_text().replace('"bad"', '"fixed@x.io"'))
    BentoBatchSubscribersOperator(task_id="t", replay_dead_letters=str(dead_letters)).execute({})
    assert arrived(bento) == Counter(["good@x.io", "fixed@x.io"])


@pytest.mark.parametrize("ending", [".jsonl", ".csv", ".jsonl.gz"])
def test_path_of_a_file_is_a_source(bento: RunningSandbox, tmp_path: Path, ending: str) -> None:
    """A path in the records argument is read row by row."""
    import gzip

    text = "email,n\n" if ending == ".csv" else ""
    for number in range(5):
        text += f"f{number}@x.io,{number}\n" if ending == ".csv" else f'{{"email": "f{number}@x.io"}}\n'
    path = tmp_path / f"people{ending}"
    path.write_bytes(gzip.compress(text.encode()) if ending.endswith(".gz") else text.encode())
    BentoBatchSubscribersOperator(task_id="t", subscribers=str(path)).execute({})
    assert arrived(bento) == Counter(f"f{number}@x.io" for number in range(5))


def test_frame_is_a_source(bento: RunningSandbox) -> None:
    """A dataframe's rows are records; missing values are left out."""
    import pandas as pd

    frame = pd.DataFrame({"email": ["a@x.io", "b@x.io"], "n": [1.5, None]})
    BentoBatchSubscribersOperator(task_id="t", subscribers=frame).execute({})
    assert sorted(bento.control.records("subscribers"), key=lambda one: one["email"]) == [
        {"email": "a@x.io", "n": 1.5},
        {"email": "b@x.io"},
    ]


def test_a_question_ends_a_refusal() -> None:
    """No full stop comes after its mark."""
    options: Any = {"delimter": ";"}
    with pytest.raises(BentoSetupError, match=r"did you mean delimiter\?$"):
        BentoBatchSubscribersOperator(task_id="push", subscribers="/x.csv", file_options=options)
