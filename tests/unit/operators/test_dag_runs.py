"""DAGs run as Airflow runs them, on whichever Airflow is installed: XCom, mapping, templates, retries, reschedules."""

from __future__ import annotations

import json
import os
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_bento.sandbox.in_thread import RunningSandbox

SOURCE = """
from datetime import datetime, timedelta
from airflow.providers.common.compat.sdk import DAG, task
from airflow_provider_bento.operators.bento import (
    BentoBatchCommandsOperator, BentoBatchEmailsOperator, BentoBatchEventsOperator, BentoBatchSubscribersOperator,
    BentoBroadcastOperator, BentoDataDeletionOperator)

START = datetime(2026, 1, 1)
DEFAULTS = {"bento_conn_id": "bento_default", "retries": 2}

def people(word, count=3):
    return [{"email": f"{word}{n}@x.io"} for n in range(count)]

with DAG("ways_in", schedule=None, start_date=START, params={"rows": people("param")}):
    @task
    def read(word):
        return people(word)

    BentoBatchSubscribersOperator(task_id="literal", subscribers=people("literal"))
    BentoBatchSubscribersOperator(task_id="xcom", subscribers=read("xcom"))
    BentoBatchSubscribersOperator(task_id="template", subscribers="{{ params.rows | tojson }}")
    BentoBatchSubscribersOperator(task_id="lazy", subscribers=read.expand(word=["lazya", "lazyb"]))
    BentoBatchSubscribersOperator.partial(task_id="mapped", chunk_size=2).expand(
        subscribers=[people("mappeda"), people("mappedb")])
    BentoBatchSubscribersOperator.partial(task_id="mapped_xcom").expand(
        subscribers=read.expand(word=["mx", "my"]))
    BentoBroadcastOperator.partial(task_id="mapped_broadcast").expand(broadcasts=[[{
        "name": "Mapped {{ dag.dag_id }}", "subject": "s", "content": "{{ visitor.first_name }}", "type": "plain",
        "from": {"email": "a@x.io", "name": "A"}, "inclusive_tags": "t"}]])

with DAG("other_calls", schedule=None, start_date=START, params={"rows": people("param")}):
    @task
    def emails(word):
        return [{"to": one["email"], "subject": "{{ s }}", "html_body": "c", "from": "f@x.io"} for one in people(word)]

    @task
    def addresses(word):
        return [one["email"] for one in people(word)]

    @task
    def commands(word):
        return [{"command": "add_tag", "query": "vip", **one} for one in people(word)]

    @task.bento_commands
    def yielded(word):
        yield from ({"command": "subscribe", **one} for one in people(word))

    @task.bento_emails(transactional=False)
    def mailed(word):
        yield from [{"to": one["email"], "subject": "s", "text_body": "c", "from": "f@x.io"} for one in people(word)]

    BentoBatchCommandsOperator(task_id="commands_xcom", commands=commands("xcom"))
    BentoBatchCommandsOperator(
        task_id="commands_template", commands="{{ params.rows | tojson }}", constants={"command": "unsubscribe"})
    yielded("yielded")
    BentoBatchEmailsOperator(task_id="emails_xcom", emails=emails("xcom"), transactional=True)
    BentoBatchEmailsOperator.partial(task_id="emails_mapped", transactional=True).expand(
        emails=emails.expand(word=["a", "b"]))
    mailed("yielded")
    BentoDataDeletionOperator(task_id="deletions_lazy", emails=addresses.expand(word=["a", "b"]), allow_deletion=True)
    BentoDataDeletionOperator(task_id="deletions_literal", emails=["literal@x.io"], allow_deletion=True)
    BentoDataDeletionOperator(
        task_id="deletions_template", emails="{{ params.rows | map(attribute='email') | list | tojson }}",
        allow_deletion=True)

with DAG("spent_day", schedule=None, start_date=START):
    BentoDataDeletionOperator(
        task_id="push", emails=[one["email"] for one in people("w", 4)], allow_deletion=True,
        checkpoint_path="CHECKPOINTS", release_slot_after=0.5)

with DAG("goes_on", schedule=None, start_date=START, default_args=DEFAULTS):
    BentoBatchEventsOperator(
        task_id="push", events=[{"type": "x", "email": f"e{n}@x.io"} for n in range(6)], chunk_size=2,
        retry_delay=timedelta(0), checkpoint_path="CHECKPOINTS", max_attempts=1)

with DAG("waits", schedule=None, start_date=START):
    BentoBatchEventsOperator(
        task_id="push", events=[{"type": "x", "email": f"w{n}@x.io"} for n in range(4)], chunk_size=2,
        checkpoint_path="CHECKPOINTS", release_slot_after=0.5)

with DAG("asks", schedule=None, start_date=START, default_args=DEFAULTS):
    BentoBatchEventsOperator(
        task_id="push", events=[{"type": "x", "email": f"a{n}@x.io"} for n in range(4)], chunk_size=2,
        checkpoint_path="CHECKPOINTS", in_doubt="ask", max_attempts=1)
"""


