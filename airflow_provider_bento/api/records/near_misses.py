"""Keys that are one letter away from a known one: taken as they are, but said once, because a slip looks the same."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Mapping
from itertools import islice
from typing import Any, Final, TypeVar

from airflow_provider_bento.api import contract
from airflow_provider_bento.api.contract import Endpoint
from airflow_provider_bento.api.records.flaws import shown
from airflow_provider_bento.api.records.keys import bare

T = TypeVar("T")

_MOST_SHAPES: Final = 1000  # sets of keys that are looked at and remembered; rows of one table share one
_MOST_KEYS: Final = 500  # of one row
_SHORT: Final = 5  # letters; in names this short another letter makes another word: bags, tags
_OWN_EVENTS: Final = ("$purchase", "$tag", "$remove_tag", "$update_fields", "$subscribe", "$unsubscribe")
_PERSON: Final = (*contract.SUBSCRIBER_NAMES, *contract.UTM_NAMES)
_FIELDS: Final = ("first_name", "last_name", *contract.UTM_NAMES)
_DETAILS: Final = ("unique", contract.BYPASS_WORKFLOWS)
_INNER: Final[Mapping[str, tuple[str, ...]]] = {"unique": ("key",), "value": ("currency", "amount"), "cart": ("items",)}

_log = logging.getLogger(__name__)


class NearMisses:
    """What one run has seen of slips; each is logged as one WARNING.

    :param log: where to; default: this module's.
    """

    def __init__(self, log: logging.Logger | None = None) -> None:
        self._log = log or _log
        self._seen: set[tuple[Any, ...]] = set()
        self._told: set[str] = set()

    def watch(self, parse: Callable[[Any], T], endpoint: Endpoint) -> Callable[[Any], T]:
        """Return a parser that returns what ``parse`` does, and notes what looks like a slip in a row's keys.

        :param parse: turns a row into a record, or into its faults.
        """
        both: Mapping[Endpoint, tuple[Callable[[Any], Any], Callable[[Any], None]]] = {
            "subscribers": (tuple, self._subscriber),
            "events": (_event_shape, self._event),
            "broadcasts": (_broadcast_shape, self._broadcast),
        }
        shape_of, look = both[endpoint]
        seen = self._seen

        def watched(row: Any) -> T:
            found = parse(row)
            if type(found) is not tuple:  # what a fault says needs no warning
                try:
                    if (shape := shape_of(row)) not in seen and len(seen) < _MOST_SHAPES:
                        seen.add(shape)
                        look(row)
                except Exception:  # noqa: BLE001  (a foreign row may raise anything; the record is good all the same)
                    return found
            return found

        return watched

    def _subscriber(self, row: Mapping[Any, Any]) -> None:
        self._keys("", row, _PERSON, "becomes a custom field")

    def _event(self, row: Mapping[Any, Any]) -> None:
        self._word(row["type"], _OWN_EVENTS, "the type of an event is none of Bento's own")
        details = row.get("details") or {}
        inner_names = _INNER if row["type"] == contract.PURCHASE else {}
        self._keys("fields.", row.get("fields") or {}, _FIELDS, "becomes a custom field")
        self._keys("details.", details, {*_DETAILS, *inner_names}, "is stored, and nothing else")
        for name, known in inner_names.items():
            if isinstance(inner := details.get(name), Mapping):
                self._keys(f"details.{name}.", inner, known, "is stored, and nothing else")

    def _broadcast(self, row: Mapping[Any, Any]) -> None:
        self._word(row["type"], contract.BROADCAST_TYPES, "the type of a broadcast is none that Bento documents")

    def _keys(self, place: str, given: Mapping[Any, Any], known: Collection[str], effect: str) -> None:
        for key in islice(given, _MOST_KEYS):
            meant = nearest(key, known) if isinstance(key, str) else None
            if meant and meant not in given:
                self._tell(f"{place}{meant}", f"the key {place}{shown(key)} {effect}")

    def _word(self, word: str, known: Collection[str], effect: str) -> None:
        if word not in known and (meant := nearest(word, known) or _spelled(word, known)):
            self._tell(meant, effect)

    def _tell(self, meant: str, what: str) -> None:
        if meant not in self._told:
            self._told.add(meant)
            self._log.warning("Perhaps a slip: %s. Did you mean %s?", what, meant)


def _event_shape(row: Mapping[Any, Any]) -> tuple[Any, ...]:
    return row["type"], tuple(row.get("fields") or ()), tuple(row.get("details") or ())


def _broadcast_shape(row: Mapping[Any, Any]) -> tuple[Any, ...]:
    return (row["type"],)


def nearest(key: str, known: Collection[str]) -> str | None:
    """Return the known key that is one letter away: left out, added, exchanged with its neighbour or, in longer ones,
    replaced; ``None``: none is, or the key only numbers one, as ``email2``.
    """
    if not key[-1:].isalpha() or len(key) > 40:
        return None
    found = bare(key)
    return next((name for name in known if found != bare(name) and _is_near(found, bare(name))), None)


def _spelled(word: str, known: Collection[str]) -> str | None:
    """Return the known word that is written in another case, or without its ``$``."""
    return next((name for name in known if word != name and bare(word) == bare(name)), None)


def _is_near(one: str, other: str) -> bool:
    shorter, longer = sorted((one, other), key=len)
    start = next((at for at, letter in enumerate(shorter) if letter != longer[at]), len(shorter))
    if len(longer) == len(shorter) + 1:
        return shorter[start:] == longer[start + 1 :]
    if len(longer) != len(shorter):
        return False
    swapped = shorter[start : start + 2] == longer[start : start + 2][::-1]
    if swapped and shorter[start + 2 :] == longer[start + 2 :]:
        return True
    return len(shorter) > _SHORT and shorter[start + 1 :] == longer[start + 1 :]
