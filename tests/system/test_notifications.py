"""Alerts of a real Airflow: each way to ask for one brings exactly one email, and no log names its recipient."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from system.local_airflow import LocalAirflow, until

from airflow_provider_bento.sandbox.in_thread import RunningSandbox

pytestmark = pytest.mark.system


def only_email(bento: RunningSandbox) -> dict[str, Any]:
    """Wait for an email, and return it if it is the only one."""
    until("an email", lambda: list(bento.control.everything("/emails")) or None, seconds=120)
    [request] = bento.control.journal(path="/batch/emails")
    [email] = bento.control.everything("/emails")
    assert request["status"] in {200, 201}
    assert (email["from"], email["transactional"]) == ("airflow@told.example", True)
    return dict(email)


def written(airflow: LocalAirflow) -> str:
    """Return all logs: of Airflow's parts, and of all tasks and callbacks."""
    logs = [airflow.home / "standalone.log", *(airflow.home / "logs").rglob("*.log")]
    return "\n".join(log.read_text(errors="replace") for log in logs)


@pytest.mark.parametrize(
    ("dag", "to", "subject"),
    [
        ("bento_tells_of_failure", "owner@told.example", "Airflow: bento_tells_of_failure.fail failed"),
        ("bento_tells_of_dag", "alerts@told.example", "Airflow: bento_tells_of_dag: task_failure"),
        ("bento_tells_by_backend", "owner@told.example", "Airflow alert: "),
    ],
)
def test_a_failure_is_told_once(
    airflow: LocalAirflow, fresh_bento: RunningSandbox, dag: str, to: str, subject: str
) -> None:
    """By a callback of the task, a callback of the DAG, and ``email_on_failure``."""
    run = airflow.trigger(dag)
    assert airflow.wait_for_run(dag, run) == "failed"
    email = only_email(fresh_bento)
    assert email["to"] == to
    assert email["subject"].startswith(subject)
    assert "told.example" not in str(airflow.task(dag, run, "fail"))
    assert "told.example" not in written(airflow)


@pytest.mark.parametrize("kind", ["AsyncCallback", "SyncCallback"])
def test_a_missed_deadline_is_told_once(
    airflow: LocalAirflow, fresh_bento: RunningSandbox, tmp_path: Path, kind: str
) -> None:
    """In the triggerer, and in an executor."""
    dag, done = f"bento_tells_by_{kind}", tmp_path / "done"
    run = airflow.trigger(dag, {"done": str(done)})
    email = only_email(fresh_bento)
    assert (email["to"], email["subject"]) == ("alerts@told.example", f"Airflow: {dag} missed a deadline")
    assert f"Run <b>{run}</b> of DAG" in email["html_body"]
    done.touch()
    assert airflow.wait_for_run(dag, run) == "success"
    assert len(list(fresh_bento.control.everything("/emails"))) == 1
    assert "told.example" not in written(airflow)
