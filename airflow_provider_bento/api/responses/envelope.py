"""The envelopes of Bento's replies: objects and lists, under ``data`` and ``attributes`` or not, in every generation.

A list must be a list: a broadcast or a tag that is taken for missing would be created again. Attributes may be missing.

Tested by tests/unit/api/responses/test_envelopes.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from airflow_provider_bento.exceptions import BentoUnreachable

Json = Any

_LARGEST: Final = 10**18  # of what Bento counts; a float cannot contain every whole number that JSON can


def items(answer: Json) -> Iterator[tuple[str, Mapping[str, Json]]]:
    """Return the objects of a list reply, each with its id; ``data`` or, in older replies, ``broadcasts``.

    Null data is an empty list, one object is a list of one.

    :raises BentoUnreachable: the reply contains no list.
    """
    rows = _listed(answer)
    if not all(isinstance(item, Mapping) for item in rows):
        raise _no_list()
    return ((identity(item), attributes(item)) for item in rows)


def item(answer: Json) -> tuple[str, Mapping[str, Json]] | None:
    """Return the one object of a reply with its id; ``None`` for ``{}``, null, an empty list, and what is no object.

    The object may be the only one of a list, and may be under ``data`` or not; of several nobody knows which is meant.
    """
    found = answer.get("data", answer) if isinstance(answer, Mapping) else answer
    if isinstance(found, list):
        found = found[0] if len(found) == 1 else None
    return (identity(found), attributes(found)) if isinstance(found, Mapping) and found else None


def is_miss(answer: Json) -> bool:
    """Whether a reply says that Bento has nothing: ``{}``, an empty list, or one of them or null as its data."""
    found = answer.get("data", answer) if isinstance(answer, Mapping) else answer
    return found in ({}, []) or (found is None and answer is not None)


def counts(answer: Json) -> Mapping[str, Json]:
    """Return the keys of a flat reply, such as one of stats, which older replies wrap in ``data``.

    :raises BentoUnreachable: the reply is no object.
    """
    found = answer.get("data") if isinstance(answer, Mapping) and isinstance(answer.get("data"), Mapping) else answer
    if isinstance(found, Mapping):
        return attributes(found)
    raise unreadable("is no object")


def attributes(found: Mapping[str, Json]) -> Mapping[str, Json]:
    """Return the object under ``attributes``, or the object itself."""
    inner = found.get("attributes")
    return inner if isinstance(inner, Mapping) else found


def identity(found: Mapping[str, Json]) -> str:
    """Return an object's id as text, which Bento sends as text or as a number; ``""`` if it has none."""
    return written(found.get("id", attributes(found).get("id")))


def written(value: Json) -> str:
    """Return a text, or a whole number as text; ``""`` for anything else, such as null."""
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""


def text(value: Json) -> str | None:
    """Return a text, or ``None`` for anything else."""
    return value if isinstance(value, str) else None


def number(value: Json) -> float | None:
    """Return a number, also one written as text; ``None`` for anything else."""
    if isinstance(value, str) and re.fullmatch(r"-?\d{1,15}(\.\d{1,15})?", value, re.ASCII):
        return float(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or abs(value) > _LARGEST:
        return None
    return float(value)


def whole(value: Json) -> int | None:
    """Return a whole number, also one written as text; ``None`` for anything else."""
    found = number(value)
    return int(found) if found is not None and found.is_integer() else None


def unreadable(what: str) -> BentoUnreachable:
    """Return the error for a reply that cannot be read; nothing was changed."""
    return BentoUnreachable(f"Bento's reply {what}; nothing was changed.")


def _listed(answer: Json) -> list[Json]:
    if isinstance(answer, list):
        return answer
    reply = answer if isinstance(answer, Mapping) else {}
    found = [reply[key] for key in ("data", "broadcasts") if key in reply]
    data: Json = next((value for value in found if value is not None), [] if found else None)
    if isinstance(data, Mapping) and "id" in data:
        return [data]
    if not isinstance(data, list):
        raise _no_list()
    return data


def _no_list() -> BentoUnreachable:
    return unreadable("contains no list")
