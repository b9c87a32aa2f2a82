"""Sensors that end in every way they can, in one run; test_waiting.py looks at them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.providers.standard.operators.hitl import ApprovalOperator
from airflow.sdk import dag

from airflow_provider_bento.operators.bento import BentoBroadcastOperator
from airflow_provider_bento.sensors.bento import BentoBroadcastSensor, BentoSubscriberSensor

QUICK: dict[str, Any] = {"deferrable": True, "poke_interval": 3, "timeout": 240}
BROADCAST = {
    "name": "unanswered",
    "subject": "s",
    "content": "c",
    "type": "plain",
    "inclusive_tags": "t",
    "from": {"email": "a@x.io", "name": "A"},
}
NOBODY = "nobody@planted.example"
RETRIES: dict[str, Any] = {"retries": 2, "retry_delay": timedelta(seconds=1)}


@dag(schedule=None, catchup=False, tags=["bento", "test"], default_args=RETRIES)
def bento_waiting() -> None:
    """No task waits for another."""
    BentoSubscriberSensor(task_id="arrives", email="late@planted.example", has_tag="vip", **QUICK)
    BentoSubscriberSensor(
        task_id="reschedules", email="late@planted.example", mode="reschedule", **{**QUICK, "deferrable": False}
    )
    BentoSubscriberSensor.partial(task_id="mapped", **QUICK).expand(
        email=["late@planted.example", "later@planted.example"]
    )
    BentoSubscriberSensor(task_id="times_out", email=NOBODY, **{**QUICK, "timeout": 25})
    BentoSubscriberSensor(task_id="is_skipped", email=NOBODY, soft_fail=True, **{**QUICK, "timeout": 25})
    BentoBroadcastSensor(task_id="wrong_keys", name="never", **{**QUICK, "bento_conn_id": "bento_wrong_keys"})
    BentoBroadcastSensor(
        task_id="keys_revoked", name="never", **{**QUICK, "bento_conn_id": "bento_revoked", "poke_interval": 12}
    )


bento_waiting()


@dag(schedule=None, catchup=False, tags=["bento", "test"])
def bento_unanswered() -> None:
    """A broadcast that nobody approves in time."""
    ApprovalOperator(task_id="approve", subject="Mail it?", response_timeout=timedelta(seconds=5)) >> (
        BentoBroadcastOperator(task_id="send", broadcasts=[BROADCAST])
    )


bento_unanswered()
