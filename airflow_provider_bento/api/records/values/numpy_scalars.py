"""Values of numpy, pandas, polars and Arrow, recognized by their methods: none is imported or required.

Tested by tests/unit/api/records/values/test_values.py.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any, Final

from airflow_provider_bento.api.records.invalid import MISSING, InvalidValue, invalid, is_missing, kind_of

_WITHOUT_JSON: Final = "mcV"  # dtype kinds: timedelta, complex, record
_FINER: Final = ("ns]", "ps]", "fs]", "as]")  # units of datetime64 below the microsecond


def unwrapped(value: Any) -> Any:
    """Return a scalar of numpy or Arrow as Python's value, anything else as it is; ``None``: Arrow's null.

    A ``datetime64`` becomes a datetime, or a date if its unit is a day or longer; its own ``item()`` returns
    nanoseconds as a bare integer.

    :raises InvalidValue: it is a missing value, or has no form in JSON.
    """
    if is_missing(value):
        raise _missing()
    kind = getattr(getattr(value, "dtype", None), "kind", None)
    if not isinstance(kind, str) or getattr(value, "ndim", None) != 0:
        return value.as_py() if callable(getattr(value, "as_py", None)) else value
    return _moment(value) if kind == "M" else _item(value, kind)


def array_items(value: Any) -> Iterable[Any] | None:
    """Return what is in an array of numpy, a series of pandas or polars, or an array of Arrow; ``None``: it is none.

    Items keep their classes: an array's own ``tolist()`` returns nanoseconds as bare integers.
    """
    is_numpy_like = hasattr(value, "dtype") and getattr(value, "ndim", 1) != 0
    is_array = is_numpy_like or hasattr(value, "to_pylist")
    return value if is_array and isinstance(value, Iterable) else None


def _moment(value: Any) -> date:
    # Only from a finer unit: numpy's integers overflow silently.
    found = (value.astype("datetime64[us]") if value.dtype.str.endswith(_FINER) else value).item()
    if found is None:
        raise _missing()
    if not isinstance(found, date):
        raise invalid("is a time outside the years 1 to 9999")
    return found


def _item(value: Any, kind: str) -> Any:
    found = value.item()
    if kind in _WITHOUT_JSON:  # the item of a timedelta64 may be a bare integer
        raise invalid(f"must be text, a number, True or False, or a date, not {kind_of(value)}")
    return found


def _missing() -> InvalidValue:
    return invalid(f"is {MISSING}")
