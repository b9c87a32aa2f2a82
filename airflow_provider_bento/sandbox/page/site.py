"""The overview and the lists of the page: from a request to a rendered screen.

Tested by tests/sandbox/test_page_lists.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Final

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from airflow_provider_bento.sandbox.control.origin_guard import Guard
from airflow_provider_bento.sandbox.control.parameters import listing, reply
from airflow_provider_bento.sandbox.page.chart import Chart, chart
from airflow_provider_bento.sandbox.page.details import Details
from airflow_provider_bento.sandbox.page.export import exported
from airflow_provider_bento.sandbox.page.filters import address, read_filters, read_part, read_place
from airflow_provider_bento.sandbox.page.frame import Frame
from airflow_provider_bento.sandbox.page.lists import LISTS
from airflow_provider_bento.sandbox.page.panel import panel
from airflow_provider_bento.sandbox.page.screens import SCREENS
from airflow_provider_bento.sandbox.page.security_headers import Sealed
from airflow_provider_bento.sandbox.page.templating import STATIC, render
from airflow_provider_bento.sandbox.state import State
from airflow_provider_bento.sandbox.store.queries import MANY, choices
from airflow_provider_bento.sandbox.store.search import Filters
from airflow_provider_bento.sandbox.store.storage import Row, Slice

_LATEST: Final[Mapping[str, int]] = {
    "requests": 8,
    "people": 6,
    "events": 6,
    "emails": 6,
    "broadcasts": 5,
    "rejects": 5,
    "automations": 6,
}
_RANGES: Final[Mapping[str, tuple[str, int]]] = {
    "hour": ("Last hour", 3_600_000),
    "day": ("Last day", 86_400_000),
    "month": ("Last 30 days", 30 * 86_400_000),
}
_STEPS: Final = 60  # a range moves on in so many steps, so that its chart can be remembered for a while


def page_routes(state: State, hosts: Iterable[str] = ()) -> list[BaseRoute]:
    """Return the routes of the page, for everything that no other route takes.

    :param state: what the sandbox remembers.
    :param hosts: host names to accept besides the loopback names.
    """
    frame = Frame(state)
    site = Starlette(
        routes=[*Page(frame).routes(), *Details(frame).routes()], exception_handlers={HTTPException: _explain}
    )
    return [Mount("", app=Sealed(Guard(site, hosts, linked=True)))]


class Page:
    """The overview and the lists.

    :param frame: what all screens share.
    """

    def __init__(self, frame: Frame) -> None:
        self._frame = frame
        self._state = frame.state

    def routes(self) -> list[BaseRoute]:
        """Return the routes; each list can be had as ``.jsonl`` too."""
        return [
            Route("/", self.overview, methods=["GET"]),
            Route("/live", self._frame.live.stream, methods=["GET"]),
            *(Route(f"/{name}", partial(self.rows, name), methods=["GET"]) for name in LISTS),
            *(Route(f"/{name}.jsonl", partial(self.download, name), methods=["GET"]) for name in LISTS),
            Mount("/static", StaticFiles(directory=STATIC)),
        ]

    async def overview(self, request: Request) -> Response:
        """Show the newest of everything, and the buttons."""
        self._frame.begin()
        reach = request.query_params.get("range", "all")
        storage = self._state.storage
        latest = {
            name: LISTS[name](storage, Filters()).rows(Slice(None, most, newest=True)) for name, most in _LATEST.items()
        }
        return self._frame.show(
            "overview.html",
            "overview",
            request,
            latest=latest,
            states=self._state.broadcasts.counts(),
            delivered=self._state.outbox.counts(),
            ranges={"all": "All", **{name: title for name, (title, _) in _RANGES.items()}},
            reach=reach,
            chart=self._chart(self._within(reach)),
            **panel(self._state),
        )

    def _within(self, reach: str) -> Filters:
        if reach not in _RANGES:
            return Filters()
        length = _RANGES[reach][1]
        step = length // _STEPS
        until = self._state.clock.now() // step * step + step
        return Filters(since=until - length, until=until)

    def _chart(self, filters: Filters) -> Chart | None:
        return self._frame.cache.get(("chart", filters), lambda: chart(self._state.storage, filters))

    async def rows(self, name: str, request: Request) -> Response:
        """Show one list, filtered, a page of it."""
        self._frame.begin()
        screen, query = SCREENS[name], request.query_params
        filters = read_filters(query, screen.choice)
        found = LISTS[name](self._state.storage, filters)
        matches = self._frame.cache.get(("count", name, filters), found.count) if filters.active else None
        return self._frame.show(
            f"{name}.html",
            name,
            request,
            screen=screen,
            filters=filters,
            part=read_part(found.rows, "id", read_place(query)),
            matches=matches,
            many=MANY,
            options=screen.options or choices(self._state.storage, screen.choice),
            chart=self._chart(filters) if name == "events" else None,
            download=address(f"/{name}.jsonl", query),
        )

    async def download(self, name: str, request: Request) -> Response:
        """Send one list, filtered, as JSON Lines."""
        self._frame.begin()
        filters = read_filters(request.query_params, SCREENS[name].choice)
        found = LISTS[name](self._state.storage, filters)

        def read(part: Slice) -> list[Row]:
            return [exported(row) for row in found.rows(part)]

        answer = listing(request, "id", read)
        answer.headers["Content-Disposition"] = f'attachment; filename="bento-sandbox-{name}.jsonl"'
        return answer


async def _explain(request: Request, exc: Exception) -> Response:
    """Say what is wrong: to people as a page, to programs as JSON."""
    status, detail = (exc.status_code, exc.detail) if isinstance(exc, HTTPException) else (500, "Internal error")
    if "text/html" not in request.headers.get("accept", ""):
        return reply({"error": detail}, status)
    titles = {400: "Invalid request", 404: "Not found", 405: "Method not allowed"}
    said = "This page does not exist." if detail == "Not Found" else detail
    return render("error.html", {"title": titles.get(status, "Error"), "detail": said, "screens": SCREENS}, status)
