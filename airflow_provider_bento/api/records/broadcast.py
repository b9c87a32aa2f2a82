"""A row of POST /batch/broadcasts: a mail to many, a draft unless it says otherwise (docs: broadcasts)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from airflow_provider_bento.api import contract
from airflow_provider_bento.api.faults import Fault
from airflow_provider_bento.api.records import checks
from airflow_provider_bento.api.records.checks import MISSING, Faults
from airflow_provider_bento.api.records.moments import moment
from airflow_provider_bento.api.records.reading import checked, present, read, refuse_unknown

Parse = Callable[[Any], "Broadcast | tuple[Fault, ...]"]


class Broadcast(msgspec.Struct, frozen=True, gc=False):
    """A mail to many.

    :param name: the campaign's name; by it a broadcast is found again.
    :param approved: whether Bento mails it without a further human step.
    :param has_audience: whether tags or a segment say who gets it; without, Bento may take everybody.
    :param wire: the broadcast as sent.
    """

    name: str
    approved: bool
    has_audience: bool
    wire: dict[str, Any]

    @property
    def harmless_to_repeat(self) -> bool:
        """False: Bento makes another one each time."""
        return False

    def encode(self) -> bytes:
        """Return the JSON of the broadcast."""
        return checks.ENCODER.encode(self.wire)

    def __repr__(self) -> str:
        return "<Broadcast, approved>" if self.approved else "<Broadcast, draft>"


def parse_broadcast(row: Any) -> Broadcast | tuple[Fault, ...]:
    """Return the row as a broadcast, or all its faults.

    Needs ``name``, ``subject``, ``type`` and ``content`` (``layout_id`` instead, for type ``layout``); ``approved``
    needs ``send_at``.
    """
    return read(row, _build)


def broadcast_screen(*, allow_send: bool, to_everyone: bool) -> Parse:
    """Return a parser for one reading of a source: :func:`parse_broadcast`, guarded, and each name only once.

    :param allow_send: whether a record may say ``approved: true``.
    :param to_everyone: whether a record may name no audience.
    """
    seen: set[str] = set()

    def parse(row: Any) -> Broadcast | tuple[Fault, ...]:
        broadcast = parse_broadcast(row)
        if isinstance(broadcast, tuple):
            return broadcast
        faults = Faults()
        if broadcast.approved and not allow_send:
            faults.add("approved", "would mail people: pass allow_send=True as well, or leave it out for a draft")
        if not broadcast.has_audience and not to_everyone:
            faults.add("inclusive_tags", "and segment_id are missing: name an audience, or pass to_everyone=True")
        if broadcast.name in seen:
            faults.add("name", "stands twice in this run: names must differ, because Bento finds them by name only")
        seen.add(broadcast.name)
        return tuple(faults.found) or broadcast

    return parse


def _build(row: Mapping[Any, Any], faults: Faults) -> Broadcast:
    given = dict(checks.keys_of(row, "", faults))
    refuse_unknown(given, contract.BROADCAST_KEYS, faults)
    wire = present(
        {
            "name": checked(given, "name", checks.text, faults, wanted="is missing: the campaign's name"),
            "subject": checked(given, "subject", checks.text, faults, wanted="is missing"),
            "content": checked(given, "content", checks.text, faults),
            "type": checked(given, "type", checks.text, faults, wanted="is missing: plain, raw or html, for example"),
            "from": checked(given, "from", _sender, faults),
            "inclusive_tags": checked(given, "inclusive_tags", checks.tags, faults),
            "exclusive_tags": checked(given, "exclusive_tags", checks.tags, faults),
            "segment_id": checked(given, "segment_id", checks.text, faults),
            "batch_size_per_hour": checked(given, "batch_size_per_hour", _batch_size, faults),
            "layout_id": checked(given, "layout_id", checks.text, faults),
            "send_at": checked(given, "send_at", moment, faults),
            "approved": checked(given, "approved", _truth, faults),
        }
    )
    _layout(given, faults)
    approved = wire.get("approved") is True
    if approved and given.get("send_at") is None:
        faults.add("send_at", "is missing: an approved broadcast needs the time at which it is sent")
    return Broadcast(wire.get("name", ""), approved, bool({"inclusive_tags", "segment_id"} & wire.keys()), wire)


def _layout(given: Mapping[str, Any], faults: Faults) -> None:
    if given.get("type") != "layout":
        if given.get("content") is None:
            faults.add("content", "is missing")
        return
    if given.get("layout_id") is None:
        faults.add("layout_id", "is missing: type layout needs it")
    if given.get("content") is not None:
        faults.add("content", "does not go with type layout: the layout is the content")


def _sender(value: Any, path: str, faults: Faults) -> Any:
    if not isinstance(value, Mapping):
        return faults.add(path, 'must be an object: {"email": …, "name": …}')
    given = dict(checks.keys_of(value, path, faults))
    for key in given.keys() - {"email", "name"}:
        faults.add(checks.below(path, key), "is not a key that Bento knows; known are email, name")
    found = {
        name: faults.add(f"{path}.{name}", "is missing")
        if name not in given
        else check(given[name], f"{path}.{name}", faults)
        for name, check in (("email", checks.email), ("name", checks.text))
    }
    return MISSING if MISSING in found.values() else found


def _batch_size(value: Any, path: str, faults: Faults) -> Any:
    least, most = contract.BATCH_SIZE_PER_HOUR
    if isinstance(value, int) and not isinstance(value, bool) and least <= value <= most:
        return value
    return faults.add(path, f"must be a whole number from {least} to {most}")


def _truth(value: Any, path: str, faults: Faults) -> Any:
    return value if isinstance(value, bool) else faults.add(path, "must be true or false")
