"""The result of one batch call: how many records Bento accepted, and what it reports about the others.

Reads every shape of reply that any generation of Bento's API is known to return. A reply that cannot be counted, that
contradicts itself, or that reports a failure which is not understood, is not a success. Knows nothing of HTTP.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

import msgspec

from airflow_provider_bento.api.replies.failures import UNNAMED, attributes, is_made, places, said, speaking_keys
from airflow_provider_bento.api.replies.redaction import sentence
from airflow_provider_bento.exceptions import BentoOutcomeUnknown

_COUNTS: Final = ("results", "result")
_QUEUED: Final = "queued"  # docs: data_deletion_requests show only "queued_for_anonymization"


class Created(msgspec.Struct, frozen=True):
    """A broadcast that Bento made.

    :param id: Bento's id; ``None`` if the reply has none.
    :param name: the campaign's name, as sent.
    :param dashboard_url: its page in Bento; ``None`` if the reply has none.
    """

    id: int | str | None
    name: str
    dashboard_url: str | None = None


class Failure(msgspec.Struct, frozen=True):
    """One record that Bento reports as rejected, by index.

    :param index: its 0-based position in the request.
    :param reason: Bento's words, shortened; what the request sent is blanked.
    """

    index: int
    reason: str


class Receipt(msgspec.Struct, frozen=True):
    """The counts of one request: ``accepted + rejected == sent``, always.

    :param sent: records in the request.
    :param accepted: records that Bento queued (there is no later confirmation).
    :param rejected: records that Bento did not queue.
    :param failures: the rejected ones by index, if Bento reports them; may be fewer than ``rejected``.
    :param created: broadcasts with their addresses, if Bento reports them.
    :param absent: accepted deletions of people that Bento did not have.
    """

    sent: int
    accepted: int
    rejected: int
    failures: tuple[Failure, ...] = ()
    created: tuple[Created, ...] = ()
    absent: int = 0


def count(sent: int, answer: object, words: Callable[[object], str] = sentence) -> Receipt:
    """Read the reply to a batch of ``sent`` records.

    Shapes: ``{"results", "failed"?, "broadcasts"?, "failures"?}``, ``{"result"}``, ``{"data": {"results"}}``,
    ``{"data": […]}``, a bare array (docs: subscribers, events, broadcasts; the SDKs of 2021–2026).

    :param words: makes Bento's words fit for a log.
    :raises BentoOutcomeUnknown: nothing in it can be counted, it counts more than was sent, contradicts itself, or
        reports a failure that is not understood; ``keys`` names the keys that are wrong.
    """
    made = _made(answer)
    failures, failed = _failures(sent, answer, words)
    accepted = counted(answer)
    if accepted is None:
        accepted = len(made) or None
    if accepted is None or accepted > sent or failed > sent:
        raise _doubt(f"does not report how many of the {sent} records were accepted", *_COUNTS)
    accepted = min(accepted, sent - failed)
    if len(made) > accepted:
        raise _doubt(f"lists more items than it counts (of the {sent} sent)", "broadcasts", "data")
    _explained(answer, rejected=sent - accepted)
    return Receipt(sent, accepted, sent - accepted, failures)


def count_broadcasts(sent: int, answer: object, words: Callable[[object], str] = sentence) -> Receipt:
    """Read the reply to ``sent`` broadcasts: counts as in :func:`count`, and what Bento lists as created.

    :raises BentoOutcomeUnknown: see :func:`count`.
    """
    return msgspec.structs.replace(count(sent, answer, words), created=_created(_made(answer)))


def count_commands(sent: int, answer: object, words: Callable[[object], str] = sentence) -> Receipt:
    """Read the reply to ``sent`` commands: counts as in :func:`count`, or, for a single one in older replies, the
    person it changed (docs: subscribers; the guide of 2021).

    :raises BentoOutcomeUnknown: neither is in it, or it reports a failure.
    """
    data = answer.get("data") if isinstance(answer, Mapping) else None
    person = isinstance(data, Mapping) and isinstance(data.get("attributes"), Mapping)
    if sent == 1 and person and counted(answer) is None and not speaking_keys(answer):
        return Receipt(1, 1, 0)
    return count(sent, answer, words)


def count_deletion(sent: int, answer: object, words: Callable[[object], str] = sentence) -> Receipt:  # noqa: ARG001  (as its peers)
    """Read the reply to the deletion of one person: ``{"status": "queued_for_anonymization"}`` (docs:
    data_deletion_requests).

    An empty body and every other status prove nothing; repeating the request does no harm.

    :raises BentoOutcomeUnknown: it does not say that the deletion was queued, or it reports a failure.
    """
    status = answer.get("status") if isinstance(answer, Mapping) else None
    if not (isinstance(status, str) and status.startswith(_QUEUED)) or set(speaking_keys(answer)) - {"message"}:
        raise _doubt("does not say that the deletion was queued", "status")
    return Receipt(sent, sent, 0)


def counted(answer: object) -> int | None:
    """Return how many records were accepted according to a reply; ``None``: it states no count.

    :raises BentoOutcomeUnknown: it states counts that differ, or one that is not a whole number.
    """
    stated = [place[key] for place in places(answer) for key in _COUNTS if place.get(key) is not None]
    numbers = {_whole(value) for value in stated}
    if None in numbers or len(numbers) > 1:
        raise _doubt("contains counts that differ or are not whole numbers", *_COUNTS)
    return numbers.pop() if numbers else None


def refuses_all(answer: object) -> bool:
    """Whether a reply reports an error and no accepted record, so that its error message can be trusted."""
    if not isinstance(answer, Mapping) or answer.get("data") or answer.get("broadcasts"):
        return False
    try:
        accepted = counted(answer)
    except BentoOutcomeUnknown:
        return False
    return not accepted and not {"failed", "failures", UNNAMED}.intersection(speaking_keys(answer))


def _made(answer: object) -> list[Mapping[str, Any]]:
    """Return what a reply lists as created; a list of anything else is not understood."""
    reply: Mapping[str, Any] = answer if isinstance(answer, Mapping) else {"data": answer}
    listed = {key: reply[key] for key in ("data", "broadcasts") if isinstance(reply.get(key), list) and reply[key]}
    if not all(is_made(item) for items in listed.values() for item in items):
        raise _doubt("has a list that does not contain created items", *listed)
    if len({len(items) for items in listed.values()}) > 1:
        raise _doubt("has lists that differ", *listed)
    return list(listed.get("broadcasts") or listed.get("data") or ())


def _whole(value: object) -> int | None:
    """A count: a whole number of zero or more, also as digits in a string; never a boolean."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 10:
        return int(value)
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    return None


