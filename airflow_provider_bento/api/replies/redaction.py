"""What Bento's words may show: one line, in which all that the request sent is blanked.

Rather too much is blanked than a person is shown. Rules find spans in the line; spans that meet become one blank.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from itertools import chain
from typing import Final, NamedTuple, get_args

from airflow_provider_bento.api import contract
from airflow_provider_bento.api.replies.sent_values import BLOCK, COMMON, NOTHING, WORD, SentValues, values_of
from airflow_provider_bento.api.replies.text_folding import folded, plain

LONGEST: Final = 200
"""Characters of a line."""

ADDRESS: Final = "<email>"
BLANK: Final = "<…>"

_READ: Final = 5000  # characters before their escapes are undone
_LOOKED_AT: Final = 1000  # characters after that; more of them would only cost time
_DOUBTFUL: Final = 100  # the last characters of a line that was cut: half a value is not recognised
_LONG_WORD: Final = 64
_PARTS: Final = (2, 4)  # letters of the shortest piece of a word that is looked for: beyond ASCII, and in it

_KNOWN: Final = frozenset(
    {*contract.SUBSCRIBER_NAMES, *contract.UTM_NAMES, *contract.EVENT_KEYS, *contract.BROADCAST_KEYS, "site_uuid"}
    | {"subscribers", "events", "broadcasts", "command", "query", "key", "value", "tag", "field", "uuid", "details"}
    | {*get_args(contract.CommandVerb), *contract.BROADCAST_TYPES}
)
_KNOWN_NUMBERS: Final = frozenset(map(str, contract.BATCH_SIZE_PER_HOUR))

# Quoted local parts; blanks around the sign; whatever stands before it without a blank.
_EMAIL: Final = re.compile(
    r"""(?:"[^"@]*"|'[^'@]*'|[^\s<>"]+)?\s?@\s?(?:\[[^\]\s]*\]?|[^\s"<>(),;]*)(?:\s?>)?(?:\s?\([^)]*\)?)?"""
)
_SPELLED: Final = re.compile(
    r"[^\s<>]+\s?(?:[\[({]\s?at\s?[\])}]\s?[^\s<>]+(?:\s?[\[({]\s?dot\s?[\])}]\s?\w+)*|\sat\s(?=[\w-]+(?:\.|\sdot\s)\w)\S+"
    r"(?:\sdot\s\w+)*)",
    re.IGNORECASE,
)
_BEFORE_BRACKET: Final = re.compile(r"([^:;<>]*)<\s?$")
_NUMBER: Final = re.compile(r"[+(]*\d(?:[\s().\-/+_]*\d){4,}")
_QUOTED: Final = re.compile(r"""["“”„«»`](.*?)(?:["“”„«»`]|$)|(?<!\w)['‘’‚‹›](.*?)(?:['‘’‚‹›](?!\w)|$)""")
_FIRST_NAME: Final = re.compile(r"\s*(\$?\w+)\s+")
_NAME: Final = re.compile(r"\$?\w+")
_RUN: Final = re.compile(r"[\w+/=~-]{12,}")
_CUT_WORD: Final = re.compile(r"\S+?(?:\.\.\.|…)")
_MIXED: Final = re.compile(r"(?=.*\d)(?=.*[^\W\d_])|[a-z][A-Z].*[a-z][A-Z]")


class _Span(NamedTuple):
    start: int
    end: int
    shown: str = BLANK


class Words:
    """Makes Bento's words about one request fit for a log.

    :param body: the request's JSON; read when the first words come.
    :param query: its query.
    """

    def __init__(self, body: bytes | None, query: Mapping[str, str]) -> None:
        self._body = body
        self._query = query

    def __call__(self, text: object) -> str:
        """Return the words in the form of :func:`sentence`."""
        return sentence(text, self._sent)

    @cached_property
    def _sent(self) -> SentValues:
        return values_of(self._body, self._query)


def sentence(text: object, sent: SentValues = NOTHING) -> str:
    """Return the words on one line of at most 200 characters.

    Blanked are the values that the request sent and every word of them, addresses in any spelling, what is quoted,
    numbers of five digits and more, and what looks like a key or an id. Names of keys stay.

    :param sent: what the request sent; without it, what looks like a value is blanked all the same.
    """
    raw = str(text)
    line = plain(raw[:_READ])
    cut = len(raw) > _READ or len(line) > _LOOKED_AT
    line = line[:_LOOKED_AT]
    known = _KNOWN | sent.keys
    shapes = chain(_addresses(line, known), _quoted(line, known), _numbers(line), _odd(line, known))
    spans = chain(shapes, _values(line, known, sent))
    shown = _blanked(line, spans, max(0, len(line) - _DOUBTFUL) if cut else len(line))
    return shown if len(shown) <= LONGEST else shown[: LONGEST + 1].rpartition(" ")[0]


