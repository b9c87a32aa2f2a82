"""The screens of single things, and the stats: which template shows a person, an email, a broadcast, a template.

Tested by tests/sandbox/test_page_live.py.
"""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from airflow_provider_bento.sandbox.page import broadcast as of_broadcast
from airflow_provider_bento.sandbox.page import email as of_email
from airflow_provider_bento.sandbox.page import person as of_person
from airflow_provider_bento.sandbox.page import template as of_template
from airflow_provider_bento.sandbox.page.filters import read_place
from airflow_provider_bento.sandbox.page.frame import Frame
from airflow_provider_bento.sandbox.page.stats import stats
from airflow_provider_bento.sandbox.store.journey_queries import template
from airflow_provider_bento.sandbox.store.storage import Row


class Details:
    """The screens of single things.

    :param frame: what all screens share.
    """

    def __init__(self, frame: Frame) -> None:
        self._frame = frame

    def routes(self) -> list[BaseRoute]:
        """Return the routes."""
        pages = {
            "/people/{person:key}": self.person,
            "/emails/{email:key}": self.email,
            "/emails/{email:key}/preview": self.email_preview,
            "/broadcasts/{broadcast:key}": self.broadcast,
            "/broadcasts/{broadcast:key}/preview": self.broadcast_preview,
            "/templates/{template:key}": self.template,
            "/templates/{template:key}/preview": self.template_preview,
            "/stats": self.stats,
            # Where Bento's replies say that its app shows a broadcast.
            "/account/emails/broadcasts": self.app_link,
            "/account/emails/broadcasts/{broadcast:key}/edit": self.app_link,
        }
        return [Route(path, endpoint, methods=["GET"]) for path, endpoint in pages.items()]

    async def person(self, request: Request) -> Response:
        """Show all that is known of one person."""
        self._frame.begin()
        found = of_person.person(self._frame.state.storage, request.path_params["person"])
        if found is None:
            raise HTTPException(404, "This person does not exist; a reset deletes all people.")
        return self._frame.show("person.html", "people", request, **found)

    async def email(self, request: Request) -> Response:
        """Show one email, how it looks, and what was sent."""
        self._frame.begin()
        found = self._email(request)
        return self._frame.show("email.html", "emails", request, email=found, notes=of_email.notes(found))

    async def email_preview(self, request: Request) -> Response:
        """Show the body of an email and nothing else."""
        return of_email.preview(self._email(request))

    def _email(self, request: Request) -> Row:
        found = of_email.email(self._frame.state.storage, request.path_params["email"])
        if found is None:
            raise HTTPException(404, "This email does not exist; a reset deletes all emails.")
        return found

    async def broadcast(self, request: Request) -> Response:
        """Show one broadcast, how it looks, and who gets it."""
        frame = self._frame
        frame.begin()
        found = self._broadcast(request)
        place = read_place(request.query_params)
        return frame.show(
            "broadcast.html",
            "broadcasts",
            request,
            broadcast=found,
            notes=of_broadcast.notes(found),
            audience=of_broadcast.audience(frame.state.broadcasts, found, place, frame.cache),
        )

    async def broadcast_preview(self, request: Request) -> Response:
        """Show the content of a broadcast and nothing else."""
        return of_broadcast.preview(self._broadcast(request))

    def _broadcast(self, request: Request) -> Row:
        found = self._frame.state.broadcasts.find(request.path_params["broadcast"])
        if found is None:
            raise HTTPException(404, "This broadcast does not exist; a reset deletes all broadcasts.")
        return found

    async def template(self, request: Request) -> Response:
        """Show one email template of a sequence or a workflow, and how it looks."""
        self._frame.begin()
        found = self._template(request)
        return self._frame.show(
            "template.html",
            "journeys",
            request,
            template=found,
            settings=of_template.settings(found),
            notes=of_template.notes(found),
        )

    async def template_preview(self, request: Request) -> Response:
        """Show the HTML of an email template and nothing else."""
        return of_template.preview(self._template(request))

    def _template(self, request: Request) -> Row:
        found = template(self._frame.state.storage, request.path_params["template"])
        if found is None:
            raise HTTPException(404, "This email template does not exist; a reset deletes all email templates.")
        return found

    async def stats(self, request: Request) -> Response:
        """Show the numbers that the stats endpoints report."""
        self._frame.begin()
        return self._frame.show("stats.html", "stats", request, numbers=stats(self._frame.state, self._frame.cache))

    async def app_link(self, request: Request) -> Response:
        """Lead to what Bento's own app shows at this address."""
        number = request.path_params.get("broadcast")
        return RedirectResponse(f"/broadcasts/{number}" if number else "/broadcasts")
