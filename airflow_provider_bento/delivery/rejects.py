"""Where records that did not get to Bento are kept: the protocol, and a list in memory."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from airflow_provider_bento.delivery.values import DeadLetter


class RejectSink(Protocol):
    """A place for dead letters. One conformance suite runs over every implementation."""

    def reset(self, keep: Sequence[tuple[int, int]] = (), *, attempt: int | None = None) -> None:
        """Forget what this run (not another one) has written, but for what is settled.

        :param keep: ranges of positions whose letters stay, each from its first up to, not including, its second.
        :param attempt: letters of later attempts stay: an older one may wake up late. ``None``: of none.
        :raises BentoStateError: the place cannot be written.
        """
        ...

    def write(self, letters: Sequence[DeadLetter]) -> None:
        """Keep the letters; they are durable when this returns. A position that this run has written before is
        replaced, so a repeated write leaves one letter a position.

        :raises BentoStateError: the place cannot be written.
        """
        ...


class MemoryRejects:
    """Dead letters in a dict, by position; lost with the process."""

    def __init__(self) -> None:
        self.letters: dict[int, DeadLetter] = {}

    def reset(self, keep: Sequence[tuple[int, int]] = (), *, attempt: int | None = None) -> None:
        """Forget all but what stands in ``keep`` and what later attempts wrote."""

        def stays(letter: DeadLetter) -> bool:
            later = attempt is not None and letter.attempt > attempt
            return later or any(first <= letter.position < end for first, end in keep)

        self.letters = {position: letter for position, letter in self.letters.items() if stays(letter)}

    def write(self, letters: Sequence[DeadLetter]) -> None:
        """Keep the letters, the last one a position."""
        self.letters.update((letter.position, letter) for letter in letters)


class NoRejects:
    """Keeps nothing: for runs without a ``rejects_path``, so that memory stays flat."""

    def reset(self, keep: Sequence[tuple[int, int]] = (), *, attempt: int | None = None) -> None:
        """Nothing to forget."""

    def write(self, letters: Sequence[DeadLetter]) -> None:
        """Keep nothing; the books still count them."""
