"""The endpoints of the control API that make what in Bento only the app makes: segments, sequences, reports, forms.

Tested by tests/sandbox/test_sandbox_control_app.py.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from airflow_provider_bento.sandbox.clock import iso
from airflow_provider_bento.sandbox.control.parameters import body, reply
from airflow_provider_bento.sandbox.state import State
from airflow_provider_bento.sandbox.store.journeys import JourneyKind


class _OfSite(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Something that belongs to a site; ``None`` is the first one."""

    site: str | None = None


class Segment(_OfSite, kw_only=True, forbid_unknown_fields=True):
    """The people in a segment: everybody with one of ``tags`` and all of ``fields``; without both, everybody."""

    id: str
    name: str = ""
    description: str | None = None
    tags: list[str] = []
    fields: dict[str, str | float | int | bool] = {}


class JourneyEmail(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """One email of a sequence or a workflow."""

    subject: str
    html: str


class Journey(_OfSite, kw_only=True, forbid_unknown_fields=True):
    """A sequence or a workflow; Bento shows ``status`` of workflows only."""

    name: str
    status: Literal["live", "draft"] = "live"
    emails: list[JourneyEmail] = []


class FormResponse(_OfSite, kw_only=True, forbid_unknown_fields=True):
    """What one person answered in a form."""

    form: str
    email: str
    fields: dict[str, Any] = {}


class Report(_OfSite, kw_only=True, forbid_unknown_fields=True):
    """A saved report.

    :param data: a number, or rows of ``g``, ``x`` and ``y``.
    """

    id: str
    name: str
    data: Any
    chart_style: Literal["counter", "count", "column_chart", "area_chart", "line_chart"] = "counter"
    report_type: str = "Reporting::Reports::VisitorCountReport"


class WriteAppApi:
    """These endpoints.

    :param state: what the sandbox remembers.
    """

    def __init__(self, state: State) -> None:
        self._state = state

    def routes(self) -> list[Route]:
        """Return the routes below ``/_sandbox``."""
        return [
            Route("/segments", self.segments, methods=["GET"]),
            Route("/segments", self.define_segment, methods=["POST"]),
            Route("/sequences", self.add_sequence, methods=["POST"]),
            Route("/workflows", self.add_workflow, methods=["POST"]),
            Route("/responses", self.add_response, methods=["POST"]),
            Route("/reports", self.reports, methods=["GET"]),
            Route("/reports", self.define_report, methods=["POST"]),
        ]

    async def segments(self, _: Request) -> Response:
        """All segments."""
        dates = ("created_at", "updated_at")
        found = self._state.segments.all()
        return reply({"data": [{**row, **{name: iso(row[name]) for name in dates}} for row in found]})

    async def define_segment(self, request: Request) -> Response:
        """Create or replace a segment; in Bento only the app can do this."""
        segment = await body(request, Segment)
        site, content = self._site(segment), _content(segment)
        self._state.segments.define(site, content, self._state.clock.now())
        return reply({"data": content}, 201)

    async def add_sequence(self, request: Request) -> Response:
        """Create a sequence with its emails; in Bento only the app can do this."""
        return await self._add_journey(request, "sequences")

    async def add_workflow(self, request: Request) -> Response:
        """Create a workflow with its emails; in Bento only the app can do this."""
        return await self._add_journey(request, "workflows")

    async def _add_journey(self, request: Request, kind: JourneyKind) -> Response:
        journey = await body(request, Journey)
        state, site, now = self._state, self._site(journey), self._state.clock.now()
        with state.storage.transaction():
            number = state.journeys.define(site, kind, journey.name, now, journey.status)
            for email in journey.emails:
                state.journeys.append(site, number, _content(email), now)
        return reply({"data": {"id": number, **_content(journey)}}, 201)

    async def add_response(self, request: Request) -> Response:
        """Add a response to a form, as if somebody had filled it in; no event and no person comes of it."""
        answer = await body(request, FormResponse)
        state = self._state
        number = state.forms.answer(self._site(answer), answer.form, answer.email, answer.fields, state.clock.now())
        return reply({"data": {"id": number, **_content(answer)}}, 201)

    async def reports(self, _: Request) -> Response:
        """All reports that were defined here."""
        return reply({"data": self._state.reports.all()})

    async def define_report(self, request: Request) -> Response:
        """Create or replace a report; in Bento only the app can do this."""
        report = await body(request, Report)
        content = {
            "data": report.data,
            "chart_style": report.chart_style,
            "report_type": report.report_type,
            "report_name": report.name,
        }
        self._state.reports.define(self._site(report), report.id, content)
        return reply({"data": {"id": report.id, **content}}, 201)

    def _site(self, given: _OfSite) -> int:
        """Return the number of the site that is meant.

        :raises HTTPException: 400 if it does not exist.
        """
        sites = self._state.settings.sites
        site = given.site or sites[0]
        if site not in sites:
            raise HTTPException(400, "This site does not exist")
        return self._state.site(site)


def _content(given: msgspec.Struct) -> dict[str, Any]:
    content: dict[str, Any] = msgspec.to_builtins(given)
    content.pop("site", None)
    return content
