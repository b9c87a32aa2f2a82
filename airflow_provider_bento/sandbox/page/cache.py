"""Costly answers that need not be worked out for every visitor anew; knows times, never what is asked.

Tested by tests/sandbox/test_page_live.py.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any, Final, TypeVar

T = TypeVar("T")
_CHEAP: Final = 0.004  # seconds; what takes no longer is worked out each time something changed
_SHARE: Final = 20  # an answer is used for so many times as long as it took: at most 5 % of the time goes into it
_LONGEST: Final = 10.0  # seconds
_MOST: Final = 64  # answers


@dataclass(slots=True)
class _Answer:
    value: Any
    version: int
    good_until: float


class Cache:
    """Keeps answers while nothing changed, and costly ones somewhat longer.

    :param version: says what state everything is in; cheap.
    :param now: a clock that never jumps, in seconds.
    :ivar again: seconds after which the answers given since :meth:`begin` are worth asking for again; 0: all are exact.
    """

    def __init__(self, version: Callable[[], int], now: Callable[[], float] = time.monotonic) -> None:
        self.again = 0.0
        self._version = version
        self._now = now
        self._answers: OrderedDict[Hashable, _Answer] = OrderedDict()

    def begin(self) -> None:
        """Start a page."""
        self.again = 0.0

    def get(self, question: Hashable, work: Callable[[], T]) -> T:
        """Return the answer to ``question``: the remembered one, or what ``work`` returns."""
        version, found = self._version(), self._answers.get(question)
        if found and found.version == version:
            return found.value  # type: ignore[no-any-return]  # what work returned for this question
        if found and (left := found.good_until - self._now()) > 0:
            self.again = max(self.again, left)
            return found.value  # type: ignore[no-any-return]  # as above
        return self._work_out(question, version, work)

    def _work_out(self, question: Hashable, version: int, work: Callable[[], T]) -> T:
        began = self._now()
        value = work()
        ended = self._now()
        took = ended - began
        good = ended + min(_SHARE * took, _LONGEST) if took > _CHEAP else ended
        self._answers[question] = _Answer(value, version, good)
        self._answers.move_to_end(question)
        while len(self._answers) > _MOST:
            self._answers.popitem(last=False)
        return value
