"""From a control request to values, and from values to JSON; knows nothing of what is asked.

Tested by tests/sandbox/test_sandbox_control.py.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any, Final, TypeVar

import msgspec
from starlette.convertors import Convertor, register_url_convertor
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from airflow_provider_bento.sandbox.clock import parse_date
from airflow_provider_bento.sandbox.store.storage import Row, Slice

MOST: Final = 10_000
_PIECE: Final = 2000  # rows of a download between two looks at other requests
_T = TypeVar("_T")
_encoder: Final = msgspec.json.Encoder()

Reader = Callable[[Slice], list[Row]]
"""Reads one part of a list."""


class _Key(Convertor[int]):
    """Matches the key of a row in an address; a number too large for SQLite matches nothing."""

    regex = "[0-9]{1,18}"

    def convert(self, value: str) -> int:
        return int(value)

    def to_string(self, value: int) -> str:
        return str(value)


register_url_convertor("key", _Key())


def reply(value: Any, status: int = 200) -> Response:
    """Answer with JSON."""
    return Response(msgspec.json.encode(value), status, media_type="application/json")


async def body(request: Request, kind: type[_T]) -> _T:
    """Return the JSON body as ``kind``; an empty one counts as ``{}``.

    :raises HTTPException: 400, saying what is wanted.
    """
    try:
        return msgspec.json.decode(await request.body() or b"{}", type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as exc:
        raise HTTPException(400, str(exc)) from exc


def number(query: Mapping[str, str], name: str, default: int | None, most: int = 2**62) -> int | None:
    """Return a whole number from the query string.

    :raises HTTPException: 400 if it is none, or is out of bounds.
    """
    text = query.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and int(text[:19]) <= most):
        raise HTTPException(400, f"{name} must be a whole number up to {most}")
    return int(text)


def instant(query: Mapping[str, str], name: str) -> int | None:
    """Return a date from the query string.

    :raises HTTPException: 400 if it is none.
    """
    if query.get(name) is None:
        return None
    found = parse_date(query[name])
    if found is None:
        raise HTTPException(400, f"{name} must be a date like 2026-01-02T03:04:05Z")
    return found


def listing(request: Request, key: str, read: Reader) -> Response:
    """Answer with a page ``{"data", "next"}``, or with everything as JSON Lines below ``….jsonl``.

    :param key: the column by which the list goes on; ``next`` is its value to go on ``after``.
    """
    query = request.query_params
    newest = query.get("newest") in ("1", "true")
    after = number(query, "after", None)
    if request.url.path.endswith(".jsonl"):
        most = number(query, "limit", None)
        lines = _lines(key, read, Slice(after, _PIECE, newest), most)
        return StreamingResponse(lines, media_type="application/x-ndjson")
    limit = number(query, "limit", 100, MOST) or 1
    rows = read(Slice(after, limit, newest))
    return reply({"data": rows, "next": rows[-1][key] if len(rows) == limit else None})


async def _lines(key: str, read: Reader, part: Slice, most: int | None) -> AsyncIterator[bytes]:
    sent = 0
    while most is None or sent < most:
        limit = _PIECE if most is None else min(_PIECE, most - sent)
        rows = read(Slice(part.after, limit, part.newest))
        yield _encoder.encode_lines([_on_one_line(row) for row in rows])
        if len(rows) < limit:
            return
        sent += len(rows)
        part = Slice(rows[-1][key], limit, part.newest)


def _on_one_line(row: Row) -> Row:
    """Take line ends out of a record as the client wrote it; inside JSON they are only ever space."""
    record = row.get("record")
    if not isinstance(record, msgspec.Raw) or b"\n" not in bytes(record):
        return row
    return {**row, "record": msgspec.Raw(bytes(record).replace(b"\r", b" ").replace(b"\n", b" "))}
