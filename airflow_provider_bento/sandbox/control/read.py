"""The reading endpoints of the control API: journal, ledger, people, events, broadcasts, automations, counts.

Tested by tests/sandbox/test_sandbox_control.py.
"""

from __future__ import annotations

import os
from typing import Any, cast, get_args

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from airflow_provider_bento import __version__
from airflow_provider_bento.sandbox.clock import iso
from airflow_provider_bento.sandbox.control.parameters import instant, listing, number, reply
from airflow_provider_bento.sandbox.state import State
from airflow_provider_bento.sandbox.store.browse import Browse
from airflow_provider_bento.sandbox.store.ledger import RecordKind


class ReadApi:
    """The reading endpoints of the control API.

    :param state: what the sandbox remembers.
    """

    def __init__(self, state: State) -> None:
        self._state = state
        self._browse = Browse(state.storage)

    def routes(self) -> list[Route]:
        """Return the routes below ``/_sandbox``; each list can be had as ``.jsonl`` too."""
        lists = {
            "/journal": self.journal,
            "/records": self.records,
            "/rejects": self.rejects,
            "/people": self.people,
            "/events": self.events,
            "/automations": self.automations,
            "/broadcasts": self.broadcasts,
            "/broadcasts/{broadcast:key}/audience": self.audience,
        }
        pages = [
            Route(path + form, endpoint, methods=["GET"]) for path, endpoint in lists.items() for form in ("", ".jsonl")
        ]
        wholes = {"/health": self.health, "/stats": self.stats, "/tags": self.tags, "/fields": self.fields}
        return pages + [Route(path, endpoint, methods=["GET"]) for path, endpoint in wholes.items()]

    async def health(self, _: Request) -> Response:
        """Status, version and address."""
        state = self._state
        return reply(
            {
                "status": "ok",
                "version": __version__,
                "profile": state.settings.profile,
                "pid": os.getpid(),
                "url": f"{state.base_url}/api/v1",
            }
        )

    async def stats(self, _: Request) -> Response:
        """All counts, the clock and the rate windows."""
        self._state.pass_time()
        return reply(counts(self._state))

    async def journal(self, request: Request) -> Response:
        """Requests, filtered by ``path``, ``status``, ``method``, ``since``, ``until``."""
        query = request.query_params
        since, until = instant(query, "since"), instant(query, "until")
        wanted: dict[str, Any] = {
            "since": None if since is None else since / 1000,
            "until": None if until is None else until / 1000,
            "path": query.get("path"),
            "method": query.get("method"),
            "status": number(query, "status", None, 599),
        }
        return listing(request, "number", lambda part: self._state.journal.page(part, **wanted))

    async def records(self, request: Request) -> Response:
        """Accepted records, filtered by ``kind`` and ``request``."""
        kind, asked = _kind(request), number(request.query_params, "request", None)
        return listing(request, "seq", lambda part: self._state.ledger.records(part, kind, asked))

    async def rejects(self, request: Request) -> Response:
        """Rejected records, filtered by ``kind``."""
        kind = _kind(request)
        return listing(request, "seq", lambda part: self._state.ledger.rejects(part, kind))

    async def people(self, request: Request) -> Response:
        """People, filtered by part of ``email`` and by ``tag``."""
        self._state.pass_time()
        query = request.query_params
        email, tag = query.get("email"), query.get("tag")
        return listing(request, "id", lambda part: self._browse.people(part, email=email, tag=tag))

    async def events(self, request: Request) -> Response:
        """Events, filtered by part of ``email`` and by ``type``, ``since``, ``until``."""
        self._state.pass_time()
        query = request.query_params
        wanted: dict[str, Any] = {
            "email": query.get("email"),
            "type": query.get("type"),
            "since": instant(query, "since"),
            "until": instant(query, "until"),
        }
        return listing(request, "id", lambda part: self._browse.events(part, **wanted))

    async def automations(self, request: Request) -> Response:
        """Automations that would have fired, filtered by part of ``email`` and by ``trigger``."""
        self._state.pass_time()
        query = request.query_params
        email, trigger = query.get("email"), query.get("trigger")
        return listing(request, "id", lambda part: self._browse.automations(part, email=email, trigger=trigger))

    async def broadcasts(self, request: Request) -> Response:
        """Broadcasts, filtered by ``status`` and ``name``."""
        self._state.pass_time()
        query = request.query_params
        status, name = query.get("status"), query.get("name")
        return listing(request, "id", lambda part: self._browse.broadcasts(part, status=status, name=name))

    async def audience(self, request: Request) -> Response:
        """People who received a broadcast (``got=1``), or would receive it now."""
        self._state.pass_time()
        broadcasts = self._state.broadcasts
        found = broadcasts.find(request.path_params["broadcast"])
        if found is None:
            raise HTTPException(404, "This broadcast does not exist")
        read = broadcasts.got if request.query_params.get("got") in ("1", "true") else broadcasts.still_to_get
        return listing(request, "id", lambda part: read(found, part))

    async def tags(self, _: Request) -> Response:
        """All tags with the number of people who have each."""
        return reply({"data": self._browse.tags()})

    async def fields(self, _: Request) -> Response:
        """All field definitions."""
        return reply({"data": self._browse.fields()})


def counts(state: State) -> dict[str, Any]:
    """Return how much of everything there is, where the clock is, and how full the rate windows are."""
    now = state.clock.now()
    return {
        "requests": state.journal.count(),
        "statuses": state.journal.statuses(),
        "records": state.ledger.counts(),
        "rejects": state.ledger.rejected(),
        "stored": Browse(state.storage).counts(),
        "broadcasts": state.broadcasts.counts(),
        "waiting": state.queues.waiting(),
        "clock": {"now": iso(now), "mode": state.clock.mode},
        "limit": {"regime": state.limiter.regime.text, "windows": state.limiter.usage(now)},
        "faults_pending": sum(1 for fault in state.faults.report() if fault["pending"]),
    }


def _kind(request: Request) -> RecordKind | None:
    kind = request.query_params.get("kind")
    if kind is not None and kind not in get_args(RecordKind):
        raise HTTPException(400, f"kind must be one of {', '.join(get_args(RecordKind))}")
    return cast("RecordKind | None", kind)
