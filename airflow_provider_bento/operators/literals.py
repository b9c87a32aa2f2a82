"""What is in an author's literal list of records, or in ``constants``: other tasks' results, and Jinja.

Each parse of a DAG file looks at every value, so the common ones are recognised by their exact type.

Tested by tests/unit/operators/test_literal_records.py.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from itertools import chain
from typing import Any, Final

import msgspec

__all__ = [
    "LOOKED_AT",
    "Slip",
    "has_nothing_to_do",
    "is_template",
    "references",
    "refers",
    "resolved",
    "templates",
]

_PLAIN: Final = frozenset({str, int, float, bool, type(None), bytes, datetime, date, Decimal})

LOOKED_AT: Final = 100
"""Records of a literal list that are looked at when a DAG file is parsed; the others when the task runs."""

_ENCODE: Final = msgspec.json.Encoder().encode

Slip = tuple[int, str]
"""Position of a record and the path of its field."""


def is_template(value: object) -> bool:
    """Whether it is text that contains Jinja."""
    return isinstance(value, str) and ("{{" in value or "{%" in value)


def refers(value: object) -> bool:
    """Whether it stands for another task's result (Airflow's XComArg and the like)."""
    return type(value) not in _PLAIN and hasattr(value, "resolve") and hasattr(value, "iter_references")


def has_nothing_to_do(records: list[Any] | tuple[Any, ...]) -> bool:
    """Whether literal records contain neither references nor braces; one cheap pass, may be False too often."""
    if set(map(type, records)) != {dict}:
        return not records
    try:  # what has no form in JSON may be a reference; one that has, is an object there, with braces
        encoded = _ENCODE(list(chain.from_iterable(map(dict.values, records))))
    except Exception:  # noqa: BLE001  (foreign objects may raise anything)
        return False
    return b"{" not in encoded and not any("{" in str(key) for key in set().union(*records))


def references(value: object) -> Iterator[Any]:
    """Yield the references to other tasks' results in it, at any depth."""
    kind = type(value)
    if kind in _PLAIN:
        return
    if kind is not dict and kind is not list and refers(value):
        yield value
        return
    items: Collection[Any] = value.values() if isinstance(value, dict | Mapping) else ()
    if isinstance(value, list | tuple | set | frozenset):
        items = value
    for item in items:
        if type(item) in _PLAIN or (type(item) is dict and _PLAIN.issuperset(map(type, item.values()))):
            continue
        yield from references(item)


def resolved(value: Any, context: Any) -> Any:
    """Return it with the references in it replaced by the results; nothing is rendered."""
    if type(value) in _PLAIN:
        return value
    if refers(value):
        return value.resolve(context)
    if type(value) is dict:
        return {key: resolved(item, context) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [resolved(item, context) for item in value]
    return value


def templates(records: list[Any] | tuple[Any, ...], allowed: Collection[str]) -> Iterator[Slip]:
    """Yield where Jinja is in literal records.

    :param allowed: top-level keys in which braces are meant: rendered ones, and those whose text is Bento's Liquid.
    """
    for position, record in enumerate(records):
        if type(record) is not dict:
            continue
        for key, value in record.items():
            kind = type(value)
            if kind is str:
                if "{" in value and key not in allowed and is_template(value):
                    yield position, _name(key)
            elif kind not in _PLAIN and key not in allowed:
                yield from ((position, path) for path in _deeper(value, _name(key)))
        if any(map(is_template, record)):
            yield position, "a key"


def _deeper(value: object, path: str) -> Iterator[str]:
    if is_template(value):
        yield path
    elif isinstance(value, Mapping):
        for key, item in value.items():
            if is_template(key):
                yield f"a key of {path}"
            yield from _deeper(item, f"{path}.{_name(key)}")
    elif isinstance(value, list | tuple | set | frozenset):
        for item in value:
            yield from _deeper(item, path)


def _name(key: object) -> str:
    """Return a key for a message; one with an @ may be a person."""
    return str(key) if "@" not in str(key) and not is_template(key) else "a field"
