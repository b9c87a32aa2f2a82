"""A newsletter that is mailed only after a person has approved it in Airflow.

The run checks the newsletter, creates a draft of it in Bento to look at, and waits for a person, without a worker slot.
``Approve`` schedules the newsletter, ``Reject`` skips it, and without an answer within a day the run fails: in both
cases nobody is mailed. The draft stays in Bento; its name ends with ``(preview)``.

Needs Airflow 3.1 or later and ``apache-airflow-providers-standard``.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from airflow.providers.standard.operators.hitl import ApprovalOperator
from airflow.sdk import Param, dag, get_current_context, task

from airflow_provider_bento.hooks.bento import BentoHook
from airflow_provider_bento.operators.bento import BentoBroadcastOperator

# [START newsletter]
NEWSLETTER: dict[str, Any] = {
    "subject": "This week in the shop",
    "content": "<p>Hello {{ visitor.first_name | default: 'there' }}!</p>",
    "type": "plain",
    "from": {"email": "shop@example.com", "name": "The shop"},
    "inclusive_tags": "{{ params.tag }}",
    "batch_size_per_hour": 1000,
}
TEMPLATED = ("name", "send_at", "inclusive_tags")  # Airflow's Jinja runs in these; the content is Bento's Liquid
# [END newsletter]

# [START question]
QUESTION = """
**{{ params.name }}** goes to everybody with the tag **{{ params.tag }}**, {{ params.minutes }} minutes after the
approval: at most {{ ti.xcom_pull('audience') }} people, which is how many can receive broadcasts in all.

{{ ti.xcom_pull('check').valid }} of {{ ti.xcom_pull('check').read }} newsletters passed the check. Nobody was mailed.

{% set drafts = ti.xcom_pull('draft').broadcasts %}
What is mailed has the same subject and content as this draft in Bento:
<{{ drafts[0].dashboard_url if drafts else 'https://app.bentonow.com/account/emails/broadcasts' }}>
"""
# [END question]


@dag(
    schedule=None,
    catchup=False,
    tags=["bento", "example"],
    params={
        "name": Param(
            "Weekly newsletter",
            type="string",
            minLength=3,
            maxLength=120,
            title="Name",
            description="What Bento's list calls the broadcast: 3 to 120 characters; the run's id follows.",
        ),
        "tag": Param(
            "customer",
            type="string",
            minLength=1,
            maxLength=100,
            title="Tag",
            description="Only people with this tag get the newsletter.",
        ),
        "minutes": Param(
            30,
            type="integer",
            minimum=10,
            maximum=10_080,
            title="Minutes until it is sent",
            description="From the approval on: 10 minutes to a week, in which it can still be stopped in Bento.",
        ),
    },
    doc_md=__doc__,
)
def bento_approval() -> None:
    """Check, draft, ask, schedule."""

    # [START preview]
    @task
    def audience() -> int | None:
        """Return how many people can receive broadcasts; Bento reports no number for a tag."""
        return BentoHook().site_stats().subscribed

    check = BentoBroadcastOperator(
        task_id="check",
        validate_only=True,
        allow_send=True,
        template_keys=TEMPLATED,
        broadcasts=[
            {
                **NEWSLETTER,
                "name": "{{ params.name }} {{ run_id }}",
                "approved": True,
                "send_at": "2100-01-01T00:00:00Z",
            }
        ],
    )
    draft = BentoBroadcastOperator(
        task_id="draft",
        template_keys=TEMPLATED,
        broadcasts=[{**NEWSLETTER, "name": "{{ params.name }} {{ run_id }} (preview)"}],
    )
    # [END preview]

    # [START approve]
    approve = ApprovalOperator(
        task_id="approve",
        subject="Mail {{ params.name }} to people with the tag {{ params.tag }}?",
        body=QUESTION,
        response_timeout=timedelta(days=1),  # without an answer the task fails, and nobody is mailed
    )

    @task
    def send_time() -> str:
        """Return when it is mailed. It is computed after the approval, because Bento mails at once if it has passed."""
        minutes = get_current_context()["params"]["minutes"]
        return (datetime.now(UTC) + timedelta(minutes=minutes)).isoformat(timespec="seconds")

    send = BentoBroadcastOperator(
        task_id="send",
        allow_send=True,
        template_keys=TEMPLATED,
        broadcasts=[
            {
                **NEWSLETTER,
                "name": "{{ params.name }} {{ run_id }}",
                "approved": True,
                "send_at": "{{ ti.xcom_pull('send_time') }}",
            }
        ],
    )
    # [END approve]
    [audience(), check >> draft] >> approve >> send_time() >> send


bento_approval()
