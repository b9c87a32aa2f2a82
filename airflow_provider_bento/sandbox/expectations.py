"""What a test expected against what arrived: which is missing, which is too much; knows records, never a sandbox.

Tested by tests/sandbox/test_testing_sandbox.py.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from airflow_provider_bento.sandbox.clock import parse_date
from airflow_provider_bento.sandbox.store.deletions import address_hash
from airflow_provider_bento.sandbox.store.effects import tag_names

Kind = Literal["subscribers", "events", "broadcasts", "emails", "deletions"]
Record = Mapping[str, Any]
Expected = str | Record
"""A record by its email (a broadcast by its name, an email by its recipient), or by some of its keys and values."""

_NAMED_BY: Final[Mapping[Kind, str]] = {
    "subscribers": "email",
    "events": "email",
    "broadcasts": "name",
    "emails": "to",
    "deletions": "email",
}
_ADDRESSES: Final = frozenset({"email", "to", "from"})
_TAGS: Final = frozenset({"tags", "remove_tags", "inclusive_tags", "exclusive_tags"})
_DATES: Final = frozenset({"date", "send_at"})
_SHOWN: Final = 10


@dataclass(frozen=True)
class Differences:
    """What does not agree.

    :param missing: what was expected and did not arrive.
    :param extra: what arrived and was not expected.
    """

    kind: Kind
    missing: Sequence[Expected]
    extra: Sequence[Record]

    def lines(self) -> list[str]:
        """Say it, each kind of difference with its count and its first ten."""
        key = _NAMED_BY[self.kind]
        near = {_normal(key, record.get(key)): record for record in self.extra}
        missing = [_told(one, near.get(_normal(key, _name(one, key)))) for one in self.missing]
        extra = [repr(record.get(key)) for record in self.extra]
        return [*_listed("missing", missing), *_listed("unexpected", extra)]


def compare(kind: Kind, expected: Iterable[Expected], arrived: Sequence[Record]) -> Differences:
    """Pair what was expected with what arrived, each record once, in any order."""
    named: list[str] = []
    described: list[Record] = []
    for one in expected:
        if isinstance(one, str):
            named.append(one)
        else:
            described.append(one)
    paired, missing = _pair(described, arrived, _NAMED_BY[kind])
    left = [record for number, record in enumerate(arrived) if number not in paired]
    lacking, extra = _subtract(named, left, _NAMED_BY[kind])
    return Differences(kind, [*missing, *lacking], extra)


def with_addresses(deletions: Iterable[Record], expected: Iterable[Expected]) -> list[Record]:
    """Return requests for deletion with the address in clear if it is expected; others keep the masked one."""
    addresses = [_name(one, "email") for one in expected]
    known = {address_hash(address): address for address in addresses if isinstance(address, str)}
    return [{**one, "email": known.get(one["email_sha256"], one["email"])} for one in deletions]


def _subtract(names: Sequence[Any], records: Sequence[Record], key: str) -> tuple[list[Expected], list[Record]]:
    wanted = Counter(_normal(key, name) for name in names)
    extra = []
    for record in records:
        name = _normal(key, record.get(key))
        if wanted[name] > 0:
            wanted[name] -= 1
        else:
            extra.append(record)
    missing: list[Expected] = []
    for name in names:
        if wanted[_normal(key, name)] > 0:
            wanted[_normal(key, name)] -= 1
            missing.append(name)
    return missing, extra


def _pair(expected: Sequence[Any], arrived: Sequence[Record], key: str) -> tuple[set[int], list[Expected]]:
    """Give each expectation a record of its own, moving others where several fit (Kuhn's algorithm)."""
    by_name: dict[Any, list[int]] = defaultdict(list)
    for number, record in enumerate(arrived):
        by_name[_normal(key, record.get(key))].append(number)
    taken: dict[int, int] = {}

    def candidates(index: int) -> list[int]:
        one = expected[index]
        among: Iterable[int] = by_name[_normal(key, one[key])] if key in one else range(len(arrived))
        return [number for number in among if _fits(one, arrived[number])]

    def place(index: int, tried: set[int]) -> bool:
        fitting = candidates(index)
        free = next((number for number in fitting if number not in taken), None)
        if free is not None:
            taken[free] = index
            return True
        for number in fitting:
            if number not in tried:
                tried.add(number)
                if place(taken[number], tried):
                    taken[number] = index
                    return True
        return False

    missing = [one for index, one in enumerate(expected) if not place(index, set())]
    return set(taken), missing


def _fits(expected: Record, record: Record) -> bool:
    return all(key in record and _normal(key, record[key]) == _normal(key, value) for key, value in expected.items())


def _normal(key: str, value: Any) -> Any:
    """Return a value so that two ways to write the same are equal."""
    if key in _ADDRESSES and isinstance(value, str):
        return value.strip().lower()
    if key in _TAGS:
        return frozenset(tag_names(value))
    if key in _DATES:
        text = value.isoformat() if isinstance(value, datetime) else value
        instant = parse_date(text)
        return text if instant is None else instant
    return value


def _name(expected: Expected, key: str) -> Any:
    return expected if isinstance(expected, str) else expected.get(key)


def _told(expected: Expected, near: Record | None) -> str:
    if near is None or isinstance(expected, str):
        return repr(expected)
    other = [key for key, value in expected.items() if not _fits({key: value}, near)]
    told = [f"with {key}={near[key]!r}" if key in near else f"without {key}" for key in other]
    return f"{expected!r}; arrived {', '.join(told)}"


def _listed(title: str, texts: Sequence[str]) -> list[str]:
    if not texts:
        return []
    more = [f"    … and {len(texts) - _SHOWN} more"] if len(texts) > _SHOWN else []
    return [f"  {title} ({len(texts)}):", *(f"    {text}" for text in texts[:_SHOWN]), *more]
