"""The hook's calls that read or create one object: people, tags, the list of broadcasts. Does not import Airflow.

Tested by tests/unit/hooks/test_hook_against_sandbox.py.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from airflow_provider_bento.api import contract

if TYPE_CHECKING:
    from airflow_provider_bento.api.client import BentoClient
    from airflow_provider_bento.api.receipt import Created
    from airflow_provider_bento.api.responses import ListedBroadcast, Person, Tag
    from airflow_provider_bento.api.wire import Request
    from airflow_provider_bento.delivery.request_loop import RequestLoop


class SingleCalls:
    """One request each, except the search for broadcasts; an address is normalized the way the operators do it."""

    if TYPE_CHECKING:

        def request_loop(self, send: Any, **options: Any) -> RequestLoop[Any]:
            """Return a loop that calls ``send`` and repeats it only if that is safe."""

        def get_conn(self) -> BentoClient:
            """Return the client."""

    def get_subscriber(self, *, email: str | None = None, uuid: str | None = None) -> Person | None:
        """Return one person, or ``None`` if Bento has nobody with this email or uuid (GET /fetch/subscribers).

        :raises BentoSetupError: neither or both are given, or the email address is invalid.
        """
        from airflow_provider_bento.api import responses
        from airflow_provider_bento.exceptions import BentoSetupError

        if (email is None) == (uuid is None):
            raise BentoSetupError("get_subscriber needs either email= or uuid=.")
        query = {"email": _address("get_subscriber", email)} if email is not None else {"uuid": str(uuid)}
        return responses.person(self._fetch(contract.GET_SUBSCRIBER, query))

    def create_subscriber(self, email: str) -> Person | None:
        """Find or create one person; may start automations (POST /fetch/subscribers). For many, import them.

        :raises BentoSetupError: it is not an email address.
        """
        from airflow_provider_bento.api import responses, wire

        request = wire.single(contract.CREATE_SUBSCRIBER, {"email": _address("create_subscriber", email)})
        return responses.person(self._call(request, idempotent=True))

    def list_tags(self) -> tuple[Tag, ...]:
        """Return all tags, deleted ones included (GET /fetch/tags)."""
        from airflow_provider_bento.api import responses

        return responses.tags(self._fetch(contract.LIST_TAGS, {}))

    def list_broadcasts(
        self, status: contract.BroadcastStatus = "sent", page: int = 1, **options: Any
    ) -> tuple[ListedBroadcast, ...]:
        """Return one page of the broadcasts of a status; an empty page ends the list (GET /fetch/broadcasts).

        :param page: from 1.
        :param options: as for :meth:`request_loop`.
        """
        from airflow_provider_bento.api import responses

        query = {"status": status, "page": str(page)}
        return responses.broadcasts(self._fetch(contract.LIST_BROADCASTS, query, **options))

    def find_broadcasts(self, names: Iterable[str], since: float, **options: Any) -> dict[str, Created]:
        """Return the broadcasts with these names created since then, whatever their status.

        :param since: seconds since the epoch; two minutes of difference between the clocks are allowed for.
        :param options: as for :meth:`request_loop`.
        :raises BentoOutcomeUnknown: Bento's list has no creation times, or no end.
        """
        from airflow_provider_bento.api.broadcast_lookup import find

        return find(partial(self.list_broadcasts, **options), names, since)

    def _fetch(self, call: contract.Call, query: Mapping[str, str], **options: Any) -> Any:
        from airflow_provider_bento.api.wire import Request

        return self._call(Request(call, query=query), idempotent=True, **options)

    def _call(self, request: Request, *, idempotent: bool, **options: Any) -> Any:
        return self.request_loop(self._answer, **options).run(request, idempotent=idempotent)

    def _answer(self, request: Request, sending: Callable[[], None]) -> Any:
        from airflow_provider_bento.api import wire

        return wire.read(request, self.get_conn().send(request, sending), now=time.time())


def _address(method: str, value: object) -> str:
    from airflow_provider_bento.api.records.invalid import InvalidValue
    from airflow_provider_bento.api.records.values.email_and_tags import email
    from airflow_provider_bento.exceptions import BentoSetupError

    try:
        return email(value)
    except InvalidValue as error:
        raise BentoSetupError(f"{method}: email {error.field_errors[0].reason}.") from None
