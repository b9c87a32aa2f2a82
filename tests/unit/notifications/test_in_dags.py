"""The notifier as a callback, run by Airflow's own code, on whichever Airflow is installed."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

SOURCE = """
from datetime import datetime
from airflow.providers.common.compat.sdk import DAG, task
from airflow_provider_bento.notifications.bento import BentoEmailNotifier

TELL = BentoEmailNotifier(to="{{ ti.task_id }}@planted.example")

with DAG("tells", schedule=None, start_date=datetime(2026, 1, 1), default_args={"on_failure_callback": TELL}):
    @task
    def load():
        raise ValueError("planted failure")

    @task(on_success_callback=TELL, trigger_rule="all_done")
    def tidy():
        pass

    @task(trigger_rule="all_done")
    def check():
        raise ValueError("planted failure")

    load() >> tidy() >> check()

with DAG("mails", schedule=None, start_date=datetime(2026, 1, 1)):
    @task(email="owner@planted.example", email_on_failure=True)
    def fail():
        raise ValueError("planted failure")

    fail()
"""


@pytest.fixture(scope="module")
def dags(airflow_db: None) -> Any:
    """The DAGs above, loaded from Airflow's own folder."""
    path = Path(os.environ["AIRFLOW__CORE__DAGS_FOLDER"]) / "tells.py"
    path.write_text(SOURCE)
    try:
        from airflow.dag_processing.dagbag import DagBag
    except ImportError:
        from airflow.models.dagbag import DagBag
    bag = DagBag(str(path))
    assert not bag.import_errors
    return bag


def test_each_task_has_an_email_of_its_own(
    dags: Any, outbox: Callable[[], list[dict[str, Any]]], caplog: pytest.LogCaptureFixture, capfd: Any
) -> None:
    """One notifier for all of them; the templates are rendered for each, and no log names a recipient."""
    with caplog.at_level(logging.INFO):
        dags.get_dag("tells").test()
    assert [(one["to"], one["subject"]) for one in outbox()] == [
        ("load@planted.example", "Airflow: tells.load failed"),
        ("tidy@planted.example", "Airflow: tells.tidy success"),
        ("check@planted.example", "Airflow: tells.check failed"),
    ]
    assert all("Log</a>" in one["html_body"] for one in outbox())
    assert "planted.example" not in caplog.text + "".join(capfd.readouterr())


def _mails_by_the_backend() -> bool:
    """Airflow 3.0 lacks a name that its template needs, 3.2 always mails by SMTP; 3.3 asks the backend again."""
    try:
        from airflow.sdk.execution_time import task_runner
    except ImportError:
        return True
    asks = hasattr(task_runner, "_send_task_error_email") or hasattr(task_runner, "_LegacyEmailBackendNotifier")
    return asks and hasattr(task_runner.RuntimeTaskInstance, "mark_success_url")


@pytest.mark.skipif(not _mails_by_the_backend(), reason="Airflow 3.0 and 3.2 do not mail by the backend")
def test_email_on_failure_is_sent_by_the_backend(
    dags: Any, outbox: Callable[[], list[dict[str, Any]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With Airflow's own subject and body."""
    monkeypatch.setenv("AIRFLOW__EMAIL__EMAIL_BACKEND", "airflow_provider_bento.notifications.bento.send_email")
    dags.get_dag("mails").test()
    [email] = outbox()
    assert (email["to"], email["from"]) == ("owner@planted.example", "airflow@shop.example")
    assert email["subject"].startswith("Airflow alert: ")
    assert "planted failure" in email["html_body"]
