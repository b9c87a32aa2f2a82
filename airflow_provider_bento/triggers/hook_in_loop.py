"""A hook for the triggerer: its connection is read without blocking the event loop, its requests run in few threads.

Tested by tests/unit/triggers/test_poll_trigger.py.
"""

from __future__ import annotations

import asyncio
import contextvars
import itertools
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, Final, TypeVar

from airflow_provider_bento.version_compat import AirflowNotFoundException, mask_secret

if TYPE_CHECKING:
    from airflow_provider_bento.connection import Settings
    from airflow_provider_bento.hooks.bento import BentoHook

__all__ = ["THREADS", "Thread", "hook_in_loop"]

T = TypeVar("T")

THREADS: Final = 2  # of each connection, in one triggerer


class Thread:
    """One of the two threads that all triggers of a connection share; a trigger keeps its own, and with it its place in
    the line for the rate limit.

    :param conn_id: whose thread.
    """

    _turns: Final = itertools.count()
    _threads: Final[dict[tuple[str, int], ThreadPoolExecutor]] = {}

    def __init__(self, conn_id: str) -> None:
        key = (conn_id, next(self._turns) % THREADS)
        if key not in self._threads:
            self._threads[key] = ThreadPoolExecutor(1, thread_name_prefix=f"{conn_id} trigger")
        self._executor = self._threads[key]

    async def run(self, work: Callable[[], T]) -> T:
        """Call ``work`` in the thread, with the context of the caller, so that its log lines get into the right log."""
        context = contextvars.copy_context()
        return await asyncio.get_running_loop().run_in_executor(self._executor, partial(context.run, work))


async def hook_in_loop(conn_id: str, thread: Thread, stop: threading.Event) -> BentoHook:
    """Return a hook with its settings read.

    :param stop: set if nothing more is to be sent.
    :raises BentoSetupError: the connection does not exist, or a setting is missing or invalid.
    """
    hook = await thread.run(partial(_new_hook, conn_id, stop))
    if hasattr(hook, "aget_connection"):  # from 3.1 on
        hook.settings = await _settings(hook)
    else:
        await thread.run(lambda: hook.settings)
    return hook


def _new_hook(conn_id: str, stop: threading.Event) -> BentoHook:
    """Return a hook; importing it and what it needs takes long enough to be noticed by other triggers."""
    from airflow_provider_bento import connection  # noqa: F401  (imported here, not in the loop)
    from airflow_provider_bento.api import client, responses, wire  # noqa: F401  (imported here, not in the loop)
    from airflow_provider_bento.delivery import request_loop  # noqa: F401  (imported here, not in the loop)
    from airflow_provider_bento.hooks.bento import BentoHook

    return BentoHook(conn_id, connections=THREADS, stopped=stop.is_set)


async def _settings(hook: BentoHook) -> Settings:
    from airflow_provider_bento.connection import parse_connection, secrets_of
    from airflow_provider_bento.connection.attributes import not_found

    try:
        settings = parse_connection(await hook.aget_connection(hook.bento_conn_id))
    except AirflowNotFoundException:
        raise not_found(hook.bento_conn_id) from None
    for secret in secrets_of(settings):
        mask_secret(secret)
    return settings
