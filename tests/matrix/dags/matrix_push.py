"""A DAG as a data team writes it, for every Airflow: XComs, mapped tasks, decorators, and a retry that resumes."""

import os
from datetime import datetime, timedelta

from airflow.providers.common.compat.sdk import DAG, task

from airflow_provider_bento.operators.bento import (
    BentoBatchEventsOperator,
    BentoBatchSubscribersOperator,
    BentoBroadcastOperator,
)

CHECKPOINTS = os.environ["MATRIX_CHECKPOINTS"]

with DAG(
    "matrix_push",
    schedule=None,
    start_date=datetime(2026, 1, 1),  # noqa: DTZ001 - as most DAGs are written
    default_args={"retries": 2, "retry_delay": timedelta(0)},
) as dag:

    @task
    def read_people(region):
        """Return the people of a region, as a query would."""
        return [{"email": f"{region}{number}@matrix.example", "region": region} for number in range(3)]

    @task.bento_subscribers(chunk_size=2, checkpoint_path=CHECKPOINTS)
    def yielded_people():
        """Yield people, as a cursor would."""
        yield from ({"email": f"yielded{number}@matrix.example"} for number in range(5))

    @task.bento_events(checkpoint_path=CHECKPOINTS)
    def visits():
        """Return events of a person each."""
        return [{"type": "visited", "email": f"visitor{number}@matrix.example"} for number in range(4)]

    @task
    def summed(result):
        """Return what the push reported, read from its XCom."""
        return {"accepted": result["accepted"], "read": result["read"]}

    people = read_people.expand(region=["north", "south"])
    all_people = BentoBatchSubscribersOperator(
        task_id="push_all_people", subscribers=people, checkpoint_path=CHECKPOINTS
    )
    mapped = BentoBatchEventsOperator.partial(task_id="push_mapped_events", checkpoint_path=CHECKPOINTS).expand(
        events=[[{"type": "mapped", "email": f"{word}@matrix.example"}] for word in ("a", "b")]
    )
    resumed = BentoBatchEventsOperator(
        task_id="push_resumed_events",
        events=[{"type": "resumed", "email": f"resumed{number}@matrix.example"} for number in range(6)],
        chunk_size=2,
        max_attempts=1,
        checkpoint_path=CHECKPOINTS,
    )
    broadcast = BentoBroadcastOperator(
        task_id="create_broadcast",
        broadcasts=[
            {
                "name": "Matrix {{ run_id }}",
                "subject": "Hello",
                "content": "{{ visitor.first_name }}",
                "type": "plain",
                "from": {"email": "news@matrix.example", "name": "News"},
                "inclusive_tags": "customers",
            }
        ],
    )
    all_people >> yielded_people() >> mapped >> visits() >> resumed >> broadcast
    summed(resumed.output)
