"""The links to the dead letters and to the report, from a real DAG run."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from airflow_provider_bento.filesystem.own_path import own_path
from airflow_provider_bento.links import dead_letters
from airflow_provider_bento.links.bento import (
    DASHBOARD,
    LINKS,
    BentoDashboardLink,
    BentoDeadLettersLink,
    BentoReportLink,
)
from airflow_provider_bento.operators.bento import BentoBatchEventsOperator, BentoBroadcastOperator
from airflow_provider_bento.operators.progress_xcom import KEY
from airflow_provider_bento.version_compat import HAS_PLUGIN_PAGES

since_3 = pytest.mark.skipif(not HAS_PLUGIN_PAGES, reason="Airflow 2.11 has neither of these links")
CONSOLE = "https://console.aws.amazon.com/s3/object/bucket?prefix="
DAG = f"""
from datetime import datetime
from airflow.providers.common.compat.sdk import DAG, BaseOperator
from airflow_provider_bento.links.bento import BentoDashboardLink, BentoDeadLettersLink, BentoReportLink

class Push(BaseOperator):
    _endpoint = "events"
    template_fields = ("dead_letters_path",)
    operator_extra_links = (BentoDashboardLink(), BentoDeadLettersLink(), BentoReportLink())
    def __init__(self, dead_letters_path=None, failed=1, **kw):
        super().__init__(**kw)
        self.dead_letters_path, self.failed = dead_letters_path, failed
    def execute(self, context):
        if self.failed is not None:
            context["ti"].xcom_push(key={KEY!r}, value={{"counts": {{"invalid": self.failed}}, "reasons": []}})

with DAG("task_links", schedule=None, start_date=datetime(2026, 1, 1)):
    Push(task_id="failed", dead_letters_path="s3://bucket/{{{{ task.task_id }}}}.jsonl")
    Push(task_id="green", dead_letters_path="s3://bucket/d.jsonl", failed=0)
    Push(task_id="silent", dead_letters_path="s3://bucket/d.jsonl", failed=None)
    Push(task_id="local", dead_letters_path="/data/d.jsonl")
    Push(task_id="without")
    Push.partial(task_id="mapped", dead_letters_path="s3://bucket/d.jsonl").expand(failed=[1, 2])
"""


@pytest.fixture(scope="module")
def links(airflow_db: None) -> Mapping[tuple[str, int, str], Any]:
    """Return what Airflow stored for each link of each task instance."""
    try:
        from airflow.dag_processing.dagbag import DagBag
    except ImportError:  # Airflow before 3.2
        from airflow.models.dagbag import DagBag
    from airflow.serialization.serialized_objects import XComOperatorLink

    file = Path(os.environ["AIRFLOW__CORE__DAGS_FOLDER"]) / "task_links.py"
    file.write_text(DAG)
    bag = DagBag(str(file))
    assert not bag.import_errors
    return {
        (one.task_id, one.map_index, kind.name): XComOperatorLink(kind.name, kind.xcom_key).get_link(
            bag.get_dag("task_links").get_task(one.task_id), ti_key=one.key
        )
        for one in bag.get_dag("task_links").test().get_task_instances()
        for kind in (BentoDashboardLink, BentoDeadLettersLink, BentoReportLink)
    }


@since_3
def test_dead_letters_in_a_bucket_have_a_link(links: Mapping[tuple[str, int, str], Any]) -> None:
    """To the rendered path; a task that published nothing may have some."""
    assert links["failed", -1, "Dead letters"] == f"{CONSOLE}failed.jsonl"
    assert links["silent", -1, "Dead letters"] == f"{CONSOLE}d.jsonl"


@since_3
def test_mapped_tasks_have_a_file_each(links: Mapping[tuple[str, int, str], Any]) -> None:
    """The one that the task wrote."""
    assert [links["mapped", index, "Dead letters"] for index in (0, 1)] == [f"{CONSOLE}d.{i}.jsonl" for i in (0, 1)]


@since_3
@pytest.mark.parametrize("task", ["green", "local", "without"])
def test_without_dead_letters_that_a_browser_can_show_there_is_no_link(
    links: Mapping[tuple[str, int, str], Any], task: str
) -> None:
    """Airflow hides a link that is empty."""
    assert not links[task, -1, "Dead letters"]


@since_3
def test_the_report_is_filtered_to_the_dag(links: Mapping[tuple[str, int, str], Any]) -> None:
    """Relative to the page's base."""
    assert links["failed", -1, "Bento report"] == "bento/?dag=task_links"


@since_3
def test_records_other_than_broadcasts_lead_to_the_dashboard(links: Mapping[tuple[str, int, str], Any]) -> None:
    """Bento's pages of them have no address that is known."""
    assert links["failed", -1, "Open in Bento"] == DASHBOARD


@since_3
def test_without_the_page_there_is_no_link_to_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """``[bento] ui = False``; a name of a DAG is encoded."""
    ti: Any = SimpleNamespace(dag_id="a&b=c")
    assert BentoReportLink().get_link(None, ti_key=ti) == "bento/?dag=a%26b%3Dc"
    monkeypatch.setenv("AIRFLOW__BENTO__UI", "False")
    assert not BentoReportLink().get_link(None, ti_key=ti)


def test_every_push_has_the_links_that_this_airflow_can_show() -> None:
    """Airflow 2.11 shows that of a broadcast only."""
    names = [link.name for link in LINKS]
    assert names == (["Open in Bento", "Dead letters", "Bento report"] if HAS_PLUGIN_PAGES else [])
    assert [link.name for link in BentoBatchEventsOperator.operator_extra_links] == names
    assert BentoBroadcastOperator.operator_extra_links[0].name == "Open in Bento"


def test_the_key_of_the_progress_is_one() -> None:
    """The link knows it without importing the operators."""
    assert dead_letters._PROGRESS == KEY


@pytest.mark.parametrize(
    ("path", "index", "own"),
    [(None, 1, None), ("a/d.jsonl", -1, "a/d.jsonl"), ("s3://b/d.jsonl", 3, "s3://b/d.3.jsonl"), ("d", 0, "d.0")],
)
def test_a_mapped_task_has_a_path_of_its_own(path: str | None, index: int, own: str | None) -> None:
    """Before the suffix."""
    assert own_path(path, index) == own
