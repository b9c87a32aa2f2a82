"""The hook's people: look-up, creation, search and deletion. Does not import Airflow.

Tested by tests/unit/hooks/test_what_is_sent.py.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from airflow_provider_bento.api import contract
from airflow_provider_bento.hooks import arguments
from airflow_provider_bento.hooks.calls import Calls

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from airflow_provider_bento.api.responses import Person

    Range = tuple[datetime | None, datetime | None]

MOST_PAGES: Final = 100_000  # of 100 people
_RANGES: Final = ("created_at", "updated_at", "last_event_at", "unsubscribed_at")


class _Filter:
    """Who is searched for, checked.

    :param method: whose arguments they are, for errors.
    :param ranges: in the order of :data:`_RANGES`.
    :param tags: names of tags.
    """

    def __init__(self, method: str, ranges: tuple[Range | None, ...], tags: str | Sequence[str] | None) -> None:
        given = zip(_RANGES, ranges, strict=True)
        self.ranges = {name: arguments.moments(method, name, limits) for name, limits in given}
        self.tags = None if tags is None else arguments.tags(method, tags)


class People(Calls):
    """One person, or people by their attributes; an address is normalized the way the operators do it."""

    def get_subscriber(
        self, *, email: str | None = None, uuid: str | UUID | None = None, **options: Any
    ) -> Person | None:
        """Return one person, or ``None`` if Bento has nobody with this email or uuid (GET /fetch/subscribers).

        :param options: as for :meth:`request_loop`.
        :raises BentoSetupError: neither or both are given, or the email address is invalid.
        """
        from airflow_provider_bento.api import responses

        name, value = arguments.either("get_subscriber", email=email, uuid=uuid)
        if name == "email":
            query = {"email": arguments.email("get_subscriber", value)}
        else:
            query = {"uuid": arguments.identity("get_subscriber", "uuid", value)}
        return responses.person(self._fetch(contract.GET_SUBSCRIBER, query, **options))

    def create_subscriber(self, email: str) -> Person | None:
        """Find or create one person; may start automations (POST /fetch/subscribers). For many, import them.

        :returns: the person; ``None`` if Bento accepted the request, and its reply does not show the person.
        :raises BentoSetupError: it is not an email address.
        """
        from airflow_provider_bento.api import responses

        address = arguments.email("create_subscriber", email)
        return responses.created_person(self._send(contract.CREATE_SUBSCRIBER, {"email": address}))

    def search_subscribers(
        self,
        page: int = 1,
        *,
        created_at: Range | None = None,
        updated_at: Range | None = None,
        last_event_at: Range | None = None,
        unsubscribed_at: Range | None = None,
        tags: str | Sequence[str] | None = None,
        **options: Any,
    ) -> tuple[Person, ...]:
        """Return one page of up to 100 people; an empty page ends the list (GET /fetch/search with a JSON body; docs:
        subscribers). Bento offers it only with its Enterprise plan.

        :param page: from 1.
        :param created_at: a pair (after, before) of datetimes, of which one may be ``None``; without a zone it is UTC.
        :param updated_at: the same.
        :param last_event_at: the same.
        :param unsubscribed_at: the same.
        :param tags: names of tags.
        :param options: as for :meth:`request_loop`.
        :raises BentoSetupError: an argument is invalid; nothing was sent.
        :raises BentoAccessError: 403; the account may not have the plan.
        """
        given = (created_at, updated_at, last_event_at, unsubscribed_at)
        wanted = _Filter("search_subscribers", given, tags)
        return self._found(wanted, arguments.page("search_subscribers", page), **options)

    def iter_subscribers(
        self,
        *,
        created_at: Range | None = None,
        updated_at: Range | None = None,
        last_event_at: Range | None = None,
        unsubscribed_at: Range | None = None,
        tags: str | Sequence[str] | None = None,
        **options: Any,
    ) -> Iterator[Person]:
        """Yield the people of all pages of :meth:`search_subscribers`, which explains the arguments."""
        from airflow_provider_bento.api.paging import every_item

        given = (created_at, updated_at, last_event_at, unsubscribed_at)
        list_page = partial(self._found, _Filter("iter_subscribers", given, tags), **options)
        return every_item(list_page, "subscribers", most_pages=MOST_PAGES)

    def _found(self, wanted: _Filter, page: int, **options: Any) -> tuple[Person, ...]:
        from airflow_provider_bento.api import parameters, responses

        return responses.people(self._call(parameters.search(page, wanted.ranges, wanted.tags), **options))

    def request_deletion(self, email: str) -> bool:
        """Ask Bento to delete everything about one person, irreversibly (POST /data_deletion_requests; docs:
        data_deletion_requests). Bento allows 1000 requests a day.

        :returns: ``False`` if Bento has nobody with this address; also if an earlier request has already deleted them.
        :raises BentoSetupError: it is not an email address.
        """
        from airflow_provider_bento.api import wire

        request = wire.single(contract.DELETE_PERSON, {"email": arguments.email("request_deletion", email)})
        return self._receipt(request, idempotent=request.call.repeatable).absent == 0
