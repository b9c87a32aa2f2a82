"""The extras of a connection, by name, so that none is silently ignored.

Airflow reads an extra that is not JSON as ``{}`` and only logs it: a configured rate limit would be ignored. A
misspelled name would have the same effect.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Any, Final

from airflow_provider_bento.connection.attributes import ConnectionLike, Warn, place, refuse
from airflow_provider_bento.connection.form import CONN_TYPE, FIELDS

__all__ = ["extras_of"]

# `site_uuid` is a standard attribute in the form, and also accepted among the extras.
_KNOWN: Final = frozenset({one.name for one in FIELDS if one.store == "extra"} | {"site_uuid"})
_ELSEWHERE: Final = {
    spelling: one.name
    for one in FIELDS
    if one.name not in _KNOWN
    for spelling in (one.name.replace("_", ""), one.store)
} | {"schema": "site_uuid"}
_OF_OTHERS: Final = dict.fromkeys(("sender", "fromemail", "emailfrom", "mailfrom", "fromaddress"), "from")
_PREFIX: Final = f"extra__{CONN_TYPE}__"  # how forms before Airflow 2.3 stored a field, and old examples still do
_WANTED: Final = 'write a JSON object, like {"rate_limit": "60/minute"}'
_SHORTEST: Final = 4  # letters that a name must have to be found inside a known one
_TELLING: Final = 6  # letters that a known name must have to be found inside another one: "copied_from" is a note
_LONG: Final = 7  # letters from which a similarity is no accident: "export" is nearly "port"
_NEAR: Final = 0.8


def extras_of(conn: ConnectionLike, warn: Warn) -> dict[str, Any]:
    """Return the known extras that are filled in.

    :param warn: called with the unknown names.
    :raises BentoSetupError: it is not a JSON object, sets a setting twice, or has a misspelled name.
    """
    filled = [(str(name), value) for name, value in _pairs(conn) if value not in (None, "")]
    found = dict[str, Any]()
    unknown = list[str]()
    for given, value in filled:
        name = given.removeprefix(_PREFIX)
        if name not in _KNOWN:
            unknown.append(given)
        elif name in found and found[name] != value:
            refuse((name,), f"its extra sets {name} twice, with different values; keep one of them.")
        else:
            found[name] = value
    _report_unknown(unknown, warn)
    return found


def _pairs(conn: ConnectionLike) -> list[tuple[Any, Any]]:
    try:
        raw = conn.extra
        if isinstance(raw, str | bytes) and raw.strip():
            raw = json.loads(raw, object_pairs_hook=_Pairs)
    except (ValueError, RecursionError) as error:
        refuse(("extra",), f"its extra is not JSON{_position(error)}; {_WANTED}.")
    if raw is None or (isinstance(raw, str | bytes) and not raw.strip()):
        return []
    if isinstance(raw, str):
        refuse(("extra",), "its extra is a JSON text in quotes; remove the outer quotes and the backslashes.")
    if not isinstance(raw, Mapping | _Pairs):
        refuse(("extra",), f"its extra is not a JSON object; {_WANTED}.")
    return list(raw.items() if isinstance(raw, Mapping) else raw)


class _Pairs(list[tuple[str, Any]]):
    """A JSON object as it is written: a name may occur twice."""


def _position(error: Exception) -> str:
    """The parser's words name a place and what it expected there, nothing of the text."""
    if isinstance(error, json.JSONDecodeError):
        return f" (line {error.lineno}, column {error.colno}: {error.msg})"
    return ""


def _report_unknown(unknown: list[str], warn: Warn) -> None:
    slips = [words for name in unknown if (words := _slip(name))]
    if slips:
        refuse(("extra",), f"its extra {', and '.join(slips)}.")
    if unknown:
        warn(_about(unknown))


def _slip(name: str) -> str:
    """What a name was most likely meant to be; empty: nothing that is known."""
    plain = _plain(name.removeprefix(_PREFIX))
    if field := _ELSEWHERE.get(plain):
        return f"{_shown(name)} is not read from there: it belongs in {place(field)}"
    meant = {_plain(known): known for known in sorted(_KNOWN)}
    if name_of_ours := _OF_OTHERS.get(plain):
        return f"{_shown(name)} is unknown (did you mean {name_of_ours}?)"
    inside = [one for one in meant if len(plain) >= _SHORTEST and (_within(one, plain) or plain in one)]
    if near := inside or get_close_matches(plain, meant, 1, _NEAR):
        return f"{_shown(name)} is unknown (did you mean {meant[near[0]]}?)"
    if near := get_close_matches(plain, [one for one in _ELSEWHERE if len(one) >= _LONG], 1, _NEAR):
        return f"{_shown(name)} is not read from there: it belongs in {place(_ELSEWHERE[near[0]])}"
    return ""


def _within(known: str, plain: str) -> bool:
    return known == plain or (len(known) >= _TELLING and known in plain)


def _plain(name: str) -> str:
    return "".join(letter for letter in unicodedata.normalize("NFKC", name).casefold() if letter.isalnum())


def _about(names: Iterable[str]) -> str:
    found = sorted(names)
    listed = ", ".join(map(_shown, found[:20]))
    known = ", ".join(sorted(_KNOWN))
    if len(found) == 1:
        return f"its extra {listed} is unknown and is ignored; known extras: {known}."
    return f"its extras {listed} are unknown and are ignored; known extras: {known}."


def _shown(name: str) -> str:
    return repr(name[:60])
