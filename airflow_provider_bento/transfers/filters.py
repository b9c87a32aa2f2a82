"""What may be exported of a kind: which filters it takes, and their values.

Messages name a value's type only: a filter may contain data from a template.

Tested by tests/unit/transfers/test_filters.py.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from typing import Any, Final, get_args

from airflow_provider_bento.api.contract import BroadcastStatus
from airflow_provider_bento.operators.argument_rules import Rule, shown
from airflow_provider_bento.operators.literals import is_template, references
from airflow_provider_bento.transfers.schemas import What

__all__ = ["FILTERS", "problems", "read_filters"]

_STATUSES: Final[tuple[str, ...]] = get_args(BroadcastStatus)
_RANGES: Final = ("created_at", "updated_at", "last_event_at", "unsubscribed_at")
_NEEDED: Final[dict[What, tuple[str, ...]]] = {"form_responses": ("form_id",)}


def _several(value: Any) -> list[Any]:
    """Return a list of values, or one value as a list."""
    return list(value) if isinstance(value, list | tuple | set | frozenset) else [value]


def _is_status(value: Any) -> bool:
    several = _several(value)
    return bool(several) and all(isinstance(one, str) and one in _STATUSES for one in several)


def _is_id(value: Any) -> bool:
    return (isinstance(value, str) and bool(value.strip())) or (isinstance(value, int) and not isinstance(value, bool))


def _is_range(value: Any) -> bool:
    if not isinstance(value, list | tuple) or len(value) != 2:
        return False
    try:
        after, before = map(_moment, value)
    except ValueError:
        return False
    return after is None or before is None or after < before


def _is_tags(value: Any) -> bool:
    several = _several(value)
    return bool(several) and all(isinstance(one, str) and bool(one.strip()) and "," not in one for one in several)


def _moment(value: Any) -> datetime | None:
    """Return a bound of a range; one without a time zone is UTC, and a template without a result is no bound.

    :raises ValueError: it is neither a date nor ISO 8601 text.
    """
    if value is None or (isinstance(value, str) and value.strip() in ("", "None")):
        return None
    if isinstance(value, str):
        value = datetime.fromisoformat(value.strip())
    elif isinstance(value, date) and not isinstance(value, datetime):
        value = datetime(value.year, value.month, value.day, tzinfo=UTC)
    if not isinstance(value, datetime):
        raise ValueError("no date")  # noqa: TRY004 - the caller asks only whether it can be read
    return value if value.tzinfo else value.replace(tzinfo=UTC)


_RANGE: Final = Rule("a pair (after, before) of times, each of which may be None, the earlier one first", _is_range)

FILTERS: Final[dict[What, dict[str, Rule]]] = {
    "broadcasts": {"status": Rule(f"one or several of {', '.join(_STATUSES)}", _is_status, _STATUSES)},
    "form_responses": {"form_id": Rule("the id of a form", _is_id)},
    "tags": {},
    "fields": {},
    "segments": {},
    "sequences": {},
    "subscribers": {
        **dict.fromkeys(_RANGES, _RANGE),
        "tags": Rule("a list of names of tags, none with a comma", _is_tags),
    },
}
"""The filters of each kind, and what each may be."""


def problems(what: What, filters: object, *, rendered: bool) -> Iterator[str]:
    """Yield what is wrong with the filters.

    :param rendered: whether templates are rendered; else a filter that contains one is not looked at.
    """
    if filters is None:
        filters = {}
    if not isinstance(filters, Mapping):
        yield f"filters must be a dict, not {shown(filters)}"
        return
    for name in filters:
        if name not in FILTERS[what]:
            yield _unknown(what, name)
    for name in _NEEDED.get(what, ()):
        if filters.get(name) is None:
            yield f'filters must contain {name} for {what}: filters={{"{name}": …}}'
    for name, rule in FILTERS[what].items():
        value = filters.get(name)
        if value is not None and (rendered or not _waits(value)) and (broken := rule.broken(name, value)):
            yield f"filters: {broken}"


def read_filters(what: What, filters: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return rendered and valid filters as arguments of the hook's methods; ranges without bounds are left out.

    ``status`` is a tuple, a range a pair of ``datetime`` or ``None``, ``tags`` a list.
    """
    given = {name: value for name, value in (filters or {}).items() if value is not None}
    read = {name: _read(name, given[name]) for name in FILTERS[what] if name in given}
    return {name: value for name, value in read.items() if value != (None, None)}


def _read(name: str, value: Any) -> Any:
    if name == "status":
        return tuple(one for one in _STATUSES if one in _several(value))
    if name == "form_id":
        return str(value).strip()
    return _several(value) if name == "tags" else tuple(map(_moment, value))


def _unknown(what: What, name: object) -> str:
    from difflib import get_close_matches

    known = list(FILTERS[what])
    if not known:
        return f"{what} take no filters"
    near = get_close_matches(str(name), known, n=1, cutoff=0.7)
    said = f"{name}" if str(name).isidentifier() else "a key that is no name"
    return f"filters: {what} have no filter {said}; there is {', '.join(near or known)}"


def _waits(value: Any) -> bool:
    """Whether it contains a template or another task's result."""
    return any(map(is_template, _several(value))) or next(references(value), None) is not None
