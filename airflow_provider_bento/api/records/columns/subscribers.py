"""A block of subscriber rows as columns.

Tested by tests/unit/api/records/columns/test_same_verdicts.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from airflow_provider_bento.api.records.columns.known import commands, emails, tag_lists
from airflow_provider_bento.api.records.columns.objects import objects
from airflow_provider_bento.api.records.columns.parser import BlockParser, Columns
from airflow_provider_bento.api.records.columns.plans import Plans
from airflow_provider_bento.api.records.columns.single import scalars, texts
from airflow_provider_bento.api.records.subscriber import KEYS, parse_subscriber
from airflow_provider_bento.api.records.values.scalars import scalar, text

_EMAIL: Final = ("email",)
_PLANS: Final = Plans(
    KEYS,
    {
        scalar: scalars,
        text: texts,
        KEYS["email"]: emails,
        KEYS["tags"]: tag_lists,  # and remove_tags, which has the same check
        KEYS["command"]: commands,
    },
)


def subscriber_parser() -> BlockParser:
    """Return what :func:`~..subscriber.parse_subscriber` is, for blocks of rows."""
    return BlockParser(parse_subscriber, _columns)


def _columns(rows: Sequence[dict[str, Any]]) -> Columns:
    clean, odd = objects(rows, _PLANS, required=_EMAIL)
    return Columns(clean, odd, [True] * len(rows))
