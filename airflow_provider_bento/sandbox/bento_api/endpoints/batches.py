"""POST /batch/subscribers, /batch/events and /fetch/commands: rows in, counts out.

Tested by tests/sandbox/test_sandbox_events.py.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, Literal

from airflow_provider_bento.api import contract
from airflow_provider_bento.api.contract import Call
from airflow_provider_bento.sandbox.bento_api.body import Batch, read_rows
from airflow_provider_bento.sandbox.bento_api.endpoints import Ask, Endpoint
from airflow_provider_bento.sandbox.bento_api.endpoints.people import shown
from airflow_provider_bento.sandbox.bento_api.replies import Answer, batch_counts, batch_status, invalid, json
from airflow_provider_bento.sandbox.state import State
from airflow_provider_bento.sandbox.store import effects
from airflow_provider_bento.sandbox.store.ledger import RecordKind

_Kind = Literal["subscribers", "events", "commands"]


def subscriber_error(row: Any) -> str | None:
    """Say what is wrong with a row of an import."""
    if not isinstance(row, dict):
        return "not an object"
    return None if effects.is_email(row.get("email")) else "no valid email"


def event_error(event: Any) -> str | None:
    """Say what is wrong with an event."""
    if not isinstance(event, dict):
        return "not an object"
    if not isinstance(event.get("type"), str) or not event["type"].strip():
        return "no type"
    return None if effects.is_email(event.get("email")) else "no valid email"


def _import(state: State, ask: Ask) -> Answer:
    return _take(state, ask, contract.BATCH_SUBSCRIBERS, "subscribers", subscriber_error)


def _events(state: State, ask: Ask) -> Answer:
    # The helpers of the PHP SDK send one event as an object; whether Bento accepts it, no source says.
    return _take(state, ask, contract.BATCH_EVENTS, "events", event_error, single=True)


def _commands(state: State, ask: Ask) -> Answer:
    single = bytes(ask.envelope.get("command", b"")).lstrip().startswith(b"{")
    answer = _take(state, ask, contract.RUN_COMMANDS, "commands", effects.command_error, single=single)
    if single and not answer.accepted:
        invalid(422, "command", "is invalid")
    return answer


def _take(
    state: State,
    ask: Ask,
    call: Call,
    queue: _Kind,
    error_of: Callable[[Any], str | None],
    *,
    single: bool = False,
) -> Answer:
    wrapper = str(call.wrapper)
    most = state.settings.max_records.get(wrapper, call.max_records)
    batch = read_rows(ask.envelope, wrapper, most, error_of, single=single, spoil_last=ask.spoil_last)
    first = keep(state, ask, queue, batch)
    if first is not None:
        state.accept(queue, ask.site, first, batch.values, ask.at)
    return json(
        batch_status(state.settings.profile),
        _reply(state, ask, queue, batch),
        records=len(batch),
        accepted=len(batch.values),
        failed=len(batch.failed),
        first_record=first,
        applied=first is not None,
    )


def keep(state: State, ask: Ask, kind: RecordKind, batch: Batch) -> int | None:
    """Note in the ledger what is taken and what failed; return the number of the first taken record."""
    state.ledger.reject(kind, ask.number, batch.failed, ask.at)
    if not batch.values:
        return None
    return state.ledger.keep(kind, ask.number, batch.records, len(batch.values), batch.positions)


def _reply(state: State, ask: Ask, queue: _Kind, batch: Batch) -> Any:
    profile = state.settings.profile
    if queue == "commands" and profile == "2021" and batch.values:
        last = batch.values[-1]
        email = last["query"] if last["command"] == "change_email" else last["email"]
        return shown(state, state.people.find(ask.site, email=email))
    return batch_counts(profile, queue, len(batch.values), len(batch.failed), show_failed=ask.show_failed)


ENDPOINTS: Final = (
    Endpoint(
        contract.BATCH_SUBSCRIBERS,
        _import,
        "merges people by address; tags, remove_tags, fields, utm_*, row `command`; starts no automation",
        sources="docs, OpenAPI file, all clients; `command` in a row: GitBook",
    ),
    Endpoint(
        contract.BATCH_EVENTS,
        _events,
        "stores events, creates people, writes `fields`, acts on $subscribe, $unsubscribe, $tag, $remove_tag, "
        "de-duplicates $purchase by site and details.unique.key, records the automations that would have fired",
        sources="docs, OpenAPI file, all clients; `bypass_workflows`: the 2021 guide, GitBook",
    ),
    Endpoint(
        contract.RUN_COMMANDS,
        _commands,
        "runs the eight verbs in order, from an array or a single object; only add_tag_via_event starts automations",
        sources="docs, OpenAPI file, GitBook, all clients but MCP; a single object: Node, PHP",
    ),
)
