"""Budgets in Redis, shared by hosts, on Redis's own clock: workers with wrong clocks keep the limit together."""

from __future__ import annotations

import hashlib
import random
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, TypeVar

import msgspec

from airflow_provider_bento.delivery.pacing.window import Budget
from airflow_provider_bento.exceptions import BentoSetupError, BentoStateError

if TYPE_CHECKING:
    from redis import Redis

T = TypeVar("T")
PATIENCE: Final = 5.0
"""Seconds that Redis may take to answer, and that others may be faster; after both together it is an error."""

_PAUSE: Final = 0.002  # seconds at most after somebody else was faster; only given permits are changes
_KEPT: Final = 8 * 86_400  # seconds; longer than any Retry-After that is believed


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
        self._lost_race = redis.WatchError
        try:
            self._redis: Redis = redis.Redis.from_url(
                url, socket_timeout=PATIENCE, socket_connect_timeout=PATIENCE, retry=Retry(NoBackoff(), 0)
            )
            self._redis.connection_pool.make_connection()  # connects to nothing; tells whether the options can be
        except (ValueError, TypeError, AttributeError, redis.RedisError):
            raise BentoSetupError("The connection's pacing is not a Redis address: redis://host:6379/0.") from None

    def __repr__(self) -> str:
        return "RedisBudgets()"

    def change(self, key: str, step: Callable[[Budget, float], tuple[Budget, T]]) -> T:
        """Replace a budget unless somebody else did meanwhile, as often as needed.

        :raises BentoStateError: Redis does not answer, or what is there is no budget.
        """
        name = "airflow-bento:" + hashlib.sha256(key.encode()).hexdigest()[:32]
        try:
            until = time.monotonic() + PATIENCE
            with self._redis.pipeline() as pipe:
                while time.monotonic() < until:
                    for result in self._round(pipe, name, step):
                        return result
                    time.sleep(random.uniform(0, _PAUSE))  # noqa: S311  (spreads, hides nothing)
        except (*self._errors, msgspec.MsgspecError) as error:
            raise BentoStateError(
                f"The shared rate limit in Redis cannot be used ({type(error).__name__}). No request goes without a "
                "permit. When Redis answers again, retry or clear the task: it resumes."
            ) from None
        raise BentoStateError(
            f"The shared rate limit in Redis could not be changed within {PATIENCE:g} s: it hangs, or too many ask at "
            "once. No request goes without a permit. Retry or clear the task: it resumes."
        )

    def _round(self, pipe: Any, name: str, step: Callable[[Budget, float], tuple[Budget, T]]) -> list[T]:
        """Try once; empty where somebody else changed the budget meanwhile."""
        pipe.watch(name)
        value = pipe.get(name)
        budget = msgspec.json.decode(value, type=Budget) if value else Budget()
        seconds, micros = pipe.time()
        changed, result = step(budget, seconds + micros / 1e6)
        if changed == budget:
            pipe.unwatch()
            return [result]
        pipe.multi()
        pipe.set(name, msgspec.json.encode(changed), ex=_KEPT)
        try:
            pipe.execute()
        except self._lost_race:
            return []
        return [result]
