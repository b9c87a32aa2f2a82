"""Budgets in Redis, shared by hosts, on Redis's own clock: workers with wrong clocks keep the limit together."""

from __future__ import annotations

import hashlib
import random
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, TypeVar

import msgspec

from airflow_provider_bento.delivery.pacing.budget import Budget, read
from airflow_provider_bento.exceptions import BentoSetupError, BentoStateError

if TYPE_CHECKING:
    from redis import Redis

T = TypeVar("T")
PATIENCE: Final = 5.0
"""Seconds that Redis may take to answer, and that others may be faster; after both together it is an error."""

_PAUSE: Final = 0.002  # seconds at most after somebody else was faster; doubled each time, up to
_LONGEST_PAUSE: Final = 0.05
_KEPT: Final = 8 * 86_400  # seconds; longer than any Retry-After that is believed
_NOTHING: Final = b"?"  # what no budget is

# Two trips a try, the race is open for one: with WATCH and MULTI, hundreds who start together lose too many races.
_SWAP: Final = """
local found = redis.call('GET', KEYS[1]) or ''
if found == ARGV[1] then
    redis.call('SET', KEYS[1], ARGV[2], 'EX', ARGV[3])
    return {'', 0, 0}
end
local time = redis.call('TIME')
return {found, time[1], time[2]}
"""
_SWAPPED: Final = 0.0


class RedisBudgets:
    """Keeps budgets in Redis, one key each below ``airflow-bento:``.

    :param url: ``redis://…`` or ``rediss://…``; the broker of the CeleryExecutor does well. It is never shown.
    :raises BentoSetupError: the ``redis`` package is not installed, or the address cannot be read.
    """

    def __init__(self, url: str) -> None:
        try:
            import redis
            from redis.backoff import NoBackoff
            from redis.retry import Retry
        except ImportError:
            raise BentoSetupError(
                "pacing is a Redis address, and the package redis is not installed: "
                "pip install 'airflow-provider-bento[redis]'."
            ) from None
        self._errors = (redis.RedisError, OSError)
        self._lost, self._refused = (redis.ConnectionError, redis.TimeoutError, OSError), redis.AuthenticationError
        try:
            self._redis: Redis = redis.Redis.from_url(
                url, socket_timeout=PATIENCE, socket_connect_timeout=PATIENCE, retry=Retry(NoBackoff(), 0)
            )
            self._script = self._redis.register_script(_SWAP)
            self._redis.connection_pool.make_connection()  # connects to nothing; tells whether the options can be
        except (ValueError, TypeError, AttributeError, redis.RedisError):
            raise BentoSetupError("The connection's pacing is not a Redis address: redis://host:6379/0.") from None

    def __repr__(self) -> str:
        return "RedisBudgets()"

    def change(self, key: str, step: Callable[[Budget, float], tuple[Budget, T]]) -> T:
        """Replace a budget unless somebody else did meanwhile, as often as needed.

        :raises BentoStateError: Redis does not answer, or too many ask (its ``may_pass`` is then true); what is there
            is no budget.
        """
        name = "airflow-bento:" + hashlib.sha256(key.encode()).hexdigest()[:32]
        until, pause = time.monotonic() + PATIENCE, _PAUSE
        try:
            while time.monotonic() < until:
                seen, now = self._swap(name, _NOTHING, b"")
                budget = read(seen)
                changed, result = step(budget, now)
                if changed == budget or self._swap(name, seen, msgspec.json.encode(changed))[1] == _SWAPPED:
                    return result
                time.sleep(random.uniform(0, pause))  # noqa: S311  (spreads, hides nothing)
                pause = min(2 * pause, _LONGEST_PAUSE)
        except (*self._errors, msgspec.MsgspecError) as error:
            raise BentoStateError(
                f"The shared rate limit in Redis cannot be used ({type(error).__name__}). No request is sent without "
                "a permit. Retry or clear the task when Redis is reachable; it resumes.",
                may_pass=isinstance(error, self._lost) and not isinstance(error, self._refused),
            ) from None
        raise BentoStateError(
            f"The shared rate limit in Redis could not be changed within {PATIENCE:g} s: Redis hangs, or too many "
            "tasks use it at once. No request is sent without a permit. Retry or clear the task; it resumes.",
            may_pass=True,
        )

    def _swap(self, name: str, seen: bytes, changed: bytes) -> tuple[bytes, float]:
        """Put ``changed`` where ``seen`` still is; else return what is there, and Redis's time."""
        found, seconds, micros = self._script(keys=[name], args=[seen, changed, _KEPT])
        return found, int(seconds) + int(micros) / 1e6
