"""The DAG of docs/how-to/data-interval.md."""

# [START data_interval]
from datetime import datetime

from airflow.sdk import CronDataIntervalTimetable, dag

from airflow_provider_bento.operators.bento import BentoBatchEventsOperator


@dag(
    schedule=CronDataIntervalTimetable("@daily", timezone="UTC"),
    start_date=datetime(2026, 3, 1),  # noqa: DTZ001 - the timetable has the time zone
    catchup=True,
    max_active_runs=1,
)
def daily_orders():
    """Push the orders of a day."""
    BentoBatchEventsOperator(
        task_id="push",
        sql="""
            SELECT id, email, cents, created_at FROM orders
            WHERE created_at >= :since AND created_at < :until ORDER BY id
        """,
        sql_conn_id="shop",
        sql_parameters={
            "since": "{{ data_interval_start.to_datetime_string() }}",
            "until": "{{ data_interval_end.to_datetime_string() }}",
        },
        resume_key="id",
        columns={
            "email": "email",
            "date": "created_at",
            "details.unique.key": "id",
            "details.value.amount": "cents",
        },
        constants={"type": "$purchase", "details.value.currency": "USD"},
    )


daily_orders()
# [END data_interval]
