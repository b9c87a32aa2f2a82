"""Objects that may contain objects and lists: ``details`` of an event.

Tested by tests/unit/api/records/test_event_rows.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from airflow_provider_bento.api.records.invalid import InvalidValue, invalid, shown
from airflow_provider_bento.api.records.values.fields import MOST_VALUES, elements, members, printable
from airflow_provider_bento.api.records.values.numbers import LEAST, MOST
from airflow_provider_bento.api.records.values.numpy_scalars import array_items, unwrapped
from airflow_provider_bento.api.records.values.scalars import EXACT, scalar

DEEPEST: Final = 64
"""Levels of nesting that details may have. No real event comes near; an object that contains itself ends here."""


def nested(value: Any) -> dict[str, Any]:
    """Return an object with everything in it checked.

    ``None`` leaves a key of an object out; in a list it stays, because leaving it out would move the others.

    :raises InvalidValue: with all errors; only one if the nesting is endless.
    """
    try:
        return _Nesting().object(value, 1)
    except _Endless as error:
        raise invalid(str(error)) from None


class _Endless(Exception):
    """The value is too deep or too large to be walked to its end."""

    def __init__(self, depth: int) -> None:
        deep = f"is nested more than {DEEPEST} levels deep, or contains itself"
        super().__init__(deep if depth > DEEPEST else f"has more than {MOST_VALUES:,} values")


class _Nesting:
    """One walk, with what is left of its budget."""

    __slots__ = ("left",)

    def __init__(self) -> None:
        self.left = MOST_VALUES

    def object(self, value: Any, depth: int) -> dict[str, Any]:
        given = value if type(value) is dict else members(value)
        self.left -= len(given)
        if depth > DEEPEST or self.left < 0:
            raise _Endless(depth)
        found: dict[str, Any] = {}
        invalid_value: InvalidValue | None = None
        for key, item in given.items():
            try:
                name = key if type(key) is str and key.isidentifier() else printable(key)
                kind = type(item)
                if (kind is str and item.isascii() and "\0" not in item) or (kind is int and LEAST <= item <= MOST):
                    found[name] = item  # most values of most events
                elif kind is dict:
                    found[name] = self.object(item, depth + 1)
                elif item is not None:
                    found[name] = self._any(item, depth)
            except _Endless:
                raise
            except Exception as error:  # noqa: BLE001  (foreign objects may raise anything; the error is the value's)
                invalid_value = (invalid_value or InvalidValue()).take(shown(key), error)
                if isinstance(error, InvalidValue) and error.usable is not None:
                    found[name] = error.usable
        if invalid_value:
            raise invalid_value.leaving(found)
        return found

    def _list(self, value: Any, depth: int) -> list[Any]:
        items = value if type(value) is list else elements(value)
        self.left -= len(items)
        if depth > DEEPEST or self.left < 0:
            raise _Endless(depth)
        found: list[Any] = []
        invalid_value: InvalidValue | None = None
        for index, item in enumerate(items):
            try:
                if type(item) is dict:
                    found.append(self.object(item, depth + 1))
                else:
                    found.append(None if item is None else self._any(item, depth))
            except _Endless:
                raise
            except Exception as error:  # noqa: BLE001  (foreign objects may raise anything; the error is the value's)
                invalid_value = (invalid_value or InvalidValue()).take(f"[{index}]", error)
                found.append(error.usable if isinstance(error, InvalidValue) else None)  # the others keep their places
        if invalid_value:
            raise invalid_value.leaving(found)
        return found

    def _any(self, value: Any, depth: int) -> Any:
        kind = type(value)
        if exact := EXACT.get(kind):
            return exact(value)
        if kind is list or isinstance(value, list | tuple):
            return self._list(value, depth + 1)
        if isinstance(value, Mapping):
            return self.object(value, depth + 1)
        if (items := array_items(value)) is not None:
            return self._list(items, depth + 1)
        found = unwrapped(value)
        return scalar(found) if found is value else None if found is None else self._any(found, depth + 1)
