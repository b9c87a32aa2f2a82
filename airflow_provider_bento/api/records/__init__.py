"""Bento's records: a row becomes a record or a tuple of field errors, each with its place and how to fix it.

Nothing here raises for an invalid row, and a field error never contains a value of the row.
"""

from __future__ import annotations

from airflow_provider_bento.api.records.broadcast import (
    Broadcast,
    broadcast_guard,
    broadcast_parser,
    parse_broadcast,
)
from airflow_provider_bento.api.records.command import Command, command_parser, parse_command
from airflow_provider_bento.api.records.deletion import Deletion, parse_deletion
from airflow_provider_bento.api.records.event import Event, parse_event
from airflow_provider_bento.api.records.subscriber import Subscriber, parse_subscriber
from airflow_provider_bento.api.records.transactional_email import Email, email_parser

__all__ = [
    "Broadcast",
    "Command",
    "Deletion",
    "Email",
    "Event",
    "Subscriber",
    "broadcast_guard",
    "broadcast_parser",
    "command_parser",
    "email_parser",
    "parse_broadcast",
    "parse_command",
    "parse_deletion",
    "parse_event",
    "parse_subscriber",
]