def _failures(sent: int, answer: object, words: Callable[[object], str]) -> tuple[tuple[Failure, ...], int]:
    """The failures by index, and how many failed in all."""
    listed = [item for value in said(answer, "failures") if isinstance(value, list) for item in value]
    numbers = [_number("failed", value) for value in said(answer, "failed")]
    numbers += [_number("failures", value) for value in said(answer, "failures") if not isinstance(value, list)]
    if len(set(numbers)) > 1:
        raise _doubt("counts its failures in two ways", "failed", "failures")
    named = _by_index(sent, listed, words)
    nameless = sum(1 for item in listed if (index := _index(item)) is None or index >= sent)
    return named, max([len(named) + nameless, *numbers])


def _number(key: str, value: object) -> int:
    if (number := _whole(value)) is None:
        raise _doubt("counts its failures in a way that is not understood", key)
    return number


def _by_index(sent: int, listed: Iterable[object], words: Callable[[object], str]) -> tuple[Failure, ...]:
    found: dict[int, Failure] = {}
    for item in listed:
        index = _index(item)
        if isinstance(item, Mapping) and index is not None and index < sent:
            found[index] = Failure(index, words(item.get("error") or item.get("message") or "no reason given"))
    return tuple(found.values())


def _index(item: object) -> int | None:
    return _whole(item.get("index")) if isinstance(item, Mapping) else None


def _explained(answer: object, *, rejected: int) -> None:
    """Check that reported errors agree with the counts; a message next to a count is only a message.

    :raises BentoOutcomeUnknown: the errors do not agree.
    """
    keys = set(speaking_keys(answer)) - {"failed", "failures"}
    if counted(answer) is not None:
        keys.discard("message")
    odd = UNNAMED in keys or "message" in keys or any(value is not False for value in said(answer, "success"))
    stated = [_whole(value) for key in ("error", "errors") for value in said(answer, key)]
    if keys and (odd or not rejected or any(number is not None and number > rejected for number in stated)):
        raise _doubt("reports a failure that its counts do not include", *sorted(keys))


def _doubt(what: str, *keys: str) -> BentoOutcomeUnknown:
    return BentoOutcomeUnknown(f"The reply {what} ({', '.join(keys)}).", keys=keys)


def _created(made: Iterable[Mapping[str, Any]]) -> tuple[Created, ...]:
    return tuple(_one_created(item) for item in made if isinstance(attributes(item).get("name"), str))


def _one_created(item: Mapping[str, Any]) -> Created:
    inner = attributes(item)
    identity = item.get("id", inner.get("id"))
    url = inner.get("dashboard_url")
    return Created(
        identity if isinstance(identity, int | str) else None,
        inner["name"],
        url if isinstance(url, str) and url.startswith(("https://", "http://")) else None,
    )
