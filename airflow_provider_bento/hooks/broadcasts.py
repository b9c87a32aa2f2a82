"""The hook's list of broadcasts. Does not import Airflow.

Tested by tests/unit/hooks/test_hook_against_sandbox.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

from airflow_provider_bento.api import contract
from airflow_provider_bento.hooks import arguments
from airflow_provider_bento.hooks.calls import Calls

if TYPE_CHECKING:
    from airflow_provider_bento.api.receipt import Created
    from airflow_provider_bento.api.responses import ListedBroadcast


class Broadcasts(Calls):
    """Broadcasts that exist in Bento; see ``create_broadcasts`` to create them."""

    def list_broadcasts(
        self, status: contract.BroadcastStatus = "sent", page: int = 1, **options: Any
    ) -> tuple[ListedBroadcast, ...]:
        """Return one page of the broadcasts of a status; an empty page ends the list (GET /fetch/broadcasts).

        :param page: from 1.
        :param options: as for :meth:`request_loop`.
        :raises BentoSetupError: an unknown status, for which Bento would list sent broadcasts, or page < 1.
        """
        from airflow_provider_bento.api import responses

        arguments.chosen("list_broadcasts", "status", status, contract.BroadcastStatus)
        query = {"status": status, "page": str(arguments.page("list_broadcasts", page))}
        return responses.broadcasts(self._fetch(contract.LIST_BROADCASTS, query, **options), status)

    def iter_broadcasts(self, status: contract.BroadcastStatus = "sent", **options: Any) -> Iterator[ListedBroadcast]:
        """Yield the broadcasts of all pages of :meth:`list_broadcasts`.

        :param options: as for :meth:`request_loop`.
        """
        from airflow_provider_bento.api.broadcast_lookup import every_broadcast

        arguments.chosen("iter_broadcasts", "status", status, contract.BroadcastStatus)
        return every_broadcast(partial(self.list_broadcasts, **options), status)

    def find_broadcasts(self, names: Iterable[str], since: float, **options: Any) -> dict[str, Created]:
        """Return the broadcasts with these names created since then, whatever their status.

        :param since: seconds since the epoch; two minutes of difference between the clocks are allowed for.
        :param options: as for :meth:`request_loop`.
        :raises BentoSetupError: the names are not a list of texts, or the time is not a number.
        :raises BentoOutcomeUnknown: Bento's list has no creation times, or no end.
        """
        from airflow_provider_bento.api.broadcast_lookup import find

        wanted = arguments.names("find_broadcasts", names)
        since = arguments.seconds("find_broadcasts", "since", since)
        return find(partial(self.list_broadcasts, **options), wanted, since)
