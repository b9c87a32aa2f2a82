"""The broadcasts that Bento lists as sent, as far as watchers need them: read page by page, kept to the newest.

Bento lists the newest first, so a page without anything new ends most readings. A draft that was made long ago and is
sent today stands further down, so now and then everything is read.

Tested by tests/unit/triggers/test_sent_broadcasts.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from airflow_provider_bento.triggers.questions import Answer, Steps

if TYPE_CHECKING:
    from collections.abc import Mapping

    from airflow_provider_bento.api.responses import ListedBroadcast
    from airflow_provider_bento.hooks.bento import BentoHook

__all__ = ["LONGEST_LIST", "Listing", "Sent", "SentList"]

LONGEST_LIST: Final = 500
MOST_PAGES: Final = 20  # of one poll
WHOLE_EVERY: Final = 12  # polls; every hour, at the usual interval


@dataclass(frozen=True, slots=True)
class Sent:
    """A broadcast that was sent.

    :param id: Bento's id.
    :param name: its name.
    """

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Listing:
    """The broadcasts that polls found.

    :param sent: the newest first.
    :param whole: whether these were all when everything was read last; otherwise Bento has older ones.
    """

    sent: tuple[Sent, ...] = ()
    whole: bool = True


class SentList:
    """What Bento lists as sent, the newest :data:`LONGEST_LIST`; a question for :class:`~.asking.Asker`."""

    def __init__(self) -> None:
        self._known: dict[str, Sent] = {}
        self._whole = True
        self._polls = 0

    def listing(self) -> Listing:
        """Return the broadcasts that the last poll and those before it found."""
        return Listing(tuple(self._known.values()), self._whole)

    def steps(self) -> Steps:
        """Read pages until one has nothing new, or all; what was read is kept only if no page failed."""
        everything = self._polls % WHOLE_EVERY == 0
        known = {} if everything else self._known
        found: dict[str, Sent] = {}
        whole = False
        for page in range(1, MOST_PAGES + 1):
            listed: Sequence[ListedBroadcast] = yield partial(_page, page)
            fresh = {one.id: Sent(one.id, one.name) for one in listed if one.id and one.id not in found}
            found |= fresh
            whole = not fresh
            if not fresh.keys() - known.keys() or len(found) >= LONGEST_LIST:
                break
        merged = found | {one: sent for one, sent in known.items() if one not in found}
        self._whole = whole if everything else self._whole and len(merged) <= LONGEST_LIST
        self._known = dict(list(merged.items())[:LONGEST_LIST])
        self._polls += 1
        return Answer(found={})


def _page(page: int, hook: BentoHook, options: Mapping[str, Any]) -> Any:
    return hook.list_broadcasts("sent", page, **options)
