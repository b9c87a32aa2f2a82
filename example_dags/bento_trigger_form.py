"""A broadcast that somebody starts from Airflow's UI, through a form.

The form asks for the audience and the subject, and offers a dry run: everything is read and validated, nothing is sent.
"""

from __future__ import annotations

from typing import Any

from airflow.sdk import Param, dag, get_current_context, task

from airflow_provider_bento.operators.bento import BentoBroadcastOperator


# [START trigger_form]
@dag(
    schedule=None,
    catchup=False,
    tags=["bento", "example"],
    params={
        "tag": Param(
            "customer",
            type="string",
            enum=["customer", "lead", "staff"],
            values_display={"customer": "Customers", "lead": "Leads", "staff": "Staff only"},
            title="Audience",
            description="Only people with this tag get it, once somebody sends the draft.",
        ),
        "subject": Param(
            "News from the shop",
            type="string",
            minLength=3,
            maxLength=120,
            title="Subject",
            description="What people see in their inbox: 3 to 120 characters.",
        ),
        "text": Param(
            "Hello {{ visitor.first_name | default: 'there' }}!",
            type="string",
            format="multiline",
            minLength=1,
            maxLength=100_000,
            title="Text",
            description="HTML, with Bento's Liquid, which Airflow leaves alone.",
        ),
        "dry_run": Param(False, type="boolean", title="Dry run", description="Check everything, make no draft."),
    },
    doc_md=__doc__,
)
def bento_trigger_form() -> None:
    """One task shapes what the form says, one makes the draft."""

    @task
    def shape() -> list[dict[str, Any]]:
        """Return the one broadcast."""
        context = get_current_context()
        params = context["params"]
        broadcast = {
            "name": f"{params['subject']} ({context['run_id']})",
            "subject": params["subject"],
            "content": params["text"],
            "type": "plain",
            "from": {"email": "shop@example.com", "name": "The shop"},
            "inclusive_tags": params["tag"],
        }
        return [broadcast]

    BentoBroadcastOperator(task_id="draft", broadcasts=shape(), validate_only="{{ params.dry_run }}")


# [END trigger_form]
bento_trigger_form()
