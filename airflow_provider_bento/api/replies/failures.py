"""The failures that a 2xx reply reports: which of its keys report one, and which values mean that there is none.

Knows no HTTP and no counts of what was sent.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

FAILURE_KEYS: Final = frozenset({"failed", "failures", "error", "errors", "success", "message"})
_SOUNDS_LIKE_FAILURE: Final = ("fail", "error", "reject", "refuse", "invalid")
_SPOILING: Final = ("failed", "failures", "error", "errors", "success")  # a thing may have a message of its own
_IDENTITY: Final = ("id", "name", "uuid")

UNNAMED: Final = "a key that sounds like failure"


def places(answer: object) -> tuple[Mapping[str, Any], ...]:
    """Return the objects of a reply in which Bento counts: the whole reply, and the object under ``data``."""
    top = answer if isinstance(answer, Mapping) else {}
    data = top.get("data")
    return (top, data) if isinstance(data, Mapping) else (top,)


def said(answer: object, key: str) -> list[Any]:
    """Return what a reply says under a failure key, wherever it counts, without what means that nothing failed."""
    found = [place[key] for place in places(answer) if key in place]
    return [value for value in found if not says_nothing(key, value)]


def speaking_keys(answer: object) -> list[str]:
    """Return the failure keys under which a reply says something; keys that are not known are not named."""
    return sorted({name for place in places(answer) for name in _speaking(place)})


def says_nothing(key: str, value: object) -> bool:
    """Whether a value under a failure key says that nothing failed: null, empty, zero; for ``success`` true."""
    if key == "success":
        return value is None or value is True
    return value is None or value is False or value in ("", [], {}) or (type(value) is int and value == 0)


def is_made(item: object) -> bool:
    """Whether an item of a list was created by Bento: an object with an identity, and without an error."""
    if not isinstance(item, Mapping):
        return False
    inner = attributes(item)
    if any(not says_nothing(key, here.get(key)) for here in (item, inner) for key in _SPOILING):
        return False
    return any(here.get(key) not in (None, "") for here in (item, inner) for key in _IDENTITY)


def attributes(item: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the attributes of an item: the object under ``attributes``, or the item itself."""
    inner = item.get("attributes")
    return inner if isinstance(inner, Mapping) else item


def _speaking(place: Mapping[str, Any]) -> Iterator[str]:
    for key, value in place.items():
        known = key in FAILURE_KEYS
        if (known or _sounds_like_failure(key)) and not says_nothing(key, value):
            yield key if known else UNNAMED


def _sounds_like_failure(key: str) -> bool:
    lowered = key.lower()
    return lowered in FAILURE_KEYS or any(word in lowered for word in _SOUNDS_LIKE_FAILURE)
