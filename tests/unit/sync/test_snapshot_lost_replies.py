"""A store applies a write, and its reply is lost: the writer takes its own generation for somebody else's."""

from __future__ import annotations

import pytest
from delivery_law.fakes import FakeClock
from unit.sync.folders import InMemoryFolder
from unit.sync.test_source import compared, confirm, people

from airflow_provider_bento.exceptions import BentoSuperseded
from airflow_provider_bento.sync import generations
from airflow_provider_bento.sync.snapshot import Snapshot
from airflow_provider_bento.sync.terms import Terms


class Losing(InMemoryFolder):
    """A folder that says of the next file to be created that it was there before.

    :ivar loses: whether it does.
    """

    loses = False

    def create(self, name: str, data: bytes) -> bool:
        """Create a file."""
        created, loses, self.loses = super().create(name, data), self.loses, False
        return created and not loses


def snapshot(folder: InMemoryFolder, run: str) -> Snapshot:
    """Return one that is not open."""
    return Snapshot(folder, Terms("subscribers", "site"), run=run, clock=FakeClock())


def test_a_retry_after_another_run_starts_over_all_the_same() -> None:
    """What it finds as its own is what it has just written, not what its first attempt began."""
    folder = Losing()
    for run in ("mine", "another"):
        snapshot(folder, run).open(resumed=False)
    folder.loses = True
    retry = snapshot(folder, "mine")
    assert not retry.open(resumed=True)
    assert retry.unchanged().not_by is None
    assert generations.newest_number(folder) == 4


def test_a_retry_that_nobody_disturbed_goes_on() -> None:
    """With the tag of its first attempt."""
    folder = Losing()
    snapshot(folder, "mine").open(resumed=False)
    folder.loses = True
    retry = snapshot(folder, "mine")
    assert retry.open(resumed=True)
    assert retry.unchanged().not_by == 1


def test_a_run_that_ended_has_ended() -> None:
    """It takes itself for superseded, which is no error at its end; all that it knew is in the base."""
    folder = Losing()
    source, known = compared(people("ann", "bob"), folder)
    folder.loses = True
    with pytest.raises(BentoSuperseded):
        confirm(source, known)
    _, after = compared(people("ann", "bob"), folder)
    assert after.comparison is not None
    assert (after.comparison.unchanged, after.comparison.known) == (2, 2)
