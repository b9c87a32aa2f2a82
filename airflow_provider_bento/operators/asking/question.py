"""The words of a question: what happened, which positions, when, why, and what each button does. No people.

Tested by tests/unit/operators/test_asking_words.py.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from airflow_provider_bento.delivery.wording import counted, spanned
from airflow_provider_bento.operators.progress import balance

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from airflow_provider_bento.delivery.checkpoint.state import Checkpoint
    from airflow_provider_bento.delivery.values import InDoubt
    from airflow_provider_bento.exceptions import BentoOutcomeUnknown
    from airflow_provider_bento.operators.task_run import TaskRun

__all__ = ["ARRIVED", "MISSING", "STOP", "WORDS", "Doubt", "escaped"]

ARRIVED: Final = "They arrived: skip them"
MISSING: Final = "They did not arrive: send again"
STOP: Final = "Stop"
WORDS: Final[dict[str, InDoubt]] = {ARRIVED: "skip", MISSING: "resend"}
"""What the buttons that decide mean."""

_MOST_SPANS: Final = 10
_LONGEST_REASON: Final = 400  # characters
_MARKDOWN: Final = re.compile(r"([\\`*_{}\[\]<>()#+!|~&.:@])")
_UNTOLD: Final = "an earlier attempt of the task ended before the reply came"

_BODY: Final = """\
Bento may or may not have received **{what}**. They were not sent again.

- **Why:** {why}
- **When:** {when}
- **Task:** {task}
- **So far:** {so_far}
- **Reference:** {reference}

Look in Bento whether they are there, then choose:

- **{arrived}**: the task continues after them. They count as skipped, and are in the dead letters if there are any.
- **{missing}**: the same records are sent once more. If they had arrived, Bento has them twice.
- **{stop}**: the task fails, and nothing more is sent. Clear it to be asked again.

The answer applies to all of these records, and to no others.
"""


@dataclass(frozen=True)
class Doubt:
    """What a person is asked about.

    :param noun: what the records are, as a plural.
    :param spans: first and last position of each chunk in doubt; the answer is bound to them.
    :param shown: the positions to look for: fewer if some of a single chunk were found.
    :param count: how many records these are; ``None``: several chunks, whose invalid rows are not known any more.
    :param since: when the first of them was first meant to be sent; seconds since the epoch.
    :param why: how it came to not knowing; empty: an earlier attempt left it so.
    :param so_far: the counts before it, as a sum.
    :param reference: a digest of what is in doubt and since when; a later doubt at the same positions has another.
    """

    noun: str
    spans: tuple[tuple[int, int], ...]
    shown: tuple[tuple[int, int], ...]
    count: int | None
    since: float
    why: str
    so_far: str
    reference: str

    @classmethod
    def of(cls, error: BentoOutcomeUnknown, checkpoint: Checkpoint, noun: str) -> Doubt | None:
        """Return what is in doubt; ``None``: the checkpoint has no doubt, so there is nothing to bind an answer to.

        :param error: what stopped the run.
        :param checkpoint: how far it came.
        :param noun: what the records are.
        """
        chunks = [chunk for chunk in checkpoint.in_flight if chunk.counts is None]
        if not chunks:
            return None
        spans = tuple((chunk.span[0], chunk.span[-1]) for chunk in chunks)
        single = len(spans) == 1 and error.positions is not None
        return cls(
            noun=noun,
            spans=spans,
            shown=(error.positions,) if single and error.positions else spans,
            count=error.count if single else None,
            since=min(chunk.since for chunk in chunks),
            why=error.why,
            so_far=balance(checkpoint.counts),
            reference=_digest(f"{chunk.digest} {chunk.since!r}" for chunk in chunks),
        )

    @property
    def what(self) -> str:
        """The records in words: ``5 events at positions 10 to 14``."""
        several = len(self.shown) > 1
        records = self.noun if self.count is None else counted(self.count, self.noun)
        return f"{records} at {f'positions {_listed(self.shown)}' if several else spanned(*self.shown[0])}"

    def subject(self) -> str:
        """Return the question as a line of plain text."""
        return f"Bento: did {self.what} arrive?"

    def body(self, run: TaskRun) -> str:
        """Return all that is known, as Markdown.

        :param run: which task instance asks.
        """
        where = f"{run.dag_id}.{run.task_id}" + (f", map index {run.map_index}" if run.map_index >= 0 else "")
        return _BODY.format(
            what=self.what,
            why=escaped((self.why or _UNTOLD)[:_LONGEST_REASON]),
            when=datetime.fromtimestamp(self.since, UTC).strftime("%Y-%m-%d %H:%M:%S UTC"),
            task=escaped(f"{where}, run {run.run_id}, first asked by try {run.attempt.try_number}"),
            so_far=self.so_far,
            reference=self.reference,
            arrived=ARRIVED,
            missing=MISSING,
            stop=STOP,
        )


def escaped(words: str) -> str:
    """Return words on one line, without Markdown: no link, image, code or HTML comes of them."""
    return _MARKDOWN.sub(r"\\\1", " ".join(words.split()))


def _digest(parts: Iterable[str]) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def _listed(spans: Sequence[tuple[int, int]]) -> str:
    places = [str(first) if first == last else f"{first} to {last}" for first, last in spans[:_MOST_SPANS]]
    more = len(spans) - len(places)
    return ", ".join(places) + (f" and {more} more chunks" if more else "")
