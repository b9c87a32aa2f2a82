"""Runs by itself after Bento has sent a broadcast: Airflow's triggerer looks for one every five minutes.

Needs Airflow 3.0 or later. On 3.3 and later nothing is missed while the triggerer does not run.
"""

from __future__ import annotations

# [START watch]
from airflow.sdk import Asset, AssetWatcher, dag, get_current_context, task

from airflow_provider_bento.triggers.bento import BentoBroadcastSentTrigger

SENT = Asset(
    "bento_broadcast_sent",
    watchers=[
        AssetWatcher(
            name="bento_broadcast_sent",
            trigger=BentoBroadcastSentTrigger(bento_conn_id="bento_default", poll_interval=300),
        )
    ],
)


@dag(schedule=[SENT], catchup=False, tags=["bento", "example"], doc_md=__doc__)
def bento_broadcast_sent() -> None:
    """One task that knows which broadcasts were sent."""

    @task
    def react() -> list[dict[str, str]]:
        """Return id and name of each; several may start one run."""
        by_asset = get_current_context()["triggering_asset_events"].values()
        return [event.extra["payload"] for events in by_asset for event in events]

    react()


bento_broadcast_sent()
# [END watch]
