"""Records to request, reply to value or typed error; pure: it knows HTTP's statuses and headers, never a socket.

Sources: docs pages api/conventions and api/errors.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote

import msgspec

from airflow_provider_bento.api import contract
from airflow_provider_bento.api.contract import Call
from airflow_provider_bento.api.receipt import (
    Failure,
    Receipt,
    count,
    count_broadcasts,
    count_commands,
    count_deletion,
    refuses_all,
)
from airflow_provider_bento.api.replies.decoding import Unreadable, decoded
from airflow_provider_bento.api.replies.error_messages import reasons, says_absent, says_author_refused
from airflow_provider_bento.api.replies.failures import speaking_keys
from airflow_provider_bento.api.replies.redaction import Words
from airflow_provider_bento.api.retry_after import retry_after
from airflow_provider_bento.exceptions import (
    BentoAccessError,
    BentoError,
    BentoOutcomeUnknown,
    BentoRateLimited,
    BentoRefusedError,
    BentoSetupError,
    BentoUnreachable,
)

_COUNTING: Final = {
    contract.BATCH_BROADCASTS: count_broadcasts,
    contract.RUN_COMMANDS: count_commands,
    contract.DELETE_PERSON: count_deletion,
}
# bento-node-sdk 2.0.0, its tests: {"message": "Tag (VIP) deleted successfully"}.
_ANSWERED_BY_MESSAGE: Final = frozenset({contract.DELETE_TAG})


@dataclass(frozen=True, slots=True)
class Request:
    """A request ready to be sent, without host, keys and site.

    :param call: the endpoint.
    :param count: records in it.
    :param body: JSON, or ``None``.
    :param query: query parameters besides ``site_uuid``.
    :param resource: what the path's ``:id`` stands for.
    """

    call: Call
    count: int = 0
    body: bytes | None = field(default=None, repr=False)
    query: Mapping[str, str] = field(default_factory=dict, repr=False)
    resource: str | None = None

    @property
    def path(self) -> str:
        """The path with the resource in it, percent-encoded."""
        return self.call.path.replace(":id", quote(self.resource or "", safe=""))


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
    """Wrap encoded records into one request, an array if the endpoint takes several; nothing is encoded twice."""
    return _wrapped(call, len(records), b",".join(records))


def batch_of_lines(call: Call, count: int, lines: bytes) -> Request:
    """Wrap encoded records, each followed by a line feed, into one request; JSON itself contains no line feed."""
    return _wrapped(call, count, lines[:-1].replace(b"\n", b","))


def _wrapped(call: Call, count: int, records: bytes) -> Request:
    several = b'{"%s":[%s]}' if call.max_records > 1 else b'{"%s":%s}'
    return Request(call, count, several % (str(call.wrapper).encode(), records))


def single(call: Call, value: Mapping[str, Any], *, resource: str | None = None) -> Request:
    """Wrap one object, like ``{"subscriber": {…}}``; an endpoint without a wrapper gets it as it is."""
    body = value if call.wrapper is None else {call.wrapper: value}
    return Request(call, 1, msgspec.json.encode(body), resource=resource)


def read_batch(request: Request, reply: Reply, *, now: float = 0.0) -> Receipt:
    """Return how many records, or commands, of the request were accepted.

    :param now: wall clock in seconds, for a ``Retry-After`` that is a date.
    :raises BentoError: see :func:`read`. A 2xx that cannot be counted, or reports a failure that is not understood, is
        :class:`BentoOutcomeUnknown`; one that only says that the author is unknown, :class:`BentoRefusedError`.
    """
    if request.call is contract.DELETE_PERSON and (refused := _of_one_person(request, reply)) is not None:
        return refused
    answer = _decoded(request, reply, now)
    if says_author_refused(answer) and refuses_all(answer):
        raise _author_refused(request, reply)
    try:
        return _COUNTING.get(request.call, count)(request.count, answer, Words(request.body, request.query))
    except BentoOutcomeUnknown as error:
        error.endpoint, error.status = request.call.path, reply.status
        raise


def _of_one_person(request: Request, reply: Reply) -> Receipt | None:
    """Return what a refusal says about one person, so that the others are still sent; ``None``: it says nothing."""
    if reply.status == 404 and says_absent(reply.body):
        return Receipt(1, 1, 0, absent=1)
    if reply.status == 422 and not is_html(reply):
        said = "; ".join(reasons(reply.body, Words(request.body, request.query)))
        return Receipt(1, 0, 1, (Failure(0, said or "no reason given"),))
    return None


def read(request: Request, reply: Reply, *, now: float = 0.0) -> Any:
    """Return the JSON of a 2xx reply; an empty body is ``None``.

    :raises BentoAccessError: 401, 403.
    :raises BentoSetupError: a redirect: this is not Bento's API; 407: the proxy's.
    :raises BentoRateLimited: 429.
    :raises BentoRefusedError: any other 4xx, and an author that Bento does not know, at any status.
    :raises BentoUnreachable: 503 with ``Retry-After``: rejected before any work; for requests that only read, any
        unusable reply.
    :raises BentoOutcomeUnknown: any other status, and a 2xx that is not JSON or reports a failure.
    """
    answer = _decoded(request, reply, now)
    if keys := _failures_of(answer, message_is_answer=request.call in _ANSWERED_BY_MESSAGE):
        raise _no_answer(request, reply, f"a reply that reports a failure ({', '.join(keys)})", keys=tuple(keys))
    return answer


def read_if_found(request: Request, reply: Reply, *, now: float = 0.0) -> Any:
    """Return the JSON of a 2xx reply; ``{}`` for Bento's own 404: it has no object of this id.

    :raises BentoError: see :func:`read`. Any other 404 is :class:`BentoRefusedError`: the address is wrong.
    """
    if reply.status == 404 and _says_error(reply.body):
        return {}
    return read(request, reply, now=now)


def _says_error(body: bytes) -> bool:
    """Whether a reply has the form of Bento's errors: ``{"error": "Segment not found"}`` (tests of bento-node-sdk)."""
    try:
        answer = decoded(body)
    except Unreadable:
        return False
    return isinstance(answer, Mapping) and isinstance(answer.get("error"), str)


