"""The hook's batches: subscribers, events and broadcasts, one request each. Does not import Airflow.

Tested by tests/unit/hooks/test_hook_against_sandbox.py.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from airflow_provider_bento.api import contract
from airflow_provider_bento.hooks.calls import Calls

if TYPE_CHECKING:
    from airflow_provider_bento.api.receipt import Receipt


class Batches(Calls):
    """Every record is validated before the request is sent; for lists of any length use the operators."""

    def import_subscribers(self, subscribers: Sequence[Mapping[str, Any]]) -> Receipt:
        """Create or update up to 1000 people by email; starts no automations (POST /batch/subscribers)."""
        from airflow_provider_bento.api.records.columns import subscriber_parser

        return self._batch(contract.BATCH_SUBSCRIBERS, subscribers, subscriber_parser())

    def send_events(self, events: Sequence[Mapping[str, Any]]) -> Receipt:
        """Record up to 1000 events; starts the automations triggered by them (POST /batch/events)."""
        from airflow_provider_bento.api.records.columns import event_parser

        return self._batch(contract.BATCH_EVENTS, events, event_parser())

    def create_broadcasts(
        self, broadcasts: Sequence[Mapping[str, Any]], *, allow_send: bool = False, to_everyone: bool = False
    ) -> Receipt:
        """Create up to 100 broadcasts, as drafts unless a record has ``approved: true`` and ``allow_send`` is true.

        :param allow_send: allows records with ``approved: true``, which are sent without further human action.
        :param to_everyone: allows records without ``inclusive_tags`` and ``segment_id``.
        """
        from airflow_provider_bento.api.records import broadcast_parser

        parse = broadcast_parser(allow_send=allow_send, to_everyone=to_everyone)
        return self._batch(contract.BATCH_BROADCASTS, broadcasts, parse)
