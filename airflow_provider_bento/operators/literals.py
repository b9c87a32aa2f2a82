"""What stands in an author's literal list of records, or in ``constants``: other tasks' results, and Jinja.

Each parse of a DAG file looks at every value, so the common ones are told by their exact type.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

__all__ = ["Slip", "is_template", "references", "refers", "resolved", "templates"]

_PLAIN: Final = frozenset({str, int, float, bool, type(None), bytes, datetime, date, Decimal})

Slip = tuple[int, str]
"""Position of a record and the path of its field."""


def is_template(value: object) -> bool:
    """Whether it is text in which Jinja has something to do."""
    return isinstance(value, str) and ("{{" in value or "{%" in value)


def refers(value: object) -> bool:
    """Whether it stands for another task's result (Airflow's XComArg and the like)."""
    return type(value) not in _PLAIN and hasattr(value, "resolve") and hasattr(value, "iter_references")


def references(value: object) -> Iterator[Any]:
    """Yield the references to other tasks' results in it, at any depth."""
    if type(value) in _PLAIN:
        return
    if refers(value):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            if type(item) not in _PLAIN:
                yield from references(item)
    elif isinstance(value, list | tuple | set | frozenset):
        for item in value:
            if type(item) not in _PLAIN:
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
    """Yield where Jinja stands in literal records.

    :param allowed: top-level keys in which braces are meant: rendered ones, and those whose text is Bento's Liquid.
    """
    names: set[Any] = set()
    for position, record in enumerate(records):
        if type(record) is not dict:
            continue
        names.update(record)
        for key, value in record.items():
            kind = type(value)
            if kind is str:
                if "{" in value and key not in allowed and is_template(value):
                    yield position, _name(key)
            elif kind not in _PLAIN and key not in allowed:
                yield from ((position, path) for path in _deeper(value, _name(key)))
    if any(map(is_template, names)):
        yield 0, "a key"


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
