"""What the watchers' trigger is on an Airflow that has no event triggers."""

from __future__ import annotations

import pytest

from airflow_provider_bento import version_compat
from airflow_provider_bento.exceptions import BentoSetupError
from airflow_provider_bento.triggers.bento import BentoBroadcastSentTrigger


@pytest.mark.skipif(version_compat.BaseEventTrigger is not None, reason="this Airflow has event triggers")
def test_it_can_be_imported_and_says_what_it_needs() -> None:
    """And what to use instead."""
    with pytest.raises(BentoSetupError, match=r"needs Airflow 3\.0 or later.*use BentoBroadcastSensor"):
        BentoBroadcastSentTrigger()
