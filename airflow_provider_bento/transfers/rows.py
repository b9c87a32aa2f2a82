"""The hook's results as rows of a schema: values of the column's type, or ``None`` if Bento's value is not readable.

Tested by tests/unit/transfers/test_rows.py.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from airflow_provider_bento.transfers.schemas import Column, Kind

__all__ = ["Row", "RowReader"]

Row = dict[str, Any]
"""Column → value: text, ``datetime`` in UTC, ``float``, ``bool``, what JSON contains, or ``None``."""


class _Unreadable(ValueError):
    """The value has another type than the column."""


class RowReader:
    """Reads results of the hook, all of one kind.

    :param columns: the schema.
    :ivar rows: how many were read.
    :ivar unreadable: column → number of values that had another type and are ``None`` in their rows.
    """

    def __init__(self, columns: Sequence[Column]) -> None:
        self._columns = columns
        self.rows = 0
        self.unreadable: Counter[str] = Counter()

    def read(self, item: object, known: Mapping[str, Any]) -> Row:
        """Return the row of one result.

        :param item: a struct of the hook.
        :param known: columns whose values the caller knows, such as the form that was asked for.
        """
        self.rows += 1
        return {
            one.name: known[one.name] if one.name in known else self._value(one, _attribute(item, one.source))
            for one in self._columns
        }

    def _value(self, column: Column, value: Any) -> Any:
        if value is None:
            return None
        try:
            return _READ[column.kind](dict(value) if column.is_mapping else value)
        except _Unreadable:
            self.unreadable[column.name] += 1
            return None


def _attribute(item: Any, path: str) -> Any:
    for name in path.split("."):
        item = None if item is None else getattr(item, name)
    return item


def _text(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise _Unreadable
    return str(value)


def _time(value: Any) -> datetime:
    try:
        moment = value if isinstance(value, datetime) else datetime.fromisoformat(value)
        moment = moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (TypeError, ValueError, OverflowError):
        raise _Unreadable from None
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _Unreadable
    try:
        return float(value)
    except OverflowError:
        raise _Unreadable from None


def _boolean(value: Any) -> bool:
    if not isinstance(value, bool):
        raise _Unreadable
    return value


_READ: Final[dict[Kind, Callable[[Any], Any]]] = {
    "text": _text,
    "time": _time,
    "number": _number,
    "boolean": _boolean,
    "json": msgspec.to_builtins,
}
