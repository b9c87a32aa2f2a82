"""How a check reports what is wrong, and how the path of the field grows on the way out.

A check returns the clean value or raises :class:`InvalidValue`; the caller that checked a key puts the key before the
path, so a valid row pays nothing for paths. An error never contains the value: it may be a person's.

Tested by tests/unit/api/records/test_field_error_advice.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from math import isnan
from typing import Any, Final, Self

from airflow_provider_bento.api.field_error import FieldError

Check = Callable[[Any], Any]
"""Returns the clean value; ``None``: leave the field out. Raises :class:`InvalidValue`."""

MOST_ERRORS: Final = 100
"""Errors of one record that are listed; the others are only counted."""

MISSING: Final = "a missing value of a data frame: pass None, or the frame itself, to omit the field"
"""What such a value is, in words."""

_NEVER_A_VALUE: Final = ("NaTType", "NAType")
_NUMPY: Final = ("float32", "datetime64", "timedelta64")  # their NaN and NaT are not equal to themselves
_LONGEST_NAME: Final = 40
_LONGEST_PATH: Final = 200
_AT: Final = ("@", "\uff20", "\ufe6b", "%40")  # full-width and small forms too: a key may be an email address


class InvalidValue(Exception):
    """All that is wrong with a value.

    :ivar field_errors: at most :data:`MOST_ERRORS`, with paths relative to the value.
    :ivar more: how many more there are.
    :ivar usable: what could be read all the same, so that further rules can look at it.
    """

    def __init__(self, *field_errors: FieldError) -> None:
        super().__init__()
        self.field_errors = list(field_errors)
        self.more = 0
        self.usable: Any = None

    def add(self, field_errors: Iterable[FieldError]) -> Self:
        """Add errors."""
        for field_error in field_errors:
            if len(self.field_errors) < MOST_ERRORS:
                self.field_errors.append(field_error)
            else:
                self.more += 1
        return self

    def take(self, name: str, error: Exception) -> Self:
        """Note what checking the value at ``name`` raised.

        :param name: a key from :func:`shown`, or an index such as ``[2]``; it comes before the paths.
        """
        if isinstance(error, InvalidValue):
            self.more += error.more
            return self.add(
                FieldError(_joined(name, field_error.field), field_error.reason) for field_error in error.field_errors
            )
        return self.add([unreadable(name, error)])

    def leaving(self, usable: Any) -> Self:
        """Note what could be read all the same."""
        self.usable = usable
        return self

    def reported(self) -> tuple[FieldError, ...]:
        """Return the errors as they are reported."""
        field_errors = [
            FieldError(_shortened(field_error.field), field_error.reason) for field_error in self.field_errors
        ]
        if self.more:
            field_errors.append(FieldError("", f"has more than {MOST_ERRORS} field errors"))
        return tuple(field_errors)


class Misspelled(InvalidValue):
    """A key that is another spelling of a known one.

    :param meant: the known key.
    """

    def __init__(self, meant: str) -> None:
        super().__init__(FieldError("", other_spelling(meant)))
        self.meant = meant


def other_spelling(meant: str) -> str:
    """Return what is wrong with another spelling of a known key, and both ways to fix it."""
    return f"did you mean {meant}? Bento accepts no other spelling: rename it, or map it with columns="


def invalid(reason: str) -> InvalidValue:
    """Return the error of a value with one problem, described by what is wanted instead."""
    return InvalidValue(FieldError("", reason))


def unreadable(name: str, error: Exception) -> FieldError:
    """Return the error of a value whose own code fails."""
    return FieldError(name, f"cannot be read: it raises {named(type(error))}")


def uncovered(field_errors: Iterable[FieldError], reported: Iterable[FieldError]) -> list[FieldError]:
    """Return those errors whose field has none yet, nor one around or inside it: each problem is reported once."""
    fields = {f"{field_error.field}." for field_error in reported}
    return [
        field_error
        for field_error in field_errors
        if not any(_within(f"{field_error.field}.", field) for field in fields)
    ]


def shown(key: object) -> str:
    """Return a row's key fit for a path: short, printable, never an email address."""
    if not isinstance(key, str):
        return f"<key of type {named(type(key))}>"
    text = str.__str__(key)
    if any(sign in text for sign in _AT):
        return "<key with an @>"
    short = text if len(text) <= _LONGEST_NAME else f"{text[:_LONGEST_NAME]}…"
    return "".join(letter if letter.isprintable() else "?" for letter in short) or "<empty key>"


def named(kind: type) -> str:
    """Return the name of a class; a class made at run time may be called anything."""
    return shown(type.__dict__["__name__"].__get__(kind))


def is_missing(value: Any) -> bool:
    """Whether it is a missing value of numpy or pandas: NaN, NaT or NA."""
    kind: type = type(value)
    if issubclass(kind, float):  # numpy's float64, too
        return isnan(value)
    return kind.__name__ in _NEVER_A_VALUE or (kind.__name__ in _NUMPY and bool(value != value))  # noqa: PLR0124  (NaN and NaT differ from themselves)


def kind_of(value: object) -> str:
    """Return what a value is, in words, without saying which."""
    if value is None:
        return "None"
    if is_missing(value):
        return MISSING
    if isinstance(value, Mapping):
        return "a nested object"
    for kind, words in _KINDS:
        if isinstance(value, kind):
            return words
    if (hasattr(value, "dtype") and getattr(value, "shape", None)) or hasattr(value, "to_pylist"):  # an array
        return "a list"
    return f"a value of type {named(type(value))}"


_KINDS: Final = (
    (list | tuple | set | frozenset, "a list"),
    (bytes | bytearray | memoryview, "bytes: decode them first"),
    (str, "text"),
    (bool, "True or False"),
    (int | float, "a number"),
)


def _within(one: str, other: str) -> bool:
    return one.startswith(other) or other.startswith(one)


def _joined(name: str, rest: str) -> str:
    return f"{name}{rest}" if not rest or rest.startswith("[") else f"{name}.{rest}"


def _shortened(path: str) -> str:
    half = _LONGEST_PATH // 2
    return path if len(path) <= _LONGEST_PATH else f"{path[:half]}…{path[-half:]}"
