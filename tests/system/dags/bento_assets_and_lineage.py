"""Tasks with outlets of Bento, the DAGs that they start, and tasks of which OpenLineage learns; people are planted."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.sdk import DAG, AssetAlias, task

from airflow_provider_bento.assets.bento import create_asset
from airflow_provider_bento.operators.bento import (
    BentoBatchEmailsOperator,
    BentoBatchEventsOperator,
    BentoBatchSubscribersOperator,
)
from airflow_provider_bento.sandbox.settings import SITE

# Airflow accepts one name for one URI in all DAGs, and other DAGs of the tests use the people of this site without one.
PEOPLE = create_asset(site_uuid=SITE, noun="subscribers")
MAILS = create_asset(site_uuid=SITE, noun="emails", name="system_test_mails")
VISITS = AssetAlias("system_test_visits")
ROWS = [{"email": "ann@planted.example", "first_name": "Plantedann"}, {"email": "bob@planted.example"}]
INVALID = {"email": "planted no address", "first_name": "Plantedeve"}
FOLDER = "{{ dag_run.conf['folder'] }}"

# A machine with more to do than it can may lose a task before it starts.
PATIENT: dict[str, Any] = {"retries": 3, "retry_delay": timedelta(seconds=1)}

with DAG("bento_outlets", schedule=None, default_args=PATIENT, tags=["test"]):
    BentoBatchEmailsOperator(
        task_id="mails",
        emails=[
            {"to": one["email"], "subject": "s", "text_body": "c", "from": "f@planted.example"}
            for one in (*ROWS, INVALID)
        ],
        transactional=True,
        on_invalid_record="drop",
        max_failed=1,
        outlets=[MAILS],
    )
    BentoBatchEventsOperator(
        task_id="visits", events=[{"type": "visited", "email": one["email"]} for one in ROWS], outlets=[VISITS]
    )

with DAG("bento_outlet_of_another_site", schedule=None, tags=["test"]):
    BentoBatchSubscribersOperator(
        task_id="refused", subscribers=ROWS, outlets=[create_asset(site_uuid="another", noun="subscribers")]
    )


def started_by(dag_id: str, schedule: Any) -> None:
    """Make a DAG that is started by an asset, and that returns what the event said."""
    with DAG(dag_id, schedule=[schedule], default_args=PATIENT, tags=["test"]):

        @task
        def read_event(triggering_asset_events: Any) -> list[dict[str, Any]]:
            """Return the extras of the events."""
            return [dict(event.extra) for events in triggering_asset_events.values() for event in events]

        read_event()


started_by("bento_after_mails", MAILS)
started_by("bento_after_visits", VISITS)

with DAG("bento_lineage", schedule=None, tags=["test"]):
    shared: dict[str, Any] = {"dead_letters_path": f"{FOLDER}/dead.jsonl", "outlets": [PEOPLE]}
    BentoBatchSubscribersOperator(
        task_id="from_sql",
        sql="SELECT email, name FROM people WHERE email = :mail OR email = 'bob@planted.example' ORDER BY email",
        sql_conn_id="bento_lineage_people",
        sql_parameters={"mail": "ann@planted.example"},
        columns={"email": "email", "first_name": "name"},
        **PATIENT,
        **shared,
    )
    BentoBatchSubscribersOperator(task_id="from_file", subscribers=f"{FOLDER}/people.jsonl", **PATIENT, **shared)
    BentoBatchSubscribersOperator(task_id="failing", subscribers=[*ROWS, INVALID], retries=0, **shared)
