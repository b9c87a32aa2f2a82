"""The default subject and body, rendered with what each kind of callback passes."""

from __future__ import annotations

from enum import Enum
from types import SimpleNamespace
from typing import Any

import pytest
from jinja2 import StrictUndefined
from jinja2.sandbox import SandboxedEnvironment

from airflow_provider_bento.notifications.templates import HTML_CONTENT, SUBJECT

TI = SimpleNamespace(
    dag_id="shop", task_id="load", state="failed", run_id="manual__<1>", try_number=2, log_url="http://a/?b=1&c=2"
)
DAG = SimpleNamespace(dag_id="shop")
NEW_TI = SimpleNamespace(**vars(TI) | {"state": Enum("State", {"FAILED": "failed"}).FAILED})
NO_STATE = SimpleNamespace(**vars(TI) | {"state": None})
TASK = {"ti": TI, "dag": DAG, "run_id": TI.run_id, "dag_run": SimpleNamespace(run_id=TI.run_id, dag_id="shop")}
DEADLINE = {
    "dag_run": {"dag_id": "shop", "dag_run_id": "manual__<1>", "state": "running"},
    "deadline": {"id": "0199", "deadline_time": "2026-11-27T08:00:00Z"},
}


def rendered(template: str, context: dict[str, Any]) -> str:
    """Render as Airflow does, and allow no name that is missing."""
    return SandboxedEnvironment(undefined=StrictUndefined).from_string(template).render(context)


@pytest.mark.parametrize(
    ("context", "subject"),
    [
        (TASK, "Airflow: shop.load failed"),
        (TASK | {"ti": NEW_TI}, "Airflow: shop.load failed"),
        (TASK | {"ti": NO_STATE}, "Airflow: shop.load"),
        (TASK | {"reason": "task_failure"}, "Airflow: shop: task_failure"),
        ({"dag": DAG, "task_list": ""}, "Airflow: shop"),
        (DEADLINE, "Airflow: shop missed a deadline"),
    ],
)
def test_the_subject_says_what_happened(context: dict[str, Any], subject: str) -> None:
    """To a task, to a run of a DAG, in Airflow 2's missed SLA, and at a deadline."""
    assert rendered(SUBJECT, context) == subject


@pytest.mark.parametrize("ti", [TI, NEW_TI])
def test_the_body_of_a_task_leads_to_its_log(ti: SimpleNamespace) -> None:
    """With all that HTML needs to be escaped."""
    body = rendered(HTML_CONTENT, TASK | {"ti": ti})
    assert "Task <b>load</b> of DAG <b>shop</b>: <b>failed</b> (run manual__&lt;1&gt;, try 2)" in body
    assert '<a href="http://a/?b=1&amp;c=2">Log</a>' in body


def test_the_body_of_a_deadline_names_run_and_time() -> None:
    """The run is a dict there, with a key of another name."""
    body = rendered(HTML_CONTENT, DEADLINE)
    assert "Run <b>manual__&lt;1&gt;</b> of DAG <b>shop</b> missed its deadline of 2026-11-27T08:00:00Z." in body


@pytest.mark.parametrize("context", [TASK | {"reason": "task_failure"}, {"dag": DAG}])
def test_the_body_of_a_dag_names_it(context: dict[str, Any]) -> None:
    """And its run and the reason, if there are any."""
    assert "DAG <b>shop</b>" in rendered(HTML_CONTENT, context)