def _blanked(line: str, spans: Iterable[_Span], end: int) -> str:
    """The line up to ``end``, or to the word before it, with each span replaced."""
    parts, at = [], 0
    for span in _merged(line, spans):
        if span.start >= end:
            break
        parts += [line[at : span.start], span.shown]
        at = span.end
    if at < end:
        parts.append(line[at:end] if end == len(line) else line[at:end].rpartition(" ")[0])
    return "".join(parts).strip()


def _merged(line: str, spans: Iterable[_Span]) -> Iterator[_Span]:
    current: _Span | None = None
    for span in sorted(spans):
        if current and not WORD.search(line[current.end : span.start]) and span.start <= current.end + 2:
            shown = ADDRESS if ADDRESS in (current.shown, span.shown) else BLANK
            current = _Span(current.start, max(current.end, span.end), shown)
            continue
        if current:
            yield current
        current = span
    if current:
        yield current


def _addresses(line: str, known: frozenset[str]) -> Iterator[_Span]:
    for pattern in (_EMAIL, _SPELLED):
        for found in pattern.finditer(line):
            yield _Span(found.start(), found.end(), ADDRESS)
            if before := _BEFORE_BRACKET.search(line, 0, found.start()):
                yield _Span(_after_names(line, before.start(1), known), found.start(), ADDRESS)


def _after_names(line: str, at: int, known: frozenset[str]) -> int:
    """The place after the names of keys that a sentence begins with."""
    while (found := _FIRST_NAME.match(line, at)) and found[1] in known:
        at = found.end()
    return at


def _quoted(line: str, known: frozenset[str]) -> Iterator[_Span]:
    for found in _QUOTED.finditer(line):
        inside = found[1] if found[1] is not None else found[2]
        if inside not in known:
            yield _Span(*found.span())


def _numbers(line: str) -> Iterator[_Span]:
    return (_Span(*found.span()) for found in _NUMBER.finditer(line) if found[0] not in _KNOWN_NUMBERS)


def _odd(line: str, known: frozenset[str]) -> Iterator[_Span]:
    """What looks like an id, a key or encoded text, and words that the reply itself cut off."""
    for found in _RUN.finditer(line):
        if found[0] not in known and (_MIXED.search(found[0]) or len(found[0]) > _LONG_WORD):
            yield _Span(*found.span())
    yield from (_Span(*found.span()) for found in _CUT_WORD.finditer(line))


def _values(line: str, known: frozenset[str], sent: SentValues) -> Iterator[_Span]:
    small = folded(line)
    if sent.words:
        yield from _words(line, known, sent)
    for value in sent.wholes:
        if (at := small.find(value)) >= 0:
            yield _Span(at, len(line))
    if sent.blocks:
        yield from _fragments(small, sent.blocks)


def _words(line: str, known: frozenset[str], sent: SentValues) -> Iterator[_Span]:
    for name in _NAME.finditer(line):
        if name[0] in known or name[0].lower() in _KNOWN or name[0] in COMMON:
            continue
        if name[0] in ("long", "short") and line.endswith("too ", 0, name.start()):  # surnames elsewhere
            continue
        for found in WORD.finditer(line, name.start(), name.end()):
            if found[0] not in COMMON and _holds(found[0].casefold(), sent):
                yield _Span(*found.span())


def _holds(word: str, sent: SentValues) -> bool:
    """Whether a word is one that was sent, the beginning of one, or has one in it."""
    if len(word) > _LONG_WORD or sent.has(word, begun=True):
        return True
    shortest = _PARTS[word.isascii()]
    parts = (word[start:end] for end in range(shortest, len(word) + 1) for start in range(end - shortest + 1))
    return any(sent.has(part) for part in parts)


def _fragments(small: str, blocks: frozenset[int]) -> Iterator[_Span]:
    """A quotation of a long value: nothing after its first letter is shown."""
    for at in range(len(small) - BLOCK + 1):
        if hash(small[at : at + BLOCK]) in blocks:
            start = small.rfind(" ", 0, max(0, at - BLOCK)) + 1
            yield _Span(start, len(small))
            return
