"""Templates and how values are written for people; all that is put into a page is escaped here, once for all.

Tested by tests/sandbox/test_page_safety.py.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Container, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import msgspec
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse

_FOLDER: Final = Path(__file__).parent
STATIC: Final = _FOLDER / "static"
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LONGEST: Final = 4000  # characters of a record on a page; the download has all
_LINE: Final = 200  # characters of a record that is folded
# What would reorder or hide its neighbours is shown by its number instead, line ends and tabs aside.
_MISLEADING: Final = re.compile("[\\x00-\\x08\\x0b-\\x1f\\x7f-\\x9f\\u202a-\\u202e\\u2066-\\u2069]")
_UNITS: Final = ((10**9, "G"), (10**6, "M"), (10**3, "k"))


def render(template: str, context: Mapping[str, Any], status: int = 200) -> HTMLResponse:
    """Return a page."""
    text = _environment.get_template(template).render(context)
    # A lone surrogate can come in as JSON's \\ud800 and cannot go out as UTF-8.
    return HTMLResponse(text.encode("utf-8", "replace"), status)


def plain(value: Any) -> Any:
    """Return a text without what would mislead a reader; anything else as it is."""
    if type(value) is not str:  # what is marked as safe is our own
        return value
    return _MISLEADING.sub(lambda found: f"\\u{ord(found[0]):04x}", value)


def utc(instant: int | None, form: str = "%Y-%m-%d %H:%M:%S") -> str:
    """Return ``2026-01-02 03:04:05`` for milliseconds since the epoch."""
    if instant is None:
        return ""
    try:
        return (_EPOCH + timedelta(milliseconds=instant)).strftime(form)
    except OverflowError:
        return "out of range"


def iso(instant: int | None) -> str:
    """Return ``2026-01-02T03:04:05Z`` for milliseconds since the epoch."""
    return utc(instant, "%Y-%m-%dT%H:%M:%SZ")


def number(value: float) -> str:
    """Return ``1,234,567``."""
    return f"{value:,}"


def compact(value: float) -> str:
    """Return ``1.2M``, for places where there is little room."""
    for size, unit in _UNITS:
        if value >= size:
            return f"{value / size:.3g}{unit}" if value < 999.5 * size else f"{value / size:.0f}{unit}"
    return f"{value:g}"


def duration(milliseconds: float | None) -> str:
    """Return ``0.8 ms``, ``30 ms`` or ``1.2 s``."""
    if milliseconds is None:
        return ""
    if milliseconds < 9.95:
        return f"{milliseconds:.1f} ms"
    return f"{milliseconds:.0f} ms" if milliseconds < 999.5 else f"{milliseconds / 1000:.1f} s"


def span(milliseconds: int) -> str:
    """Return ``5 minutes``, or ``minute`` for one."""
    for size, unit in ((86_400_000, "day"), (3_600_000, "hour"), (60_000, "minute"), (1000, "second")):
        if milliseconds % size == 0 and milliseconds >= size:
            return unit if milliseconds == size else f"{milliseconds // size} {unit}s"
    return f"{milliseconds} ms"


def pretty(text: str) -> str:
    """Return JSON with a line for each value, cut where it becomes too long for a page."""
    try:
        shown = msgspec.json.format(text, indent=2)
    except (msgspec.MsgspecError, RecursionError):
        shown = text
    return shown if len(shown) <= _LONGEST else f"{shown[:_LONGEST]}\n… cut here; the download has all of it"


def oneline(text: str, without: Container[str] = ()) -> str:
    """Return the beginning of a record in one line.

    :param without: keys that stand elsewhere in the row.
    """
    try:
        value = msgspec.json.decode(text)
    except (msgspec.MsgspecError, RecursionError):
        return " ".join(text[:_LINE].split())
    left = {key: one for key, one in value.items() if key not in without} if isinstance(value, dict) else value
    return msgspec.json.encode(left).decode()[:_LINE]


def decoded(text: str) -> Any:
    """Return the value of JSON that the store wrote."""
    return msgspec.json.decode(text)


def _release() -> str:
    """Return a word that changes with the static files, so that no browser shows yesterday's."""
    digest = hashlib.sha256()
    for file in sorted(STATIC.iterdir()):
        digest.update(file.read_bytes())
    return digest.hexdigest()[:12]


def _make_environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_FOLDER / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=plain,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    filters = (utc, iso, number, compact, duration, span, pretty, oneline, decoded)
    environment.filters.update({each.__name__: each for each in filters})
    environment.globals["release"] = _release()
    return environment


_environment: Final = _make_environment()
