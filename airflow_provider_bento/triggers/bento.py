"""The triggers, under the name that Airflow stores: one that waits for a sensor, one for ``AssetWatcher``.

Tested by tests/unit/triggers/test_poll_trigger.py.
"""

from __future__ import annotations

from airflow_provider_bento.triggers.polling import BentoPollTrigger
from airflow_provider_bento.triggers.sent_broadcasts import BentoBroadcastSentTrigger

__all__ = ["BentoBroadcastSentTrigger", "BentoPollTrigger"]
