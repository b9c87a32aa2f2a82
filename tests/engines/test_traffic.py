"""The judge of the engines' traffic tells a kept limit from a broken one."""

from __future__ import annotations

import pytest
from engines.traffic import longest_gap, most_in_a_window, shares, used


def test_a_window_is_rolling() -> None:
    """Two bursts on both sides of a minute's end are in one window."""
    assert most_in_a_window([0.0, 59.0, 59.5, 60.5, 61.0], 60.0) == 4
    assert most_in_a_window([0.0, 60.0], 60.0) == 1


def test_use_is_counted_in_whole_windows() -> None:
    """What follows the last whole window is no idleness."""
    assert used([0.0, 1.0, 2.0, 10.0, 11.0, 12.0, 20.0, 21.0], 3, 10.0) == 1.0
    assert used([0.0, 1.0, 10.0, 11.0, 20.0], 4, 10.0) == 0.5
    with pytest.raises(ValueError, match="window"):
        used([0.0, 9.0], 1, 10.0)


def test_shares_are_counted_while_all_send() -> None:
    """Who began early or ended late has no larger share for it."""
    sent = [(0, "early"), (1, "early"), (2, "late"), (3, "early"), (4, "late"), (5, "early"), (6, "late"), (7, "late")]
    assert shares([(float(at), who) for at, who in sent]) == {"early": 1, "late": 2}


def test_the_longest_gap_is_found() -> None:
    """A stop of all tasks shows."""
    assert longest_gap([0.0, 1.0, 5.0, 6.0]) == 4.0
    assert longest_gap([]) == 0.0
