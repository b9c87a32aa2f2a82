"""Whatever a server does, and whenever: no event is received twice, and none is counted that was not accepted."""

from __future__ import annotations

import pytest
from network.authority import Authority
from network.seeded_scripts import push_against


@pytest.mark.parametrize("seed", range(60))
def test_no_event_is_received_twice_and_none_is_counted_that_was_not_accepted(seed: int, authority: Authority) -> None:
    """Three attempts of a task against a server that reads, replies and breaks off at random; make prove tries more."""
    assert push_against(seed, authority) > 0
