"""The link on a task's page, from a real DAG run."""

from __future__ import annotations

import importlib
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from airflow.providers.common.compat.sdk import TaskInstanceState

from airflow_provider_bento.links.bento import BROADCASTS_PAGE, BentoDashboardLink

if TYPE_CHECKING:
    from collections.abc import Mapping

EDIT_PAGE = "https://app.bentonow.com/account/emails/broadcasts/42/edit"
PUSHED = {
    "edit_page": EDIT_PAGE,
    "nothing": None,
    "script": "javascript:alert(1)",
    "data": "data:text/html,x",
    "credentials": "https://pk:hunter2@app.bentonow.com/",
    "spaces": "https://app.bentonow.com/ x",
    "relative": "//example.com",
    "broken": "https://[",
    "number": 42,
}
DAG = f"""
from datetime import datetime
from airflow.providers.common.compat.sdk import DAG, BaseOperator
from airflow_provider_bento.links.bento import BentoDashboardLink

class Push(BaseOperator):
    operator_extra_links = (BentoDashboardLink(),)
    def __init__(self, url, **kw):
        super().__init__(**kw)
        self.url = url
    def execute(self, context):
        if self.url is not None:
            context["ti"].xcom_push(key=BentoDashboardLink.xcom_key, value=self.url)

with DAG("dashboard_links", schedule=None, start_date=datetime(2026, 1, 1)):
    for name, url in {PUSHED!r}.items():
        Push(task_id=name, url=url)
    Push.partial(task_id="mapped").expand(url=["https://b.example/0", "https://b.example/1"])
"""


@pytest.fixture(scope="module")
def links(airflow_db: None) -> Mapping[tuple[str, int], Any]:
    """Return the link of each task instance after a run, as the UI gets it."""
    folder = Path(os.environ["AIRFLOW__CORE__DAGS_FOLDER"])
    (folder / "dashboard_links.py").write_text(DAG)
    dag = _dag(folder / "dashboard_links.py")
    run = dag.test()
    instances = run.get_task_instances()
    assert {one.state for one in instances} == {TaskInstanceState.SUCCESS}
    return {(one.task_id, one.map_index): _shown(dag, one) for one in instances}


def _dag(path: Path) -> Any:
    try:
        from airflow.dag_processing.dagbag import DagBag
    except ImportError:
        from airflow.models.dagbag import DagBag
    bag = DagBag(str(path))
    assert not bag.import_errors
    return bag.get_dag("dashboard_links")


def _shown(dag: Any, instance: Any) -> Any:
    """On Airflow 3 the UI reads an XCom that the worker wrote, on 2.11 the webserver calls the link itself."""
    serialized = importlib.import_module("airflow.serialization.serialized_objects")
    link: Any = BentoDashboardLink()
    if kind := getattr(serialized, "XComOperatorLink", None):
        link = kind(name=link.name, xcom_key=link.xcom_key)
    return link.get_link(dag.get_task(instance.task_id), ti_key=instance.key)


def test_the_link_leads_where_the_operator_said(links: Mapping[tuple[str, int], Any]) -> None:
    """The dashboard address of Bento's reply."""
    assert links["edit_page", -1] == EDIT_PAGE


def test_mapped_tasks_have_a_link_each(links: Mapping[tuple[str, int], Any]) -> None:
    """Map indexes do not mix."""
    assert [links["mapped", index] for index in (0, 1)] == ["https://b.example/0", "https://b.example/1"]


@pytest.mark.parametrize("task", [name for name in PUSHED if name != "edit_page"])
def test_anything_but_a_plain_web_address_leads_to_the_list_of_broadcasts(
    links: Mapping[tuple[str, int], Any], task: str
) -> None:
    """Nothing pushed, scripts, credentials: what Bento answered is somebody else's text."""
    assert links[task, -1] == BROADCASTS_PAGE
