"""The broadcasts that Bento lists as sent, as far as watchers need them: read page by page, kept to the newest.

Bento lists the newest first, so a page without anything new ends the reading.

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

__all__ = ["LONGEST_LIST", "Sent", "SentList"]

LONGEST_LIST: Final = 500
MOST_PAGES: Final = 20  # of one poll


@dataclass(frozen=True, slots=True)
class Sent:
    """A broadcast that was sent.

    :param id: Bento's id.
    :param name: its name.
    """

    id: str
    name: str


class SentList:
    """What Bento lists as sent, the newest :data:`LONGEST_LIST`; a question for :class:`~.asking.Asker`."""

    def __init__(self) -> None:
        self._known: dict[str, Sent] = {}

    def newest_first(self) -> list[Sent]:
        """Return the broadcasts that the last poll and those before it found."""
        return list(self._known.values())

    def steps(self) -> Steps:
        """Read pages until one has nothing new; what was read is kept only if no page failed."""
        found: dict[str, Sent] = {}
        for page in range(1, MOST_PAGES + 1):
            listed: Sequence[ListedBroadcast] = yield partial(_page, page)
            fresh = {one.id: Sent(one.id, one.name) for one in listed if one.id and one.id not in found}
            found |= fresh
            if not fresh.keys() - self._known.keys() or len(found) >= LONGEST_LIST:
                break
        merged = found | {one: sent for one, sent in self._known.items() if one not in found}
        self._known = dict(list(merged.items())[:LONGEST_LIST])
        return Answer(found={})


def _page(page: int, hook: BentoHook, options: Mapping[str, Any]) -> Any:
    return hook.list_broadcasts("sent", page, **options)
