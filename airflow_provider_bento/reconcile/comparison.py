"""One record of an import, compared with the person in Bento: which fields differ.

Knows what an import does to a person (Bento's docs, subscribers); :mod:`.stored_values` knows when values are equal.

Tested by tests/unit/reconcile/test_comparison.py.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from typing import Any, Final

import msgspec

from airflow_provider_bento.api import contract
from airflow_provider_bento.api.field_error import FieldError
from airflow_provider_bento.api.records.subscriber import Subscriber
from airflow_provider_bento.api.responses import Person
from airflow_provider_bento.reconcile.stored_values import is_same

__all__ = ["MISSING", "Difference", "differences"]

_NAMES: Final = frozenset({"first_name", "last_name"})  # their case does not count
_LONGEST: Final = 200  # letters of a value of Bento in a dead letter


class Difference(FieldError, frozen=True):
    """A field that differs. Unlike other field errors it contains what Bento has, so it is only ever written to the
    dead letters, and its ``repr`` has no value.

    :param field: the record's key.
    :param reason: what Bento has instead.
    """

    def __repr__(self) -> str:
        return f"Difference(field={self.field!r})"


MISSING: Final = Difference("", "Bento does not have this person")
"""The only difference of a person whom Bento does not have."""


def differences(record: Subscriber, person: Person, tags: AbstractSet[str]) -> tuple[Difference, ...]:
    """Return how a person in Bento differs from what an import of the record would leave.

    Of the record's ``tags`` each must be there, of its ``remove_tags`` none; ``command`` must have taken effect; every
    other key is a field. What the record does not contain is not compared. ``utm_*`` are compared only if Bento
    returns them: it uses them for attribution, and documents no way to read them.

    :param tags: the names of the person's tags.
    """
    row: dict[str, Any] = msgspec.json.decode(record.body)
    return tuple(_each(row, person, tags))


def _each(row: Mapping[str, Any], person: Person, tags: AbstractSet[str]) -> Iterator[Difference]:
    for key, sent in row.items():
        if key in ("tags", "remove_tags"):
            reason = _of_tags(key, sent, tags)
        elif key == "command":
            reason = _of_command(sent, person)
        elif key == "email":
            reason = _of_value(sent, person.email or sent, ignore_case=True)
        elif key in contract.UTM_NAMES and key not in person.fields:
            continue
        else:
            reason = _of_value(sent, person.fields.get(key), ignore_case=key in _NAMES)
        if reason is not None:
            yield Difference(key, reason)


def _of_tags(key: str, sent: str, tags: AbstractSet[str]) -> str | None:
    names = sent.split(",")
    if key == "tags":
        lacks = [name for name in names if name not in tags]
        return f"Bento does not have {_shown(lacks)}" if lacks else None
    keeps = [name for name in names if name in tags]
    return f"Bento still has {_shown(keeps)}" if keeps else None


def _of_command(sent: str, person: Person) -> str | None:
    is_subscribed = person.unsubscribed_at is None
    if is_subscribed == (sent == "subscribe"):
        return None
    return "the person is subscribed" if is_subscribed else "the person is unsubscribed"


def _of_value(sent: Any, stored: Any, *, ignore_case: bool) -> str | None:
    if is_same(sent, stored, ignore_case=ignore_case):
        return None
    return "Bento has no value" if stored is None else f"Bento has {_shown(stored)}"


def _shown(value: Any) -> str:
    text = msgspec.json.encode(value).decode()
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
