"""The page's routes: from a request to a rendered screen; knows which template shows what.

Tested by tests/sandbox/test_page_lists.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any, Final

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from airflow_provider_bento import __version__
from airflow_provider_bento.sandbox.control.origin_guard import Guard
from airflow_provider_bento.sandbox.control.parameters import listing, reply
from airflow_provider_bento.sandbox.page import broadcast as of_broadcast
from airflow_provider_bento.sandbox.page import person as of_person
from airflow_provider_bento.sandbox.page.cache import Cache
from airflow_provider_bento.sandbox.page.chart import Chart, chart
from airflow_provider_bento.sandbox.page.export import exported
from airflow_provider_bento.sandbox.page.filters import address, read_filters, read_part, read_place
from airflow_provider_bento.sandbox.page.live import Live
from airflow_provider_bento.sandbox.page.panel import panel
from airflow_provider_bento.sandbox.page.screens import SCREENS
from airflow_provider_bento.sandbox.page.security_headers import Sealed
from airflow_provider_bento.sandbox.page.templating import STATIC, render
from airflow_provider_bento.sandbox.state import State
from airflow_provider_bento.sandbox.store.queries import LISTS, MANY, choices, totals
from airflow_provider_bento.sandbox.store.search import Filters
from airflow_provider_bento.sandbox.store.storage import Row, Slice

_LATEST: Final[Mapping[str, int]] = {
    "requests": 8,
    "people": 6,
    "events": 6,
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
    site = Starlette(routes=Page(state).routes(), exception_handlers={HTTPException: _explain})
    return [Mount("", app=Sealed(Guard(site, hosts, linked=True)))]


class Page:
    """Everything that can be seen.

    :param state: what the sandbox remembers.
    """

    def __init__(self, state: State) -> None:
        self._state = state
        self._live = Live(state)
        self._cache = Cache(self._live.changes)

    def routes(self) -> list[BaseRoute]:
        """Return the routes; each list can be had as ``.jsonl`` too."""
        pages = {
            "/": self.overview,
            "/people/{person:key}": self.person,
            "/broadcasts/{broadcast:key}": self.broadcast,
            "/broadcasts/{broadcast:key}/preview": self.preview,
            "/live": self._live.stream,
            # Where Bento's replies say that its app shows a broadcast.
            "/account/emails/broadcasts": self.app_link,
            "/account/emails/broadcasts/{broadcast:key}/edit": self.app_link,
        }
        return [
            *(Route(path, endpoint, methods=["GET"]) for path, endpoint in pages.items()),
            *(Route(f"/{name}", partial(self.rows, name), methods=["GET"]) for name in LISTS),
            *(Route(f"/{name}.jsonl", partial(self.download, name), methods=["GET"]) for name in LISTS),
            Mount("/static", StaticFiles(directory=STATIC)),
        ]

    async def overview(self, request: Request) -> Response:
        """Show the newest of everything, and the buttons."""
        self._begin()
        reach = request.query_params.get("range", "all")
        storage = self._state.storage
        latest = {
            name: LISTS[name](storage, Filters()).rows(Slice(None, most, newest=True)) for name, most in _LATEST.items()
        }
        return self._show(
            "overview.html",
            "overview",
            request,
            latest=latest,
            states=self._state.broadcasts.counts(),
            ranges={"all": "All", **{name: title for name, (title, _) in _RANGES.items()}},
            reach=reach,
            chart=self._chart(self._within(reach)),
            **panel(self._state),
        )

    def _begin(self) -> None:
        """Let what fell due happen before anybody looks."""
        self._state.pass_time()
        self._cache.begin()

    def _within(self, reach: str) -> Filters:
        if reach not in _RANGES:
            return Filters()
        length = _RANGES[reach][1]
        step = length // _STEPS
        until = self._state.clock.now() // step * step + step
        return Filters(since=until - length, until=until)

    def _chart(self, filters: Filters) -> Chart | None:
        return self._cache.get(("chart", filters), lambda: chart(self._state.storage, filters))

    async def rows(self, name: str, request: Request) -> Response:
        """Show one list, filtered, a page of it."""
        self._begin()
        screen, query = SCREENS[name], request.query_params
        filters = read_filters(query, screen.choice)
        found = LISTS[name](self._state.storage, filters)
        matches = self._cache.get(("count", name, filters), found.count) if filters.active else None
        return self._show(
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
        self._begin()
        filters = read_filters(request.query_params, SCREENS[name].choice)
        found = LISTS[name](self._state.storage, filters)

        def read(part: Slice) -> list[Row]:
            return [exported(row) for row in found.rows(part)]

        answer = listing(request, "id", read)
        answer.headers["Content-Disposition"] = f'attachment; filename="bento-sandbox-{name}.jsonl"'
        return answer

    async def person(self, request: Request) -> Response:
        """Show all that is known of one person."""
        self._begin()
        found = of_person.person(self._state.storage, request.path_params["person"])
        if found is None:
            raise HTTPException(404, "This person does not exist; a reset deletes all people.")
        return self._show("person.html", "people", request, **found)

    async def broadcast(self, request: Request) -> Response:
        """Show one broadcast, how it looks, and who gets it."""
        self._begin()
        found = self._broadcast(request)
        place = read_place(request.query_params)
        return self._show(
            "broadcast.html",
            "broadcasts",
            request,
            broadcast=found,
            notes=of_broadcast.notes(found),
            audience=of_broadcast.audience(self._state.broadcasts, found, place, self._cache),
        )

    async def preview(self, request: Request) -> Response:
        """Show the content of a broadcast and nothing else."""
        return of_broadcast.preview(self._broadcast(request))

    async def app_link(self, request: Request) -> Response:
        """Lead to what Bento's own app shows at this address."""
        number = request.path_params.get("broadcast")
        return RedirectResponse(f"/broadcasts/{number}" if number else "/broadcasts")

    def _broadcast(self, request: Request) -> Row:
        found = self._state.broadcasts.find(request.path_params["broadcast"])
        if found is None:
            raise HTTPException(404, "This broadcast does not exist; a reset deletes all broadcasts.")
        return found

    def _show(self, template: str, current: str, request: Request, **context: Any) -> Response:
        """Render a screen with what all screens show."""
        state, path = self._state, request.url.path
        counted = self._cache.get("totals", lambda: totals(state.storage))
        frame = {
            "provider": __version__,
            "current": current,
            "screens": SCREENS,
            "totals": counted,
            "version": self._live.version(),
            "now": state.clock.now(),
            "mode": state.clock.mode,
            "profile": state.settings.profile,
            "regime": state.limiter.regime.text,
            "sites": state.settings.sites,
            "link": partial(address, path, request.query_params),
        }
        # Asked last: whatever was worked out for the screen has its say in when to look again.
        return render(template, {**frame, **context, "again": round(self._cache.again, 2)})


async def _explain(request: Request, exc: Exception) -> Response:
    """Say what is wrong: to people as a page, to programs as JSON."""
    status, detail = (exc.status_code, exc.detail) if isinstance(exc, HTTPException) else (500, "Internal error")
    if "text/html" not in request.headers.get("accept", ""):
        return reply({"error": detail}, status)
    titles = {400: "Invalid request", 404: "Not found", 405: "Method not allowed"}
    said = "This page does not exist." if detail == "Not Found" else detail
    return render("error.html", {"title": titles.get(status, "Error"), "detail": said, "screens": SCREENS}, status)
