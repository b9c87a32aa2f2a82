"""A row of POST /batch/broadcasts: a mail to many, a draft unless it says otherwise (docs: broadcasts)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from airflow_provider_bento.api import contract
from airflow_provider_bento.api.field_error import FieldError
from airflow_provider_bento.api.records.invalid import InvalidValue, invalid
from airflow_provider_bento.api.records.keys import Keys
from airflow_provider_bento.api.records.parse import ENCODE, Record, read
from airflow_provider_bento.api.records.values.email_and_tags import email, tag_names, tags
from airflow_provider_bento.api.records.values.fields import checked, ruled
from airflow_provider_bento.api.records.values.numbers import whole_text
from airflow_provider_bento.api.records.values.numpy_scalars import unwrapped
from airflow_provider_bento.api.records.values.scalars import filled_text, line, truth
from airflow_provider_bento.api.records.values.timestamps import moment
from airflow_provider_bento.exceptions import BentoSetupError


class Broadcast(Record, frozen=True, gc=False):
    """A mail to many.

    :param name: the campaign's name, trimmed; a broadcast is looked up by it.
    :param approved: whether Bento mails it without a further human step.
    :param has_audience: whether tags or a segment say who gets it; without, Bento may send it to everybody.
    :param send_at: ISO 8601 in UTC, or ``None``.
    """

    name: str
    approved: bool
    has_audience: bool
    send_at: str | None

    @property
    def idempotent(self) -> bool:
        """False: Bento makes another one each time."""
        return False


def parse_broadcast(row: Any) -> Broadcast | tuple[FieldError, ...]:
    """Return the row as a broadcast, or all its field errors.

    Needs ``name``, ``subject``, ``type`` and ``content`` (``layout_id`` instead, for type ``layout``). ``from`` needs
    both ``email`` and ``name`` if it is there; ``approved: True`` needs ``send_at``. Any ``type`` is passed on.

    :param row: any mapping; never changed.
    """
    return read(row, _build)


def broadcast_guard(broadcast: Broadcast, *, allow_send: bool, to_everyone: bool) -> tuple[FieldError, ...]:
    """Return an error for each risk of this broadcast that an argument must allow and does not; empty: none.

    :param allow_send: whether a record may have ``approved: true``.
    :param to_everyone: whether a record may have no audience.
    """
    field_errors = []
    if broadcast.approved and not allow_send:
        field_errors.append(
            FieldError("approved", "would send the broadcast: pass allow_send=True, or omit approved for a draft")
        )
    if not broadcast.has_audience and not to_everyone:
        wanted = "is missing, and so is segment_id: set an audience, or pass to_everyone=True"
        field_errors.append(FieldError("inclusive_tags", wanted))
    return tuple(field_errors)


def broadcast_parser(*, allow_send: bool, to_everyone: bool) -> Callable[[Any], Broadcast | tuple[FieldError, ...]]:
    """Return a parser for one reading of a source: parsed, guarded, and each name only once.

    :param allow_send: see :func:`broadcast_guard`.
    :param to_everyone: see :func:`broadcast_guard`.
    :raises BentoSetupError: either is not True or False.
    """
    if not (isinstance(allow_send, bool) and isinstance(to_everyone, bool)):  # the text "False" is truthy
        raise BentoSetupError("allow_send and to_everyone must be True or False. Nothing was sent.")
    seen: set[str] = set()

    def parse(row: Any) -> Broadcast | tuple[FieldError, ...]:
        broadcast = parse_broadcast(row)
        if not isinstance(broadcast, Broadcast):
            return broadcast
        field_errors = broadcast_guard(broadcast, allow_send=allow_send, to_everyone=to_everyone)
        if broadcast.name in seen:
            wanted = "occurs twice in this run: names must be unique, because broadcasts can only be looked up by name"
            field_errors = (*field_errors, FieldError("name", wanted))
        seen.add(broadcast.name)
        return field_errors or broadcast

    return parse


def _build(row: Any) -> Broadcast:
    wire = ruled(row, _KEYS, _REQUIRED, _rules)
    has_audience = "inclusive_tags" in wire or "segment_id" in wire
    return Broadcast(ENCODE(wire), wire["name"], wire.get("approved", False), has_audience, wire.get("send_at"))


def _rules(wire: dict[str, Any]) -> list[FieldError]:
    field_errors = []
    if wire.get("approved") and "send_at" not in wire:
        field_errors.append(FieldError("send_at", "is missing: an approved broadcast needs a send time"))
    if wire.get("type") != "layout":
        if "content" not in wire:
            field_errors.append(FieldError("content", "is missing"))
        return field_errors
    if "layout_id" not in wire:
        field_errors.append(FieldError("layout_id", "is missing: type layout needs it"))
    if "content" in wire:
        field_errors.append(FieldError("content", "must be omitted for type layout, whose layout is the content"))
    return field_errors


def _sender(value: Any) -> dict[str, Any]:
    return checked(value, _SENDER, dict.fromkeys(_SENDER.known, "is missing: from needs both"))


def _batch_size(value: Any) -> int:
    least, most = contract.BATCH_SIZE_PER_HOUR
    found = whole_text(value) if isinstance(value, str) else unwrapped(value)
    if isinstance(found, int) and not isinstance(found, bool) and least <= found <= most:
        return int.__pos__(found)
    raise invalid(f"must be a whole number from {least} to {most}")


def _segment(value: Any) -> str:
    """Return the id of a segment. A word for nothing would pass for an audience, and the mail might go to everybody."""
    found = line(value)
    try:
        names = tag_names(found)  # which knows how programs write that there is nothing
    except InvalidValue:
        names = []
    if len(names) == 1 and names[0].lower() != "none":
        return names[0]
    raise invalid("must be the id of one segment: omit it if there is none")


_SENDER: Final = Keys({"email": email, "name": line}, None)
_REQUIRED: Final[Mapping[str, str]] = {
    "name": "is missing: the campaign's name",
    "subject": "is missing",
    "type": "is missing: plain, raw or html, for example",
}
_KEYS: Final = Keys(
    {
        "name": line,
        "subject": line,
        "content": filled_text,
        "type": line,
        "from": _sender,
        "inclusive_tags": tags,
        "exclusive_tags": tags,
        "segment_id": _segment,
        "batch_size_per_hour": _batch_size,
        "layout_id": line,
        "send_at": moment,
        "approved": truth,
    },
    None,
)
