"""The records argument of an operator: resolved, never rendered, and shown as a count.

Bento's Liquid and Airflow's Jinja share ``{{ }}``, so no Jinja runs inside a record; and what the Rendered tab shows is
stored in Airflow's database, so no record goes there.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence, Sized
from enum import Enum
from typing import Any, Final


class NotGiven(Enum):
    """Defaults of arguments for which ``None`` means something else; shown as their value by ``help()``."""

    NOT_GIVEN = "<required unless sql= or replay_dead_letters= is passed>"
    UNLESS_SQL = "<required unless sql= is passed>"
    REQUIRED = "<required>"
    BENTOS_POLICY = "<BentoRetryPolicy() on Airflow 3.3 and later>"

    def __repr__(self) -> str:
        return self.value


REQUIRED: Final[Any] = NotGiven.REQUIRED
"""The default of an argument that must be passed: without one, Airflow itself would report it, and name no task."""


class Records:
    """Records that are shown as ``<2500 events>`` wherever Airflow prints or stores a template field.

    :param value: what the author passed, or what it resolved to.
    :param noun: the argument's name, such as ``events``.
    :param resolved: whether it is the result of rendering; rendering it again would run Jinja in data.
    """

    __slots__ = ("noun", "resolved", "value")

    def __init__(self, value: Any, noun: str, *, resolved: bool = False) -> None:
        self.value = value
        self.noun = noun
        self.resolved = resolved

    def __repr__(self) -> str:
        if isinstance(self.value, list | tuple):
            return f"<{len(self.value)} {self.noun}>"
        if isinstance(self.value, str):
            return f"<{self.noun} as text>"
        return f"<{self.noun} from {type(self.value).__name__}>"

    def __len__(self) -> int:
        """Airflow skips empty template fields; this one is never empty, its value may be."""
        return 1


class Argument:
    """An argument of a function that returns records: shown as type and size, because it may contain records.

    :param value: what the function receives.
    """

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value

    def __repr__(self) -> str:
        size = f" of {len(self.value)}" if isinstance(self.value, Sized) and not isinstance(self.value, str) else ""
        return f"<{type(self.value).__name__}{size}>"


def unwrap(value: Any) -> Any:
    """Return what an :class:`Argument` hides; anything else as it is."""
    return value.value if isinstance(value, Argument) else value


def concealed(value: Any, noun: str) -> Any:
    """Return a literal list wrapped, so that a DAG is stored without its records; anything else as it is."""
    return Records(value, noun) if isinstance(value, list | tuple) else value


def with_rendered_keys(records: Any, keys: Sequence[str], render: Callable[[Any], Any]) -> Any:
    """Return a literal list of records with only the named keys rendered.

    :param keys: top-level keys of each record, such as ``name`` and ``send_at``.
    :param render: Airflow's template engine.
    """
    if not keys or not isinstance(records, list | tuple):
        return records
    return [
        {key: _rendered(item, render) if key in keys else item for key, item in record.items()}
        if isinstance(record, dict)
        else record
        for record in records
    ]


def _rendered(value: Any, render: Callable[[Any], Any]) -> Any:
    """Native rendering makes a number of ``{{ ds_nodash }}``; the author wrote text."""
    rendered = render(value)
    return str(rendered) if isinstance(value, str) and isinstance(rendered, int | float) else rendered
