"""What a comparison found: counts, whether that is tolerable, and the error if it is not. No person is in them.

Tested by tests/unit/reconcile/test_counts.py.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Final

import msgspec

from airflow_provider_bento.api.field_error import FieldError
from airflow_provider_bento.delivery.reasons import added, of_field_errors
from airflow_provider_bento.delivery.wording import counted
from airflow_provider_bento.exceptions import BentoOutOfStep

__all__ = ["OTHER_FIELDS", "Counts", "allowed", "judged"]

OTHER_FIELDS: Final = "(other fields)"
"""The key in a summary for all fields that there is no room for."""

_FIELD_BYTES: Final = 1500  # so that a summary stays below 2 KB
_SHOWN: Final = 5  # fields that a message or a line of the log names


@dataclass
class Counts:
    """How many people are how: sampled = equal + different + missing + unsubscribed.

    :ivar read: rows of the source.
    :ivar invalid: rows that an import could not take; they are not compared.
    :ivar sampled: people who are compared, or will be.
    :ivar equal: they are in Bento as the source says.
    :ivar different: a tag, a field or the subscription differs.
    :ivar missing: Bento does not have them.
    :ivar unsubscribed: nothing differs, but Bento sends them no broadcasts; the source says nothing about that.
    :ivar by_field: how many people differ in each field.
    :ivar reasons: invalid rows by the kind of their errors.
    """

    read: int = 0
    invalid: int = 0
    sampled: int = 0
    equal: int = 0
    different: int = 0
    missing: int = 0
    unsubscribed: int = 0
    by_field: dict[str, int] = field(default_factory=dict)
    reasons: dict[str, int] = field(default_factory=dict)

    @property
    def compared(self) -> int:
        """People who were compared so far."""
        return self.equal + self.different + self.missing + self.unsubscribed

    @property
    def out_of_step(self) -> int:
        """What ``tolerate`` is compared with: different and missing."""
        return self.different + self.missing

    def add_invalid(self, field_errors: Iterable[FieldError]) -> None:
        """Count a row that an import could not take."""
        self.invalid += 1
        self.reasons = added(self.reasons, of_field_errors(field_errors))

    def add_different(self, fields: Iterable[str]) -> None:
        """Count a person who differs in these fields."""
        self.different += 1
        for name in fields:
            self.by_field[name] = self.by_field.get(name, 0) + 1

    def summary(self) -> dict[str, Any]:
        """Return the counts for XCom, smaller than 2 KB; fields that most people differ in come first."""
        names = ("read", "sampled", "equal", "different", "missing", "unsubscribed", "invalid")
        return {**{name: getattr(self, name) for name in names}, "by_field": _fitting(_sorted(self.by_field))}

    def told(self) -> str:
        """Return what was found in one line: ``490 equal, 7 different (tags 5, first_name 2), 3 missing``."""
        more = [f"{number:,} {name}" for name in ("missing", "unsubscribed") if (number := getattr(self, name))]
        different = [f"{self.different:,} different ({_first(self.by_field)})"] if self.different else []
        return ", ".join([f"{self.equal:,} equal", *different, *more])


def allowed(tolerate: float, sampled: int) -> int:
    """Return how many people may be different or missing.

    :param tolerate: a count, or a fraction below 1 of those who were compared.
    """
    if not 0 < tolerate < 1:
        return int(tolerate)
    return math.floor(Fraction(str(tolerate)) * sampled)  # 0.29 of 100 is 29, in floats 28


def judged(counts: Counts, tolerate: float, *, noted: bool) -> Counts:
    """Return the counts.

    :param noted: whether the people who differ are in the dead letters.
    :raises BentoOutOfStep: more people are different or missing than ``tolerate`` allows.
    """
    most = allowed(tolerate, counts.sampled)
    if counts.out_of_step <= most:
        return counts
    who = (
        "The dead letters contain them: pass the file as replay_dead_letters= to BentoBatchSubscribersOperator"
        if noted
        else "Set dead_letters_path= to see which"
    )
    raise BentoOutOfStep(
        f"{counts.out_of_step:,} of {counted(counts.sampled, 'people')} are not in Bento as the source says: "
        f"{counts.told()}; tolerate allows {most:,}. Nothing was changed. Bento imports within minutes: if a push was "
        f"recent, clear the task later or set after=. {who}.",
        sampled=counts.sampled,
        different=counts.different,
        missing=counts.missing,
        by_field=_fitting(_sorted(counts.by_field)),
    )


def _sorted(by_field: Mapping[str, int]) -> dict[str, int]:
    return dict(sorted(by_field.items(), key=lambda one: (-one[1], one[0])))


def _first(by_field: Mapping[str, int]) -> str:
    names = list(_sorted(by_field).items())
    more = [f"{len(names) - _SHOWN} more fields"] if len(names) > _SHOWN else []
    return ", ".join([f"{name[:40]} {number:,}" for name, number in names[:_SHOWN]] + more)


def _fitting(by_field: Mapping[str, int]) -> dict[str, int]:
    """Return as many fields as there is room for; the others are counted together."""
    size, found = 0, dict[str, int]()
    for name, number in by_field.items():
        size += len(msgspec.json.encode({name: number})) + 2
        key = name if size <= _FIELD_BYTES else OTHER_FIELDS
        found[key] = found.get(key, 0) + number
    return found
