"""What several machines push at once: twenty mapped pushes of purchases, sign-ups with mistakes, people in step.

Everything comes from object storage and everything that is written goes there; no task reads a disk.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.sdk import Param, dag

from airflow_provider_bento.operators.bento import BentoBatchEventsOperator, BentoBatchSubscribersOperator

LAKE = "s3://lake@lake"
MAPPED = 20
PATIENT: dict[str, Any] = {
    "chunk_size": 10,
    "retries": 10,
    "retry_delay": timedelta(seconds=1),
    "release_slot_after": None,  # all of them wait at once, each in a slot of its own
}
SETTINGS: dict[str, Any] = {
    "schedule": None,
    "catchup": False,
    "max_active_tasks": 32,
    "params": {"folder": Param("", type="string")},
}


@dag(**SETTINGS)
def engines_orders() -> None:
    """Push twenty files of purchases at once; a purchase has a key, so repeating it is harmless."""
    BentoBatchEventsOperator.partial(task_id="push", **PATIENT).expand(
        events=[f"{LAKE}/{{{{ params.folder }}}}/orders-{number:02}.jsonl" for number in range(MAPPED)]
    )


@dag(**SETTINGS)
def engines_signups() -> None:
    """Push events whose repetition would start automations again; rows without an address become dead letters."""
    BentoBatchEventsOperator(
        task_id="push",
        events=f"{LAKE}/{{{{ params.folder }}}}/signups.jsonl",
        dead_letters_path=f"{LAKE}/{{{{ params.folder }}}}/dead.jsonl",
        on_invalid_record="drop",
        max_failed=100,
        **PATIENT,
    )


@dag(**SETTINGS)
def engines_people() -> None:
    """Push what changed of a CSV file since the last run."""
    BentoBatchSubscribersOperator(
        task_id="push",
        subscribers=f"{LAKE}/{{{{ params.folder }}}}/people.csv",
        snapshot_path=f"{LAKE}/{{{{ params.folder }}}}/snapshot",
        **PATIENT,
    )


engines_orders()
engines_signups()
engines_people()
