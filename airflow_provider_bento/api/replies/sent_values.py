"""The values that a request sent, kept so that they are found again in what a reply says.

Tested by tests/unit/api/replies/test_redaction.py.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from airflow_provider_bento.api.replies.text_folding import folded, plain

BLOCK: Final = 16
"""Letters of a piece of a long value; a quotation of twice as many holds one of these pieces whole."""

_COMMON: Final = """
a already an and any are as at be been before between blank but by can cannot character characters contain contains
could did do does each either empty error exist exists failed fewer for form format found from greater has have if in
include included integer invalid is it items its least less letters longer many match maximum minimum missing more most
must no not nothing null number of on one only or other out over please positive present refused rejected required
should taken than that the there this to too unknown unsupported used valid value values was were with without wrong
you your
"""
COMMON: Final = frozenset(_COMMON.split())
"""Words of error sentences; in small letters they stay readable even if a value holds them."""

CUT: Final = 4
"""Letters of the shortest beginning of a word that gives it away."""

WORD: Final = re.compile(r"[^\W_]+")

_SHORT: Final = 100  # letters; longer values are texts, and their words are everybody's
_KEY: Final = re.compile(r"\$?[a-z][a-z0-9_]*")


@dataclass(frozen=True, slots=True)
class SentValues:
    """What a request sent; its ``repr`` shows nothing of it.

    :param keys: the names of its keys, if they look like names.
    :param words: the words of its short values, in order.
    :param wholes: its short values that have no word, or several that are all common.
    :param blocks: hashes of pieces of its long values.
    """

    keys: frozenset[str] = frozenset()
    words: tuple[str, ...] = ()
    wholes: frozenset[str] = frozenset()
    blocks: frozenset[int] = frozenset()

    def __repr__(self) -> str:
        return f"SentValues({len(self.words)} words)"

    def has(self, word: str, *, begun: bool = False) -> bool:
        """Whether a value has this word.

        :param begun: also accept the first letters of a word, if there are at least four.
        """
        at = bisect_left(self.words, word)
        found = self.words[at] if at < len(self.words) else ""
        return bool(found) and (found == word or (begun and len(word) >= CUT and found.startswith(word)))


NOTHING: Final = SentValues()


def values_of(body: bytes | None, query: Mapping[str, str]) -> SentValues:
    """Return the values of a request's JSON and query; a body that is no JSON has none."""
    keys, words, wholes, blocks = set[str](), set[str](), set[str](), set[int]()
    for text in _texts([_decoded(body), dict(query)], keys):
        value = plain(text)
        if len(value) <= _SHORT:
            words.update(found := words_of(value))
            if len(found) != 1 and COMMON.issuperset(found):
                wholes.add(folded(value))
        else:
            small = folded(value)
            blocks.update(hash(small[at : at + BLOCK]) for at in range(0, len(small) - BLOCK + 1, BLOCK))
    wholes = {value for value in wholes if len(value) > 1 or not value.isascii()} - {""}
    return SentValues(frozenset(keys), tuple(sorted(words)), frozenset(wholes), frozenset(blocks))


def words_of(value: str) -> list[str]:
    """Return the words of a text as they are compared: without regard to case."""
    return [word.casefold() for word in WORD.findall(value)]


def _decoded(body: bytes | None) -> Any:
    try:
        return msgspec.json.decode(body or b"null")
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def _texts(found: Iterable[Any], keys: set[str]) -> Iterator[str]:
    """Every value as text; keys that look like names go into ``keys``, others are somebody's values."""
    left = list(found)
    while left:
        value = left.pop()
        if isinstance(value, Mapping):
            fresh = value.keys() - keys
            keys.update(filter(_KEY.fullmatch, fresh))
            left += value.values()
            left += fresh - keys
        elif isinstance(value, list):
            left += value
        elif isinstance(value, str):
            yield value
        elif isinstance(value, int | float) and not isinstance(value, bool):
            yield str(value)
