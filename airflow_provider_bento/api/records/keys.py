"""The keys that an object may have, and how others spell them.

A known key in another case, with blanks, separators or invisible characters would become a custom field of nearly the
same name, and nobody would notice that no person was tagged.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import Any, Final

from airflow_provider_bento.api.records.invalid import Check, Misspelled

_REMEMBERED: Final = 4096  # keys of rows: a table has few, a document may have any number
_LONGEST: Final = 60  # letters of a key that may be meant for a known one
_TURKISH: Final = {0x131: "i", 0x307: None}  # a Turkish database makes FİRST_NAME and fırst_name
_SHORT: Final = 5  # letters; in names this short another letter makes another word: bags, tags
_SEPARATORS: Final = re.compile(r"[\W_]+")
_NONE: Final[Mapping[str, Check]] = MappingProxyType({})


def simplified(key: str) -> str:
    """Return a key without what spellings differ in: case, blanks, separators, invisible characters.

    A key that begins or ends with an underscore was named so on purpose, and keeps it.
    """
    if len(key) > _LONGEST:
        return key
    shown = "".join(letter for letter in unicodedata.normalize("NFKC", key) if unicodedata.category(letter) != "Cf")
    inner = shown.strip()
    outer = inner.startswith("_") or inner.endswith("_")
    return inner if outer else _SEPARATORS.sub("", inner).casefold().translate(_TURKISH)


class Keys(dict[str, Check | None]):
    """The check of each key; one that is not known gets ``others``, or one that says which key is meant.

    What was found for a key is remembered, up to a limit, so that the rows of a table pay once.

    :param checks: the check of each known key.
    :param others: the check of all other keys; ``None``: there may be no other.
    :param reserved: checks of names that can be no key, in any spelling; they always fail.
    :param near: keys of which others may be a slip; default: the known ones.
    :ivar near_misses: those that were found in this process, each with the key that it is one letter away from.
    """

    def __init__(
        self,
        checks: Mapping[str, Check],
        others: Check | None,
        reserved: Mapping[str, Check] = _NONE,
        *,
        near: Collection[str] | None = None,
    ) -> None:
        super().__init__({**reserved, **checks})
        self.known: Final = tuple(checks)
        self.near_misses: Final = dict[str, str]()
        self._others: Final = others
        self._reserved: Final = reserved
        self._near: Final = checks.keys() if near is None else near
        self._bare: Final = {simplified(name): name for name in self}

    def __missing__(self, name: str) -> Check | None:
        meant = self.meant(name)
        check = self._others if meant is None or self._others is None else self._reserved.get(meant, _misspelled(meant))
        if len(self) < _REMEMBERED and len(name) <= _LONGEST:
            self[name] = check
            if meant is None and self._others is not None and (close := nearest(name, self._near)):
                self.near_misses[name] = close
        return check

    def meant(self, name: str) -> str | None:
        """Return the known key of which a key is another spelling; ``None``: of none, or it is one."""
        meant = self._bare.get(simplified(name))
        return None if meant == name else meant


def nearest(name: str, known: Collection[str]) -> str | None:
    """Return the known name that is one letter away: left out, added, exchanged with its neighbour or, in longer ones,
    replaced; ``None``: none is, or the name only numbers one, as ``email2``.
    """
    if not name[-1:].isalpha() or len(name) > _LONGEST:
        return None
    found = simplified(name)
    return next((one for one in known if found != simplified(one) and _is_near(found, simplified(one))), None)


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


def _misspelled(meant: str) -> Check:
    def check(value: Any) -> Any:  # noqa: ARG001  (no value will do)
        raise Misspelled(meant)

    return check
