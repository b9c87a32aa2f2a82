"""What is wrong with a sensor's arguments: found when the DAG is parsed if they are constants, else when the task runs.

Each check raises ``BentoSetupError`` naming the argument, never its value.

Tested by tests/unit/sensors/test_arguments.py.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final, get_args

from airflow_provider_bento.api.contract import BroadcastStatus
from airflow_provider_bento.exceptions import BentoSetupError
from airflow_provider_bento.operators.literals import is_template, refers

__all__ = ["address", "count", "either", "interval", "known", "states", "text"]

STATES: Final[tuple[str, ...]] = get_args(BroadcastStatus)


def known(value: object) -> bool:
    """Whether a value is known already: neither a template nor another task's result."""
    return not is_template(value) and not refers(value)


def either(title: str, **given: object) -> None:
    """Require exactly one of two arguments."""
    if sum(value is not None for value in given.values()) != 1:
        raise _wrong(title, f"pass either {' or '.join(f'{name}=' for name in given)}, and only one of them")


def text(title: str, name: str, value: object) -> None:
    """Require a text that is not empty, or a whole number as an id; ``None`` is no value."""
    if value is None or not known(value) or (isinstance(value, int) and not isinstance(value, bool)):
        return
    if not isinstance(value, str) or not value.strip():
        raise _wrong(title, f"{name} must be a text that is not empty")


def address(title: str, value: object) -> None:
    """Require an email address; ``None`` is no value."""
    if value is None or not known(value):
        return
    from airflow_provider_bento.hooks import arguments

    try:
        arguments.email(title, value)
    except BentoSetupError as error:
        raise _wrong(title, str(error).removeprefix(f"{title}: ").removesuffix(". Nothing was sent.")) from None


def states(title: str, value: object) -> None:
    """Require one or more of the states that Bento lists broadcasts by."""
    valid = isinstance(value, Sequence) and not isinstance(value, str) and bool(value)
    if not valid or any(one not in STATES for one in value):  # type: ignore[attr-defined]  # a sequence if valid
        raise _wrong(title, f"states must be a list of one or more of {', '.join(STATES)}")


def count(title: str, name: str, value: object) -> None:
    """Require a number of people; ``None`` is no value."""
    if value is None or not known(value):
        return
    if isinstance(value, str) and value.strip().isdecimal():  # a rendered template
        return
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise _wrong(title, f"{name} must be a whole number from 0")


def interval(title: str, seconds: float, shortest: float, why: str) -> None:
    """Require a shortest interval between two questions."""
    if not shortest <= seconds < math.inf:
        raise _wrong(title, f"poke_interval must be at least {shortest:g} seconds, because {why}")


def _wrong(title: str, what: str) -> BentoSetupError:
    return BentoSetupError(f"{title}: {what}. Nothing was asked.")
