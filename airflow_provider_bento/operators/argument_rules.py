"""What each argument of an operator may be by itself; combinations are validated elsewhere.

Messages name a value's type only: an argument may contain data from a template.

Tested by tests/unit/operators/test_validated_at_parse.py.
"""

from __future__ import annotations

import math
import os
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any, Final, NamedTuple, get_args

from airflow_provider_bento.api import contract
from airflow_provider_bento.delivery.endpoint_facts import FACTS
from airflow_provider_bento.delivery.values import IN_DOUBT
from airflow_provider_bento.operators.arguments import OnEmpty, WhenGone, WhenInDoubt
from airflow_provider_bento.operators.literals import is_template, refers
from airflow_provider_bento.operators.records_argument import NotGiven

__all__ = ["Rule", "rules", "shown"]

_WORD: Final = re.compile(r"[A-Za-z][A-Za-z_-]{0,19}")
_VOWELS: Final = ("a", "e", "i", "o", "u")


class Rule(NamedTuple):
    """What an argument may be.

    :param expected: in words, after "must be".
    :param right: whether a value is valid.
    :param words: the allowed words, to suggest one for a typo.
    """

    expected: str
    right: Callable[[Any], bool]
    words: tuple[str, ...] = ()

    def broken(self, name: str, value: object) -> str | None:
        """Return what is wrong with the value of an argument, or ``None``."""
        if value is NotGiven.REQUIRED:
            return f"{name} is missing: it must be {self.expected}"
        return None if self.right(value) else f"{name} must be {self.expected}, not {shown(value, self.words)}"


def rules(endpoint: contract.Endpoint) -> dict[str, Rule]:
    """Return the rule of each argument that has one."""
    most = contract.BATCH[endpoint].max_records
    return {
        "chunk_size": Rule(
            f"a whole number from 1 to {most}" if most > 1 else "1", lambda value: _whole(value, 1, most)
        ),
        "on_invalid_record": _one_of(("fail", "drop")),
        "in_doubt": _in_doubt(endpoint),
        "on_empty": _one_of(get_args(OnEmpty)),
        **_RULES,
    }


def shown(value: object, words: tuple[str, ...] = ()) -> str:
    """Return the type of a value; numbers, and words if one of a few is expected, as they are."""
    if value is None or isinstance(value, bool):
        return str(value)
    if isinstance(value, int | float):
        return f"{value:g}" if isinstance(value, float) else str(value)[:20]
    if refers(value):
        return "another task's result (not supported by this argument)"
    if is_template(value):
        return "a template (Jinja does not run in this argument)"
    if isinstance(value, str):
        return _word(value, words) if words and _WORD.fullmatch(value) else "text" if value.strip() else "empty text"
    kind = type(value).__name__
    return f"{'an' if kind[0].lower() in _VOWELS else 'a'} {kind}"


def _word(value: str, words: tuple[str, ...]) -> str:
    from difflib import get_close_matches

    near = get_close_matches(value.lower(), words, n=1, cutoff=0.5)
    return f"{value!r} (did you mean {near[0]!r}?)" if near else repr(value)


def _in_doubt(endpoint: contract.Endpoint) -> Rule:
    asking = _one_of(get_args(WhenInDoubt), or_none=True)
    if FACTS[endpoint].idempotent:  # nobody need be asked; that "ask" is wrong here is explained elsewhere
        return _one_of(IN_DOUBT, or_none=True)._replace(right=asking.right)
    return asking


def _one_of(words: tuple[str, ...], *, or_none: bool = False) -> Rule:
    wanted = ", ".join(map(repr, words[:-1])) + f" or {words[-1]!r}" + (", or None" if or_none else "")
    return Rule(wanted, lambda value: (or_none and value is None) or (isinstance(value, str) and value in words), words)


def _whole(value: Any, least: int, most: int | None = None) -> bool:
    whole = isinstance(value, int) and not isinstance(value, bool)
    return whole and least <= value and (most is None or value <= most)


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value) and value >= 0


def _tolerance(value: Any) -> bool:
    return _number(value) and (value < 1 or value == int(value))


def _text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _path(value: Any) -> bool:
    """Whether it is a path or ``None``; Airflow's ObjectStoragePath is no PathLike, and empty text means no path."""
    return (
        value is None or isinstance(value, str | os.PathLike) or (hasattr(value, "protocol") and hasattr(value, "fs"))
    )


