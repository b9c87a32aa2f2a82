"""Records to request, reply to value or typed error; pure: it knows HTTP's words, never a socket.

Sources: docs pages api/conventions and api/errors; error shapes as the ActionMailer gem and the SDKs read them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import msgspec

from airflow_provider_bento.api import contract
from airflow_provider_bento.api.contract import Call
from airflow_provider_bento.api.receipt import Receipt, count, scrub
from airflow_provider_bento.exceptions import (
    BentoAccessError,
    BentoError,
    BentoOutcomeUnknown,
    BentoRateLimited,
    BentoRefusedError,
    BentoSetupError,
    BentoUnreachable,
)

LONGEST_RETRY_AFTER = 7 * 86_400  # seconds; a longer one is nonsense, not a plan


@dataclass(frozen=True, slots=True)
class Request:
    """A request ready to be sent, without host, keys and site.

    :param call: the endpoint.
    :param count: records in it.
    :param body: JSON, or ``None``.
    :param query: query parameters besides ``site_uuid``.
    """

    call: Call
    count: int = 0
    body: bytes | None = field(default=None, repr=False)
    query: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back.

    :param status: HTTP status.
    :param headers: with lower-case names.
    :param body: as received.
    """

    status: int
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)


def batch(call: Call, records: Sequence[bytes]) -> Request:
    """Wrap encoded records into one request; nothing is encoded twice."""
    return Request(call, len(records), b'{"%s":[%s]}' % (str(call.wrapper).encode(), b",".join(records)))


def single(call: Call, value: Mapping[str, Any]) -> Request:
    """Wrap one object, as ``{"subscriber": {…}}``."""
    return Request(call, 1, msgspec.json.encode({str(call.wrapper): value}))


def read_batch(request: Request, reply: Reply, *, now: float = 0.0) -> Receipt:
    """Return how many records of the request were taken.

    :param now: wall clock in seconds, for a ``Retry-After`` that is a date.
    :raises BentoError: see :func:`read`; an uncountable 2xx is :class:`BentoOutcomeUnknown`.
    """
    answer = read(request, reply, now=now)
    try:
        return count(request.count, answer)
    except BentoOutcomeUnknown as error:
        raise BentoOutcomeUnknown(str(error), endpoint=request.call.path, status=reply.status) from None


