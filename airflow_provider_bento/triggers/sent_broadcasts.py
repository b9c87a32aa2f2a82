"""The trigger for ``AssetWatcher``: an event for each broadcast that Bento has sent.

All watchers of one connection share one poll. Each keeps its own record of the broadcasts that it knows.

Tested by tests/unit/triggers/test_sent_broadcasts.py.
"""

from __future__ import annotations

import logging
import math
from collections import Counter
from collections.abc import AsyncIterator, Hashable
from typing import Any, ClassVar, Final

from airflow_provider_bento.exceptions import BentoError, BentoSetupError
from airflow_provider_bento.triggers.asking import Asker, SystemTimer, Timer
from airflow_provider_bento.triggers.seen import SeenBroadcasts
from airflow_provider_bento.triggers.sent_list import Listing, SentList
from airflow_provider_bento.version_compat import BaseEventTrigger, BaseTrigger, TriggerEvent

__all__ = ["SHORTEST_INTERVAL", "BentoBroadcastSentTrigger"]

SHORTEST_INTERVAL: Final = 10.0  # seconds
SETTLING: Final = 15.0
"""Seconds until an event is recorded as delivered: Airflow stores it within one or two."""

_log = logging.getLogger(__name__)


class BentoBroadcastSentTrigger(BaseEventTrigger or BaseTrigger):  # type: ignore[misc]  # Airflow's, if it has one
    """Fires for each broadcast that becomes ``sent``; for ``AssetWatcher`` on Airflow 3.0 and later.

    Broadcasts that were sent before the first start do not fire. On Airflow 3.3 and later the asset's state store keeps
    which broadcasts are known; before that, this is kept in memory, and broadcasts that are sent while the triggerer
    does not run are missed. An event is delivered at least once: if the triggerer stops within 15 s of it, it is
    delivered again. The payload is ``{"broadcast_id": …, "name": …}``.

    .. code-block:: python

        Asset("bento_sent", watchers=[AssetWatcher(name="sent", trigger=BentoBroadcastSentTrigger())])

    :param bento_conn_id: id of a connection of type ``bento``.
    :param poll_interval: seconds, at least 10. Watchers of one connection share a poll; the shortest interval counts.
    :raises BentoSetupError: this Airflow has no event triggers (before 3.0), or the interval is shorter.

    .. seealso:: https://airflow.apache.org/docs/apache-airflow/stable/authoring-and-scheduling/event-scheduling.html
    """

    timer: ClassVar[Timer] = SystemTimer()
    _intervals: ClassVar[dict[str, Counter[float]]] = {}

    def __init__(self, bento_conn_id: str = "bento_default", poll_interval: float = 300.0) -> None:
        if BaseEventTrigger is None:
            raise BentoSetupError(
                "BentoBroadcastSentTrigger needs Airflow 3.0 or later, which schedules DAGs by events. On this "
                "Airflow, use BentoBroadcastSensor in a DAG that runs on a schedule."
            )
        if isinstance(poll_interval, bool) or not SHORTEST_INTERVAL <= poll_interval < math.inf:
            raise BentoSetupError(
                f"BentoBroadcastSentTrigger: poll_interval must be a number of seconds from {SHORTEST_INTERVAL:g}, "
                "because each poll is a request. Nothing was asked."
            )
        super().__init__()
        self.bento_conn_id = bento_conn_id
        self.poll_interval = float(poll_interval)

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """Return the class's path and the arguments, as Airflow stores them."""
        path = "airflow_provider_bento.triggers.bento.BentoBroadcastSentTrigger"
        return path, {"bento_conn_id": self.bento_conn_id, "poll_interval": self.poll_interval}

    def shared_stream_key(self) -> Hashable:
        """Return what watchers that share a poll have in common: the connection."""
        return "bento", "broadcasts sent", self.bento_conn_id

    @classmethod
    async def open_shared_stream(cls, kwargs: dict[str, Any]) -> AsyncIterator[Listing]:
        """Yield what Bento lists as sent after each poll; errors are logged, and do not end it.

        :param kwargs: the arguments of one of the triggers.
        """
        conn_id = kwargs["bento_conn_id"]
        asker, sent = Asker(conn_id, cls.timer), SentList()
        try:
            while True:
                try:
                    await asker.ask(sent, math.inf)
                except Exception as error:  # noqa: BLE001  (reading the connection may raise anything)
                    _log_failure(error, conn_id)
                    asker.forget()
                else:
                    yield sent.listing()
                await cls.timer.sleep(cls._interval(conn_id, kwargs))
        finally:
            asker.stop()

    async def filter_shared_stream(self, shared_stream: AsyncIterator[Listing]) -> AsyncIterator[TriggerEvent]:
        """Yield an event for each broadcast that this watcher does not know.

        :param shared_stream: what :meth:`open_shared_stream` yields.
        """
        seen = SeenBroadcasts(getattr(self, "asset_state_store", None))
        intervals = self._intervals.setdefault(self.bento_conn_id, Counter())
        intervals[self.poll_interval] += 1
        try:
            async for listed in shared_stream:
                fresh = await seen.unknown(listed)
                for broadcast in fresh or ():
                    yield TriggerEvent({"broadcast_id": broadcast.id, "name": broadcast.name})
                if fresh:
                    await self.timer.sleep(SETTLING)
                if fresh is not None:
                    await seen.remember(listed)
        finally:
            intervals[self.poll_interval] -= 1

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Poll for this watcher alone: Airflow before 3.3 shares no polls."""
        async for event in self.filter_shared_stream(self.open_shared_stream(self.serialize()[1])):
            yield event

    @classmethod
    def _interval(cls, conn_id: str, kwargs: dict[str, Any]) -> float:
        counted = cls._intervals.get(conn_id, Counter())
        return min((seconds for seconds, count in counted.items() if count > 0), default=float(kwargs["poll_interval"]))


def _log_failure(error: Exception, conn_id: str) -> None:
    """Log that a poll failed; what is missed now is found later."""
    if isinstance(error, BentoSetupError):
        _log.error("%s Correct the connection %r; the watcher goes on by itself after that.", error, conn_id)
    else:
        words = error if isinstance(error, BentoError) else type(error).__name__
        _log.warning("No answer from Bento: %s The watcher asks again.", words)
