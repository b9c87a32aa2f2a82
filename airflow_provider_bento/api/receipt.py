"""What one batch call achieved: how many records Bento took, and what it says of the others.

Reads every shape of reply that any generation of Bento's API is known to give; a reply that cannot be counted is
not a success. Knows nothing of HTTP.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from airflow_provider_bento.exceptions import BentoOutcomeUnknown

MAX_REASON = 200
_LOOKED_AT = 1000  # characters; more of them would only cost time
# Quoted local parts, and addresses as they stand in URLs; rather too much than a person.
_EMAIL = re.compile(r"""(?:"[^"@]*"|[^\s"<>(),;:=&/@]*)(?:@|%40|\uff20)[^\s"<>(),;&]*""", re.IGNORECASE)


class Created(msgspec.Struct, frozen=True):
    """A broadcast that Bento made.

    :param id: Bento's id; ``None`` where the reply names none.
    :param name: the campaign's name, as sent.
    :param dashboard_url: where it can be looked at in Bento; ``None`` where the reply names none.
    """

    id: int | str | None
    name: str
    dashboard_url: str | None = None


class Failure(msgspec.Struct, frozen=True):
    """One record that Bento refused by name.

    :param index: its 0-based place in the request.
    :param reason: Bento's words, shortened, addresses blanked.
    """

    index: int
    reason: str


class Receipt(msgspec.Struct, frozen=True):
    """The count of one request: ``accepted + refused == sent``, always.

    :param sent: records in the request.
    :param accepted: records that Bento queued (there is no later confirmation).
    :param refused: records that it did not.
    :param failures: the refused ones by index, where Bento says; may be fewer than ``refused``.
    :param created: broadcasts with their addresses, where Bento says.
    """

    sent: int
    accepted: int
    refused: int
    failures: tuple[Failure, ...] = ()
    created: tuple[Created, ...] = ()


def scrub(text: object) -> str:
    """Return Bento's words fit for a log: one line, at most 200 characters, e-mail addresses blanked."""
    line = " ".join(str(text).split())
    if len(line) > _LOOKED_AT:
        line = line[:_LOOKED_AT].rpartition(" ")[0]  # half an address would not be seen as one
    return _EMAIL.sub("<e-mail>", line)[:MAX_REASON]


def count(sent: int, answer: object) -> Receipt:
    """Read the reply to a batch of ``sent`` records.

    Shapes: ``{"results", "failed"?, "broadcasts"?, "failures"?}``, ``{"result"}``, ``{"data": {"results"}}``,
    ``{"data": […]}``, a bare array (docs: subscribers, events, broadcasts; the SDKs of 2021–2026).

    :raises BentoOutcomeUnknown: nothing in it can be counted, or it counts more than was sent.
    """
    reply = answer if isinstance(answer, Mapping) else {}
    failures = _failures(sent, reply.get("failures"))
    accepted = _accepted(answer)
    failed = max(_whole(reply.get("failed")) or 0, len(failures) + _without_index(sent, reply.get("failures")))
    if accepted is None or accepted > sent or failed > sent:
        raise BentoOutcomeUnknown(f"The reply does not say how many of the {sent} records were taken.")
    accepted = min(accepted, sent - failed)
    return Receipt(sent, accepted, sent - accepted, failures, _created(reply))


def count_commands(sent: int, answer: object) -> Receipt:
    """Read the reply to ``sent`` commands: counts as in :func:`count`, or, for a single one in older replies, the
    person it changed (docs: subscribers; the guide of 2021).

    :raises BentoOutcomeUnknown: neither is in it.
    """
    data = answer.get("data") if isinstance(answer, Mapping) else None
    if sent == 1 and isinstance(data, Mapping) and "attributes" in data:
        return Receipt(1, 1, 0)
    return count(sent, answer)


def _accepted(answer: object) -> int | None:
    if isinstance(answer, list):
        return len(answer) or None
    if not isinstance(answer, Mapping):
        return None
    data = answer.get("data")
    nested = data.get("results") if isinstance(data, Mapping) else None
    for value in (answer.get("results"), answer.get("result"), nested):
        if (number := _whole(value)) is not None:
            return number
    rows = data if isinstance(data, list) else answer.get("broadcasts")
    return len(rows) if isinstance(rows, list) and rows else None


def _whole(value: object) -> int | None:
    """A count: a whole number of zero or more, also as digits in a string; never a boolean."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 10:
        return int(value)
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    return None


def _mappings(value: object) -> Iterable[Mapping[str, Any]]:
    return (item for item in value if isinstance(item, Mapping)) if isinstance(value, list) else ()


def _index(item: object) -> int | None:
    return _whole(item.get("index")) if isinstance(item, Mapping) else None


def _failures(sent: int, value: object) -> tuple[Failure, ...]:
    by_index: dict[int, Failure] = {}
    for item in _mappings(value):
        index = _index(item)
        if index is not None and index < sent:
            by_index[index] = Failure(index, scrub(item.get("error") or item.get("message") or "no reason given"))
    return tuple(by_index.values())


def _without_index(sent: int, value: object) -> int:
    """How many failures do not say which record they speak of: they count all the same."""
    indices = [_index(item) for item in value] if isinstance(value, list) else []
    return sum(1 for index in indices if index is None or index >= sent)


def _created(reply: Mapping[str, Any]) -> tuple[Created, ...]:
    items = reply.get("broadcasts") or reply.get("data")
    return tuple(_one_created(item) for item in _mappings(items) if _named(item))


def _attributes(item: Mapping[str, Any]) -> Mapping[str, Any]:
    inner = item.get("attributes")
    return inner if isinstance(inner, Mapping) else item


def _named(item: Mapping[str, Any]) -> bool:
    return isinstance(_attributes(item).get("name"), str)


def _one_created(item: Mapping[str, Any]) -> Created:
    inner = _attributes(item)
    identity = item.get("id", inner.get("id"))
    url = inner.get("dashboard_url")
    return Created(
        identity if isinstance(identity, int | str) else None,
        inner["name"],
        url if isinstance(url, str) and url.startswith(("https://", "http://")) else None,
    )
