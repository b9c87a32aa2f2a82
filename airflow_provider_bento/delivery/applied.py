"""Whether a chunk may have been applied: set by the request loop, read before an intent is withdrawn.

Tested by tests/unit/delivery/test_request_loop.py.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass

from airflow_provider_bento.exceptions import BentoError


@dataclass
class Applied:
    """Whether any request of a chunk may have been applied: the one owner of that question.

    :ivar maybe: by this attempt; true from the moment its first byte is about to leave, so that it is true whatever
        ends the request, a time-out of the task included.
    :ivar before: by an earlier attempt.
    """

    maybe: bool = False
    before: bool = False

    @contextlib.contextmanager
    def stated_in_errors(self) -> Iterator[None]:
        """Set ``maybe_applied`` of each :class:`BentoError` that passes."""
        try:
            yield
        except BentoError as error:
            error.maybe_applied = self.maybe or self.before
            raise
