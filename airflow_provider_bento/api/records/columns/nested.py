"""Details of events as columns: whatever has the same keys at the same place is judged at once, however deep it lies.

Tested by tests/unit/api/records/columns/test_nested.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain, islice
from typing import Any, Final

from airflow_provider_bento.api.records.columns.objects import objects
from airflow_provider_bento.api.records.columns.single import NONE_ODD, SAME, Judge, Judged, Kinds, scalars
from airflow_provider_bento.api.records.invalid import InvalidValue
from airflow_provider_bento.api.records.values.fields import printable

_DEEPEST: Final = 16  # levels; the careful way knows the limit
_MOST_VALUES: Final = 100_000  # of one block: half of what a single record may have
_REMEMBERED: Final = 5000

_known_names: Final = set[str]()


class TooLarge(Exception):
    """A block is too deep or too large: one of its rows may be endless."""


class Nesting:
    """One walk through a block, with what is left of its budget."""

    def __init__(self) -> None:
        self._left = _MOST_VALUES
        self._depth = 0

    def values(self, values: Sequence[Any], kinds: Kinds) -> Judged:
        """Judge a column of anything that details may contain.

        :raises TooLarge: as above.
        """
        if SAME.issuperset(kinds):
            return values, NONE_ODD
        if dict not in kinds and list not in kinds:
            return scalars(values, kinds)
        if len(kinds) == 1:
            return self.objects(values) if dict in kinds else self._lists(values)
        return self._mixed(values)

    def objects(self, values: Sequence[Any]) -> Judged:
        """Judge objects.

        :raises TooLarge: there is more in them than in any real event.
        """
        self._charge(sum(map(len, values)))
        if self._depth == _DEEPEST:
            raise TooLarge
        self._depth += 1
        found = objects(values, self._plan)
        self._depth -= 1
        return found

    def _charge(self, count: int) -> None:
        self._left -= count
        if self._left < 0:
            raise TooLarge

    def _lists(self, values: Sequence[Any]) -> Judged:
        self._charge(sum(map(len, values)))  # before they are put together: all may be the same long list
        items = list(chain.from_iterable(values))
        if self._depth == _DEEPEST:
            raise TooLarge
        self._depth += 1
        clean, odd = self.values(items, set(map(type, items)))
        self._depth -= 1
        if odd:
            owners = [place for place, one in enumerate(values) for _ in one]
            odd = {owners[index] for index in odd}
        if clean is items:
            return values, odd
        rest = iter(clean)
        return [list(islice(rest, len(one))) for one in values], odd

    def _mixed(self, values: Sequence[Any]) -> Judged:
        """Judge objects, lists and single values of one column apart."""
        clean, odd, changed = list(values), set[int](), False
        for kind in (dict, list, None):
            places = [place for place, value in enumerate(values) if _belongs(value, kind)]
            part = [values[place] for place in places]
            found, bad = self.values(part, set(map(type, part)))
            odd.update(places[index] for index in bad)
            if found is not part:
                changed = True
                for place, value in zip(places, found, strict=True):
                    clean[place] = value
        return clean if changed else values, odd

    def _plan(self, keys: tuple[str, ...]) -> Sequence[Judge | None]:
        if _known_names.issuperset(keys) or _are_names(keys):
            return (self.values,) * len(keys)
        return [self.values if _are_names((key,)) else None for key in keys]


def _belongs(value: Any, kind: type | None) -> bool:
    return type(value) is kind if kind is not None else type(value) not in (dict, list)


def _are_names(keys: tuple[str, ...]) -> bool:
    """Whether all keys can be names as they are; they are remembered."""
    try:
        if any(printable(key) != key for key in keys):
            return False
    except InvalidValue:
        return False
    if len(_known_names) < _REMEMBERED:
        _known_names.update(keys)
    return True
