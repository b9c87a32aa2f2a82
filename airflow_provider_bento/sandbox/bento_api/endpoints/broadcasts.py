"""POST /batch/broadcasts and GET /fetch/broadcasts: drafts, what is to be sent, what was.

Tested by tests/sandbox/test_sandbox_broadcasts.py.
"""

from __future__ import annotations

from typing import Any, Final, cast, get_args

from airflow_provider_bento.api import contract
from airflow_provider_bento.api.contract import BATCH_SIZE_PER_HOUR, BroadcastStatus
from airflow_provider_bento.sandbox.bento_api.body import Batch, decoded_any, read_rows
from airflow_provider_bento.sandbox.bento_api.endpoints import Ask, Endpoint
from airflow_provider_bento.sandbox.bento_api.endpoints.authors import check_senders
from airflow_provider_bento.sandbox.bento_api.endpoints.batches import keep
from airflow_provider_bento.sandbox.bento_api.replies import Answer, batch_status, json
from airflow_provider_bento.sandbox.clock import iso, parse_date
from airflow_provider_bento.sandbox.state import State
from airflow_provider_bento.sandbox.store.effects import is_blank, tag_names
from airflow_provider_bento.sandbox.store.storage import Row


def broadcast_error(broadcast: Any) -> str | None:
    """Say what is wrong with a broadcast, as Bento's newest replies do for each."""
    if not isinstance(broadcast, dict):
        return "must be an object"
    broadcast = _given(broadcast)
    wanted = ["name", "subject", "type", "layout_id" if broadcast.get("type") == "layout" else "content"]
    for key in wanted:
        if not isinstance(broadcast.get(key), str):
            return f"{key} can't be blank"
    if broadcast["type"] not in contract.BROADCAST_TYPES:
        return "type is not included in the list"
    return _setting_error(broadcast)


def _setting_error(broadcast: dict[str, Any]) -> str | None:
    least, most = BATCH_SIZE_PER_HOUR
    size = _whole_number(broadcast.get("batch_size_per_hour"))
    if "batch_size_per_hour" in broadcast and (size is None or not least <= size <= most):
        return f"batch_size_per_hour must be between {least} and {most}"
    if "send_at" in broadcast and parse_date(broadcast["send_at"]) is None:
        return "send_at is invalid"
    sender = broadcast.get("from")
    if sender is not None and not (isinstance(sender, dict) and isinstance(sender.get("email"), str)):
        return "from must be an object with email and name"
    return None


def _given(broadcast: dict[str, Any]) -> dict[str, Any]:
    """Return what is not blank: the Laravel SDK sends an empty text for what it leaves out."""
    return {key: value for key, value in broadcast.items() if not is_blank(value)}


def _whole_number(value: object) -> int | None:
    """Return a number that may be written as text, as form fields of apps are; ``None`` if it is none."""
    if isinstance(value, str) and value.strip().isascii() and value.strip().isdigit():
        return int(value.strip()[:18])
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _create(state: State, ask: Ask) -> Answer:
    call = contract.BATCH_BROADCASTS
    most = state.settings.max_records.get("broadcasts", call.max_records)
    batch = read_rows(ask.envelope, "broadcasts", most, broadcast_error, spoil_last=ask.spoil_last)
    check_senders(state, (value["from"]["email"] for value in batch.values if _given(value).get("from")))
    first = keep(state, ask, "broadcasts", batch)
    made = [(state.broadcasts.create(ask.site, _columns(value), ask.at), value) for value in batch.values]
    return json(
        batch_status(state.settings.profile),
        _reply(state, ask, batch, made),
        records=len(batch),
        accepted=len(made),
        failed=len(batch.failed),
        first_record=first,
        applied=bool(made),
    )


