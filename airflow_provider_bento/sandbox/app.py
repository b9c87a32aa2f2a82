"""The whole sandbox as one ASGI application; knows what is mounted where.

Tested by tests/sandbox/test_sandbox_running.py.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterable, Sequence
from typing import Final

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route, Router

from airflow_provider_bento.sandbox.bento_api.pipeline import PREFIX, Pipeline, Refuse
from airflow_provider_bento.sandbox.control.origin_guard import Guard
from airflow_provider_bento.sandbox.control.parameters import reply
from airflow_provider_bento.sandbox.control.read import ReadApi
from airflow_provider_bento.sandbox.control.write import WriteApi
from airflow_provider_bento.sandbox.page.site import page_routes
from airflow_provider_bento.sandbox.state import State

CONTROL: Final = "/_sandbox"
_TICK: Final = 0.2  # seconds between two looks at what fell due


def build_app(state: State, refuse: Refuse, hosts: Iterable[str] = ()) -> Starlette:
    """Return the application: Bento's API, the control API, the page.

    :param state: what the sandbox remembers.
    :param refuse: how to stop listening for some seconds.
    :param hosts: host names to accept besides the loopback names.
    """
    routes: Sequence[BaseRoute] = [
        Mount(PREFIX, app=Guard(Pipeline(state, refuse), hosts, json_only=False)),
        Mount(CONTROL, app=Guard(Router(control_routes(state, refuse), redirect_slashes=False), hosts)),
        *page_routes(state, hosts),
    ]
    return Starlette(
        routes=routes,
        lifespan=lambda _: _ticking(state),
        exception_handlers={HTTPException: _explain},
    )


def control_routes(state: State, refuse: Refuse) -> list[Route]:
    """Return the routes of the control API."""
    return [*ReadApi(state).routes(), *WriteApi(state, refuse).routes()]


async def _explain(_: Request, exc: Exception) -> Response:
    status = exc.status_code if isinstance(exc, HTTPException) else 500
    return reply({"error": exc.detail if isinstance(exc, HTTPException) else "Internal error"}, status)


@contextlib.asynccontextmanager
async def _ticking(state: State) -> AsyncIterator[None]:
    """Let time pass while nobody asks."""
    ticker = asyncio.create_task(_tick(state))
    try:
        yield
    finally:
        ticker.cancel()


async def _tick(state: State) -> None:
    while True:
        state.pass_time()
        await asyncio.sleep(_TICK)
