"""The Python of docs/how-to/keep-in-step.md, run against the sandbox: what each block sends, stores and returns."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import duckdb
import pytest

from airflow_provider_bento.operators.bento import (
    WATERMARK,
    BentoBatchEmailsOperator,
    BentoBatchEventsOperator,
    BentoBatchSubscribersOperator,
)
from airflow_provider_bento.sandbox.in_thread import RunningSandbox


def run(push: Any, name: str) -> dict[str, Any]:
    """Run a task as part of a DAG run of this name; return its summary."""
    ti = SimpleNamespace(dag_id="d", run_id=name, task_id="t", map_index=-1, try_number=1, max_tries=0)
    summary: dict[str, Any] = push.execute({"ti": ti})
    return summary


def counts(summary: dict[str, Any], *names: str) -> list[Any]:
    """Return some of the counts."""
    return [summary[name] for name in names]


def test_people_who_left_are_unsubscribed(bento: RunningSandbox, tmp_path: Path) -> None:
    """Only they are; the others, who did not change, are not sent."""
    bucket, everybody = str(tmp_path), [{"email": f"m{number}@club.example"} for number in range(200)]

    def pushed(day: str, members: list[dict[str, Any]]) -> dict[str, Any]:
        # [START unsubscribe]
        push = BentoBatchSubscribersOperator(
            task_id="push_members",
            subscribers=members,
            snapshot_path=f"{bucket}/bento/members",
            when_gone="unsubscribe",
            max_gone=0.01,  # required: at most 1 % may be unsubscribed in one run
        )
        # [END unsubscribe]
        return run(push, day)

    pushed("monday", everybody)
    summary = pushed("tuesday", everybody[:-2])
    assert counts(summary, "accepted", "unchanged", "gone", "unsubscribed") == [0, 198, 2, 2]
    people = bento.control.everything("/people")
    assert {one["email"] for one in people if one["unsubscribed_at"]} == {"m198@club.example", "m199@club.example"}


def test_an_event_is_sent_once_by_its_key(bento: RunningSandbox, tmp_path: Path) -> None:
    """Two runs whose periods overlap send each order once, and one order of another type."""
    bucket = str(tmp_path)

    def pushed(day: str, orders: list[tuple[str, int]]) -> dict[str, Any]:
        rows = [{"type": kind, "email": "ann@shop.example", "details": {"order_id": order}} for kind, order in orders]
        # [START once_by]
        push = BentoBatchEventsOperator(
            task_id="push_orders",
            events=rows,  # the orders of the last three days, each day
            once_by="details.order_id",
            snapshot_path=f"{bucket}/bento/orders",
            forget_after=timedelta(days=90),
        )
        # [END once_by]
        return run(push, day)

    pushed("monday", [("ordered", 1), ("ordered", 2), ("ordered", 3)])
    summary = pushed("tuesday", [("ordered", 2), ("ordered", 3), ("ordered", 4), ("returned", 2)])
    assert counts(summary, "read", "accepted", "unchanged") == [4, 2, 2]
    sent = [(event["type"], event["details"]["order_id"]) for event in bento.control.records("events")]
    assert sent == [("ordered", 1), ("ordered", 2), ("ordered", 3), ("ordered", 4), ("returned", 2)]


def test_an_email_is_sent_once_by_a_column(bento: RunningSandbox, tmp_path: Path) -> None:
    """The column need not be part of the email, and one number may go to two people."""
    bucket = str(tmp_path)

    def pushed(day: str, rows: list[dict[str, Any]]) -> dict[str, Any]:
        # [START email_once]
        push = BentoBatchEmailsOperator(
            task_id="email_receipts",
            emails=rows,
            columns={"to": "buyer", "personalizations.order": "order_id"},
            constants={
                "from": "receipts@shop.example",
                "subject": "Your order {{ order }}",
                "html_body": "<p>Thank you for order {{ order }}!</p>",
            },
            transactional=True,
            once_by="receipt_id",  # a column that is not part of the email
            snapshot_path=f"{bucket}/bento/receipts",
        )
        # [END email_once]
        return run(push, day)

    first = {"buyer": "ann@shop.example", "order_id": 7, "receipt_id": "r7"}
    pushed("monday", [first])
    pushed("tuesday", [first, {**first, "receipt_id": "r8"}, {**first, "buyer": "bo@shop.example"}])
    assert [email["to"] for email in bento.control.everything("/emails")] == [
        "ann@shop.example",
        "ann@shop.example",
        "bo@shop.example",
    ]


# [START read_snapshot]
def last_confirmed(folder: Path, email: str) -> datetime | None:
    """Return when Bento last confirmed a person, in UTC; None if the snapshot does not know that."""
    newest = json.loads(max(folder.glob("generations/*.json")).read_bytes())
    key = hashlib.blake2b(email.strip().lower().encode(), key=bytes.fromhex(newest["salt"]), digest_size=16)
    row = duckdb.execute(
        "SELECT sent_at FROM read_parquet($1) WHERE key = $2::UUID AND record IS NOT NULL",
        [str(folder / newest["base"]["file"]), key.hexdigest()],
    ).fetchone()
    return row[0] if row else None


# [END read_snapshot]


def test_the_snapshot_tells_when_a_person_was_confirmed(bento: RunningSandbox, tmp_path: Path) -> None:
    """By the address, however it is written; of nobody else."""
    folder = tmp_path / "customers"
    push = BentoBatchSubscribersOperator(
        task_id="t", subscribers=[{"email": "ann@shop.example"}], snapshot_path=str(folder)
    )
    began = datetime.now(UTC).replace(microsecond=0)
    run(push, "monday")
    confirmed = last_confirmed(folder, " Ann@shop.example")
    assert confirmed is not None
    assert began <= confirmed.replace(tzinfo=UTC) <= datetime.now(UTC)
    assert last_confirmed(folder, "bo@shop.example") is None


def test_a_query_reads_only_what_is_new(bento: RunningSandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second run reads the rows of the last moment again, and sends only the new one."""
    bucket, file = str(tmp_path), tmp_path / "shop.sqlite"
    monkeypatch.setenv("AIRFLOW_CONN_SHOP", json.dumps({"conn_type": "sqlite", "host": str(file)}))
    # [START watermark]
    push = BentoBatchSubscribersOperator(
        task_id="push_changes",
        sql="SELECT email, name, changed_at FROM customer WHERE changed_at >= :since ORDER BY changed_at, id",
        sql_conn_id="shop",
        sql_parameters={"since": WATERMARK},
        watermark="changed_at",
        watermark_start="2020-01-01",  # for the first run
        columns={"email": "email", "first_name": "name"},
        snapshot_path=f"{bucket}/bento/customers",
    )
    # [END watermark]
    with closing(sqlite3.connect(file)) as shop, shop:
        shop.execute("CREATE TABLE customer (id INTEGER PRIMARY KEY, email TEXT, name TEXT, changed_at TEXT)")
        shop.execute(
            "INSERT INTO customer VALUES (1, 'a@x.io', 'Ann', '2026-01-01'), (2, 'b@x.io', 'Bo', '2026-01-02')"
        )
    assert counts(run(push, "monday"), "read", "accepted") == [2, 2]
    with closing(sqlite3.connect(file)) as shop, shop:
        shop.execute("UPDATE customer SET name = 'Anna', changed_at = '2026-01-03' WHERE id = 1")
    assert counts(run(push, "tuesday"), "read", "accepted", "unchanged") == [2, 1, 1]
    assert bento.control.records("subscribers")[-1]["first_name"] == "Anna"
