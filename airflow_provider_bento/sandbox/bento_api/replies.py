"""What Bento answers, in each generation of its replies; knows shapes, never who asked or what is stored.

Tested by tests/sandbox/test_client_reads_every_generation.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, NoReturn

import msgspec

from airflow_provider_bento.sandbox.settings import Profile
from airflow_provider_bento.sandbox.store.ledger import RecordKind

Headers = Sequence[tuple[str, str]]
_JSON: Final = "application/json; charset=utf-8"
_TEXT: Final = "text/plain; charset=utf-8"
_HTML: Final = "text/html; charset=UTF-8"

BLOCKED_PAGE: Final = (
    "<!DOCTYPE html><html><head><title>Attention Required! | Cloudflare</title></head>"
    "<body><h1>Sorry, you have been blocked</h1></body></html>"
)
PORTAL_PAGE: Final = "<!DOCTYPE html><html><head><title>Welcome</title></head><body><h1>Log in</h1></body></html>"


@dataclass(frozen=True, slots=True)
class Answer:
    """One reply, and what the journal is to know about it.

    :param reason: why the request was rejected.
    :param records: records in the request; ``accepted`` and ``failed`` of them.
    :param first_record: number of the first accepted one in the ledger.
    :param applied: whether the request changed anything.
    """

    status: int
    body: bytes = b""
    media: str = _JSON
    headers: Headers = field(default=())
    reason: str | None = None
    records: int = 0
    accepted: int = 0
    failed: int = 0
    first_record: int | None = None
    applied: bool = False


class RequestRejected(Exception):
    """The request is answered here and now.

    :param answer: with what.
    """

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.reason)
        self.answer = answer


def json(status: int, value: Any, **known: Any) -> Answer:
    """Answer with JSON."""
    return Answer(status, msgspec.json.encode(value), _JSON, **known)


def html(status: int, page: str, **known: Any) -> Answer:
    """Answer with a page, like the firewall in front of Bento."""
    return Answer(status, page.encode(), _HTML, **known)


def reject(status: int, value: Any, reason: str, headers: Headers = ()) -> NoReturn:
    """Answer with an error: JSON, or plain text if ``value`` is text.

    :raises RequestRejected: always.
    """
    answer = json(status, value, reason=reason, headers=headers)
    if isinstance(value, str):
        answer = replace(answer, body=value.encode(), media=_TEXT)
    raise RequestRejected(answer)


def invalid(status: int, name: str, message: str) -> NoReturn:
    """Answer ``{"errors": [{"field", "message"}]}``, as the errors page shows it.

    :raises RequestRejected: always.
    """
    reject(status, {"errors": [{"field": name, "message": message}]}, f"{name} {message}")


def batch_counts(profile: Profile, kind: RecordKind, accepted: int, failed: int, *, show_failed: bool) -> Any:
    """Return the body of a batch's reply.

    :param show_failed: ``False`` leaves ``failed`` out in every generation.
    """
    # What the Laravel SDK had to unwrap until March 2026, and its tests' reply to a command.
    if profile == "laravel" and kind in ("subscribers", "commands"):
        return {"data": {"results": accepted}}
    if profile == "2021":  # the recorded fixtures of 2021
        return {"results": accepted}
    if profile == "2024":  # the OpenAPI file: `result` for the import; SDKs of that year for commands
        if kind == "commands":
            return {"results": accepted, "failed": failed} if show_failed else {"results": accepted}
        return {"result": accepted} if kind == "subscribers" else {"results": accepted}
    # Commands: bento-skills shows `results` alone, the Go SDK's tests `failed` beside it if there is any.
    if not show_failed or (kind == "commands" and not failed):
        return {"results": accepted}
    return {"results": accepted, "failed": failed}


def is_current(profile: Profile) -> bool:
    """Whether replies other than counts have today's shape."""
    return profile in ("2026", "laravel")


def batch_status(profile: Profile) -> int:
    """Return the status of an accepted POST: 201 everywhere in the fixtures of 2021."""
    return 201 if profile == "2021" else 200


def created(profile: Profile, data: dict[str, Any]) -> Any:
    """Return the body for a tag or a field just made: an object now, a list of one before."""
    return {"data": data if is_current(profile) else [data]}


def nobody(profile: Profile) -> Any:
    """Return the body for a person who is not known; the status is 200."""
    return {"data": None} if profile == "2024" else {}
