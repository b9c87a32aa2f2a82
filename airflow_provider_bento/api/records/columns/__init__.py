"""Rows judged column by column, with few steps for each row; rows that need a closer look are parsed one by one.

What :mod:`airflow_provider_bento.api.records.values` decides about one value is decided here about a column of them, if
they are of exact builtin types. Tests compare both ways over generated rows: same bytes, same field errors.
"""

from __future__ import annotations

from airflow_provider_bento.api.records.columns.events import event_parser
from airflow_provider_bento.api.records.columns.parser import Block, BlockParser
from airflow_provider_bento.api.records.columns.subscribers import subscriber_parser

__all__ = ["Block", "BlockParser", "event_parser", "subscriber_parser"]
