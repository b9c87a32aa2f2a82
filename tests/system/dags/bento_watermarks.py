"""Reads only what is new: a query and a function, with the watermark in an asset and in a file."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.providers.sqlite.hooks.sqlite import SqliteHook
from airflow.sdk import DAG, Asset, task

from airflow_provider_bento.operators.bento import WATERMARK, BentoBatchSubscribersOperator
from airflow_provider_bento.sandbox.settings import SITE

PEOPLE = Asset(f"bento://{SITE}/subscribers")
QUERY: dict[str, Any] = {
    "sql": "SELECT id, email, changed_at FROM people WHERE changed_at >= :since AND email LIKE :who ORDER BY id",
    "sql_conn_id": "bento_watermark_people",
    "watermark": "changed_at",
    "watermark_start": "2026-01-01",
    "columns": {"email": "email", "changed_at": "changed_at"},
}

# A machine with more to do than it can may lose a task before it starts.
PATIENT: dict[str, Any] = {"retries": 3, "retry_delay": timedelta(seconds=1)}

with DAG("bento_watermarks", schedule=None, default_args=PATIENT, tags=["test"]):
    BentoBatchSubscribersOperator(
        task_id="in_asset", sql_parameters={"since": WATERMARK, "who": "a%"}, outlets=[PEOPLE], **QUERY
    )
    BentoBatchSubscribersOperator(
        task_id="in_file",
        sql_parameters={"since": WATERMARK, "who": "b%"},
        checkpoint_path="{{ dag_run.conf['folder'] }}",
        **QUERY,
    )

    @task.bento_subscribers(watermark="changed_at", outlets=[PEOPLE])
    def by_function(who: str, watermark: str | None) -> Any:
        """Return who of a letter has changed."""
        rows = SqliteHook("bento_watermark_people").get_records(
            "SELECT email, changed_at FROM people WHERE changed_at >= ? AND email LIKE ? ORDER BY id",
            (watermark or "", who),
        )
        return [{"email": email, "changed_at": changed_at} for email, changed_at in rows]

    by_function.expand(who=["c%", "d%"])
