"""Redis gone, hanging, locked or wrong: a bounded wait, no permit, no password anywhere."""

from __future__ import annotations

import contextlib
import logging
import subprocess
import sys
import time
import traceback
from collections.abc import Iterator
from pathlib import Path

import pytest
from conformance.local_redis import LocalRedis

from airflow_provider_bento.api.rates import Rate
from airflow_provider_bento.delivery.clock import SystemClock
from airflow_provider_bento.delivery.pacing import redis_budgets, wait
from airflow_provider_bento.delivery.pacing.budget import Budget
from airflow_provider_bento.delivery.pacing.pacer import SharedPacer
from airflow_provider_bento.delivery.pacing.redis_budgets import RedisBudgets
from airflow_provider_bento.delivery.pacing.wait import wait_for_permit
from airflow_provider_bento.exceptions import BentoSetupError, BentoStateError

SECRET = "hunter2-of-redis"


@pytest.fixture
def redis(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalRedis]:
    """A Redis with a password, and little patience for it."""
    monkeypatch.setattr(redis_budgets, "PATIENCE", 2.0)
    server = LocalRedis(tmp_path, SECRET)
    yield server
    server.stop()


def pacer_of(url: str) -> SharedPacer:
    """Return a pacer of three requests in a minute."""
    return SharedPacer(RedisBudgets(url), "site", {"batch": (Rate(3, 60.0),)})


def refused(pacer: SharedPacer) -> str:
    """Return all that an error shows, after making sure that it came in time."""
    began = time.monotonic()
    with pytest.raises(BentoStateError) as raised:
        pacer.try_acquire("batch")
    assert time.monotonic() - began < 10
    return "".join(traceback.format_exception(raised.value)) + repr(raised.value) + repr(vars(raised.value))


def test_a_lost_redis_gives_no_permit_and_the_same_pacer_goes_on_when_it_is_back(redis: LocalRedis) -> None:
    """An error in between, never a request."""
    pacer = pacer_of(redis.url)
    pacer.try_acquire("batch")
    redis.stop()
    assert "No request is sent without a permit" in refused(pacer)
    with pytest.raises(BentoStateError) as raised:
        pacer.try_acquire("batch")
    assert vars(raised.value)["may_pass"]
    redis.restart()
    assert wait_for_permit(pacer, "batch", clock=SystemClock()) < wait.PATIENCE


def test_a_hanging_redis_is_an_error_after_a_bounded_wait(redis: LocalRedis) -> None:
    """Whether a connection is open already or not."""
    used, fresh = pacer_of(redis.url), pacer_of(redis.url)
    used.try_acquire("batch")
    with redis.paused():
        refused(used)
        refused(fresh)
    assert used.try_acquire("batch") >= 0.0


def test_a_redis_that_hangs_in_the_middle_of_a_change_gives_no_permit(redis: LocalRedis) -> None:
    """Between reading the budget and writing it."""
    store, began = RedisBudgets(redis.url), time.monotonic()
    with contextlib.ExitStack() as later:

        def step(budget: Budget, now: float) -> tuple[Budget, float]:
            later.enter_context(redis.paused())
            return Budget(closed_until=now + 60), 0.0

        with pytest.raises(BentoStateError):
            store.change("site|batch", step)
    assert time.monotonic() - began < 10


def test_a_wrong_password_gives_no_permit_and_is_not_shown(redis: LocalRedis) -> None:
    """Neither by the error nor by the store."""
    wrong = redis.url.replace(SECRET, "wrong-" + SECRET)
    with pytest.raises(BentoStateError) as raised:
        pacer_of(wrong).try_acquire("batch")
    assert not vars(raised.value)["may_pass"]
    assert SECRET not in refused(pacer_of(wrong))
    assert SECRET not in repr(RedisBudgets(wrong))


def test_the_password_is_in_no_error_and_no_log(redis: LocalRedis, caplog: pytest.LogCaptureFixture) -> None:
    """Even where everything is logged."""
    caplog.set_level(logging.DEBUG)
    pacer = pacer_of(redis.url)
    pacer.try_acquire("batch")
    redis.stop()
    assert SECRET not in refused(pacer)
    assert SECRET not in caplog.text


@pytest.mark.parametrize(
    "url",
    [f"redis://:{SECRET}@host:port/0", f"redis://:{SECRET}/x@host:1/0", f"redis://:{SECRET}@host/0?no_such_option=1"],
)
def test_an_address_that_cannot_be_read_is_a_setup_error_without_the_address(url: str) -> None:
    """Before anything is sent."""
    with pytest.raises(BentoSetupError) as raised:
        RedisBudgets(url)
    assert SECRET not in "".join(traceback.format_exception(raised.value))


def test_a_lost_race_is_run_again_with_what_is_there_then(redis: LocalRedis, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not with what was there before the pause: that race would be lost, too."""
    monkeypatch.setattr(redis_budgets, "PATIENCE", 30.0)
    store, other, seen = RedisBudgets(redis.url), RedisBudgets(redis.url), list[float]()

    def somebody_else(closed_until: float) -> None:
        other.change("site|batch", lambda budget, now: (Budget(closed_until=closed_until), None))

    def step(budget: Budget, now: float) -> tuple[Budget, None]:
        seen.append(budget.closed_until)
        if len(seen) == 1:
            somebody_else(1.0)
        return Budget(closed_until=9.0), None

    with monkeypatch.context() as patch:
        patch.setattr(redis_budgets.time, "sleep", lambda seconds: somebody_else(2.0))
        store.change("site|batch", step)
    assert seen == [0.0, 2.0]


def test_what_is_no_budget_gives_no_permit(redis: LocalRedis) -> None:
    """A list, or JSON of something else, under our name."""
    from redis import Redis

    pacer, client = pacer_of(redis.url), Redis.from_url(redis.url)
    pacer.try_acquire("batch")
    (key,) = client.keys("airflow-bento:*")
    client.set(key, b'{"permits": "x"}')
    refused(pacer)
    client.delete(key)
    client.rpush(key, "x")
    refused(pacer)
    client.close()


def test_a_budget_is_forgotten_when_nobody_needs_it(redis: LocalRedis) -> None:
    """A Redis that others use is not filled up; the longest closed time is outlived."""
    from redis import Redis

    pacer_of(redis.url).try_acquire("batch")
    client = Redis.from_url(redis.url)
    (key,) = client.keys("*")
    assert 7 * 86_400 < client.ttl(key) <= 8 * 86_400
    assert b"site" not in key
    client.close()


def test_without_the_package_it_says_what_to_install() -> None:
    """The package is wanted only by those who share a budget between hosts."""
    script = """
import sys
sys.modules["redis"] = None
from airflow_provider_bento.delivery.pacing.factory import make_pacer
try:
    make_pacer("redis://h/0", key=("a",), rates="1/minute")
except Exception as error:
    print(type(error).__name__, error)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.startswith("BentoSetupError")
    assert "airflow-provider-bento[redis]" in done.stdout
