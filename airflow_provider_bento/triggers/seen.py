"""Which sent broadcasts a watcher knows: kept in the asset's state store if Airflow has one, else in memory.

Tested by tests/unit/triggers/test_sent_broadcasts.py.
"""

from __future__ import annotations

import logging
from typing import Any, Final

from airflow_provider_bento.triggers.sent_list import LONGEST_LIST, Listing, Sent

__all__ = ["KEY", "SeenBroadcasts"]

KEY: Final = "bento_broadcasts_sent"
"""The key in the asset's state store; its value is ``{"v": 1, "seen": [ids, newest first]}``."""

_MOST_IDS: Final = 2 * LONGEST_LIST

_log = logging.getLogger(__name__)
_told: Final = set[str]()


class SeenBroadcasts:
    """The broadcasts that a watcher knows; without a record everything that is listed is known from now on.

    :param store: the watcher's ``asset_state_store``; ``None`` before Airflow 3.3.
    """

    def __init__(self, store: Any) -> None:
        self._stores = _by_asset(store)
        self._seen: list[str] | None = None
        self._stored: list[str] | None = None

    async def unknown(self, listing: Listing) -> list[Sent] | None:
        """Return the listed broadcasts that are not known, the oldest first; at the first start none.

        If Bento has more than are listed, those after the last known one are history: they moved up because newer ones
        were deleted.

        :returns: ``None`` if the record cannot be read now: then nothing may be remembered.
        """
        if self._seen is None:
            try:
                self._seen = self._stored = await self._read()
            except Exception as error:  # noqa: BLE001  (a state store may raise anything)
                _log.warning("The asset's state could not be read (%s). The watcher tries again.", type(error).__name__)
                return None
        if self._seen is None:
            return []
        known = set(self._seen)
        listed = listing.sent
        if not listing.whole:
            oldest = max((place for place, one in enumerate(listed) if one.id in known), default=len(listed))
            listed = listed[:oldest]
        return [one for one in reversed(listed) if one.id not in known]

    async def remember(self, listing: Listing) -> None:
        """Know the listed ones, and store that if it changed."""
        self._seen = list(dict.fromkeys([*(one.id for one in listing.sent), *(self._seen or ())]))[:_MOST_IDS]
        if self._stored is None or set(self._seen) != set(self._stored):
            try:
                for store in self._stores:
                    await store.aset(KEY, {"v": 1, "seen": self._seen})
            except Exception as error:  # noqa: BLE001  (a state store may raise anything)
                _log.warning(
                    "The asset's state could not be stored (%s). The watcher tries again.", type(error).__name__
                )
            else:
                self._stored = self._seen

    async def _read(self) -> list[str] | None:
        if not self._stores and "memory" not in _told:
            _told.add("memory")
            _log.warning(
                "This Airflow keeps no state of assets (3.3 and later do), so a watcher knows only the broadcasts that "
                "are sent while it runs: those sent while the triggerer is stopped start no DAG."
            )
        for store in self._stores:
            value = await store.aget(KEY)
            if isinstance(value, dict) and isinstance(value.get("seen"), list):
                return [str(one) for one in value["seen"]]
        return None


def _by_asset(store: Any) -> list[Any]:
    """Return the stores of all assets of a trigger; Airflow's own shortcut works with one asset only."""
    if store is None:
        return []
    found = [*getattr(store, "_by_name", {}).values(), *getattr(store, "_by_uri", {}).values()]
    return found or [store]
