"""The key by which a query is resumed: what may be one, and how it is stored in a checkpoint.

Tested by tests/unit/sources/sql/test_source.py.
"""

from __future__ import annotations

import unicodedata
import uuid
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from airflow_provider_bento.delivery.values import JsonValue
from airflow_provider_bento.exceptions import BentoSetupError

__all__ = ["KeyGuard", "key_of", "not_selected"]


class KeyGuard:
    """Turns the key of each row into a resume token, and rejects a key that could lose rows.

    Rows come in the key's order, so equal keys are neighbours.

    :param name: the key's column.
    :param last: the token of the row before the first one.
    """

    def __init__(self, name: str, last: JsonValue = None) -> None:
        self._name = name
        self._last = None if last is None else _folded(key_of(last))

    def token(self, row: Mapping[str, Any], position: int) -> JsonValue:
        """Return the token of the place after the row.

        :raises BentoSetupError: the key is missing, NULL, not unique, of no storable kind, or an email address.
        """
        if self._name not in row:
            raise not_selected(self._name, list(row))
        value = row[self._name]
        if type(value) is int and value != self._last:  # what most keys are
            self._last = value
            return ["int", str(value)]
        token, folded = self._stored(value, position), _folded(value)
        if folded == self._last:
            raise BentoSetupError(
                f"resume_key {self._name!r} is not unique: the row at position {position} has the same key as "
                "the row before it (ignoring case, accents and trailing spaces). Choose a unique column, or use an "
                "ORDER BY without resume_key."
            )
        self._last = folded
        return token

    def _stored(self, value: Any, position: int) -> JsonValue:
        if value is None:
            raise BentoSetupError(
                f"resume_key {self._name!r} is NULL in the row at position {position}. Choose a column without NULLs."
            )
        if isinstance(value, bool) or not isinstance(value, int | str | Decimal | date | uuid.UUID):
            raise BentoSetupError(
                f"resume_key {self._name!r} is a {type(value).__name__}. Choose a column of integers, decimals, dates, "
                "UUIDs or text."
            )
        if isinstance(value, str) and "@" in value:
            raise BentoSetupError(
                f"resume_key {self._name!r} seems to contain email addresses, and its last value is stored in "
                "Airflow. Choose a column without personal data, such as a number."
            )
        return [_kind(value), str(value) if not isinstance(value, date) else value.isoformat()]


def not_selected(name: str, columns: Sequence[str]) -> BentoSetupError:
    """Return the error for a key that is none of the query's columns.

    :param columns: their names.
    """
    fit = [column for column in columns if "@" not in column]  # a pivot may have people for columns
    shown = ", ".join(fit[:50]) + (", …" if len(fit) > 50 else "")
    alike = next((column for column in columns if column.casefold() == name.casefold()), None)
    way = f"Spell it as the database does: resume_key={alike!r}." if alike else f"Add {name} to the SELECT."
    return BentoSetupError(
        f"resume_key {name!r} is not among the selected columns: {shown}. {way}",
        advice="spell resume_key as the database does" if alike else "add the resume_key to the columns of the SELECT",
    )


def key_of(token: JsonValue) -> Any:
    """Return the key that a token stands for, as the driver returned it."""
    kind, text = token
    return _READERS[kind](text)


_READERS: dict[str, Any] = {
    "int": int,
    "str": str,
    "decimal": Decimal,
    "datetime": datetime.fromisoformat,
    "date": date.fromisoformat,
    "uuid": uuid.UUID,
}


def _kind(value: object) -> str:
    if isinstance(value, datetime):
        return "datetime"
    if isinstance(value, date):
        return "date"
    return {int: "int", Decimal: "decimal", uuid.UUID: "uuid"}.get(type(value), "str")


def _folded(value: Any) -> Any:
    """Return what a database may take for equal: some collations ignore case, accents and blanks at the end."""
    if not isinstance(value, str):
        return value
    letters = unicodedata.normalize("NFKD", value).casefold()
    return "".join(letter for letter in letters if not unicodedata.combining(letter)).rstrip()