def _decoded(request: Request, reply: Reply, now: float) -> Any:
    if not 200 <= reply.status < 300:
        raise _error(request, reply, now)
    if not reply.body.strip():
        return None
    try:
        return decoded(reply.body)
    except Unreadable:
        what = "an HTML page (check the connection's host)" if is_html(reply) else "no readable JSON"
        raise _no_answer(request, reply, what) from None


def _failures_of(answer: Any, *, message_is_answer: bool) -> list[str]:
    """Failure keys at the top of a reply; what is below ``data`` may be a person's own fields."""
    top = {key: value for key, value in answer.items() if key != "data"} if isinstance(answer, Mapping) else {}
    return [key for key in speaking_keys(top) if key != "message" or not (message_is_answer or answer.get("data"))]


def is_html(reply: Reply) -> bool:
    """Whether the reply is a web page instead of JSON: a proxy, Cloudflare, or not Bento at all."""
    start = reply.body[:200].lstrip().lower()
    return "html" in reply.headers.get("content-type", "") or start.startswith((b"<!doctype", b"<html"))


def _error(request: Request, reply: Reply, now: float) -> BentoError:
    path, status = request.call.path, reply.status
    evidence: dict[str, Any] = {"endpoint": path, "status": status}
    if says_author_refused(reply.body):
        return _author_refused(request, reply)
    if status == 429:
        wait = retry_after(reply.headers, now)
        return BentoRateLimited(f"{path}: the rate limit is used up (429).", retry_after=wait, **evidence)
    words = _bento_says(request, reply)
    if status in (401, 403):
        return BentoAccessError(f"{_access(reply, words)}{_caveat(request, status)}", **evidence)
    if status == 407:
        return BentoSetupError(
            f"{path}: the proxy requires a user and a password (407); nothing reached Bento. Check HTTPS_PROXY.",
            **evidence,
        )
    if _leads_elsewhere(request, status):
        return BentoSetupError(
            f"{path} was redirected ({status}): the connection's base URL is not Bento's API. "
            f"Leave it empty for {contract.BASE_URL}.",
            **evidence,
        )
    if 400 <= status < 500 and status != 408:
        hint = _batch_hint(request) if status in (400, 413, 422) else ""
        hint += _caveat(request, status)
        return BentoRefusedError(f"{path} rejected the request ({status}).{words}{hint}", **evidence)
    if status == 503 and (wait := retry_after(reply.headers, now)) is not None:
        return BentoUnreachable(f"{path} is not available (503).", retry_after=wait, **evidence)
    return _not_known(request, f"{path} answered {status}", words, **evidence)


def _leads_elsewhere(request: Request, status: int) -> bool:
    """Whether a status says that nothing was done here; 303 is also the answer to a POST that was (RFC 9110 15.4.4)."""
    return 300 <= status < 400 if request.call.only_reads else status in (301, 302, 307, 308)


def _no_answer(request: Request, reply: Reply, what: str, **evidence: Any) -> BentoError:
    """Return the error for a 2xx without a usable answer."""
    said = f"{request.call.path} answered {reply.status} with {what}"
    return _not_known(request, said, "", endpoint=request.call.path, status=reply.status, **evidence)


def _not_known(request: Request, what: str, words: str, **evidence: Any) -> BentoError:
    if request.call.only_reads:
        return BentoUnreachable(f"{what}; nothing was changed.{words}", **evidence)
    return BentoOutcomeUnknown(f"{what}: it may or may not have been applied.{words}", **evidence)


def _author_refused(request: Request, reply: Reply) -> BentoRefusedError:
    return BentoRefusedError(
        f"{request.call.path}: the sender is not an approved author of this site.{_bento_says(request, reply)} "
        "Add it under Authors in Bento, or use an approved author.",
        endpoint=request.call.path,
        status=reply.status,
    )


def _bento_says(request: Request, reply: Reply) -> str:
    said = reasons(reply.body, Words(request.body, request.query))
    return f" Bento says: {'; '.join(words.rstrip(' .') for words in said)}." if said else ""


def _access(reply: Reply, words: str) -> str:
    if is_html(reply):
        return (
            f"Blocked before Bento ({reply.status}, the reply is a web page): usually a missing or blocked "
            "User-Agent, or an outgoing firewall. The keys were not checked."
        )
    if reply.status == 401:
        return (
            f"Bento rejected the keys or the site UUID (401).{words} Check login (publishable key), "
            "password (secret key) and Site UUID of the connection."
        )
    return f"These keys have no access to this site (403).{words} Check their permissions in Bento."


def _batch_hint(request: Request) -> str:
    if request.count <= 100:
        return ""
    return " If the batch is too large, set chunk_size=100: Bento documents different maximums."


def _caveat(request: Request, status: int) -> str:
    """Say what may be the reason if an endpoint is not there, or not for this account."""
    return f" {request.call.caveat}" if request.call.caveat and status in (403, 404) else ""
