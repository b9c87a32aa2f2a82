"""What Bento's records are: a row becomes a record, or all of its faults with field paths and what to write instead.

Nothing here raises for a bad row, and nothing that a row holds stands in a fault.
"""

from __future__ import annotations

from airflow_provider_bento.api.records.broadcast import (
    Broadcast,
    broadcast_guard,
    broadcast_screen,
    parse_broadcast,
)
from airflow_provider_bento.api.records.event import Event, parse_event
from airflow_provider_bento.api.records.subscriber import Subscriber, parse_subscriber

__all__ = [
    "Broadcast",
    "Event",
    "Subscriber",
    "broadcast_guard",
    "broadcast_screen",
    "parse_broadcast",
    "parse_event",
    "parse_subscriber",
]
