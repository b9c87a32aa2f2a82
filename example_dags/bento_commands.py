"""What an import cannot say: unsubscribe people, clear a field, change an address.

Bento runs commands in no certain order, so one task holds one command for each change of a person. The new addresses
are a task of their own, after the others.
"""

from __future__ import annotations

from typing import Any

from airflow.sdk import Param, dag, get_current_context, task

from airflow_provider_bento.operators.bento import BentoBatchCommandsOperator


@dag(
    schedule=None,
    catchup=False,
    tags=["bento", "example"],
    params={
        "people": Param(
            20,
            type="integer",
            minimum=1,
            maximum=1000,
            title="People",
            description="How many closed their accounts: at most a thousand.",
        )
    },
    doc_md=__doc__,
)
def bento_commands() -> None:
    """One task closes accounts, the next one changes addresses."""

    # [START commands]
    @task
    def read_closed_accounts() -> list[dict[str, Any]]:
        """Return the commands for people who closed their accounts: three for each, which do not depend on another."""
        people = [f"member{number}@club.example" for number in range(get_current_context()["params"]["people"])]
        return [
            command
            for email in people
            for command in (
                {"command": "unsubscribe", "email": email},
                {"command": "remove_tag", "email": email, "query": "member"},
                {"command": "add_field", "email": email, "query": {"key": "plan", "value": "closed"}},
            )
        ]

    closed = BentoBatchCommandsOperator(task_id="close_accounts", commands=read_closed_accounts())
    moved = BentoBatchCommandsOperator(
        task_id="change_addresses",
        commands=[{"command": "change_email", "email": "member0@club.example", "query": "member0@new.example"}],
    )
    closed >> moved
    # [END commands]


bento_commands()
