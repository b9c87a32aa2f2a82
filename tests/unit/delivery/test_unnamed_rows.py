"""A row that is no dict: its type and the way that works are named, its values never."""

from __future__ import annotations

import collections
import dataclasses
import pickle
import sqlite3
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

import msgspec
import pytest
from hypothesis import given
from hypothesis.strategies import binary, booleans, floats, integers, lists, none, one_of, text, tuples

from airflow_provider_bento.delivery.unnamed_rows import has_fields, no_record

SECRET = "ann@example.com"


class Named(NamedTuple):
    """A row of a named tuple."""

    email: str


@dataclasses.dataclass
class Data:
    """A row of a dataclass."""

    email: str


class Struct(msgspec.Struct):
    """A row of msgspec."""

    email: str


class Rowish(tuple[Any, ...]):
    """A tuple with names beside it, as SQLAlchemy's rows are."""

    __slots__ = ()
    _mapping: ClassVar = collections.UserDict({"email": SECRET})


def sqlite_row() -> sqlite3.Row:
    """Return what sqlite3 gives with its own row factory."""
    connection = sqlite3.connect(":memory:")
    connection.row_factory = sqlite3.Row
    row: sqlite3.Row = connection.execute("SELECT 'ann@example.com' AS email").fetchone()
    connection.close()
    return row


CASES: list[tuple[Any, str]] = [
    (None, "and is None. Leave it out"),
    ([SECRET, "Ann"], "SQLExecuteQueryOperator returns: use sql= and sql_conn_id="),
    ((SECRET,), "or pass columns= with a function"),
    (SECRET, "of type str. Is it an address? Give it its name: {'email': row}."),
    (SECRET.encode(), "of type bytes. Is it an address?"),
    ("email", "of type str. Is it the name of a column? Pass the frame itself"),
    (b"email", "of type bytes. Is it the name of a column?"),
    (f'{{"email": "{SECRET}"}}', "json.loads"),
    (b'{"a": 1}', "json.loads"),
    ([{"email": SECRET}], "It contains records itself"),
    (Named(SECRET), "row._asdict()"),
    (Data(SECRET), "dataclasses.asdict(row)"),
    (Struct(SECRET), "msgspec.structs.asdict(row)"),
    (Rowish((SECRET,)), "dict(row._mapping)"),
    (sqlite_row(), "of type Row. Turn each row into a dict: dict(row)."),
    (Path("/tmp") / SECRET, "Pass one path"),
    (iter([SECRET]), "yield from"),
    ({SECRET}, "A set has neither names nor an order"),
    (5, "of type int. Turn each row into a dict"),
    (object(), "of type object. Turn each row into a dict"),
]


@pytest.mark.parametrize(("row", "words"), CASES, ids=range(len(CASES)))
def test_each_type_is_told_the_way_that_works(row: Any, words: str) -> None:
    """With its position and its type; what it holds is not shown."""
    error = no_record(row, 1234)
    assert words in str(error)
    assert str(error).startswith("The row at position 1,234 must be a dict of fields, and is ")
    assert "no setting can skip it" in str(error)
    assert SECRET not in f"{error}{error.__dict__}"
    assert str(pickle.loads(pickle.dumps(error))) == str(error)


def test_what_frames_yield_when_they_are_iterated_over() -> None:
    """A column's name, a column, an index with a row, a chunk: each is told to pass the frame, or to yield its rows."""
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"email": [SECRET]})
    for row in (*frame, frame["email"], *frame.iterrows()):
        assert "Pass the frame itself" in str(no_record(row, 0))
    assert "frame.to_dict('records')" in str(no_record(frame, 0))
    assert "row._asdict()" in str(no_record(next(frame.itertuples()), 0))
    assert "Pass the frame itself" in str(no_record(frame.to_numpy()[0], 0))
    assert "row.dtype.names" in str(no_record(frame.to_records()[0], 0))


def test_what_polars_and_arrow_yield() -> None:
    """The same for their columns and their parts."""
    polars, pyarrow = pytest.importorskip("polars"), pytest.importorskip("pyarrow")
    frame = polars.DataFrame({"email": [SECRET]})
    assert "Pass the frame itself" in str(no_record(next(iter(frame)), 0))
    assert "iter_rows(named=True)" in str(no_record(frame, 0))
    table = pyarrow.table({"email": [SECRET]})
    assert "to_pylist()" in str(no_record(table.to_batches()[0], 0))


class Hostile:
    """A row that fails at whatever it is asked."""

    def __getattr__(self, name: str) -> Any:
        raise ValueError(SECRET)

    @property
    def __class__(self) -> Any:  # type: ignore[override]
        raise ValueError(SECRET)


def test_a_row_that_cannot_be_asked_is_left_to_the_parser() -> None:
    """It tells which error the row raises; and no error comes from here."""
    assert has_fields(Hostile())
    assert SECRET not in str(no_record(Hostile(), 0))


@given(one_of(none(), text(), binary(), integers(), floats(), booleans(), lists(text()), tuples(text(), integers())))
def test_whatever_it_is_there_is_a_way(row: Any) -> None:
    """Nothing raises, every sentence ends once."""
    message = str(no_record(row, 0))
    assert not has_fields(row)
    assert ".." not in message.replace("…", "")
