"""The lists that have a screen, and how many rows each has; reads the store.

Tested by tests/sandbox/test_page_lists.py.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from airflow_provider_bento.sandbox.page.screens import SCREENS
from airflow_provider_bento.sandbox.store import app_queries, queries
from airflow_provider_bento.sandbox.store.journey_queries import journeys
from airflow_provider_bento.sandbox.store.queries import Query
from airflow_provider_bento.sandbox.store.search import Filters
from airflow_provider_bento.sandbox.store.storage import Storage

_ALL: Final = {**queries.LISTS, **app_queries.APP_LISTS, "journeys": journeys}
LISTS: Final[Mapping[str, Callable[[Storage, Filters], Query]]] = {name: _ALL[name] for name in SCREENS}


def totals(storage: Storage) -> dict[str, int]:
    """Return how many rows each list has."""
    return {name: int(storage.value(f"SELECT count(*) FROM {name}")) for name in LISTS}  # noqa: S608 - our own names
