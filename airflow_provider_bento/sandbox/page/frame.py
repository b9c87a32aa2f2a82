"""What every screen has in common: time passes first, then a template is rendered within the frame.

Tested by tests/sandbox/test_page_live.py.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from airflow_provider_bento import __version__
from airflow_provider_bento.sandbox.page.cache import Cache
from airflow_provider_bento.sandbox.page.filters import address
from airflow_provider_bento.sandbox.page.lists import totals
from airflow_provider_bento.sandbox.page.live import Live
from airflow_provider_bento.sandbox.page.screens import SCREENS
from airflow_provider_bento.sandbox.page.templating import render
from airflow_provider_bento.sandbox.state import State


class Frame:
    """The state of the sandbox as the screens see it.

    :param state: what the sandbox remembers.
    :ivar live: tells open pages that something changed.
    :ivar cache: costly answers.
    """

    def __init__(self, state: State) -> None:
        self.state = state
        self.live = Live(state)
        self.cache = Cache(self.live.changes)

    def begin(self) -> None:
        """Let what fell due happen before anybody looks."""
        self.state.pass_time()
        self.cache.begin()

    def show(self, template: str, current: str, request: Request, /, **context: Any) -> Response:
        """Render a screen with what all screens show.

        :param current: the tab that the screen belongs to.
        """
        state, path = self.state, request.url.path
        counted = self.cache.get("totals", lambda: totals(state.storage))
        frame = {
            "provider": __version__,
            "current": current,
            "screens": SCREENS,
            "totals": counted,
            "version": self.live.version(),
            "now": state.clock.now(),
            "mode": state.clock.mode,
            "profile": state.settings.profile,
            "regime": state.limiter.regime.text,
            "sites": state.settings.sites,
            "link": partial(address, path, request.query_params),
        }
        # Asked last: whatever was worked out for the screen has its say in when to look again.
        return render(template, {**frame, **context, "again": round(self.cache.again, 2)})
