"""A block of event rows as columns.

Tested by tests/unit/api/records/columns/test_same_verdicts.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from airflow_provider_bento.api import contract
from airflow_provider_bento.api.records.columns.known import emails, lines, moments
from airflow_provider_bento.api.records.columns.nested import Nesting
from airflow_provider_bento.api.records.columns.objects import objects
from airflow_provider_bento.api.records.columns.parser import BlockParser, Columns
from airflow_provider_bento.api.records.columns.plans import Plans
from airflow_provider_bento.api.records.columns.purchases import odd_purchases
from airflow_provider_bento.api.records.columns.single import Judged, Kinds, objects_only, scalars
from airflow_provider_bento.api.records.event import DETAILS, KEYS, parse_event
from airflow_provider_bento.api.records.reserved import FIELDS
from airflow_provider_bento.api.records.values.scalars import scalar

_REQUIRED: Final = ("type", "email")
_ALONE: Final = frozenset({"$tag", "$remove_tag", "$update_fields"})
_FIELDS: Final = Plans(FIELDS, {scalar: scalars})


def event_parser() -> BlockParser:
    """Return what :func:`~..event.parse_event` is, for blocks of rows."""
    return BlockParser(parse_event, _columns)


def _fields(values: Sequence[Any], kinds: Kinds) -> Judged:
    return objects_only(values, kinds, lambda dicts: objects(dicts, _FIELDS))


def _details(values: Sequence[Any], kinds: Kinds) -> Judged:
    return objects_only(values, kinds, Nesting().objects)


_PLANS: Final = Plans(
    KEYS,
    {
        KEYS["type"]: lines,
        KEYS["email"]: emails,
        KEYS["date"]: moments,
        KEYS["fields"]: _fields,
        KEYS["details"]: _details,
    },
)


def _columns(rows: Sequence[dict[str, Any]]) -> Columns:
    clean, found = objects(rows, _PLANS, required=_REQUIRED)
    odd = set(found)
    types = [None if index in odd else row["type"] for index, row in enumerate(clean)] if odd else _types(clean)
    kinds = set(types)
    if not _ALONE.isdisjoint(kinds):
        odd |= {index for index, kind in enumerate(types) if kind in _ALONE}
    idempotent = [False] * len(rows)
    if contract.PURCHASE in kinds:
        idempotent = [kind == contract.PURCHASE for kind in types]
        odd |= odd_purchases(clean, [index for index, is_one in enumerate(idempotent) if is_one])
    names, suspicious = _names(clean, odd)
    if suspicious:
        odd |= {i for i, row in enumerate(clean) if i not in odd and not suspicious.isdisjoint(row.get("details", ()))}
    if contract.BYPASS_WORKFLOWS in names:
        clean = list(clean)
        for index, row in enumerate(clean):
            if index not in odd and contract.BYPASS_WORKFLOWS in row.get("details", ()):
                _bypass(clean, index, idempotent, odd)
    return Columns(clean, odd, idempotent)


def _types(rows: Sequence[dict[str, Any]]) -> list[Any]:
    return [row["type"] for row in rows]


def _names(rows: Sequence[dict[str, Any]], odd: set[int]) -> tuple[set[str], set[str]]:
    """Return the names of all details, and those that are another spelling of one with a meaning."""
    details = [row["details"] for index, row in enumerate(rows) if "details" in row and index not in odd]
    names = set[str]().union(*details)
    suspicious = set()
    for name in names - DETAILS.keys():
        if DETAILS.meant(name):
            suspicious.add(name)
        else:
            DETAILS[name]  # remembered as one that is no other spelling
    return names, suspicious


def _bypass(rows: list[dict[str, Any]], index: int, idempotent: list[bool], odd: set[int]) -> None:
    """Replace the detail by the text ``"true"``, which Bento expects; for false, remove it."""
    row = rows[index]
    details = dict(row["details"])
    value = details[contract.BYPASS_WORKFLOWS]
    if value is True or value == "true":
        details[contract.BYPASS_WORKFLOWS] = "true"
        idempotent[index] = True
    elif value is False or value == "false":
        del details[contract.BYPASS_WORKFLOWS]
    else:
        odd.add(index)
    rows[index] = {**row, "details": details}
