"""What a proof found, and how many trials are counted together."""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from delivery_law.law import Breach, LawBroken

SHOWN = 5
"""Breaches that are told in full."""


@dataclass
class Found:
    """What one trial found.

    :param mishaps: kills, faults or failing calls that it survived.
    :param repeated: records that arrived twice where repeating was wanted or harmless.
    """

    mishaps: int = 0
    repeated: int = 0


@dataclass
class Result:
    """What all trials of a proof found.

    :param runs: trials.
    :param mishaps: kills, faults or failing calls in them.
    :param repeated: records that arrived twice where repeating was wanted or harmless.
    :param breaches: how often the law was broken, by kind.
    :param told: the first of them.
    :param note: what else the table's reader should know.
    """

    runs: int = 0
    mishaps: int = 0
    repeated: int = 0
    breaches: Counter[Breach] = field(default_factory=Counter)
    told: list[str] = field(default_factory=list)
    note: str = ""

    def breach(self, error: LawBroken, where: str) -> None:
        """Count a breach."""
        self.breaches[error.breach] += 1
        self.told.append(f"{where}: {error}")

    def __add__(self, other: Result) -> Result:
        return Result(
            self.runs + other.runs,
            self.mishaps + other.mishaps,
            self.repeated + other.repeated,
            self.breaches + other.breaches,
            (self.told + other.told)[:SHOWN],
            "; ".join(note for note in (self.note, other.note) if note),
        )


Trial = Callable[[], Found]


def tried(trials: Iterable[tuple[str, Trial]]) -> Result:
    """Run the trials, each with the words by which it can be repeated."""
    result, shown = Result(), time.monotonic()
    for where, trial in trials:
        result.runs += 1
        try:
            found = trial()
        except LawBroken as error:
            result.breach(error, where)
            continue
        result.mishaps += found.mishaps
        result.repeated += found.repeated
        if sys.stderr.isatty() and time.monotonic() - shown > 1:
            shown = time.monotonic()
            sys.stderr.write(f"\r  {result.runs:,} runs")
            sys.stderr.flush()
    if sys.stderr.isatty():
        sys.stderr.write("\r\033[K")
    return result
