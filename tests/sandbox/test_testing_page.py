"""The test of a DAG that docs/testing.md shows, run unchanged."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("airflow.sdk", reason="the test of the page is written for Airflow 3")
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module", autouse=True)
def _in_the_dags_folder(airflow_db: None) -> Iterator[None]:
    """Put the DAG where Airflow looks for it: dag.test() of Airflow 3 runs no other."""
    file = Path(os.environ["AIRFLOW__CORE__DAGS_FOLDER"]) / "newsletter.py"
    shutil.copy(__file__, file)
    yield
    file.unlink()


# [START user_test]
from airflow.sdk import dag, task  # noqa: E402

from airflow_provider_bento.operators.bento import BentoBatchSubscribersOperator  # noqa: E402
from airflow_provider_bento.sandbox.testing import bento_sandbox  # noqa: E402, F401


@dag(schedule=None)
def newsletter():
    """Push everybody who reads us."""

    @task
    def read_readers():
        return [
            {"email": "ada@example.com", "first_name": "Ada", "tags": ["reader"]},
            {"email": "bob@example.com", "first_name": "Bob", "tags": ["reader", "trial"]},
        ]

    BentoBatchSubscribersOperator(task_id="push_readers", subscribers=read_readers())


reader_dag = newsletter()  # yours is in a file of the dags folder; import it from there


def test_every_reader_reaches_bento(bento_sandbox):  # noqa: F811
    """Both arrive once, with their tags, and no automation would have started."""
    run = reader_dag.test()
    assert run.state == "success"
    bento_sandbox.assert_arrived(
        subscribers=["ada@example.com", {"email": "bob@example.com", "tags": ["trial", "reader"]}]
    )
    assert bento_sandbox.automations == []


def test_a_lost_answer_doubles_nobody(bento_sandbox):  # noqa: F811
    """Bento applies the request, its reply is lost, and the push continues."""
    bento_sandbox.fail_next(kind="apply_then_reset")
    assert reader_dag.test().state == "success"
    assert bento_sandbox.person("ada@example.com")["fields"] == {"first_name": "Ada"}
    assert [request["status"] for request in bento_sandbox.requests] == [None, 200]


# [END user_test]
