"""Errors that nobody foresaw, turned into what is known about the request.

Tested by tests/unit/delivery/test_request_loop.py.
"""

from __future__ import annotations

import contextlib
import traceback
from collections.abc import Callable, Iterator
from pathlib import PurePath

from airflow_provider_bento.exceptions import BentoError, BentoOutcomeUnknown, BentoSetupError


@contextlib.contextmanager
def unexpected_errors_named(path: str, may_have_left: Callable[[], bool]) -> Iterator[None]:
    """Let a :class:`BentoError` pass; turn any other error into one.

    :param path: the endpoint, for the message.
    :param may_have_left: whether a byte of the request may have left.
    :raises BentoOutcomeUnknown: an error after a byte may have left.
    :raises BentoSetupError: an error before that: nothing was sent.
    """
    try:
        yield
    except BentoError:
        raise
    except Exception as error:  # noqa: BLE001  (a byte that may have left decides, not what broke)
        left = may_have_left()
        kind = BentoOutcomeUnknown if left else BentoSetupError
        what = "Bento may or may not have applied it" if left else "nothing was sent"
        raise kind(f"{path}: unexpected {_class_and_place(error)}; {what}.", endpoint=path) from None


def _class_and_place(error: Exception) -> str:
    """Return where the error came from, without its text, which may contain a record."""
    frames = traceback.extract_tb(error.__traceback__)
    return f"{type(error).__name__} ({PurePath(frames[-1].filename).name}, line {frames[-1].lineno})"
