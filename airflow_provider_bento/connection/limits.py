"""The settings among the extras: rate limit, time-outs, pacing. Each is a usable value or an error with its name.

Tested by tests/unit/connection/test_extras.py.
"""

from __future__ import annotations

import math
from typing import Any, Final
from urllib.parse import urlsplit

from airflow_provider_bento.api.contract import CONNECT_TIMEOUT, DEFAULT_RATE_LIMIT, READ_TIMEOUT
from airflow_provider_bento.connection.attributes import refuse
from airflow_provider_bento.exceptions import BentoSetupError

__all__ = ["pacing_of", "rate_limit_of", "timeouts_of"]

_MAX_SECONDS: Final = 3600  # a longer time-out is a mistake of unit, most likely milliseconds


def rate_limit_of(value: Any) -> str:
    """Return the limits as text, like ``100/minute, 500/hour``.

    :raises BentoSetupError: they cannot be read.
    """
    if value is None:
        return DEFAULT_RATE_LIMIT
    from airflow_provider_bento.api.rates import parse_rates

    if not isinstance(value, str):
        refuse(("rate_limit",), 'its rate_limit is not text; write it like "60/minute".')
    try:
        parse_rates(value)
    except BentoSetupError as error:
        refuse(("rate_limit",), f"its rate_limit cannot be used: {error}")
    return value.strip()


def timeouts_of(value: Any) -> tuple[float, float]:
    """Return the seconds to connect and to wait for a whole reply.

    :raises BentoSetupError: they are invalid.
    """
    if value is None:
        return CONNECT_TIMEOUT, READ_TIMEOUT
    parts = value.split(",") if isinstance(value, str) else value if isinstance(value, list | tuple) else [value]
    seconds = [_seconds(part) for part in parts]
    if not 1 <= len(seconds) <= 2 or None in seconds:
        wanted = f"one number (reply) or two (connect, reply) of seconds above 0 and at most {_MAX_SECONDS}"
        refuse(("timeout",), f'its timeout is invalid; write {wanted}, like "5, 120".')
    first, last = seconds[0] or 0.0, seconds[-1] or 0.0
    return (first if len(seconds) == 2 else CONNECT_TIMEOUT), last


def pacing_of(value: Any) -> str:
    """Return where requests are counted.

    :raises BentoSetupError: it is neither a known word nor a Redis URL; the error does not repeat it.
    """
    if value is None:
        return "auto"
    text = value.strip() if isinstance(value, str) else ""
    if text not in {"auto", "process"} and not _is_redis(text):
        refuse(("pacing",), "its pacing is invalid; write auto, process, redis://host:port/db or rediss://….")
    return text


def _seconds(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        seconds = float(value)
    except (ValueError, OverflowError):
        return None
    return seconds if math.isfinite(seconds) and 0 < seconds <= _MAX_SECONDS else None


def _is_redis(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return parts.scheme in {"redis", "rediss"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
