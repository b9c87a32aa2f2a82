"""The reading endpoints of the control API: journal, ledger, people, events, broadcasts, automations, counts.

Tested by tests/sandbox/test_sandbox_control.py.
"""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, cast, get_args

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from airflow_provider_bento import __version__
from airflow_provider_bento.sandbox.clock import iso
from airflow_provider_bento.sandbox.control.parameters import instant, listing, number, reply
from airflow_provider_bento.sandbox.state import State
from airflow_provider_bento.sandbox.store.browse import Browse
from airflow_provider_bento.sandbox.store.browse_app import BrowseApp
from airflow_provider_bento.sandbox.store.ledger import RecordKind
from airflow_provider_bento.sandbox.store.storage import Row

_Endpoint = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class _List:
    """One list with its filters.

    :param says: what it contains, for IMPLEMENTED.md.
    :param read: returns a part of it; takes each filter under its name.
    :param filters: how to read each filter from the query string.
    :param key: the column that orders it.
    """

    says: str
    read: Callable[..., list[Row]]
    filters: Mapping[str, Callable[[Mapping[str, str], str], Any]]
    key: str = "id"


class ReadApi:
    """The reading endpoints of the control API.

    :param state: what the sandbox remembers.
    """

    def __init__(self, state: State) -> None:
        self._state = state
        self._browse = Browse(state.storage)

    def routes(self) -> list[Route]:
        """Return the routes below ``/_sandbox``; each list can be had as ``.jsonl`` too."""
        every = _lists(self._state, self._browse) | _app_lists(BrowseApp(self._state.storage))
        lists = {path: self._endpoint(each) for path, each in every.items()}
        lists["/broadcasts/{broadcast:key}/audience"] = self.audience
        pages = [
            Route(path + form, endpoint, methods=["GET"]) for path, endpoint in lists.items() for form in ("", ".jsonl")
        ]
        wholes = {"/health": self.health, "/stats": self.stats, "/tags": self.tags, "/fields": self.fields}
        return pages + [Route(path, endpoint, methods=["GET"]) for path, endpoint in wholes.items()]

    def _endpoint(self, each: _List) -> _Endpoint:
        async def endpoint(request: Request) -> Response:
            self._state.pass_time()
            wanted = {name: read(request.query_params, name) for name, read in each.filters.items()}
            return listing(request, each.key, lambda part: each.read(part, **wanted))

        endpoint.__doc__ = each.says
        return endpoint

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
        "emails": state.outbox.counts(),
        "deletions": state.deletions.counts(),
        "waiting": state.queues.waiting(),
        "clock": {"now": iso(now), "mode": state.clock.mode},
        "limit": {"regime": state.limiter.regime.text, "windows": state.limiter.usage(now)},
        "faults_pending": sum(1 for fault in state.faults.report() if fault["pending"]),
    }


def _kind(query: Mapping[str, str], name: str) -> RecordKind | None:
    kind = query.get(name)
    if kind is not None and kind not in get_args(RecordKind):
        raise HTTPException(400, f"{name} must be one of {', '.join(get_args(RecordKind))}")
    return cast("RecordKind | None", kind)


def _text(query: Mapping[str, str], name: str) -> str | None:
    return query.get(name)


def _flag(query: Mapping[str, str], name: str) -> bool | None:
    text = query.get(name)
    if text is None:
        return None
    if text.lower() not in _FLAGS:
        raise HTTPException(400, f"{name} must be true or false")
    return _FLAGS[text.lower()]


_FLAGS: Final = {"1": True, "true": True, "0": False, "false": False}
_number: Final = partial(number, default=None)
_status: Final = partial(number, default=None, most=599)


def _lists(state: State, browse: Browse) -> dict[str, _List]:
    """Return the lists by their paths."""
    return {
        "/journal": _List(
            "Requests, filtered by ``path``, ``status``, ``method``, ``since``, ``until``.",
            browse.requests,
            {"path": _text, "status": _status, "method": _text, "since": instant, "until": instant},
            key="number",
        ),
        "/records": _List(
            "Accepted records, filtered by ``kind`` and ``request``.",
            state.ledger.records,
            {"kind": _kind, "request": _number},
            key="seq",
        ),
        "/rejects": _List("Rejected records, filtered by ``kind``.", browse.rejects, {"kind": _kind}, key="seq"),
        "/people": _List(
            "People, filtered by part of ``email`` and by ``tag``.", browse.people, {"email": _text, "tag": _text}
        ),
        "/events": _List(
            "Events, filtered by part of ``email`` and by ``type``, ``since``, ``until``.",
            browse.events,
            {"email": _text, "type": _text, "since": instant, "until": instant},
        ),
        "/automations": _List(
            "Automations that would have fired, filtered by part of ``email`` and by ``trigger``.",
            browse.automations,
            {"email": _text, "trigger": _text},
        ),
        "/broadcasts": _List(
            "Broadcasts, filtered by ``status`` and ``name``.", browse.broadcasts, {"status": _text, "name": _text}
        ),
    }


def _app_lists(browse: BrowseApp) -> dict[str, _List]:
    """Return the lists of emails, deletions and what Bento's app makes, by their paths."""
    return {
        "/emails": _List(
            "Emails as their recipients see them, filtered by part of ``email``, by ``sender`` and ``delivered``.",
            browse.emails,
            {"email": _text, "sender": _text, "delivered": _flag},
        ),
        "/deletions": _List(
            "Requests to delete a person, with masked addresses, filtered by ``email_sha256``.",
            browse.deletions,
            {"email_sha256": _text},
        ),
        "/sequences": _List("Sequences, filtered by ``name``.", browse.sequences, {"name": _text}),
        "/workflows": _List(
            "Workflows, filtered by ``name`` and ``status``.", browse.workflows, {"name": _text, "status": _text}
        ),
        "/templates": _List(
            "Emails of sequences and workflows, filtered by ``journey``, the id of one.",
            browse.templates,
            {"journey": _number},
        ),
        "/responses": _List("Form responses, filtered by ``form``.", browse.responses, {"form": _text}),
    }
