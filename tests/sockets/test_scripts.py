"""Whatever a server does, and whenever: no event is received twice, and none is counted that was not accepted."""

from __future__ import annotations

import pytest
from sockets.scripts import lived
from sockets.trust import certificate


@pytest.mark.parametrize("seed", range(60))
def test_no_event_is_received_twice_and_none_is_counted_that_was_not_accepted(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three attempts of a task against a server that reads, replies and breaks off at random; make prove tries more."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate()[0]))
    assert lived(seed) > 0
