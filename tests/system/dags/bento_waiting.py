"""Sensors that end in every way they can, in one run; test_waiting.py looks at them."""

from __future__ import annotations

from typing import Any

from airflow.sdk import dag

from airflow_provider_bento.sensors.bento import BentoBroadcastSensor, BentoSubscriberSensor

QUICK: dict[str, Any] = {"deferrable": True, "poke_interval": 3, "timeout": 240}
NOBODY = "nobody@planted.example"


@dag(schedule=None, catchup=False, tags=["bento", "test"], default_args={"retries": 2})
def bento_waiting() -> None:
    """No task waits for another."""
    BentoSubscriberSensor(task_id="arrives", email="late@planted.example", has_tag="vip", **QUICK)
    BentoSubscriberSensor(
        task_id="reschedules", email="late@planted.example", mode="reschedule", **{**QUICK, "deferrable": False}
    )
    BentoSubscriberSensor.partial(task_id="mapped", **QUICK).expand(
        email=["late@planted.example", "later@planted.example"]
    )
    BentoSubscriberSensor(task_id="times_out", email=NOBODY, **{**QUICK, "timeout": 4})
    BentoSubscriberSensor(task_id="is_skipped", email=NOBODY, soft_fail=True, **{**QUICK, "timeout": 4})
    BentoBroadcastSensor(task_id="wrong_keys", name="never", **{**QUICK, "bento_conn_id": "bento_wrong_keys"})
    BentoBroadcastSensor(
        task_id="keys_revoked", name="never", **{**QUICK, "bento_conn_id": "bento_revoked", "poke_interval": 12}
    )


bento_waiting()
