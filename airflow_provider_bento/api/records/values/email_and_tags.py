"""Email addresses and tags: the two kinds of text that Bento reads in its own way.

Tested by tests/unit/api/records/values/test_email_addresses.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Any, Final

from airflow_provider_bento.api.records.invalid import InvalidValue, invalid, kind_of
from airflow_provider_bento.api.records.values.fields import elements
from airflow_provider_bento.api.records.values.list_text import (
    INVISIBLE,
    is_missing_word,
    is_nothing,
    listed,
    looks_written,
    splits_brackets,
)
from airflow_provider_bento.api.records.values.numpy_scalars import array_items, unwrapped
from airflow_provider_bento.api.records.values.scalars import line

# WHATWG HTML, "valid email address". The local part is possessive: it never matches "@", so backtracking cannot help.
_LABEL: Final = "[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?"
_LOCAL: Final = r"[a-zA-Z0-9.!#$%&'*+/=?^_`{|}~-]++"
PATTERN: Final = rf"{_LOCAL}@{_LABEL}(?:\.{_LABEL})+"
_EMAIL: Final = re.compile(PATTERN)
_DOTLESS: Final = re.compile(rf"{_LOCAL}@{_LABEL}")

_PLAIN: Final = re.compile(r"[\w ,;:.$#&+/@!?%*-]*")  # text with no sign that another notation uses
_NO_NAMES: Final = frozenset({"null", "none", "nan", "nat", "undefined"})
_REMEMBERED: Final = 4096  # tags, and cells of tags: few differ
_LONGEST: Final = 200  # letters of a cell that is remembered

_WANTED: Final = 'pass a list, text with commas, or a JSON array of texts like ["vip", "trial"]'
_WRITTEN: Final = f"looks like a list or an object written as text, which is not read as tags: {_WANTED}"
_IN_BRACKETS: Final = f"contains a comma inside brackets, which could mean one tag or two: {_WANTED}"
_COMMA: Final = "must not contain a comma, which Bento reads as two tags"


def email(value: Any) -> str:
    """Return one address as it is sent: trimmed, its case kept. Its domain has a dot, which Bento's CLI requires."""
    if not isinstance(value, str):
        raise invalid(f"must be an email address as text, not {kind_of(value)}")
    trimmed = str.__str__(value).strip()
    if _EMAIL.fullmatch(trimmed):
        return trimmed
    if _DOTLESS.fullmatch(trimmed):
        raise invalid("must be an email address whose domain has a dot, like ann@example.com")
    if trimmed.isascii():
        raise invalid("must be one email address, like ann@example.com, without a display name")
    raise invalid(
        "must be an email address in ASCII: write an international domain as xn--…, remove invisible characters"
    )


def comparable(address: str) -> str:
    """Return the form in which valid addresses are compared; Bento ignores case."""
    return address.lower()


def comparables(addresses: Iterable[str]) -> frozenset[str]:
    """Return the same of many."""
    return frozenset(map(str.lower, addresses))


def address_key(value: object) -> str | None:
    """Return the form in which addresses are compared: trimmed and in lower case; ``None``: it is not an address."""
    try:
        return comparable(email(value))
    except Exception:  # noqa: BLE001  (a foreign object may raise anything: it is no address)
        return None


def tags(value: Any) -> str | None:
    """Return tags as Bento's comma string; ``None`` if there is none. Takes what :func:`tag_names` takes."""
    if type(value) is str and len(value) <= _LONGEST:
        return _remembered(value)
    return ",".join(tag_names(value)) or None


def tag_names(value: Any) -> list[str]:
    """Return the tags in a value: a list, a tuple, a set, an array, or text.

    In text, tags are separated by commas, or the text is a JSON array, a Postgres array, or a list of texts as Python
    prints it. An empty text between two commas, and ``null`` or ``None`` in a list, are ignored.

    :raises InvalidValue: with an error for each invalid item, such as an empty item of a list or a tag with a comma.
    """
    if isinstance(value, str):
        return _of_text(str.__str__(value))
    if isinstance(value, set | frozenset):
        return sorted(_of_items(elements(value)))  # a set has another order in each process
    if not isinstance(value, list | tuple):
        return _of_array(value)
    return _of_items(value if type(value) is list else elements(value))


def only_tag(value: Any) -> str:
    """Return the one tag that a value contains, for events and commands that name one.

    :raises InvalidValue: it contains none, or more than one.
    """
    if value is None or not (_holds_many(value) or isinstance(value, str)):
        raise invalid(f"must be the name of a tag, not {kind_of(value)}")
    if isinstance(value, str) and listed(_trimmed(value)) is None and "," in value:
        raise invalid(f"{_COMMA}: name one tag, and use one event or command for each")
    names = tag_names(value)
    if len(names) == 1:
        return names[0]
    raise invalid(
        "contains more than one tag: use one event or command for each" if names else "must be the name of a tag"
    )


def _holds_many(value: Any) -> bool:
    many = isinstance(value, list | tuple | set | frozenset) or array_items(value) is not None
    return many or unwrapped(value) is not value


def _of_array(value: Any) -> list[str]:
    found = unwrapped(value)
    if found is not value:
        return [] if found is None else tag_names(found)
    items = array_items(value)
    if items is None:
        raise invalid(f"must be a list of tags, or text with commas between them, not {kind_of(value)}")
    return _of_items(elements(items))


def _of_items(items: Iterable[Any]) -> list[str]:
    names: list[str] = []
    invalid_value: InvalidValue | None = None
    for index, item in enumerate(items):
        try:
            if type(item) is str and len(item) <= _LONGEST:
                names.append(_remembered_name(item))
            elif (value := item if isinstance(item, str) else unwrapped(item)) is not None:
                names.append(_name(value))
        except Exception as error:  # noqa: BLE001  (foreign objects may raise anything; the error is the item's)
            invalid_value = (invalid_value or InvalidValue()).take(f"[{index}]", error)
    if invalid_value:
        raise invalid_value
    return names


@lru_cache(_REMEMBERED)
def _remembered(text: str) -> str | None:
    return ",".join(_of_text(text)) or None


def _of_text(text: str) -> list[str]:
    names = [name for part in text.split(",") if (name := part.strip(" "))]
    if _PLAIN.fullmatch(text) and _NO_NAMES.isdisjoint(map(str.lower, names)):  # most cells of most tables
        return names
    trimmed = _trimmed(text)
    items = listed(trimmed)
    if items is not None:
        return _of_items(elements(items))
    if splits_brackets(trimmed):
        raise invalid(_WRITTEN if trimmed[0] in "[{(" else _IN_BRACKETS)
    return [_name(part) for part in trimmed.split(",") if _is_tag(_trimmed(part))]


def _is_tag(part: str) -> bool:
    if is_missing_word(part):
        raise invalid("is how a program prints a missing value: leave it empty for no tags, or pass the tag in a list")
    return part != "" and not is_nothing(part)


def _name(value: Any) -> str:
    name = line(_trimmed(value) if isinstance(value, str) else value)
    if "," in name:
        raise invalid(f"{_COMMA}: list them one by one")
    if not _PLAIN.fullmatch(name) and looks_written(name):
        raise invalid(_WRITTEN)
    return name


_remembered_name: Final = lru_cache(_REMEMBERED)(_name)


def _trimmed(text: str) -> str:
    """Return text without blanks and invisible characters around it."""
    found = str.__str__(text).strip()
    while found and (found[0] in INVISIBLE or found[-1] in INVISIBLE):
        found = found.strip(INVISIBLE).strip()
    return found