@pytest.fixture(scope="module")
def dags(airflow_db: None, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The DAGs above, loaded from Airflow's own folder."""
    path = Path(os.environ["AIRFLOW__CORE__DAGS_FOLDER"]) / "dag_runs.py"
    path.write_text(SOURCE.replace("CHECKPOINTS", str(tmp_path_factory.mktemp("checkpoints"))))
    try:
        from airflow.dag_processing.dagbag import DagBag
    except ImportError:
        from airflow.models.dagbag import DagBag
    bag = DagBag(str(path))
    assert not bag.import_errors
    return bag


def states(run: Any) -> Counter[str]:
    """Count the states of a run's tasks."""
    return Counter(str(getattr(one.state, "value", one.state)) for one in run.get_task_instances())


def arrived(bento: RunningSandbox, kind: str = "subscribers") -> Counter[str]:
    """Count what was applied."""
    return Counter(record["email"] for record in bento.control.records(kind))


@pytest.mark.slow
def test_every_way_in_brings_each_record_once(dags: Any, bento: RunningSandbox) -> None:
    """Literal lists, XComs, templates, lazy sequences and mapped tasks all arrive, once."""
    run = dags.get_dag("ways_in").test()
    assert set(states(run)) == {"success"}
    words = ("literal", "xcom", "param", "lazya", "lazyb", "mappeda", "mappedb", "mx", "my")
    assert arrived(bento) == Counter(f"{word}{number}@x.io" for word in words for number in range(3))
    [broadcast] = bento.control.records("broadcasts")
    assert (broadcast["name"], broadcast["content"]) == ("Mapped ways_in", "{{ visitor.first_name }}")


@pytest.mark.slow
def test_commands_emails_and_deletions_come_in_by_every_way(dags: Any, bento: RunningSandbox) -> None:
    """Lists, XComs, templates, mapped tasks and functions; a list of addresses is a list of records."""
    run = dags.get_dag("other_calls").test()
    assert set(states(run)) == {"success"}
    words = ("xcom", "param", "yielded")
    assert arrived(bento, "commands") == Counter(f"{word}{number}@x.io" for word in words for number in range(3))
    words = ("xcom", "a", "b", "yielded")
    emails = bento.control.records("emails")
    assert Counter(one["to"] for one in emails) == Counter(
        f"{word}{number}@x.io" for word in words for number in range(3)
    )
    assert Counter(one["transactional"] for one in emails) == Counter({True: 9, False: 3})
    asked = [one for one in bento.control.journal() if one["path"] == "/data_deletion_requests"]
    assert len(asked) == 10
    assert {one["status"] for one in asked} <= {202, 404}


@pytest.mark.slow
def test_a_spent_day_of_deletions_gives_the_slot_back_and_goes_on(dags: Any, bento: RunningSandbox) -> None:
    """What was confirmed is not asked for again, and the absent ones of all starts are counted."""
    bento.control.inject("status", "/data_deletion_requests", status=429, headers={"Retry-After": "2"}, nth=3)
    run = dags.get_dag("spent_day").test()
    assert set(states(run)) == {"success"}
    assert [entry["status"] for entry in bento.control.journal()] == [404, 404, 429, 404, 404]
    [ti] = run.get_task_instances()
    summary = ti.xcom_pull(task_ids="push")
    assert (summary["accepted"], summary["absent"], summary["requests"]) == (4, 4, 5)


def test_failed_try_is_resumed_behind_what_was_confirmed(dags: Any, bento: RunningSandbox) -> None:
    """A chunk that never left is sent by the next try; the confirmed ones are not sent again."""
    bento.control.inject("status", "/batch/events", status=503, headers={"Retry-After": "0"}, nth=2)
    run = dags.get_dag("goes_on").test()
    assert set(states(run)) == {"success"}
    assert arrived(bento, "events") == Counter(f"e{number}@x.io" for number in range(6))
    assert len(bento.control.journal()) == 4


@pytest.mark.slow
def test_long_wait_gives_the_slot_back_and_goes_on(dags: Any, bento: RunningSandbox) -> None:
    """A budget that stays closed reschedules the task; what was confirmed is not sent again."""
    bento.control.inject("status", "/batch/events", status=429, headers={"Retry-After": "2"}, nth=2)
    run = dags.get_dag("waits").test()
    assert set(states(run)) == {"success"}
    assert arrived(bento, "events") == Counter(f"w{number}@x.io" for number in range(4))
    assert [entry["status"] for entry in bento.control.journal()] == [200, 429, 200]


def test_a_dag_that_is_tested_asks_nobody(dags: Any, bento: RunningSandbox) -> None:
    """It would wait for ever; the doubt is held, on an Airflow that can ask and on one that cannot."""
    bento.control.inject("apply_then_reset", "/batch/events", nth=1)
    run = dags.get_dag("asks").test()
    assert set(states(run)) == {"failed"}
    assert len(bento.control.journal()) == 1


def test_two_parses_give_the_same_stored_dag(dags: Any) -> None:
    """Airflow makes no new version of a DAG that did not change, and no record is stored with it."""
    import importlib

    module = importlib.import_module("airflow.serialization.serialized_objects")
    kind = getattr(module, "DagSerialization", None) or module.SerializedDAG
    path = next(iter(dags.dags.values())).fileloc
    texts = []
    for _ in range(2):
        bag = type(dags)(path)
        texts.append(json.dumps(kind.to_dict(bag.get_dag("goes_on")), sort_keys=True, default=str))
    assert texts[0] == texts[1]
    assert "e1@x.io" not in texts[0]
