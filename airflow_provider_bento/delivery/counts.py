"""Counts, and the rule that they obey: read = accepted + invalid + rejected + skipped + in doubt + unchanged."""

from __future__ import annotations

import json
import threading
from typing import Any

import msgspec

from airflow_provider_bento.api.contract import Endpoint
from airflow_provider_bento.api.receipt import Created
from airflow_provider_bento.delivery.endpoint_facts import FACTS
from airflow_provider_bento.exceptions import BentoCountMismatch

SUMMARY_BYTES = 1950  # with the brackets and blanks of its list of broadcasts, 2 KB
MAX_CREATED_BYTES = 1500
_COUNTS = ("read", "accepted", "invalid", "rejected", "skipped", "in_doubt", "unchanged")


class RecordCounts(msgspec.Struct, frozen=True, omit_defaults=True):
    """Where every record that was read has gone.

    :param read: rows read from the source.
    :param accepted: taken by Bento.
    :param invalid: found invalid by us.
    :param rejected: turned down by Bento.
    :param skipped: outcome unknown, left so by the author's choice.
    :param in_doubt: outcome unknown, held for a person.
    :param unchanged: not sent, because Bento has confirmed the same before.
    :param valid: of a dry run, which sends nothing: those that a push would send.
    :param created: broadcasts with id, name and address.
    :param absent: accepted deletions of people whom Bento did not have.
    """

    read: int = 0
    accepted: int = 0
    invalid: int = 0
    rejected: int = 0
    skipped: int = 0
    in_doubt: int = 0
    unchanged: int = 0
    valid: int = 0
    created: tuple[Created, ...] = ()
    absent: int = 0

    def __add__(self, other: RecordCounts) -> RecordCounts:
        return RecordCounts(
            **{name: getattr(self, name) + getattr(other, name) for name in (*_COUNTS, "valid", "absent")},
            created=_fitting(self.created + other.created),
        )

    @property
    def failed(self) -> int:
        """What ``max_failed`` is compared with: invalid and rejected."""
        return self.invalid + self.rejected

    def balanced(self) -> RecordCounts:
        """Return itself.

        :raises BentoCountMismatch: the sum is not right.
        """
        settled = sum(getattr(self, name) for name in _COUNTS[1:])
        if settled != self.read or min(getattr(self, name) for name in _COUNTS) < 0:
            raise BentoCountMismatch(
                f"Internal error: {self.read} records were read but {settled} are accounted for. Nothing more is sent. "
                "Please report this with the task's log."
            )
        return self


def _fitting(created: tuple[Created, ...], room: int = MAX_CREATED_BYTES) -> tuple[Created, ...]:
    """Keep as many broadcasts as there is room for; ``accepted`` counts them all."""
    size = 0
    for index, one in enumerate(created):
        size += len(msgspec.json.encode(one))
        if size > min(room, MAX_CREATED_BYTES):
            return created[:index]
    return created


class Comparison(msgspec.Struct, frozen=True):
    """A source, compared with what earlier runs sent and Bento confirmed.

    :param total: people, or events, in the source.
    :param added: those that are new.
    :param changed: those that differ from what was confirmed, or whose outcome is not known.
    :param unchanged: those that need not be sent.
    :param invalid: rows that cannot be sent.
    :param gone: people who were sent before and are no longer in the source.
    :param known: people, or events, that earlier runs sent.
    :param unconfirmed: unchanged events that an earlier run may have sent, without an answer from Bento.
    """

    total: int = 0
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    invalid: int = 0
    gone: int = 0
    known: int = 0
    unconfirmed: int = 0


class RequestCounts(msgspec.Struct, frozen=True):
    """What was done on the wire, by all attempts of a task.

    :param requests: requests sent.
    :param retries: how many of them were repeats.
    :param throttled: how many were answered 429.
    :param wait_seconds: seconds waited for permits.
    :param refusals: 429s in a row since the last accepted request, in this attempt.
    """

    requests: int = 0
    retries: int = 0
    throttled: int = 0
    wait_seconds: float = 0.0
    refusals: int = 0

    def shown(self) -> dict[str, Any]:
        """Return the counts that a summary has; ``refusals`` matters to a running attempt only."""
        return {name: getattr(self, name) for name in ("requests", "retries", "throttled", "wait_seconds")}