def read(request: Request, reply: Reply, *, now: float = 0.0) -> Any:
    """Return the JSON of a 2xx reply; an empty body is ``None``.

    :raises BentoAccessError: 401, 403.
    :raises BentoSetupError: a redirect: this is not Bento's API.
    :raises BentoRateLimited: 429.
    :raises BentoRefusedError: any other 4xx, and an author that Bento does not know, at any status.
    :raises BentoUnreachable: 503 with ``Retry-After``: refused before work.
    :raises BentoOutcomeUnknown: any other status, and a 2xx whose body is not JSON.
    """
    if not 200 <= reply.status < 300:
        raise _error(request, reply, now)
    if not reply.body.strip():
        return None
    try:
        return msgspec.json.decode(reply.body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        what = "an HTML page: is the connection's host really Bento?" if is_html(reply) else "no readable JSON"
        raise BentoOutcomeUnknown(
            f"{request.call.path} answered {reply.status} with {what}.",
            endpoint=request.call.path,
            status=reply.status,
        ) from None


def is_html(reply: Reply) -> bool:
    """Whether a web page came where JSON should: a proxy, Cloudflare, or not Bento at all."""
    start = reply.body[:200].lstrip().lower()
    return "html" in reply.headers.get("content-type", "") or start.startswith((b"<!doctype", b"<html"))


def retry_after(headers: Mapping[str, str], now: float) -> float | None:
    """Return the seconds of ``Retry-After``, in both of its spellings (RFC 9110 10.2.3).

    A past date is 0. Nonsense, a negative number and more than a week are ``None``. Of several, the longest counts.
    A date is measured against the reply's own ``Date``, so that a wrong local clock does no harm.
    """
    text = headers.get("retry-after", "").strip()
    if re.fullmatch(r"\d+(\.\d+)?(\s*,\s*\d+(\.\d+)?)*", text):
        seconds = max(map(float, text.split(",")))
    elif (moment := _http_date(text)) is not None:
        seconds = max(0.0, moment - (_http_date(headers.get("date", "")) or now))
    else:
        return None
    return seconds if seconds <= LONGEST_RETRY_AFTER else None


def _http_date(text: str) -> float | None:
    try:
        moment = parsedate_to_datetime(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (TypeError, ValueError, OverflowError, IndexError):
        return None


def _error(request: Request, reply: Reply, now: float) -> BentoError:
    path, status = request.call.path, reply.status
    said = reasons(reply)
    evidence: dict[str, Any] = {"endpoint": path, "status": status}
    words = f" Bento says: {'; '.join(said)}." if said else ""
    if any(phrase in " ".join(said).lower() for phrase in contract.AUTHOR_REFUSED):
        return BentoRefusedError(
            f"{path}: the sender is not an approved author of this site.{words} "
            "Add it under Authors in Bento, or send from one that is there.",
            **evidence,
        )
    if status == 429:
        wait = retry_after(reply.headers, now)
        return BentoRateLimited(f"{path}: the rate limit is used up (429).", retry_after=wait, **evidence)
    if status in (401, 403):
        return BentoAccessError(_access(reply, words), **evidence)
    if 300 <= status < 400:
        return BentoSetupError(
            f"{path} was redirected ({status}): the connection's host is not Bento's API. "
            f"Leave host empty for {contract.BASE_URL}.",
            **evidence,
        )
    if 400 <= status < 500 and status != 408:
        hint = _batch_hint(request) if status in (400, 413, 422) else ""
        return BentoRefusedError(f"{path} refused the request ({status}).{words}{hint}", **evidence)
    if status == 503 and (wait := retry_after(reply.headers, now)) is not None:
        return BentoUnreachable(f"{path} is not available (503).", retry_after=wait, **evidence)
    return BentoOutcomeUnknown(f"{path} answered {status}: it may have been applied, or not.{words}", **evidence)


def _access(reply: Reply, words: str) -> str:
    if is_html(reply):
        return (
            f"Blocked before Bento ({reply.status}, a web page came back): usually a missing or blocked User-Agent, "
            "or a firewall on the way out. The keys were not looked at."
        )
    if reply.status == 401:
        return (
            f"Bento turned the keys or the site UUID away (401).{words} Check login (publishable key), "
            "password (secret key) and Site UUID of the connection."
        )
    return f"These keys may not use this site (403).{words} Check the keys' rights in Bento."


def _batch_hint(request: Request) -> str:
    if request.count <= 100:
        return ""
    return " If it is the size of the batch, set chunk_size=100: Bento's pages disagree on the maximum."


def reasons(reply: Reply) -> tuple[str, ...]:
    """Return what an error body says, in at most five short lines without addresses; every known shape is read,
    whatever its Content-Type: Rails labels a bare sentence as a web page.
    """
    try:
        body = msgspec.json.decode(reply.body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        if reply.body.lstrip()[:1] == b"<":
            return ()
        body = reply.body[:5000].decode("utf-8", "replace")
    lines = [scrub(line) for line in _lines(body) if line]
    return tuple(dict.fromkeys(line for line in lines if line))[:5]


def _lines(value: Any, depth: int = 0) -> Iterable[str]:
    """Flatten ``error``, ``message``, ``errors`` in all their forms to sentences."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list) and depth < 4:
        for item in value[:20]:
            yield from _lines(item, depth + 1)
    elif isinstance(value, Mapping) and depth < 4:
        yield from _of_mapping(value, depth)


def _of_mapping(value: Mapping[str, Any], depth: int) -> Iterable[str]:
    said = next((value[key] for key in ("message", "detail", "title") if value.get(key)), None)
    if isinstance(value.get("field"), str) and isinstance(said, str):
        yield f"{value['field']} {said}"
        return
    known = [value[key] for key in ("message", "error", "errors", "detail", "title") if value.get(key)]
    if known:
        for item in known:
            yield from _lines(item, depth + 1)
    elif depth:
        for name, item in list(value.items())[:20]:
            yield from (f"{name} {line}" for line in _lines(item, depth + 1))


def utc(epoch: float) -> str:
    """Return seconds since the epoch as ISO 8601 with Z."""
    return datetime.fromtimestamp(epoch, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
