"""Where records that did not get to Bento are kept: the protocol, and a list in memory.

Tested by tests/conformance/test_dead_letter_sink_conformance.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from airflow_provider_bento.delivery.values import DeadLetter


class DeadLetterSink(Protocol):
    """A place for dead letters. One conformance suite runs over every implementation."""

    def reset(self, keep: Sequence[tuple[int, int]] = (), *, attempt: int | None = None) -> None:
        """Forget what this run (not another one) has written, but for what is settled.

        :param keep: ranges of positions whose letters stay, each from its first up to, not including, its second.
        :param attempt: letters of later attempts stay: an older one may wake up late. ``None``: of none. Those of a dry
            run have attempt 0: every later reset forgets them, and they forget none but their like.
        :raises BentoStateError: the place cannot be written.
        """
        ...

    def write(self, letters: Sequence[DeadLetter]) -> None:
        """Keep the letters; they are durable when this returns. A position that this run has written before is
        replaced, so a repeated write leaves one letter a position; a dry run's letter replaces none.

        :raises BentoStateError: the place cannot be written.
        """
        ...


def stays(position: int, written_by: int, keep: Sequence[tuple[int, int]], attempt: int | None) -> bool:
    """Whether a reset lets a letter stay.

    :param written_by: the attempt that wrote it; 0: a dry run.
    :param keep: see :meth:`DeadLetterSink.reset`.
    :param attempt: see :meth:`DeadLetterSink.reset`.
    """
    later = attempt is not None and written_by > attempt
    return later or (written_by > 0 and any(first <= position < end for first, end in keep))


class MemoryDeadLetters:
    """Dead letters in a dict, by position; lost with the process."""

    def __init__(self) -> None:
        self.letters: dict[int, DeadLetter] = {}

    def reset(self, keep: Sequence[tuple[int, int]] = (), *, attempt: int | None = None) -> None:
        """Forget all but what is in ``keep`` and what later attempts wrote."""
        self.letters = {
            position: letter
            for position, letter in self.letters.items()
            if stays(position, letter.attempt, keep, attempt)
        }

    def write(self, letters: Sequence[DeadLetter]) -> None:
        """Keep the letters, the last one a position."""
        self.letters |= {one.position: one for one in letters if one.attempt or one.position not in self.letters}


class NoDeadLetters:
    """Keeps nothing: for runs without a ``dead_letters_path``, so that memory stays flat."""

    def reset(self, keep: Sequence[tuple[int, int]] = (), *, attempt: int | None = None) -> None:
        """Nothing to forget."""

    def write(self, letters: Sequence[DeadLetter]) -> None:
        """Keep nothing; the counts include them."""
