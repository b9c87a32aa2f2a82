"""Keys that are one letter away from a known one: accepted, but reported once, because a typo looks the same.

Tested by tests/unit/api/records/test_keys.py.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from operator import itemgetter
from typing import Any, Final, Generic, TypeVar

from airflow_provider_bento.api import contract
from airflow_provider_bento.api.contract import Endpoint
from airflow_provider_bento.api.records.columns import Block, BlockParser
from airflow_provider_bento.api.records.event import DETAILS
from airflow_provider_bento.api.records.invalid import shown
from airflow_provider_bento.api.records.keys import Keys, nearest, simplified
from airflow_provider_bento.api.records.reserved import FIELDS
from airflow_provider_bento.api.records.subscriber import KEYS
from airflow_provider_bento.api.records.table import Table

T = TypeVar("T")

_MOST_WORDS: Final = 1000  # types of events that are looked at and remembered
_OWN_EVENTS: Final = ("$purchase", "$tag", "$remove_tag", "$update_fields", "$subscribe", "$unsubscribe")
_OF_PURCHASES: Final = ("value", "cart")  # elsewhere such a detail means what its author likes

_log = logging.getLogger(__name__)


class NearMisses:
    """Finds possible typos in the rows of one run; logs each once, as a WARNING.

    The parsers note near misses when they first see a key, so a row without any costs nothing.

    :param log: the logger; default: this module's.
    """

    def __init__(self, log: logging.Logger | None = None) -> None:
        self._log = log or _log
        self._types: set[str] = set()
        self._reported: set[str] = set()

    def watch(self, parse: Callable[[Any], T], endpoint: Endpoint) -> Callable[[Any], T]:
        """Return a parser that returns what ``parse`` does, and logs what looks like a typo in a row's keys.

        :param parse: turns a row into a record, or into its field errors.
        """
        looks = {"subscribers": self._subscriber, "events": self._event, "broadcasts": self._broadcast}
        if (look := looks.get(endpoint)) is None:  # every unknown key of the others is an error
            return parse
        if isinstance(parse, BlockParser):
            may_find = self._may_find if endpoint == "events" else _may_find_keys
            watched: Any = _WatchedBlocks(parse, look, may_find)
            return watched  # type: ignore[no-any-return]  # a parser like the one it was made from
        return _Watched(parse, look)

    def _may_find(self, rows: Sequence[Mapping[Any, Any]]) -> bool:
        """Whether looking at each of the rows could find anything."""
        if FIELDS.near_misses or DETAILS.near_misses:
            return True
        try:
            types = rows.columns["type"] if isinstance(rows, Table) else map(itemgetter("type"), rows)
            return not self._types.issuperset(types)
        except Exception:  # noqa: BLE001  (a row without a type, or one whose type cannot be hashed)
            return True

    def _subscriber(self, row: Mapping[Any, Any]) -> None:
        if KEYS.near_misses:
            self._keys("", row, KEYS)

    def _event(self, row: Mapping[Any, Any]) -> None:
        kind = row["type"]
        if kind not in self._types:
            self._type(kind, _OWN_EVENTS, "an event type is not one of Bento's own")
        if FIELDS.near_misses:
            self._keys("fields.", row.get("fields") or {}, FIELDS)
        if DETAILS.near_misses:
            self._keys(
                "details.", row.get("details") or {}, DETAILS, () if kind == contract.PURCHASE else _OF_PURCHASES
            )

    def _broadcast(self, row: Mapping[Any, Any]) -> None:
        if row["type"] not in self._types:
            self._type(row["type"], contract.BROADCAST_TYPES, "a broadcast type is not documented by Bento")

    def _keys(self, place: str, given: Mapping[Any, Any], keys: Keys, but: Collection[str] = ()) -> None:
        for key, meant in list(keys.near_misses.items()):
            if key in given and meant not in given and meant not in but:
                self._report(f"{place}{meant}", f"the key {place}{shown(key)} has no meaning for Bento")

    def _type(self, word: str, known: Collection[str], effect: str) -> None:
        if len(self._types) < _MOST_WORDS:
            self._types.add(word)
            word = word.strip()  # as it is sent
            if word not in known and (meant := nearest(word, known) or _spelled(word, known)):
                self._report(meant, effect)

    def _report(self, meant: str, what: str) -> None:
        if meant not in self._reported:
            self._reported.add(meant)
            self._log.warning("Possible typo: %s. Did you mean %s?", what, meant)


def _may_find_keys(rows: Sequence[Mapping[Any, Any]]) -> bool:  # noqa: ARG001  (keys are noted when they are first seen)
    return bool(KEYS.near_misses)


class _Watched(Generic[T]):
    """A parser whose valid rows are looked at."""

    def __init__(self, parse: Callable[[Any], T], look: Callable[[Any], None]) -> None:
        self._parse = parse
        self._look = look

    def __call__(self, row: Any) -> T:
        found = self._parse(row)
        if type(found) is not tuple:  # an invalid row is reported anyway
            self._glance(row)
        return found

    def _glance(self, row: Any) -> None:
        with contextlib.suppress(Exception):  # a foreign row may raise anything; the record is valid all the same
            self._look(row)


class _WatchedBlocks(_Watched[Any]):
    """The same of a parser that also judges blocks."""

    def __init__(
        self, parse: BlockParser, look: Callable[[Any], None], may_find: Callable[[Sequence[Any]], bool]
    ) -> None:
        super().__init__(parse, look)
        self._blocks = parse
        self._may_find = may_find

    def block(self, rows: Sequence[dict[str, Any]]) -> Block:
        """Return what became of the rows."""
        block = self._blocks.block(rows)
        for index, row in enumerate(rows if self._may_find(rows) else ()):
            if type(block.alone.get(index)) is not tuple:
                self._glance(row)
        return block


def _spelled(word: str, known: Collection[str]) -> str | None:
    """Return the known word that is written in another case, or without its ``$``."""
    return next((name for name in known if word != name and simplified(word) == simplified(name)), None)
