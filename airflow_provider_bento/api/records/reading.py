"""Reading a row safely: whatever it is and does, it becomes a record or faults, never a traceback."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from airflow_provider_bento.api.faults import Fault
from airflow_provider_bento.api.records.checks import MISSING, Faults, shown

T = TypeVar("T")


def read(row: Any, build: Callable[[Mapping[Any, Any], Faults], T]) -> T | tuple[Fault, ...]:
    """Return what ``build`` makes of the row, or all faults.

    :param build: makes the record and notes faults; its result is taken only if there are none.
    """
    if not isinstance(row, Mapping):
        return (Fault("", f"must be a dict of fields, not a {type(row).__name__}"),)
    faults = Faults()
    try:
        record = build(row, faults)
    except Exception as error:  # noqa: BLE001  (a row of any class may raise anything; it is the row that is at fault)
        return (*faults.found, Fault("", f"cannot be read: its values raise {type(error).__name__}"))
    return tuple(faults.found) if faults.found else record


def checked(
    row: Mapping[str, Any], name: str, check: Callable[[Any, str, Faults], Any], faults: Faults, *, wanted: str = ""
) -> Any:
    """Return the checked value under ``name``; where it is missing and ``wanted`` says so, that is a fault."""
    value = row.get(name)
    if value is None:
        return faults.add(name, wanted) if wanted else MISSING
    return check(value, name, faults)


def refuse_unknown(keys: Iterable[str], known: Iterable[str], faults: Faults) -> None:
    """Note every key that Bento does not know; a likely slip is named."""
    names = tuple(known)
    for key in keys:
        if key not in names:
            close = difflib.get_close_matches(key[:80], names, n=1)
            hint = f"did you mean {close[0]}?" if close else f"known are {', '.join(names)}"
            faults.add(shown(key), f"is not a key that Bento knows; {hint}")


def present(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values that are there."""
    return {name: value for name, value in values.items() if value is not MISSING}
