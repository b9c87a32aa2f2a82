"""Values of numpy and pandas, told by what they can do: neither library is imported, neither need be installed."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

from airflow_provider_bento.api.records.flaws import Flawed, flaw, is_missing, kind_of

_WITHOUT_JSON: Final = "mcV"  # dtype kinds: timedelta, complex, record
_FINER: Final = ("ns]", "ps]", "fs]", "as]")  # units of datetime64 below the microsecond


def unwrapped(value: Any) -> Any:
    """Return a numpy scalar as Python's value, anything else as it is.

    A ``datetime64`` becomes a datetime, or a date where its unit is a day or longer; its own ``item()`` gives
    nanoseconds as a bare integer.

    :raises Flawed: it stands for a missing value, or has no form in JSON.
    """
    if is_missing(value):
        raise _missing()
    kind = getattr(getattr(value, "dtype", None), "kind", None)
    if not isinstance(kind, str) or getattr(value, "ndim", None) != 0:
        return value
    return _moment(value) if kind == "M" else _item(value, kind)


def _moment(value: Any) -> date:
    # Only from a finer unit: numpy multiplies past the end of its integers without a word.
    found = (value.astype("datetime64[us]") if value.dtype.str.endswith(_FINER) else value).item()
    if found is None:
        raise _missing()
    if not isinstance(found, date):
        raise flaw("is a time outside the years 1 to 9999")
    return found


def _item(value: Any, kind: str) -> Any:
    found = value.item()
    if kind in _WITHOUT_JSON:  # the item of a timedelta64 may be a bare integer
        raise flaw(f"must be text, a number, True or False, or a date, not {kind_of(value)}")
    return found


def _missing() -> Flawed:
    return flaw("is a missing value of a data frame: pass None to leave the field out")
