"""What a journal of requests says: was the limit kept, was it used, did everybody get a share."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise


def most_in_a_window(times: Sequence[float], seconds: float) -> int:
    """Return the largest number of requests in any rolling window.

    :param times: when each request came, in order.
    """
    most = left = 0
    for right, at in enumerate(times):
        while at - times[left] >= seconds:
            left += 1
        most = max(most, right - left + 1)
    return most


def used(times: Sequence[float], limit: int, seconds: float) -> float:
    """Return which part of the limit was used, from the first request on, in all windows that were whole.

    :raises ValueError: there was no whole window.
    """
    windows = int((times[-1] - times[0]) / seconds)
    if not windows:
        raise ValueError("the requests do not fill one window")
    return sum(at - times[0] < windows * seconds for at in times) / (windows * limit)


def shares(sent: Sequence[tuple[float, str]]) -> Counter[str]:
    """Return how often each sender sent while all of them had something to send.

    :param sent: when, and who, in order.
    """
    firsts: dict[str, float] = {}
    lasts: dict[str, float] = {}
    for at, who in sent:
        firsts.setdefault(who, at)
        lasts[who] = at
    begin, end = max(firsts.values()), min(lasts.values())
    return Counter({who: sum(begin <= at < end for at, one in sent if one == who) for who in firsts})


def longest_gap(times: Sequence[float]) -> float:
    """Return the seconds of the longest time without a request."""
    return max((later - earlier for earlier, later in pairwise(times)), default=0.0)
