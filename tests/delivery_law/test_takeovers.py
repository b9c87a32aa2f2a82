"""Two attempts at once: the older one sends nothing after the newer began."""

from __future__ import annotations

from typing import Any

import pytest
from delivery_law import takeovers
from delivery_law.law import LawBroken


@pytest.mark.parametrize("in_doubt", ["hold", "skip", "resend"])
def test_every_interleaving_of_a_takeover_keeps_the_law(in_doubt: Any) -> None:
    """The older stands at each second touch while the newer makes some, then both go on."""
    late = 0
    for older in range(0, takeovers.touches() + 1, 2):
        for newer in (9, 11, 12, 13, 14, 15, 17, 29, 35, None):
            late += takeovers.grid(older, newer, in_doubt).mishaps
    assert late > 0  # the one request that was past its last look did happen, and was in doubt for the newer


@pytest.mark.parametrize("endpoint", ["subscribers", "broadcasts"])
def test_takeovers_of_other_endpoints_keep_the_law(endpoint: Any) -> None:
    """Broadcasts are looked for, people are held here as well."""
    for older in range(0, takeovers.touches() + 1, 5):
        takeovers.grid(older, None, "hold", endpoint)


@pytest.mark.parametrize("in_doubt", ["hold", "skip", "resend"])
def test_an_attempt_that_slept_through_many_others_sends_nothing_more(in_doubt: Any) -> None:
    """Five ended before they came to the checkpoint, by a wrong connection say; the next one sent everything."""
    for older in range(0, takeovers.touches() + 1, 2):
        takeovers.grid(older, None, in_doubt, ended_between=5)


def test_four_attempts_in_any_order_keep_the_law() -> None:
    """Random turns and kills of up to four attempts; two of these orders once sent a record twice."""
    for seed in (2882, 4305):
        takeovers.walk(seed)
    assert sum(takeovers.walk(seed).mishaps for seed in range(150)) > 20


@pytest.mark.parametrize("in_doubt", ["hold", "skip", "resend"])
def test_a_takeover_of_four_requests_under_way_keeps_the_law(in_doubt: Any) -> None:
    """At most those that were past their last look arrive, and the newer one knew of each."""
    assert sum(takeovers.inside(touch, 4, in_doubt).mishaps for touch in range(1, 120)) > 50


def test_the_law_notices_a_missing_fence(monkeypatch: pytest.MonkeyPatch) -> None:
    """Had the older one not looked for newer ones, the law would say so."""
    from airflow_provider_bento.delivery.checkpoint.fencing import Fence

    monkeypatch.setattr(Fence, "check", lambda self: None)
    with pytest.raises(LawBroken, match="sends on"):
        takeovers.grid(6, None, "skip")


def test_the_law_notices_a_fence_that_is_put_up_too_late(monkeypatch: pytest.MonkeyPatch) -> None:
    """Had the newer one read first what the older one left, it would not know of what was begun in between."""
    from airflow_provider_bento.delivery.checkpoint.fencing import Fence

    take_over = Fence.take_over

    def read_first(self: Fence) -> Any:
        left = self._newest_left()
        take_over(self)
        return left

    def in_every_order() -> None:
        for older in range(takeovers.touches()):
            for newer in range(1, 14):
                takeovers.grid(older, newer, "hold")

    in_every_order()
    monkeypatch.setattr(Fence, "take_over", read_first)
    with pytest.raises(LawBroken):
        in_every_order()