def _says_nothing(value: Any) -> bool:
    """Whether a path is what a template without a result renders as."""
    return value is not None and str(value).strip() in ("", "None")


def _names(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str | bytes) and all(map(_text, value))


def _user(value: Any) -> bool:
    if isinstance(value, Mapping):
        return _text(value.get("id")) and value.keys() <= {"id", "name"} and _text(value.get("name", "unnamed"))
    return _text(value) and not is_template(value)


def _users(value: Any) -> bool:
    if value is None:
        return True
    return isinstance(value, list | tuple) and bool(value) and all(map(_user, value))


_YES: Final = Rule("True or False", lambda value: isinstance(value, bool))
_PATH: Final = Rule("a path, or None", _path)
_PERIOD: Final = Rule(
    "a timedelta of more than 0, or None",
    lambda value: value is None or (isinstance(value, timedelta) and value > timedelta()),
)
_TEXT: Final = Rule("text, or None", lambda value: value is None or _text(value))
_RULES: Final = {
    "bento_conn_id": Rule("the id of a connection", _text),
    "max_chunk_bytes": Rule("a whole number of at least 1000", lambda value: _whole(value, 1000)),
    "max_failed": Rule("a count of at least 0, or a fraction below 1 (0.02 for 2 %)", _tolerance),
    "dead_letters_path": _PATH,
    "checkpoint_path": _PATH,
    "replay_dead_letters": _PATH,
    "validate_only": Rule("True or False", lambda value: str(value).strip().lower() in ("true", "false")),
    "release_slot_after": Rule("a number of seconds, or None", lambda value: value is None or _number(value)),
    "max_in_flight": Rule("a whole number from 1 to 32", lambda value: _whole(value, 1, 32)),
    "max_attempts": Rule("a whole number of at least 1", lambda value: _whole(value, 1)),
    "sql": Rule("the text of a single SELECT", lambda value: value is None or _text(value)),
    "sql_conn_id": _TEXT,
    "sql_parameters": Rule(
        "a list or dict of values, or None",
        lambda value: value is None or (isinstance(value, Mapping | Iterable) and not isinstance(value, str | bytes)),
    ),
    "resume_key": Rule("the name of a column, or None", lambda value: value is None or _text(value)),
    "columns": Rule(
        "a dict of field: column, or a function from a row to a record",
        lambda value: value is None or isinstance(value, Mapping) or callable(value),
    ),
    "constants": Rule("a dict of field: value", lambda value: value is None or isinstance(value, Mapping)),
    # The word "False", of a template or a Variable, would count as True.
    "allow_send": _YES,
    "to_everyone": _YES,
    "merge_duplicates": _YES,
    "isolate_rejected": _YES,
    "transactional": Rule("True (people who unsubscribed get the emails, too) or False", _YES.right),
    "allow_deletion": Rule("True (what is deleted cannot be restored)", lambda value: value is True),
    "template_keys": Rule("a list of the records' keys", _names),
    # No text means no path elsewhere, but here everything would be sent once more.
    "snapshot_path": Rule("the path of a folder, or None", lambda value: _path(value) and not _says_nothing(value)),
    "when_gone": _one_of(get_args(WhenGone)),
    "untag": Rule("a list of tags, without Jinja", lambda value: _names(value) and not any(map(is_template, value))),
    "max_gone": Rule(
        "a count of at least 0, or a fraction below 1 (0.05 for 5 %)", lambda value: value is None or _tolerance(value)
    ),
    "resend_after": _PERIOD,
    "forget_after": _PERIOD,
    "full_refresh": Rule(
        'True, False or "baseline"', lambda value: str(value).strip().lower() in ("true", "false", "baseline")
    ),
    "sample": Rule('a number of people from 1, or "all"', lambda value: value == "all" or _whole(value, 1), ("all",)),
    "tolerate": Rule("a count of at least 0, or a fraction below 1 (0.02 for 2 %)", _tolerance),
    "after": _PERIOD,
    "once_by": Rule(
        "the name of a field, such as details.order_id",
        lambda value: value is None or (_text(value) and not is_template(value)),
    ),
    "ask_timeout": _PERIOD,
    "ask_users": Rule('a list of users, each an id or {"id": …, "name": …}, or None', _users),
    "watermark": Rule("the name of a column, or None", lambda value: value is None or _text(value)),
}
