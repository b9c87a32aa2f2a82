"""What Bento says in a reply that is no success, as sentences; every known shape of its errors is read.

The shapes are those that the ActionMailer gem and the SDKs read.

Tested by tests/unit/api/replies/test_failures.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

import msgspec

from airflow_provider_bento.api import contract
from airflow_provider_bento.api.replies.redaction import sentence

MOST_LINES: Final = 5
_READ: Final = 5000  # bytes of a body that is no JSON
_DEEPEST: Final = 4
_WORDS: Final = ("message", "error", "errors", "detail", "title")


def reasons(body: bytes, words: Callable[[object], str] = sentence) -> tuple[str, ...]:
    """Return what an error body says in at most five short lines, whatever its Content-Type: Rails labels a bare
    sentence as a web page.

    :param words: makes Bento's words fit for a log.
    """
    shown = (words(line) for line in _lines(_value(body)) if line)
    return tuple(dict.fromkeys(line for line in shown if line))[:MOST_LINES]


def says_author_refused(said: object) -> bool:
    """Whether a reply, as bytes or decoded, says that Bento does not know the sender; the SDKs look for it, too."""
    value = _value(said) if isinstance(said, bytes) else said
    line = " ".join(" ".join(_lines(value)).lower().split())
    return any(phrase in line for phrase in contract.AUTHOR_REFUSED)


def says_absent(body: bytes) -> bool:
    """Whether a 404 is Bento's own for a person it does not have, not that of a wrong address (docs:
    data_deletion_requests).
    """
    value = _value(body)
    return isinstance(value, Mapping) and value.get("error") == contract.ABSENT


def _value(body: bytes) -> Any:
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return "" if body.lstrip()[:1] == b"<" else body[:_READ].decode("utf-8", "replace")


def _lines(value: Any, depth: int = 0) -> Iterable[str]:
    """Flatten ``error``, ``message``, ``errors`` in all their forms to sentences."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list) and depth < _DEEPEST:
        for item in value[:20]:
            yield from _lines(item, depth + 1)
    elif isinstance(value, Mapping) and depth < _DEEPEST:
        yield from _of_mapping(value, depth)


def _of_mapping(value: Mapping[str, Any], depth: int) -> Iterable[str]:
    said = next((value[key] for key in ("message", "detail", "title") if value.get(key)), None)
    if isinstance(value.get("field"), str) and isinstance(said, str):
        yield f"{value['field']} {said}"
        return
    known = [value[key] for key in _WORDS if value.get(key)]
    if known:
        for item in known:
            yield from _lines(item, depth + 1)
    elif depth:
        for name, item in list(value.items())[:20]:
            yield from (f"{name} {line}" for line in _lines(item, depth + 1))
