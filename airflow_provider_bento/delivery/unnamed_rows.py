"""A row that has no named fields: a mistake in the DAG, explained in the words of the way that works. Pure.

Knows what people pass instead of dicts; tells types by their names, so that no library is imported.
"""

from __future__ import annotations

import dataclasses
from collections.abc import AsyncIterator, Coroutine, Iterator, Mapping
from collections.abc import Set as AbstractSet
from os import PathLike
from typing import Any, Final

from airflow_provider_bento.api.records.invalid import named
from airflow_provider_bento.exceptions import BentoRecordError

__all__ = ["has_fields", "no_record", "wanted_of"]

_WITHOUT_NAMES: Final = (
    "It is a row without names, as SQLExecuteQueryOperator returns: use sql= and sql_conn_id= instead, or turn each "
    "row into a dict, or pass columns= with a function that does."
)
_FRAME: Final = "Pass the frame itself, not what iterating over it yields."
_ANY: Final = "Turn each row into a dict, such as {'email': …}."
_FRAMES: Final = {
    "pandas": "yield from frame.to_dict('records')",
    "polars": "yield from frame.iter_rows(named=True)",
    "pyarrow": "yield from table.to_pylist()",
}
_METHODS: Final = {
    "_mapping": "dict(row._mapping)",  # SQLAlchemy
    "_asdict": "row._asdict()",  # named tuples
    "asDict": "row.asDict()",  # Spark
    "model_dump": "row.model_dump()",  # pydantic
    "__pydantic_fields__": "row.model_dump()",
    "__struct_fields__": "msgspec.structs.asdict(row)",
    "__attrs_attrs__": "attrs.asdict(row)",
    "to_dict": "row.to_dict()",
    "keys": "dict(row)",  # sqlite3.Row, psycopg2's DictRow, asyncpg's Record
    "cursor_description": "dict(zip([column[0] for column in row.cursor_description], row))",  # pyodbc
}


def has_fields(row: object) -> bool:
    """Whether the row is a mapping; of one that cannot even be asked, its record's parser tells more."""
    try:
        return isinstance(row, Mapping)
    except Exception:  # noqa: BLE001  (a row of any class may raise anything)
        return True


def no_record(row: object, position: int) -> BentoRecordError:
    """Return the error for a row that is no mapping; it contains the row's type and position, nothing else.

    :param position: the row's, in its source.
    """
    wanted = wanted_of(row)
    return BentoRecordError(
        f"The row at position {position:,} {wanted} This is a mistake in the code, not an invalid record, so no "
        "setting can skip it: nothing is sent from this row on.",
        positions=(position, position),
        field_errors=((position, "", wanted),),
        count=1,
        records=1,
        advice="pass dicts of fields: the message below shows how",
    )


def wanted_of(row: object) -> str:
    """Return what a row must be, what it is, and what to pass instead; never a value."""
    kind = "None" if row is None else f"of type {named(type(row))}"
    try:
        instead = _advice(row)
    except Exception:  # noqa: BLE001  (a row of any class may raise anything)
        instead = _ANY
    return f"must be a dict of fields, and is {kind}. {instead}"


def _advice(row: object) -> str:
    library, name = type(row).__module__.partition(".")[0], type(row).__name__
    if row is None:
        return "Leave it out: the function or the list must contain records only."
    if isinstance(row, str | bytes | bytearray):
        return _advice_for_text(row)
    if library in _FRAMES and not isinstance(row, tuple):
        return _FRAME if name == "Series" else f"Let the function yield its rows: {_FRAMES[library]}."
    if isinstance(row, PathLike):
        return "Pass one path: a file, a folder or a pattern such as folder/*.jsonl."
    if isinstance(row, Iterator | AsyncIterator | Coroutine):
        return "Let the function yield the records themselves: yield from, and no async."
    return _advice_for_fields(row) or _advice_for_values(row)


def _advice_for_text(row: str | bytes | bytearray) -> str:
    if row[:1] in ("{", b"{"):
        return "It looks like JSON: decode it first, with json.loads()."
    if (b"@" if isinstance(row, bytes | bytearray) else "@") in row:  # type: ignore[operator]  # of one kind
        return "Is it an address? Give it its name: {'email': row}."
    return f"Is it the name of a column? {_FRAME} Is it a path? Pass it alone, not in a list."


def _advice_for_fields(row: object) -> str:
    """What turns a value with named fields into a dict; empty: it has none."""
    if dataclasses.is_dataclass(row):
        return _as_dict("dataclasses.asdict(row)")
    if getattr(getattr(row, "dtype", None), "names", None):
        return _as_dict("dict(zip(row.dtype.names, row.tolist()))")
    for attribute, way in _METHODS.items():
        if hasattr(type(row), attribute) or (attribute == "cursor_description" and hasattr(row, attribute)):
            return _as_dict(way)
    return ""


def _advice_for_values(row: Any) -> str:
    if isinstance(row, list | tuple):
        if any(has_fields(value) for value in row[:3]):
            return "It contains records itself: pass one flat list of dicts, or let the function yield from it."
        if any(type(value).__name__ in ("Series", "DataFrame") for value in row[:3]):
            return _FRAME
        return _WITHOUT_NAMES
    if isinstance(row, AbstractSet):
        return "A set has neither names nor an order: turn each row into a dict."
    if type(row).__module__.partition(".")[0] == "numpy" and hasattr(row, "__len__"):
        return f"{_FRAME} Of an array: pandas.DataFrame(array, columns=[…])."
    return _ANY


def _as_dict(way: str) -> str:
    return f"Turn each row into a dict: {way}."
