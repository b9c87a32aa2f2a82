"""One comparison of a source with Bento: read the source, draw the sample, read each person back, count.

Tested by tests/unit/reconcile/test_run.py.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

import msgspec

from airflow_provider_bento.api.records.subscriber import Subscriber
from airflow_provider_bento.api.responses import Person
from airflow_provider_bento.delivery.dead_letters import DeadLetterSink
from airflow_provider_bento.delivery.validated_rows import InvalidRow, ValidRow
from airflow_provider_bento.delivery.wording import counted
from airflow_provider_bento.exceptions import BentoInterrupted
from airflow_provider_bento.reconcile.comparison import MISSING, differences
from airflow_provider_bento.reconcile.counts import Counts
from airflow_provider_bento.reconcile.letters import Letters
from airflow_provider_bento.reconcile.selection import PeopleSource, Reservoir, chosen, read

__all__ = ["COMPARE_AGAIN", "Observer", "People", "Reconciliation"]

COMPARE_AGAIN = "clear the task to compare again: nothing was changed in Bento"
"""What to do about a task that was stopped."""


class People(Protocol):
    """What is asked of Bento."""

    def find(self, email: str) -> Person | None:
        """Return one person; ``None``: Bento does not have them."""
        ...

    def tag_names(self) -> Mapping[str, str]:
        """Return the names of all tags that are not deleted, by id."""
        ...


class Observer(Protocol):
    """What is told of a comparison."""

    def planned(self, counts: Counts) -> None:
        """The source was read and the sample drawn."""
        ...

    def compared(self, counts: Counts) -> None:
        """One more person was compared."""
        ...


@dataclass(frozen=True)
class Reconciliation:
    """All that a comparison needs.

    :param source: the people as they should be, each once.
    :param people: Bento.
    :param sample: how many of them are compared; ``None``: all.
    :param seed: equal seeds draw equal samples of equal sources.
    :param dead_letters: where those who differ are kept.
    :param attempt: the task's try number.
    :param stopped: whether the task was stopped.
    :param observer: is told of the progress.
    """

    source: PeopleSource
    people: People
    sample: int | None
    seed: str
    dead_letters: DeadLetterSink
    attempt: int
    stopped: Callable[[], bool]
    observer: Observer

    def run(self) -> Counts:
        """Compare, and return what was found; nothing is changed in Bento.

        :raises BentoInterrupted: the task was stopped.
        :raises BentoRecordError: a row is no mapping, which is a mistake in the DAG.
        :raises BentoStateError: the dead letters could not be stored.
        :raises BentoError: Bento could not be read.
        """
        letters, counts = Letters(self.dead_letters, self.attempt), Counts()
        letters.begin()
        reservoir = self._drawn(counts)
        counts.sampled = len(reservoir)
        self.observer.planned(counts)
        if counts.sampled:
            tags = _TagNames(self.people)
            for item in chosen(self.source, reservoir):
                self._raise_if_stopped(counts)
                self._compare(item, counts, letters, tags)
                self.observer.compared(counts)
        letters.flush()
        return counts

    def _drawn(self, counts: Counts) -> Reservoir:
        reservoir = Reservoir(self.sample, self.seed)
        for item in read(self.source):
            self._raise_if_stopped(counts)
            counts.read += 1
            if isinstance(item, InvalidRow):
                counts.add_invalid(item.field_errors)
            else:
                reservoir.offer(item.row.position)
        counts.read += self.source.duplicates
        return reservoir

    def _compare(self, item: ValidRow, counts: Counts, letters: Letters, tags: _TagNames) -> None:
        record: Subscriber = item.record
        person = self.people.find(record.email)
        if person is None:
            counts.missing += 1
            letters.add(item.row, "missing", (MISSING,))
        elif found := differences(record, person, tags.of(person)):
            counts.add_different(difference.field for difference in found)
            letters.add(item.row, "different", found)
        elif person.unsubscribed_at is not None and not _asks_for_that(record):
            counts.unsubscribed += 1
        else:
            counts.equal += 1

    def _raise_if_stopped(self, counts: Counts) -> None:
        if self.stopped():
            raise BentoInterrupted(
                f"The task was stopped after {counts.compared:,} of {counted(counts.sampled, 'people')} were compared. "
                "Nothing was changed in Bento.",
                advice=COMPARE_AGAIN,
            )


def _asks_for_that(record: Subscriber) -> bool:
    """Whether the source itself unsubscribes the person."""
    return bool(msgspec.json.decode(record.body).get("command") == "unsubscribe")


class _TagNames:
    """Names of tags by their ids, listed again if a person has one that was created meanwhile."""

    def __init__(self, people: People) -> None:
        self._people = people
        self._names = people.tag_names()
        self._unknown: set[str] = set()  # ids that a list did not have: deleted tags

    def of(self, person: Person) -> frozenset[str]:
        """Return the names of a person's tags; deleted ones do not count."""
        ids = set(person.tag_ids)
        if ids - self._names.keys() - self._unknown:
            self._names = self._people.tag_names()
            self._unknown |= ids - self._names.keys()
        return frozenset(self._names[one] for one in ids if one in self._names)
