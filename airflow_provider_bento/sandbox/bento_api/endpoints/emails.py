"""POST /batch/emails: emails in, counts out; what would have been sent is in the outbox.

Tested by tests/sandbox/test_sandbox_emails.py.
"""

from __future__ import annotations

from typing import Any, Final

from airflow_provider_bento.api import contract
from airflow_provider_bento.sandbox.bento_api.body import read_rows
from airflow_provider_bento.sandbox.bento_api.endpoints import Ask, Endpoint
from airflow_provider_bento.sandbox.bento_api.endpoints.authors import check_senders
from airflow_provider_bento.sandbox.bento_api.endpoints.batches import keep
from airflow_provider_bento.sandbox.bento_api.replies import Answer, batch_counts, batch_status, json
from airflow_provider_bento.sandbox.state import State
from airflow_provider_bento.sandbox.store.effects import is_email
from airflow_provider_bento.sandbox.store.outbox import addresses


def email_error(email: Any) -> str | None:
    """Say what is wrong with an email."""
    if not isinstance(email, dict):
        return "not an object"
    for key in ("to", "from"):
        found = addresses(email.get(key))
        if not found or not all(map(is_email, found)):
            return f"no valid email in `{key}`"
    if not _is_text(email.get("subject")):
        return "no subject"
    if not (_is_text(email.get("html_body")) or _is_text(email.get("text_body"))):
        return "no html_body"
    personalizations = email.get("personalizations")
    return None if personalizations is None or isinstance(personalizations, dict) else "personalizations is no object"


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _send(state: State, ask: Ask) -> Answer:
    call, profile = contract.BATCH_EMAILS, state.settings.profile
    most = state.settings.max_records.get("emails", call.max_records)
    batch = read_rows(ask.envelope, "emails", most, email_error, spoil_last=ask.spoil_last)
    check_senders(state, (addresses(email["from"])[0] for email in batch.values))
    first = keep(state, ask, "emails", batch)
    if first is not None:
        state.accept("emails", ask.site, first, batch.values, ask.at)
    accepted, failed = len(batch.values), len(batch.failed)
    return json(
        batch_status(profile),
        batch_counts(profile, "emails", accepted, failed, show_failed=ask.show_failed),
        records=len(batch),
        accepted=accepted,
        failed=failed,
        first_record=first,
        applied=first is not None,
    )


ENDPOINTS: Final = (
    Endpoint(
        contract.BATCH_EMAILS,
        _send,
        "puts an email for each recipient into the outbox, with `{{ name }}` replaced from `personalizations`; creates "
        "unknown recipients; an email that is not `transactional` is not delivered to unsubscribed people",
        sources="docs, OpenAPI file, GitBook, all clients but CLI and MCP",
        choice="`to` may be a comma-separated list; `cc` and `bcc` are only shown; `transactional` beside `emails`, as "
        "Elixir sends it, is ignored; an email without a valid `to` or `from`, `subject`, or body counts as failed",
    ),
)
