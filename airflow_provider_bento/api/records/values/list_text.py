"""Lists that another program wrote as text: JSON, a Postgres array, the way that Python prints a list of texts.

Each notation is read in the strict form that programs write; text that only resembles one is recognized here too.

Tested by tests/unit/api/records/values/test_tags.py.
"""

from __future__ import annotations

import ast
import json
import re
from typing import Any, Final

INVISIBLE: Final = "\ufeff\u200b\u2060\u00ad\u200e\u200f"
"""Letters without width that copied text and files bring along; ``str.strip()`` keeps them."""

# What Postgres writes: no blanks around items, quotes around those with blanks, commas, braces, quotes or backslashes.
# An equals sign without quotes is how Java, Presto and Athena write a map.
_ITEM: Final = r"""(?:"(?:[^"\\]|\\.)*+"|(?!')[^{}",\\\s=]++)"""
_POSTGRES: Final = re.compile(rf"\{{{_ITEM}(?:,{_ITEM})*+\}}", re.DOTALL)
_POSTGRES_ITEM: Final = re.compile(_ITEM, re.DOTALL)
_ESCAPED: Final = re.compile(r"\\(.)", re.DOTALL)

# Texts without a comma between them are how numpy prints an array; Python would read them as one text.
_ESCAPE: Final = r"""\\(?:[\\'"ntr]|x[0-9a-f]{2}|u[0-9a-f]{4}|U00[01][0-9a-f]{5})"""
_TEXT: Final = rf"""(?:'(?:[^'\\\r\n]|{_ESCAPE})*+'|"(?:[^"\\\r\n]|{_ESCAPE})*+"|None)"""
_PYTHON: Final = re.compile(rf"[\[({{]\s*+{_TEXT}(?:\s*+,\s*+{_TEXT})*+\s*+(?:,\s*+)?[\])}}]")
_PYTHON_TEXT: Final = re.compile(_TEXT)

_MISSING: Final = frozenset({"None", "nan", "NaN", "NaT", "<NA>", "undefined"})
_CALL: Final = re.compile(r"[\w.]+\((?:(?:[\[{(\"'<]|\w+=).*)?\)", re.DOTALL)  # set(), frozenset({'a'}), Row(tag='a')
_BRACKET: Final = re.compile(r"[\[\](){}]")
_PAIRS: Final = {"]": "[", "}": "{", ")": "("}


def listed(text: str) -> list[Any] | None:
    """Return the items of a list in one of the three notations; ``None``: the text is in none of them.

    :param text: without blanks around it.
    """
    if text[:1] not in ("[", "{", "("):
        return None
    if text[0] != "(" and (found := _of_json(text)) is not None:
        return found
    if _POSTGRES.fullmatch(text):
        items = _POSTGRES_ITEM.findall(text[1:-1])
        if not _MISSING.intersection(items):
            return [_of_postgres(item) for item in items]
    return _of_python(text)


def is_nothing(text: str) -> bool:
    """Whether it is how databases write a missing value."""
    return text == r"\N" or text.lower() == "null"


def is_missing_word(text: str) -> bool:
    """Whether it is how programs print a missing value: ``nan``, ``None``."""
    return text in _MISSING


def looks_written(name: str) -> bool:
    """Whether one name looks like a list or an object that was written as text, or like a piece of one."""
    first, last = name[0], name[-1]
    if name[:2] in ("b'", 'b"') and last == name[1] and len(name) > 2:  # bytes, as Python prints them
        return True
    if _BRACKET.search(name) is None and first not in "\"'<":
        return False
    if _open(name, "[{") or (first in "[{" and last in "]}") or (first == "<" and last == ">"):
        return True
    if first == '"' and (last == '"' or name.count('"') % 2):
        return True
    if name[:2] in ("('", '("') or (first == last == "'"):
        return True
    return _CALL.fullmatch(name) is not None


def splits_brackets(text: str) -> bool:
    """Whether the text has a comma inside brackets that are closed again."""
    return (
        _BRACKET.search(text) is not None
        and any(_open(part, "[{(") for part in text.split(","))
        and not _open(text, "[{(")
    )


def _open(text: str, openings: str) -> bool:
    """Whether brackets of the text do not match."""
    open_now: list[str] = []
    for letter in text:
        if letter in openings:
            open_now.append(letter)
        elif (opening := _PAIRS.get(letter)) and opening in openings and (not open_now or open_now.pop() != opening):
            return True
    return bool(open_now)


def _of_json(text: str) -> list[Any] | None:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if found == {}:  # how Postgres writes an empty array
        return []
    return found if isinstance(found, list) else None


def _of_postgres(item: str) -> str | None:
    if item.startswith('"'):
        return _ESCAPED.sub(r"\1", item[1:-1])
    return None if item.upper() == "NULL" else item


def _of_python(text: str) -> list[Any] | None:
    if text == "()":
        return []
    if not _PYTHON.fullmatch(text) or _PAIRS[text[-1]] != text[0]:
        return None
    try:
        return [ast.literal_eval(item) for item in _PYTHON_TEXT.findall(text[1:-1])]
    except (ValueError, SyntaxError):  # an escape or a character that Python does not accept
        return None