def _columns(broadcast: dict[str, Any]) -> dict[str, Any]:
    broadcast = _given(broadcast)
    sender = broadcast.get("from") or {}
    return {
        "name": broadcast["name"],
        "subject": broadcast["subject"],
        "content": str(broadcast.get("content") or ""),
        "type": broadcast["type"],
        "from_email": sender.get("email"),
        "from_name": _text(sender.get("name")),
        "inclusive_tags": tag_names(broadcast.get("inclusive_tags")),
        "exclusive_tags": tag_names(broadcast.get("exclusive_tags")),
        "segment_id": _text(broadcast.get("segment_id")),
        "batch_size_per_hour": _whole_number(broadcast.get("batch_size_per_hour")),
        "layout_id": _text(broadcast.get("layout_id")),
        "send_at": parse_date(broadcast.get("send_at")),
        "approved": broadcast.get("approved") in (True, 1, "1", "true"),
    }


def _text(value: object) -> str | None:
    return str(value) if value not in (None, "") else None


def _reply(state: State, ask: Ask, batch: Batch, made: list[tuple[int, dict[str, Any]]]) -> Any:
    profile = state.settings.profile
    if profile == "2024":
        return {"results": len(made)}
    created = [_created(state, number, value["name"]) for number, value in made]
    if profile == "2021":  # as bento-node-sdk read it before July 2026
        return {"data": created}
    reply = {"results": len(made), "failed": len(batch.failed), "broadcasts": created}
    reply["failures"] = [
        {"index": position, "name": _name_of(raw), "error": reason} for position, raw, reason in batch.failed
    ]
    if not ask.show_failed:
        del reply["failed"], reply["failures"]
    return reply


def _created(state: State, number: int, name: str) -> dict[str, Any]:
    edit = f"{state.base_url}/account/emails/broadcasts/{number}/edit"
    return {"id": number, "template_id": template_id(number), "name": name, "dashboard_url": edit}


def _name_of(raw: bytes) -> str | None:
    value = decoded_any(raw)
    name = value.get("name") if isinstance(value, dict) else None
    return name if isinstance(name, str) else None


def template_id(broadcast: int) -> int:
    """Return the number of a broadcast's template."""
    return 1000 + broadcast


def _list(state: State, ask: Ask) -> Answer:
    wanted = ask.query.get("status", "sent")
    wanted = "canceled" if wanted == "cancelled" else wanted
    status = cast("BroadcastStatus", wanted if wanted in get_args(BroadcastStatus) else "sent")
    page = ask.query.get("page", "1")
    number = int(page) if page.isascii() and page.isdigit() and len(page) < 10 else 1
    found = state.broadcasts.page(ask.site, status, max(1, number), state.settings.page_size)
    return json(200, {"data": [_shown(state, row) for row in found]})


def _shown(state: State, row: Row) -> dict[str, Any]:
    template: dict[str, Any] = {"template_id": template_id(row["id"])}
    if row["status"] != "draft":
        template = {"subject": row["subject"], "to": "{{ visitor.email }}", "html": row["content"]}
    attributes = {
        "name": row["name"],
        "share_url": f"{state.base_url}/broadcasts/{row['id']}",
        "template": template,
        "created_at": iso(row["created_at"]),
        "sent_final_batch_at": iso(row["sent_final_batch_at"]),
        "send_at": iso(row["send_at"]),
        "stats": {"open_rate": 0.0} if row["status"] == "sent" else {},
    }
    return {"id": str(row["id"]), "type": "broadcasts", "attributes": attributes}


ENDPOINTS: Final = (
    Endpoint(
        contract.BATCH_BROADCASTS,
        _create,
        "creates drafts; schedules broadcasts with `approved` and `send_at`; lists each failed one in `failures`",
        sources="docs, OpenAPI file, 2022 guide, all clients but Ruby and PHP; `failures`: Node 2.0",
    ),
    Endpoint(
        contract.LIST_BROADCASTS,
        _list,
        "one page of the broadcasts in `status` (`sent` if left out), newest first",
        sources="docs, Node, Python, Go, Elixir, n8n, CLI, MCP",
        choice="another `status` counts as `sent`, as the docs say; `page` that is no number counts as 1",
    ),
)
