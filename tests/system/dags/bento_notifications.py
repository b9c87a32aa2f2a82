"""Runs that somebody has to be told about: a task that fails, and runs that are late."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from airflow.sdk import DAG, AsyncCallback, DeadlineAlert, DeadlineReference, SyncCallback, get_current_context, task

from airflow_provider_bento.notifications.bento import BentoEmailNotifier

LONG_AGO = DeadlineReference.FIXED_DATETIME(datetime(2026, 1, 1, tzinfo=UTC))


@task
def fail() -> None:
    """Fail, as the DAG wants it."""
    raise ValueError("planted failure")


@task
def wait() -> None:
    """Run until the test makes the file that it named."""
    told = Path(get_current_context()["dag_run"].conf["done"])
    while not told.exists():
        time.sleep(0.2)


with DAG("bento_tells_of_failure", schedule=None, tags=["test"]):
    fail.override(on_failure_callback=BentoEmailNotifier(to="owner@told.example"))()

with DAG("bento_tells_by_backend", schedule=None, tags=["test"]):
    fail.override(email=["owner@told.example"], email_on_failure=True)()

with DAG("bento_tells_of_dag", schedule=None, tags=["test"], on_failure_callback=BentoEmailNotifier()):
    fail()

# Airflow 3.3 lets a SyncCallback read no connection of its database: https://github.com/apache/airflow/pull/66141
for callback in (
    AsyncCallback(BentoEmailNotifier),
    SyncCallback(BentoEmailNotifier, kwargs={"bento_conn_id": "bento_environment"}),
):
    with DAG(
        f"bento_tells_by_{type(callback).__name__}",
        schedule=None,
        tags=["test"],
        deadline=DeadlineAlert(reference=LONG_AGO, interval=timedelta(seconds=1), callback=callback),
    ):
        wait()
