"""Text without its escapes, so that a value is found in every form in which a reply may write it.

Tested by tests/unit/api/replies/test_redaction.py.
"""

from __future__ import annotations

import html
import re
import unicodedata
from typing import Final
from urllib.parse import unquote

_LAYERS: Final = 6  # escapes within escapes; nobody writes more by accident
_MARKED: Final = re.compile(r"[%&\\=]")
_AT: Final = re.compile(r"&commat;?|=40(?=\w)|\+AEA-", re.IGNORECASE)
_HEX: Final = re.compile(r"\\u\{([0-9a-f]{1,6})\}|\\u([0-9a-f]{4})|\\x([0-9a-f]{2})|%u([0-9a-f]{4})", re.IGNORECASE)
_BACKSLASHED: Final = re.compile(r"\\+([^\\])")
_LETTERS: Final = {"n": " ", "r": " ", "t": " "}


def plain(text: str) -> str:
    """Return the text on one line without HTML entities, percent and JSON escapes, invisible characters, accents and
    wide forms of letters.
    """
    for _ in range(_LAYERS):
        if text.isascii() and not _MARKED.search(text):
            break
        before, text = text, _without_one_layer(text)
        if text == before:
            break
    if not text.isprintable():
        text = "".join(letter if letter.isprintable() else " " for letter in text)
    return " ".join(text.split())


def folded(text: str) -> str:
    """Return the text in small letters, each at its place: as long as before."""
    lowered = text.lower()
    return lowered if len(lowered) == len(text) else "".join(low if len(low := c.lower()) == 1 else c for c in text)


def _without_one_layer(text: str) -> str:
    text = html.unescape(_AT.sub("@", text))
    text = unquote(_HEX.sub(_letter, text), errors="replace")
    text = _BACKSLASHED.sub(lambda found: _LETTERS.get(found[1], found[1]), text)
    return text if text.isascii() else _bare(text)


def _letter(found: re.Match[str]) -> str:
    code = int(next(filter(None, found.groups())), 16)
    return chr(code) if code <= 0x10FFFF and not 0xD800 <= code <= 0xDFFF else " "


def _bare(text: str) -> str:
    apart = unicodedata.normalize("NFKD", text)
    kept = (letter for letter in apart if unicodedata.category(letter) not in ("Mn", "Mc", "Me", "Cf"))
    return unicodedata.normalize("NFC", "".join(kept))
