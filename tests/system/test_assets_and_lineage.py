"""Outlets of Bento and OpenLineage under a real scheduler: who is started, what the events say, and that they name
nobody.
"""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from system.local_airflow import LocalAirflow, until

from airflow_provider_bento.sandbox.in_thread import RunningSandbox

pytestmark = pytest.mark.system

COUNTS = {"read": 2, "accepted": 2, "unchanged": 0, "invalid": 0, "rejected": 0, "skipped": 0, "in_doubt": 0}
ROWS = [("ann@planted.example", "Plantedann"), ("bob@planted.example", "Plantedbob")]


def runs_of(airflow: LocalAirflow, dag_id: str) -> list[dict[str, Any]]:
    """Return all runs of a DAG."""
    return list(airflow.call("GET", f"dags/{dag_id}/dagRuns")["dag_runs"])


def told(airflow: LocalAirflow, dag_id: str) -> Any:
    """Wait for the run that an asset started, and return what its task read of the event."""
    [run] = until(f"a run of {dag_id}", lambda: runs_of(airflow, dag_id) or None, seconds=180)
    assert airflow.wait_for_run(dag_id, run["dag_run_id"]) == "success"
    return airflow.xcom(dag_id, run["dag_run_id"], "read_event")


def test_a_push_starts_the_dags_of_its_outlets(airflow: LocalAirflow, fresh_bento: RunningSandbox) -> None:
    """With its counts, by a named asset and by an alias."""
    for dag_id in ("bento_after_mails", "bento_after_visits"):
        airflow.wait_for_dag(dag_id)
    run = airflow.trigger("bento_outlets")
    assert airflow.wait_for_run("bento_outlets", run) == "success"
    assert told(airflow, "bento_after_mails") == [COUNTS | {"read": 3, "invalid": 1}]
    extras = told(airflow, "bento_after_visits")  # by the alias, and by the asset that it got
    assert all(extra == COUNTS for extra in extras)
    events = airflow.call("GET", "assets/events", params={"limit": 100})["asset_events"]
    assert [one["extra"] for one in events if one["source_run_id"] == run and one["source_task_id"] == "visits"] == [
        COUNTS
    ]
    assert "planted" not in json.dumps([one["extra"] for one in events]).lower()


def test_an_outlet_of_another_site_sends_nothing(airflow: LocalAirflow, fresh_bento: RunningSandbox) -> None:
    """The task fails at once, and says which outlet is meant."""
    run = airflow.trigger("bento_outlet_of_another_site")
    assert airflow.wait_for_run("bento_outlet_of_another_site", run) == "failed"
    log = airflow.log("bento_outlet_of_another_site", run, "refused")
    assert "The outlet bento://another/subscribers belongs to another site" in log
    assert fresh_bento.control.journal() == []


def lineage_events(airflow: LocalAirflow) -> list[dict[str, Any]]:
    """Return all events that OpenLineage was sent, of all processes; a line that is being written is left out."""
    path = airflow.home / "openlineage.jsonl"
    lines = path.read_text().split("\n")[:-1] if path.exists() else []
    return [json.loads(line) for line in lines if line]


def of_task(airflow: LocalAirflow, run: str, task_id: str) -> dict[str, dict[str, Any]] | None:
    """Return the events of a task by their type, once there is one of its end."""
    found = {}
    for event in lineage_events(airflow):
        about = event["run"]["facets"].get("airflow", {}).get("dagRun", {}).get("run_id")
        if event["job"]["name"] == f"bento_lineage.{task_id}" and about == run:
            found[event["eventType"]] = event
    return found if found.keys() & {"COMPLETE", "FAIL"} else None


@pytest.fixture(scope="module")
def ran(airflow: LocalAirflow, bento: RunningSandbox, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Run the tasks that OpenLineage learns of: a query, a file, and one that fails; return the run."""
    bento.control.clear_faults()
    folder = tmp_path_factory.mktemp("lineage")
    path = folder / "people.sqlite"
    airflow.add_connection("bento_lineage_people", {"conn_type": "sqlite", "host": str(path)})
    with closing(sqlite3.connect(path)) as database:
        database.execute("CREATE TABLE people (email TEXT, name TEXT)")
        database.executemany("INSERT INTO people VALUES (?, ?)", ROWS)
        database.commit()
    (folder / "people.jsonl").write_text("".join(json.dumps({"email": email}) + "\n" for email, _ in ROWS))
    run = airflow.trigger("bento_lineage", {"folder": str(folder)})
    assert airflow.wait_for_run("bento_lineage", run) == "failed"
    states = Counter(one["state"] for one in airflow.tasks("bento_lineage", run))
    assert states == {"success": 2, "failed": 1}
    return run


def ended(airflow: LocalAirflow, run: str, task_id: str) -> dict[str, dict[str, Any]]:
    """Wait for the events of a task."""
    return until(f"lineage of {task_id}", lambda: of_task(airflow, run, task_id), seconds=120)


def output_of(bento: RunningSandbox, event: dict[str, Any]) -> dict[str, Any]:
    """Return the only output of an event, which is the site's people."""
    [output] = event["outputs"]
    assert (output["namespace"], output["name"]) == (f"bento://{bento.connection['schema']}", "subscribers")
    return dict(output)


def test_openlineage_learns_rows_fields_and_the_query(airflow: LocalAirflow, bento: RunningSandbox, ran: str) -> None:
    """When the task starts, the query; when it has ended, what Bento accepted."""
    events = ended(airflow, ran, "from_sql")
    for event in events.values():
        query = event["job"]["facets"]["sql"]["query"]
        assert "WHERE email = :mail OR email = '…' ORDER BY email" in query
        output_of(bento, event)
    output = output_of(bento, events["COMPLETE"])
    assert output["outputFacets"]["outputStatistics"]["rowCount"] == 2
    assert [one["name"] for one in output["facets"]["schema"]["fields"]] == ["email", "first_name"]


def test_openlineage_learns_the_file(airflow: LocalAirflow, bento: RunningSandbox, ran: str) -> None:
    """As its input, from the start on."""
    events = ended(airflow, ran, "from_file")
    for event in events.values():
        [file] = event["inputs"]
        assert file["namespace"] == "file"
        assert Path(file["name"]).name == "people.jsonl"
        output_of(bento, event)
    assert output_of(bento, events["COMPLETE"])["outputFacets"]["outputStatistics"]["rowCount"] == 2


def test_openlineage_learns_of_a_failure(airflow: LocalAirflow, bento: RunningSandbox, ran: str) -> None:
    """That nothing was accepted, and our message."""
    event = ended(airflow, ran, "failing")["FAIL"]
    assert output_of(bento, event)["outputFacets"]["outputStatistics"]["rowCount"] == 0
    assert "max_failed" in event["run"]["facets"]["errorMessage"]["message"]


def test_no_event_names_a_person_or_a_key(airflow: LocalAirflow, bento: RunningSandbox, ran: str) -> None:
    """Of all that OpenLineage was sent, by tasks and by the scheduler."""
    for task_id in ("from_sql", "from_file", "failing"):
        ended(airflow, ran, task_id)
    text = json.dumps(lineage_events(airflow), ensure_ascii=False).lower()
    text = text.replace("like ann@example.com", "")  # what our own message says an address is
    assert text.count("bento_lineage.from_sql") > 1
    for secret in ("planted", "@", bento.connection["password"], bento.connection["login"]):
        assert secret not in text
