"""Checks of the arguments of the hook's methods, before anything is sent. Does not import Airflow.

Every check raises ``BentoSetupError`` naming the method and the argument, never the value.

Tested by tests/unit/hooks/test_arguments.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from operator import index
from typing import TYPE_CHECKING, Any, Final, SupportsIndex, TypeVar, get_args
from uuid import UUID

from airflow_provider_bento.exceptions import BentoSetupError

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

_SURROGATES: Final = re.compile("[\ud800-\udfff]")
_LONGEST: Final = 10**30  # an id; Python does not write every number as text
_LATEST: Final = 10**11  # seconds; the year 5138

UNITS: Final = ("minutes", "hours", "days", "months")  # docs: sequences


def wrong(method: str, what: str) -> BentoSetupError:
    """Return the error for arguments that cannot be used."""
    return BentoSetupError(f"{method}: {what}. Nothing was sent.")


def email(method: str, value: object) -> str:
    """Return one address, trimmed the way the operators do it."""
    from airflow_provider_bento.api.records.values.email_and_tags import email

    return _checked(method, "email", email, value)


def text(method: str, name: str, value: object) -> str:
    """Return a text that is not empty, without blanks around it; half of a surrogate pair cannot be sent."""
    if isinstance(value, str) and (trimmed := value.strip()) and not _SURROGATES.search(trimmed):
        return trimmed
    raise wrong(method, f"{name} must be a text that is not empty, of characters that UTF-8 has")


def content(method: str, name: str, value: object) -> str:
    """Return a text that is not blank, exactly as it is: what Bento stores can then be compared with a file."""
    text(method, name, value)
    return str(value)


def identity(method: str, name: str, value: object) -> str:
    """Return an id as text. Whole numbers are ids, too, even those of numpy; a UUID is written without hyphens, as
    Bento writes it. It becomes a part of the path, so ``..`` is none.
    """
    found = value.hex if isinstance(value, UUID) else value if (number := _whole(value)) is None else str(number)
    if isinstance(found, str) and (trimmed := found.strip()).strip(".") and not _SURROGATES.search(trimmed):
        return trimmed
    raise wrong(method, f"{name} must be an id of Bento: a text that is not empty, or a whole number")


def page(method: str, value: object) -> int:
    """Return the number of a page, from 1."""
    number = _whole(value)
    if number is not None and number >= 1:
        return number
    raise wrong(method, "page must be a whole number from 1")


def rows(method: str, name: str, value: object) -> list[Any]:
    """Return a list of rows, whatever the rows are; an object is one row, not several."""
    if isinstance(value, Iterable) and not isinstance(value, str | bytes | Mapping):
        return list(value)
    raise wrong(method, f"{name} must be a list of dicts, not {type(value).__name__}")


def names(method: str, value: object) -> tuple[str, ...]:
    """Return names as they are; a single text would be taken for its letters."""
    found = tuple(value) if isinstance(value, Iterable) and not isinstance(value, str | bytes) else None
    if found is not None and all(isinstance(one, str) for one in found):
        return found
    raise wrong(method, "names must be a list of texts")


def seconds(method: str, name: str, value: object) -> float:
    """Return seconds since the epoch."""
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < _LATEST:
        return float(value)
    raise wrong(method, f"{name} must be a number of seconds since the epoch")


def truth(method: str, name: str, value: object) -> bool:
    """Return ``True`` or ``False``; any text would count as a yes."""
    if isinstance(value, bool):
        return value
    raise wrong(method, f"{name} must be True or False")


def either(method: str, **given: object) -> tuple[str, object]:
    """Return the name and the value of the one argument that is not ``None``."""
    found = [(name, value) for name, value in given.items() if value is not None]
    if len(found) == 1:
        return found[0]
    raise wrong(method, f"it needs either {' or '.join(f'{name}=' for name in given)}, and only one of them")


def choice(method: str, name: str, value: object, choices: Iterable[str]) -> str:
    """Return a text that is one of the choices."""
    choices = tuple(choices)
    if isinstance(value, str) and value in choices:
        return value
    raise wrong(method, f"{name} must be one of {', '.join(choices)}")


def chosen(method: str, name: str, value: object, literal: Any) -> str:
    """Return a text that is one of the values of a ``Literal``."""
    return choice(method, name, value, get_args(literal))


def delay(method: str, value: object) -> tuple[int, str]:
    """Return a number of units of time, like ``(3, "days")``."""
    if not isinstance(value, tuple | list) or len(value) != 2:
        raise wrong(method, 'delay must be a number and a unit, like (3, "days")')
    number, unit = value
    if not isinstance(number, int) or isinstance(number, bool) or number < 1:
        raise wrong(method, "delay must start with a whole number from 1")
    return number, choice(method, "the unit of delay", unit, UNITS)


def addresses(method: str, name: str, value: object) -> str:
    """Return addresses as the comma string that Bento reads: a text as it is (it may be Liquid), or a list of texts."""
    if isinstance(value, list | tuple) and value:
        return ",".join(text(method, name, one) for one in value)
    return text(method, name, value)


def tag_name(method: str, value: object) -> str:
    """Return the name of one tag; a comma would make two of it."""
    name = text(method, "name", value)
    if "," in name:
        raise wrong(method, "name must not contain a comma, which Bento reads as two tags")
    return name


def tags(method: str, value: object) -> list[str]:
    """Return the names of tags: at least one, in any form that records take."""
    from airflow_provider_bento.api.records.values.email_and_tags import tag_names

    names = _checked(method, "tags", tag_names, value)
    if not names:
        raise wrong(method, "tags must contain at least one tag; omit it for all people")
    return names


def moments(method: str, name: str, value: object) -> tuple[str | None, str | None] | None:
    """Return the times after and before which something must be, as ISO 8601 in UTC; ``None``: it does not matter.

    :param value: ``None``, or a pair in which one may be ``None``; a datetime without a zone is UTC.
    """
    if value is None:
        return None
    if not isinstance(value, tuple | list) or len(value) != 2 or all(one is None for one in value):
        raise wrong(method, f"{name} must be a pair (after, before) of datetimes, of which one may be None")
    after, before = (None if one is None else _moment(method, name, one) for one in value)
    if after and before and _parsed(after) >= _parsed(before):
        raise wrong(method, f"{name} must be a pair (after, before) in which after is the earlier one")
    return after, before


def day(method: str, name: str, value: object) -> str:
    """Return a day as ISO 8601, or words that Bento reads, like "last week" (bento-node-sdk 2.0.0)."""
    from datetime import date, datetime

    if isinstance(value, datetime):
        return _moment(method, name, value)
    return value.isoformat() if isinstance(value, date) else text(method, name, value)


def _whole(value: object) -> int | None:
    """Return a whole number, of Python or of numpy; ``None`` for anything else."""
    if isinstance(value, bool) or not isinstance(value, SupportsIndex):
        return None
    number = index(value)
    return number if abs(number) < _LONGEST else None


def _moment(method: str, name: str, value: object) -> str:
    from airflow_provider_bento.api.records.values.timestamps import moment

    return _checked(method, name, moment, value)


def _parsed(moment: str) -> Any:
    from pendulum import parse

    return parse(moment)


def _checked(method: str, name: str, check: Callable[[Any], T], value: object) -> T:
    from airflow_provider_bento.api.records.invalid import InvalidValue

    if isinstance(value, Mapping):
        raise wrong(method, f"{name} must not be an object")
    try:
        return check(value)
    except InvalidValue as error:
        raise wrong(method, f"{name} {error.field_errors[0].reason}") from None
