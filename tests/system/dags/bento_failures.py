"""Pushes that fail, for a look at what their logs show."""

from __future__ import annotations

from airflow.sdk import DAG

from airflow_provider_bento.operators.bento import BentoBatchSubscribersOperator

PEOPLE = [{"email": f"person{number}@example.com"} for number in range(5)]

with DAG("bento_failures", schedule=None, tags=["test"]):
    BentoBatchSubscribersOperator(task_id="wrong_keys", subscribers=PEOPLE, bento_conn_id="bento_wrong_keys")
    BentoBatchSubscribersOperator(task_id="bad_record", subscribers=[*PEOPLE, {"email": "nobody"}])
