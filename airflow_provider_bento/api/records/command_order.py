"""Which commands of one person may travel in one push: Bento keeps no order, so only those that commute.

Knows nothing of rows; an address, a tag or a value is kept as a hash of 60 bits only.

Tested by tests/unit/api/records/test_command_order.py.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from airflow_provider_bento.api.records.values.email_and_tags import comparable

__all__ = ["CommandOrder"]

_FIELD: Final = 1
_SUBSCRIPTION: Final = 2
_EVENT: Final = 4
_ADDRESS: Final = 8
_OTHER: Final = 16
_READ_BY_AUTOMATIONS: Final = _FIELD | _SUBSCRIPTION
_KINDS: Final = {
    "add_tag": _OTHER,
    "remove_tag": _OTHER,
    "add_tag_via_event": _EVENT,
    "add_field": _FIELD,
    "remove_field": _FIELD,
    "subscribe": _SUBSCRIPTION,
    "unsubscribe": _SUBSCRIPTION,
    "change_email": _ADDRESS,
}
_MIXED: Final = -1
_VALUES: Final = {verb: number for number, verb in enumerate(_KINDS, 1) if verb != "add_field"}
_SURPLUS_BITS: Final = 4  # Python needs a third more memory for numbers above 60 bits
_encode: Final = msgspec.json.Encoder(order="deterministic").encode

_TWICE: Final = "repeats an earlier command of this person, and would start automations twice: remove it"
_ORDER: Final = (
    "must run in a certain order with an earlier command of this person, but Bento keeps no order: put it into a task "
    "after this one"
)


class CommandOrder:
    """Remembers what the commands of one reading change, in about 200 bytes per command.

    Two commands of one person commute if they change different tags or fields, or a tag and something else, or are
    the same command. They do not commute if they change the same tag, field or subscription differently; if one
    changes the address; or if one starts automations and the other changes what these read: fields and subscription.
    """

    def __init__(self) -> None:
        self._kinds: dict[int, int] = {}
        self._changes: dict[int, int] = {}

    def add(self, command: Mapping[str, Any]) -> str | None:
        """Remember a command, also one that is refused; return why it must not travel with the earlier ones.

        :param command: a valid command, as sent.
        """
        verb, person = command["command"], comparable(command["email"])
        kind = _KINDS[verb]
        if kind == _ADDRESS:
            both = {_hash(person), _hash(comparable(command["query"]))}
            known = [self._seen(one, kind) for one in both]
            return _ORDER if any(known) else None
        others = self._seen(_hash(person), kind)
        same, differs = self._change(verb, person, command.get("query"))
        if kind == _EVENT and same:
            return _TWICE
        clashes = (kind == _EVENT and others & _READ_BY_AUTOMATIONS) or (
            kind & _READ_BY_AUTOMATIONS and others & _EVENT
        )
        return _ORDER if differs or clashes or others & _ADDRESS else None

    def _seen(self, person: int, kind: int) -> int:
        """Add a kind of command to those of a person; return which there were before."""
        before = self._kinds.get(person, 0)
        self._kinds[person] = before | kind
        return before

    def _change(self, verb: str, person: str, query: Any) -> tuple[bool, bool]:
        """Remember what a command changes; return whether an earlier one did the same, and whether one did another."""
        thing, value = _thing(verb, person, query), _VALUES.get(verb) or _hash(query)
        before = self._changes.get(thing)
        self._changes[thing] = value if before in (None, value) else _MIXED
        return before == value, before not in (None, value)


def _thing(verb: str, person: str, query: Any) -> int:
    """Return what a command changes: a tag in any case, a field, or the subscription."""
    if "tag" in verb:
        return _hash(person, "tag", query.casefold())
    if "field" in verb:
        return _hash(person, "field", query["key"] if verb == "add_field" else query)
    return _hash(person, "subscription")


def _hash(*parts: Any) -> int:
    return int.from_bytes(hashlib.blake2b(_encode(parts), digest_size=8).digest()) >> _SURPLUS_BITS
