"""A weekly digest as a draft in Bento, for a person to look at and send.

Airflow's Jinja runs in ``name`` and ``send_at`` only; ``{{ visitor.first_name }}`` in the content is Bento's Liquid and
reaches Bento unchanged. The task's page links to the draft.
"""

from __future__ import annotations

from airflow.sdk import Param, dag

from airflow_provider_bento.operators.bento import BentoBroadcastOperator


@dag(
    schedule=None,
    catchup=False,
    tags=["bento", "example"],
    params={
        "name": Param(
            "Weekly digest",
            type="string",
            minLength=3,
            maxLength=120,
            title="Name",
            description="What Bento's list of broadcasts calls the draft: 3 to 120 characters; the run's id follows.",
        )
    },
    doc_md=__doc__,
)
def bento_broadcast() -> None:
    """One task makes the draft."""
    # [START broadcast]
    BentoBroadcastOperator(
        task_id="draft_digest",
        broadcasts=[
            {
                "name": "{{ params.name }} {{ run_id }}",
                "subject": "This week in the shop",
                "content": "<p>Hello {{ visitor.first_name | default: 'there' }}!</p>",
                "type": "plain",
                "from": {"email": "shop@example.com", "name": "The shop"},
                "inclusive_tags": ["customer"],
                "batch_size_per_hour": 1000,
            }
        ],
    )
    # [END broadcast]


bento_broadcast()
