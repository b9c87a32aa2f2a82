"""An email if a task fails, and another one if the run is late; the recipients are named by the connection.

``load`` fails unless the DAG is started with ``rows``, so that the email can be seen. Before that, set the connection's
extras ``from``, an author in Bento, and ``alerts_to``.
"""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import AsyncCallback, DeadlineAlert, DeadlineReference, Param, dag, get_current_context, task

from airflow_provider_bento.notifications.bento import BentoEmailNotifier

# [START deadline]
LATE = DeadlineAlert(
    reference=DeadlineReference.DAGRUN_QUEUED_AT,
    interval=timedelta(minutes=30),
    callback=AsyncCallback(BentoEmailNotifier, kwargs={"bento_conn_id": "bento_default"}),
)
# [END deadline]

# [START liquid]
NIGHT_SHIFT = BentoEmailNotifier(
    subject="{{ ti.task_id }} failed",
    html_content="<p>Hello {% raw %}{{ team }}{% endraw %}, please look at {{ ti.dag_id }}.</p>",
    personalizations={"team": "night shift"},
)
# [END liquid]


@dag(
    schedule=None,
    catchup=False,
    tags=["bento", "example"],
    deadline=LATE,
    params={
        "rows": Param(
            0,
            type="integer",
            minimum=0,
            maximum=1_000_000,
            title="Rows",
            description="How many rows are loaded: 1 to 1,000,000; 0 makes the task fail.",
        )
    },
    doc_md=__doc__,
)
def bento_alert() -> None:
    """One task that fails, one that runs all the same."""

    # [START callback]
    @task(on_failure_callback=BentoEmailNotifier())
    def load() -> int:
        """Load the rows; none at all is a failure that somebody should know about."""
        rows: int = get_current_context()["params"]["rows"]
        if not rows:
            raise ValueError("the shop sent no rows")
        return rows

    # [END callback]

    @task(on_failure_callback=[NIGHT_SHIFT], trigger_rule="all_done")
    def tidy_up() -> None:
        """Run whether or not ``load`` failed, so the run is a success."""

    load() >> tidy_up()


bento_alert()
