"""Objects of a record whose keys are known or whose values are flat: a row itself, ``fields``, ``from``.

Tested by tests/unit/api/records/test_subscriber_rows.py.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Mapping
from itertools import islice
from types import MappingProxyType
from typing import Any, Final, NoReturn

from airflow_provider_bento.api.field_error import FieldError
from airflow_provider_bento.api.records.invalid import InvalidValue, Misspelled, invalid, kind_of, shown, uncovered
from airflow_provider_bento.api.records.keys import Keys
from airflow_provider_bento.api.records.values.list_text import INVISIBLE
from airflow_provider_bento.api.records.values.scalars import scalar, text

MOST_VALUES: Final = 200_000
"""Values of one record; rows that share or generate their parts could otherwise take forever."""

_NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})
_UNPRINTABLE: Final = re.compile(rf"[\x00-\x1f\x7f-\x9f\ud800-\udfff{INVISIBLE}]")


def checked(value: Any, keys: Keys, required: Mapping[str, str] = _NOTHING) -> dict[str, Any]:
    """Return an object with each value checked; ``None`` is left out.

    :param keys: the check of each key.
    :param required: keys that must be there, each with the reason to report if it is not.
    :raises InvalidValue: with all errors; ``usable`` is what passed.
    """
    given = members(value)
    found: dict[str, Any] = {}
    invalid_value: InvalidValue | None = None
    meant: set[str] = set()
    for key, item in given.items():
        try:
            name = key if type(key) is str and key.isidentifier() else name_of(key, keys)
            check = keys[name]
            if type(item) is str and (check is scalar or check is text) and item.isascii() and "\0" not in item:
                found[name] = item  # most values of most rows
            elif check is None:
                _refuse(name, keys)
            elif item is not None and (clean := check(item)) is not None:
                found[name] = clean
        except Exception as error:  # noqa: BLE001  (foreign objects may raise anything; the error is the value's)
            invalid_value = (invalid_value or InvalidValue()).take(shown(key), error)
            if isinstance(error, Misspelled):
                meant.add(error.meant)
            elif isinstance(error, InvalidValue) and error.usable is not None:
                found[name] = error.usable
    if invalid_value or not required.keys() <= found.keys():
        missing = [
            FieldError(name, reason)
            for name, reason in required.items()
            if given.get(name) is None and name not in meant  # reported already, at the misspelled key
        ]
        raise (invalid_value or InvalidValue()).add(missing).leaving(found)
    return found


def ruled(
    row: Any,
    keys: Keys,
    required: Mapping[str, str],
    rules: Callable[[dict[str, Any]], list[FieldError]],
) -> dict[str, Any]:
    """Return a row that keeps rules over several of its keys.

    :param rules: returns what is wrong with what passed the checks; called even if not all did, so that all errors
        are reported at once.
    :raises InvalidValue: with all errors, none reported twice.
    """
    invalid_value: InvalidValue | None = None
    try:
        found = checked(row, keys, required)
    except InvalidValue as error:
        invalid_value, found = error, error.usable or {}
    field_errors = rules(found)
    if invalid_value or field_errors:
        invalid_value = invalid_value or InvalidValue()
        raise invalid_value.add(uncovered(field_errors, invalid_value.field_errors))
    return found


def members(value: Any) -> dict[Any, Any]:
    """Return the items of a mapping; one that is not a dict is read once, up to a limit, without duplicate keys."""
    if type(value) is dict:
        return value
    if not isinstance(value, Mapping):
        raise invalid(f'must be an object, {{"key": value}}, not {kind_of(value)}')
    pairs = list(islice(value.items(), MOST_VALUES + 1))
    if len(pairs) > MOST_VALUES:
        raise invalid(f"has more than {MOST_VALUES:,} values")
    found = dict(pairs)
    if len(found) != len(pairs):
        raise invalid("contains a key twice")
    return found


def elements(value: Iterable[Any]) -> list[Any]:
    """Return what is in a list or tuple, read once, up to a limit: a subclass may have no end."""
    found = list(islice(value, MOST_VALUES + 1))
    if len(found) > MOST_VALUES:
        raise invalid(f"has more than {MOST_VALUES:,} values")
    return found


def name_of(key: Any, keys: Keys) -> str:
    """Return the name of a field: text that neither begins nor ends with a space."""
    if type(key) is str and key in keys:
        return key
    if isinstance(key, str) and keys.meant(str.__str__(key)):  # which says more than that there is a space
        return str.__str__(key)
    name = printable(key)
    if name != name.strip():
        raise invalid("begins or ends with a space: trim the key")
    return name


def printable(key: Any) -> str:
    """Return a key: text, not blank, without control characters."""
    if not isinstance(key, str):
        raise invalid("must be a key of type str")
    name = str.__str__(key)
    if not name or name.isspace():
        raise invalid("must not be an empty key")
    if _UNPRINTABLE.search(name):
        raise invalid("must be a key without control characters, invisible characters or unpaired surrogates")
    return name


def _refuse(name: str, keys: Keys) -> NoReturn:
    if meant := keys.meant(name):
        raise Misspelled(meant)
    close = difflib.get_close_matches(name[:80].lower(), keys.known, n=1)
    hint = f"did you mean {close[0]}?" if close else f"known keys: {', '.join(keys.known)}"
    raise invalid(f"is not known to Bento; {hint}")
