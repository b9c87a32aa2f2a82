"""The parts of a comparison that depend on Airflow: the source, the people in Bento, the log.

Tested by tests/unit/operators/test_reconcile.py.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from airflow_provider_bento.delivery.counts import RequestStats
from airflow_provider_bento.delivery.reasons import by_reason
from airflow_provider_bento.delivery.wording import counted, spoken
from airflow_provider_bento.exceptions import BentoRefusedError

if TYPE_CHECKING:
    import logging

    from airflow_provider_bento.api.responses import Person
    from airflow_provider_bento.delivery.clock import Clock
    from airflow_provider_bento.delivery.source import Source
    from airflow_provider_bento.hooks.bento import BentoHook
    from airflow_provider_bento.reconcile.counts import Counts
    from airflow_provider_bento.sources.merging import MergedSource

__all__ = ["PeopleInBento", "ReconcileProgress", "people_source"]

_EVERY_SECONDS: Final = 30.0
_NOT_FOUND: Final = 404


def people_source(arguments: Mapping[str, Any]) -> MergedSource:
    """Return the source that the operator's arguments mean; rows of one email are merged.

    :param arguments: the operator's, rendered and validated.
    :raises BentoSetupError: the source cannot be used.
    """
    from airflow_provider_bento.sources.mapping import MappedSource
    from airflow_provider_bento.sources.merging import MergedSource

    source = _plain_source(arguments)
    if arguments["columns"] is not None or arguments["constants"]:
        source = MappedSource(source, arguments["columns"], arguments["constants"])
    return MergedSource(source)


def _plain_source(arguments: Mapping[str, Any]) -> Source:
    if arguments["sql"] is not None:
        from airflow_provider_bento.sources.sql.source import SqlSource

        return SqlSource(
            str(arguments["sql"]), conn_id=arguments["sql_conn_id"], parameters=arguments["sql_parameters"]
        )
    from airflow_provider_bento.sources.argument import source_of

    return source_of(arguments["records"], "records", file_options=arguments["file_options"])


@dataclass(frozen=True)
class PeopleInBento:
    """Reads people and tags within the connection's budget; a :class:`~airflow_provider_bento.reconcile.run.People`.

    :param hook: of the connection.
    :param clock: time; its sleep ends if the task is stopped.
    :param request_stats: counts the requests.
    """

    hook: BentoHook
    clock: Clock
    request_stats: RequestStats

    def find(self, email: str) -> Person | None:
        """Return one person; ``None`` if Bento has nobody with this address, also if it says so by a 404.

        :raises BentoError: Bento could not be read.
        """
        try:
            return self.hook.get_subscriber(email=email, clock=self.clock, request_stats=self.request_stats)
        except BentoRefusedError as error:
            if error.status != _NOT_FOUND:  # the tags were read before: the address of the API is right
                raise
            return None

    def tag_names(self) -> dict[str, str]:
        """Return the names of all tags that are not deleted, by id.

        :raises BentoError: Bento could not be read.
        """
        tags = self.hook.list_tags(clock=self.clock, request_stats=self.request_stats)
        return {tag.id: tag.name for tag in tags if tag.discarded_at is None}


class ReconcileProgress:
    """Logs what will be compared, how far that is, and what was found; counts only.

    :param log: the task's log.
    :param rate_limit: the connection's rate limit, in words.
    :param minimum: returns the least seconds that a number of requests takes.
    :param clock: time.
    """

    def __init__(self, log: logging.Logger, rate_limit: str, minimum: Callable[[int], float], clock: Clock) -> None:
        self._log = log
        self._rate_limit = rate_limit
        self._minimum = minimum
        self._clock = clock
        self._began = self._last_line = clock.monotonic()

    def planned(self, counts: Counts) -> None:
        """Log how many people are compared, and how long that takes at least."""
        self._began = self._last_line = self._clock.monotonic()
        seconds = self._minimum(counts.sampled + 1)  # the tags, too
        self._log.info(
            "Comparing %s with Bento, of %s, at %s%s.",
            counted(counts.sampled, "people"),
            counted(counts.read, "rows"),
            self._rate_limit,
            f": {spoken(seconds)} at least" if seconds >= 1 else "",
        )
        if counts.invalid:
            self._log.warning("Not compared, because they cannot be imported: %s.", counted(counts.invalid, "rows"))
            for line in by_reason(counts.reasons):
                self._log.info("%s", line)
        if counts.read and not counts.sampled:
            self._log.warning("Nobody is compared: no row is a valid subscriber.")

    def compared(self, counts: Counts) -> None:
        """Log the progress, at most every 30 seconds."""
        now = self._clock.monotonic()
        if now - self._last_line < _EVERY_SECONDS:
            return
        self._last_line = now
        left = (now - self._began) / counts.compared * (counts.sampled - counts.compared)
        self._log.info(
            "Compared %s of %s: %s; about %s left",
            f"{counts.compared:,}",
            f"{counts.sampled:,}",
            counts.told(),
            spoken(left),
        )

    def ended(self, counts: Counts) -> None:
        """Log what was found."""
        self._log.info("Compared %s: %s", counted(counts.sampled, "people"), counts.told())
