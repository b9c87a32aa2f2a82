"""From a request's body to rows, each still as the client wrote it; knows JSON and limits, never effects."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

import msgspec

from airflow_provider_bento.sandbox.answers import invalid, turn_away

MAX_BODY: Final = 64 * 1024 * 1024  # bytes; ours: Bento publishes none
BROKEN: Final = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
"""What decoding raises on what is not JSON: malformed, not UTF-8, nested too deeply."""

Envelope = dict[str, msgspec.Raw]
_T = TypeVar("_T")
_envelope: Final = msgspec.json.Decoder(Envelope)
_rows: Final = msgspec.json.Decoder(list[msgspec.Raw])
_value: Final = msgspec.json.Decoder()


@dataclass(slots=True)
class Batch:
    """The rows of one request, parted into those that are taken and those that count as failed.

    :ivar taken: ``(position, JSON as given, value)``.
    :ivar failed: ``(position, JSON as given, reason)``.
    """

    taken: list[tuple[int, bytes, dict[str, Any]]] = field(default_factory=list)
    failed: list[tuple[int, bytes, str]] = field(default_factory=list)


def read_envelope(body: bytes, headers: Mapping[str, str]) -> Envelope:
    """Return the top-level keys of a JSON body.

    :raises TurnedAway: 400 if it is not a JSON object, or does not say that it is JSON.
    """
    if headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        turn_away(400, {"error": "Content-Type must be application/json"}, "not sent as JSON")
    return decoded(_envelope, body)


def read_rows(envelope: Envelope, wrapper: str, most: int, *, single: bool = False) -> list[bytes]:
    """Return the rows below ``wrapper``, as the client wrote them.

    :param most: how many a request may hold.
    :param single: whether one object without a list is one row.
    :raises TurnedAway: 400 without the wrapper or without rows, 422 above ``most``: our choices, no source says.
    """
    if wrapper not in envelope:
        invalid(400, wrapper, "is missing")
    raw = envelope[wrapper]
    if single and bytes(raw).lstrip().startswith(b"{"):
        return [bytes(raw)]
    if not bytes(raw).lstrip().startswith(b"["):
        invalid(400, wrapper, "must be an array")
    rows = decoded(_rows, raw)
    if not rows:
        invalid(400, wrapper, "must not be empty")
    if len(rows) > most:
        invalid(422, wrapper, f"must hold at most {most}")
    return [bytes(row) for row in rows]


def read_one(envelope: Envelope, wrapper: str) -> dict[str, Any]:
    """Return the object below ``wrapper``.

    :raises TurnedAway: 400 if there is none.
    """
    value = decoded(_value, envelope[wrapper]) if wrapper in envelope else None
    if not isinstance(value, dict):
        invalid(400, wrapper, "is missing")
    return value


def sort_rows(rows: list[bytes], fault_of: Callable[[Any], str | None], spoil_last: int = 0) -> Batch:
    """Part rows into good and bad ones.

    :param fault_of: says what is wrong with a row.
    :param spoil_last: how many of the last rows fail for no reason: an injected fault.
    :raises TurnedAway: 400 if one of them is not JSON after all.
    """
    batch = Batch()
    for position, raw in enumerate(rows):
        value = decoded_any(raw)
        spoilt = "an injected fault" if position >= len(rows) - spoil_last else None
        if reason := spoilt or fault_of(value):
            batch.failed.append((position, raw, reason))
        else:
            batch.taken.append((position, raw, value))
    return batch


def decoded(decoder: msgspec.json.Decoder[_T], data: bytes | msgspec.Raw) -> _T:
    """Decode JSON.

    :raises TurnedAway: 400 if it is none.
    """
    try:
        return decoder.decode(data)
    except BROKEN:
        turn_away(400, {"error": "The body is not valid JSON"}, "broken JSON")


def decoded_any(data: bytes) -> Any:
    """Decode JSON of any kind.

    :raises TurnedAway: 400 if it is none.
    """
    return decoded(_value, data)


def is_email(value: object) -> bool:
    """Whether something could be an address; deliberately less strict than the client."""
    return isinstance(value, str) and "@" in value.strip()[1:-1]
