"""Errors for values that cannot be records: each common mistake of DAG authors has its own message.

Tested by tests/unit/sources/test_argument.py.
"""

from __future__ import annotations

import re
import types
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from typing import Any, Final

from airflow_provider_bento.exceptions import BentoSetupError

__all__ = ["NEVER", "not_json", "wrong"]

_ROWS: Final = (
    'Return rows from the upstream task: frame.to_dict("records") of pandas, frame.to_dicts() of polars, '
    "table.to_pylist() of Arrow; or write a file and return its path"
)
_PRINTED: Final = re.compile(r"shape: \(|.*\[\d+ rows x \d+ columns\]\s*\Z|pyarrow\.Table\n", re.DOTALL)
_PRINTED_LINES: Final = re.compile(r" +\S.*\n0\s")  # how pandas prints a few rows
_STORED: Final = ("__classname__", "__type", "__class__")  # how Airflow stores objects in XComs

_INSTEAD: Final[tuple[tuple[type | tuple[type, ...], str], ...]] = (
    (
        type(None),
        (
            "is None: the upstream task returned nothing or uses yield, or the template found nothing. Airflow stores "
            "nothing for a task that yields: use {decorator}, or return a list ([] for no records)"
        ),
    ),
    (bool, "is a boolean. Pass a list of records"),
    ((int, float, complex), "is a number. Pass a list of records"),
    ((bytes, bytearray, memoryview), "is bytes. Decode them, and pass a list of records"),
    (
        Mapping,
        (
            "is a single dict. Put it in a list: [{{…}}]; if .expand() made it from a list of dicts, pass that list "
            "directly, without .expand()"
        ),
    ),
    (range, "is a range of numbers. Pass a list of records"),
    (AbstractSet, "is a set, which has no order, so the run could not be resumed. Pass a list of records"),
    (
        (types.GeneratorType, Iterator),
        "is a generator or iterator, which a retry could not read again. Pass a list, or yield with {decorator}",
    ),
    (
        (types.AsyncGeneratorType, types.CoroutineType),
        "is asynchronous and was never awaited. Pass a list of records",
    ),
)

NEVER: Final = tuple(kind for kinds, _ in _INSTEAD for kind in (kinds if isinstance(kinds, tuple) else (kinds,)))
"""Kinds of values that are never records, though some of them can be iterated over."""


def wrong(value: Any, name: str) -> BentoSetupError:
    """Return the error for a value that cannot be records.

    :param name: the argument's name; or, in words, the origin of the value.
    """
    if isinstance(value, Mapping) and (words := _of_frame(value)):
        return BentoSetupError(f"{name} {words}. {_ROWS}.")
    decorator = f"@task.bento_{name}" if name.isidentifier() else "a @task.bento_… decorator"
    for kinds, words in _INSTEAD:
        if isinstance(value, kinds):
            return BentoSetupError(f"{name} {words.format(decorator=decorator)}.")
    return BentoSetupError(
        f"{name} is a {type(value).__name__}. Pass a list of records, a task's output (task.output or what a TaskFlow "
        "call returned), a dataframe, the path of a file, or a template that returns a list."
    )


def not_json(text: str, name: str) -> BentoSetupError:
    """Return the error for text that is neither a path nor JSON.

    :param name: as in :func:`wrong`.
    """
    return BentoSetupError(f"{name} is text that is not JSON. {_hint(text, name)}")


def _hint(text: str, name: str) -> str:
    itself = f"({name}=task.output)" if name.isidentifier() else "instead of its text"
    if not text.strip():
        return "It is empty: the template found nothing. For no records at all it must be [] (an empty list)."
    if text.lstrip()[:1] in ("[", "(", "{") and "'" in text:
        return (
            f"It looks like the printed form of a Python list: pass the task's output itself {itself}, or end the "
            "template with | tojson."
        )
    if _PRINTED.match(text) or _PRINTED_LINES.match(text):
        return f"It looks like a printed dataframe: pass the task's output itself {itself}. {_ROWS}."
    return (
        "Pass a list of records, a task's output, the path of a file, or a template that returns JSON text. A path is "
        'recognized by its extension, such as .csv, or a leading /; others need file_options={"format": "csv"}.'
    )


def _of_frame(value: Mapping[Any, Any]) -> str:
    """Return what a dict is that was a dataframe: stored by Airflow, or its columns; else nothing."""
    stored = next((value[key] for key in _STORED if isinstance(value.get(key), str)), None)
    if stored is not None:
        shown = f" a {stored.rpartition('.')[2]}" if stored.replace(".", "").isidentifier() else ""
        return f"is the form in which Airflow stores{shown or ' an object'}, not records"
    return "is a dict of columns, not a list of rows" if _are_columns(list(value.values())) else ""


def _are_columns(cells: list[Any]) -> bool:
    """Whether they are equally long, as the columns of a frame are."""
    if len(cells) < 2 or not cells[0] or not all(type(one) is type(cells[0]) for one in cells):
        return False
    if isinstance(cells[0], dict):
        return all(one.keys() == cells[0].keys() for one in cells)
    return isinstance(cells[0], list) and all(len(one) == len(cells[0]) for one in cells)
