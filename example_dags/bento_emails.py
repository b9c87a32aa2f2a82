"""Receipts by email, one for each order, each at most once.

The braces in the subject and the bodies are Bento's Liquid, filled from ``personalizations``. If it is unclear whether
a request arrived, the task stops and names the positions: nobody gets a second receipt without a person's decision.
"""

from __future__ import annotations

from typing import Any

from airflow.sdk import Param, dag, get_current_context, task

from airflow_provider_bento.operators.bento import BentoBatchEmailsOperator


@dag(
    schedule=None,
    catchup=False,
    tags=["bento", "example"],
    params={
        "orders": Param(
            70,
            type="integer",
            minimum=1,
            maximum=1000,
            title="Orders",
            description="How many get a receipt: at most a thousand.",
        )
    },
    doc_md=__doc__,
)
def bento_emails() -> None:
    """One task reads the orders, one emails the receipts."""

    # [START emails]
    @task
    def read_receipts() -> list[dict[str, Any]]:
        """Return one email for each order."""
        return [
            {
                "to": f"buyer{number}@shop.example",
                "from": "receipts@shop.example",
                "subject": "Your order {{ order }}",
                "html_body": "<p>Thank you! You paid {{ total }} dollars for order {{ order }}.</p>",
                "personalizations": {"order": f"A-{number:04}", "total": 5 + number},
            }
            for number in range(get_current_context()["params"]["orders"])
        ]

    BentoBatchEmailsOperator(task_id="email_receipts", transactional=True, emails=read_receipts())
    # [END emails]


bento_emails()