class RequestStats:
    """Counts of what was done on the wire, shared by the threads of one run."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._requests = 0
        self._retries = 0
        self._throttled = 0
        self._wait_seconds = 0.0
        self._refusals = 0

    def add(self, *, requests: int = 0, retries: int = 0, wait_seconds: float = 0.0) -> None:
        """Count on."""
        with self._lock:
            self._requests += requests
            self._retries += retries
            self._wait_seconds += wait_seconds

    def throttled(self) -> int:
        """Count a 429; return how many came in a row, over all threads and over reschedules of this attempt."""
        with self._lock:
            self._throttled += 1
            self._refusals += 1
            return self._refusals

    def answered(self) -> None:
        """End a row of 429s: a request was accepted."""
        with self._lock:
            self._refusals = 0

    def restore(self, counts: RequestCounts) -> None:
        """Go on from what the task counted before."""
        self.add(requests=counts.requests, retries=counts.retries, wait_seconds=counts.wait_seconds)
        with self._lock:
            self._throttled += counts.throttled
            self._refusals += counts.refusals

    def counts(self) -> RequestCounts:
        """Return all counts, to be stored."""
        with self._lock:
            return RequestCounts(
                requests=self._requests,
                retries=self._retries,
                throttled=self._throttled,
                wait_seconds=round(self._wait_seconds, 3),
                refusals=self._refusals,
            )


class Report(msgspec.Struct, frozen=True):
    """What a run did, over all its attempts.

    :param endpoint: which of Bento's endpoints got the records.
    :param counts: where every record went.
    :param request_counts: requests, retries, 429s and seconds waited for permits.
    :param seconds: wall time of this attempt.
    :param resumed: whether an earlier attempt had begun to send, or to reject.
    :param dead_letters_path: where the dead letters are; ``None`` without.
    :param reasons: records that were invalid or rejected, by reason: ten kinds at most, and one count of all others;
        a record with two errors is in two.
    :param dry: whether nothing was sent because of ``validate_only``; then ``chunks`` and ``minutes`` say what a push
        would take.
    :param comparison: what was compared with earlier runs, if anything was.
    """

    endpoint: Endpoint
    counts: RecordCounts
    request_counts: RequestCounts
    seconds: float
    resumed: bool = False
    dead_letters_path: str | None = None
    reasons: dict[str, int] = {}
    dry: bool = False
    chunks: int = 0
    minutes: float = 0.0
    comparison: Comparison | None = None

    @property
    def empty(self) -> bool:
        """Whether the source had no row at all."""
        return not self.counts.read

    def summary(self) -> dict[str, Any]:
        """Return it as small JSON, free of people: fit for XCom, below 2 KB."""
        result: dict[str, Any] = {"endpoint": self.endpoint}
        result |= {name: getattr(self.counts, name) for name in _COUNTS if name != "unchanged"}
        result |= self.request_counts.shown()
        result |= {
            "seconds": round(self.seconds, 3),
            "resumed": self.resumed,
            "dead_letters_path": self.dead_letters_path,
        }
        result["reasons"] = self.reasons
        if self.dry:
            result |= {"validate_only": True, "valid": self.counts.valid}
            result |= {"chunks": self.chunks, "minutes": round(self.minutes, 2)}
        if self.comparison is not None or self.counts.unchanged:
            result["unchanged"] = self.counts.unchanged
        if self.comparison is not None:
            shown = ("total", "added", "changed", "gone") if self.dry else ("gone",)
            result |= {name: getattr(self.comparison, name) for name in shown}
        if FACTS[self.endpoint].counts_absent:
            result["absent"] = self.counts.absent
        if FACTS[self.endpoint].lists_created:
            room = SUMMARY_BYTES - len(json.dumps(result))
            result["broadcasts"] = [msgspec.to_builtins(one) for one in _fitting(self.counts.created, room)]
        return result
