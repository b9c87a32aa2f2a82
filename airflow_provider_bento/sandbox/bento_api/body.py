"""From a request's body to rows, each still as the client wrote it; knows JSON and limits, never effects.

Tested by tests/sandbox/test_sandbox_survives_anything.py.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

import msgspec

from airflow_provider_bento.sandbox.bento_api.form_body import FORM, form_values
from airflow_provider_bento.sandbox.bento_api.replies import invalid, reject

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
    """The rows of one request, split into accepted rows and rows that count as failed.

    :ivar values: the accepted rows.
    :ivar records: the same as the client wrote them: a JSON array.
    :ivar positions: where they stood in the request; ``None``: from 0 on without gaps.
    :ivar failed: ``(position, JSON as given, reason)``.
    """

    values: list[dict[str, Any]]
    records: bytes
    positions: list[int] | None = None
    failed: list[tuple[int, bytes, str]] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.values) + len(self.failed)


def read_envelope(body: bytes, headers: Mapping[str, str]) -> Envelope:
    """Return the top-level keys of a body in JSON or of a form.

    :raises RequestRejected: 400 if it is neither a JSON object nor a form, or does not say which.
    """
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == FORM:
        return _envelope.decode(msgspec.json.encode(form_values(body)))
    if kind != "application/json":
        reject(400, {"error": "Content-Type must be application/json"}, "Content-Type is not JSON")
    return decoded(_envelope, body)


def read_rows(
    envelope: Envelope,
    wrapper: str,
    most: int,
    error_of: Callable[[Any], str | None],
    *,
    single: bool = False,
    spoil_last: int = 0,
) -> Batch:
    """Split the rows below ``wrapper`` into accepted and failed ones.

    :param most: how many rows a request may contain.
    :param error_of: says what is wrong with a row.
    :param single: whether one object without a list is one row.
    :param spoil_last: how many of the last rows fail for no reason: an injected fault.
    :raises RequestRejected: 400 without the wrapper or without rows, 422 above ``most``: our choices, no source says.
    """
    records = bytes(envelope.get(wrapper, b"")).strip()
    if single and records.startswith(b"{"):
        records = b"[" + records + b"]"
    rows = decoded_any(records) if records.startswith(b"[") else None
    if not rows:
        invalid(400, wrapper, "must be a non-empty array")
    if len(rows) > most:
        invalid(422, wrapper, f"must contain at most {most}")
    errors = [error_of(row) for row in rows]
    if spoil_last:
        spoilt = min(spoil_last, len(rows))
        errors[len(rows) - spoilt :] = ["an injected fault"] * spoilt
    return _parted(rows, records, errors) if any(errors) else Batch(rows, records)


def _parted(rows: list[Any], records: bytes, errors: list[str | None]) -> Batch:
    raws = [bytes(raw) for raw in decoded(_rows, records)]
    positions = [position for position, error in enumerate(errors) if error is None]
    return Batch(
        values=[rows[position] for position in positions],
        records=b"[" + b",".join(raws[position] for position in positions) + b"]",
        positions=positions,
        failed=[(position, raws[position], error) for position, error in enumerate(errors) if error],
    )


def read_one(envelope: Envelope, wrapper: str) -> dict[str, Any]:
    """Return the object below ``wrapper``.

    :raises RequestRejected: 400 if there is none.
    """
    value = decoded(_value, envelope[wrapper]) if wrapper in envelope else None
    if not isinstance(value, dict):
        invalid(400, wrapper, "is missing")
    return value


def decoded(decoder: msgspec.json.Decoder[_T], data: bytes | msgspec.Raw) -> _T:
    """Decode JSON.

    :raises RequestRejected: 400 if it is none.
    """
    try:
        return decoder.decode(data)
    except BROKEN:
        reject(400, {"error": "The body is not valid JSON"}, "invalid JSON")


def decoded_any(data: bytes) -> Any:
    """Decode JSON of any kind.

    :raises RequestRejected: 400 if it is none.
    """
    return decoded(_value, data)
