"""A push that sends only the difference: its snapshot, its source, and what is done about people who are gone.

Tested by tests/unit/operators/test_sync.py.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from airflow_provider_bento.api import contract
from airflow_provider_bento.api.contract import Endpoint
from airflow_provider_bento.api.records import command_parser, parse_subscriber
from airflow_provider_bento.delivery.checkpoint.state import Plan, TaskAttempt
from airflow_provider_bento.delivery.checkpoint.store import MemoryStore
from airflow_provider_bento.delivery.checkpoint.tracker import Checkpoints
from airflow_provider_bento.delivery.counts import Comparison, Report
from airflow_provider_bento.delivery.dead_letters import NoDeadLetters
from airflow_provider_bento.delivery.deliver import deliver
from airflow_provider_bento.delivery.wording import counted
from airflow_provider_bento.exceptions import BentoSuperseded, BentoTooManyGone
from airflow_provider_bento.sync.gone import GoneLedger, GoneSource, check_gone
from airflow_provider_bento.sync.keys import FieldKey, KeyOf, PersonKey
from airflow_provider_bento.sync.snapshot import Snapshot
from airflow_provider_bento.sync.source import ComparedSource
from airflow_provider_bento.sync.terms import Terms

if TYPE_CHECKING:
    import logging

    from airflow_provider_bento.delivery.clock import Clock
    from airflow_provider_bento.delivery.push import Push
    from airflow_provider_bento.delivery.source import Source
    from airflow_provider_bento.delivery.validated_rows import Parse
    from airflow_provider_bento.operators.options import Options
    from airflow_provider_bento.operators.sync_options import SyncOptions
    from airflow_provider_bento.operators.task_run import TaskRun

__all__ = ["Sync"]

_WITHIN: Final[Mapping[str, str]] = {"events": "type", "emails": "to"}
"""What a value of ``once_by`` is unique within."""

_NO_LIMIT: Final = 10**12
_DONE: Final = {"untag": "untagged", "unsubscribe": "unsubscribed"}


@dataclass(frozen=True)
class Sync:
    """What a push needs so that it sends only the difference.

    :param options: the task's arguments.
    :param snapshot: what was sent before.
    :param source: the rows, compared with it.
    :param log: the task's log.
    """

    options: SyncOptions
    snapshot: Snapshot
    source: ComparedSource
    log: logging.Logger

    @classmethod
    def of(
        cls,
        options: Options,
        source: Source,
        new_parser: Callable[[], Parse],
        *,
        site: str,
        run: TaskRun,
        clock: Clock,
        log: logging.Logger,
    ) -> Sync | None:
        """Return it for a task; ``None`` if the task sends everything.

        :raises BentoSetupError: the folder's file system is unknown.
        """
        if options.sync is None:
            return None
        from airflow_provider_bento.stores.sync_folder import SyncFolder

        path = options.sync.snapshot_path
        if run.map_index >= 0:
            path = f"{path.rstrip('/')}/{run.map_index}"
        snapshot = Snapshot(SyncFolder(path), _terms(options.sync, options.endpoint, site), run=run.name, clock=clock)
        compared = ComparedSource(
            source,
            snapshot,
            key_of=_key_of(options.sync, options.endpoint),
            new_parser=new_parser,
            max_bytes=options.max_chunk_bytes,
            compared=lambda found: _look_at(found, options, log),
        )
        return cls(options.sync, snapshot, compared, log)

    def finish(self, push: Push, report: Report) -> dict[str, Any]:
        """Tell Bento who is gone, then end the run's part in the snapshot; return what the summary says of it.

        :param push: the push that succeeded.
        :param report: what it did.
        :raises BentoSuperseded: another run has taken the snapshot, so a baseline was not noted.
        :raises BentoError: it could not be told, or the snapshot not be written; another attempt continues.
        """
        if report.dry:
            return {}
        found = {"unchanged": report.counts.unchanged}  # the report of an attempt that only ends a run lacks it
        if self.options.full_refresh == "baseline":
            self.source.compare()  # an attempt that only ends a run has not read what it is to note
        if self.options.takes_back:
            found |= self._take_back(push, report)
        try:
            self.snapshot.close()
        except BentoSuperseded as error:
            if self.options.full_refresh == "baseline":
                raise  # nothing of it is noted
            self.log.warning("%s", error)
        return found

    def _take_back(self, push: Push, report: Report) -> dict[str, Any]:
        self.source.compare()
        found = self.snapshot.comparison or Comparison()
        done = _DONE[self.options.when_gone]
        if not found.gone:
            return {"gone": 0, done: 0}
        if report.counts.failed or report.counts.skipped or found.invalid:  # an attempt that only ends a run reads anew
            self.log.warning(
                "Gone from the source: %s. They are not %s this time, because not every record was accepted.",
                counted(found.gone, "people"),
                done,
            )
            return {"gone": found.gone, done: 0}
        self.log.info("Gone from the source: %s, to be %s now.", counted(found.gone, "people"), done)
        gone = deliver(self._gone_push(push))
        self._say_who_is_left(gone, done)
        return {"gone": found.gone, done: gone.counts.accepted, **gone.request_counts.shown()}

    def _say_who_is_left(self, gone: Report, done: str) -> None:
        if gone.counts.rejected:
            self.log.warning(
                "Of those, Bento rejected %s: not %s. The next run tries again.",
                counted(gone.counts.rejected, "people"),
                done,
            )
        unnamed = [key for key, email in self.snapshot.engine.gone() if email is None]
        self.snapshot.release(unnamed)
        if unnamed:
            self.log.warning(
                "Of those, %s could not be %s: the address is not stored, because when_gone was 'ignore' when they "
                "were sent. They are forgotten now.",
                counted(len(unnamed), "people"),
                done,
            )

    def _gone_push(self, push: Push) -> Push:
        untags = self.options.when_gone == "untag"
        endpoint: Endpoint = "subscribers" if untags else "commands"
        record = _untagged(self.options.untag) if untags else _unsubscribed
        most = contract.BATCH[endpoint].max_records
        plan = Plan(endpoint, min(push.chunk_size, most), push.max_chunk_bytes)
        return replace(
            push,
            endpoint=endpoint,
            source=GoneSource(self.snapshot, record),
            request_loop=push.request_loop.patient(),  # rescheduled, this attempt would find that all was sent
            new_parser=(lambda: parse_subscriber) if untags else command_parser,
            checkpoints=Checkpoints(MemoryStore(), plan, TaskAttempt()),  # repeating it is harmless
            dead_letters=NoDeadLetters(),
            chunk_size=plan.chunk_size,
            on_empty="success",
            in_doubt=None,
            max_failed=_NO_LIMIT,
            isolate_rejected=False,
            ledger=GoneLedger(self.snapshot),
        )


def _terms(options: SyncOptions, endpoint: Endpoint, site: str) -> Terms:
    return Terms(
        made_for=endpoint if options.once_by is None else f"{endpoint} once_by {options.once_by}",
        site=site,
        once=options.once_by is not None,
        addresses=options.when_gone != "ignore",
        resend_after=options.resend_after,
        forget_after=options.forget_after,
        forced=options.full_refresh,
    )


def _key_of(options: SyncOptions, endpoint: Endpoint) -> KeyOf:
    return PersonKey() if options.once_by is None else FieldKey(options.once_by, _WITHIN[endpoint])


def _look_at(found: Comparison, options: Options, log: logging.Logger) -> None:
    """Log how the source compares, and stop if too many people are gone."""
    counts = (found.total, found.added, found.changed, found.unchanged, found.invalid, found.gone, found.known)
    log.info(
        "Compared with the snapshot: %s = added %s + changed %s + unchanged %s + invalid %s; gone %s of %s.",
        *(f"{number:,}" for number in counts),
    )
    if found.unconfirmed:
        log.warning(
            "Not sent again: %s that an earlier run may have sent and that Bento did not confirm. Check in Bento "
            "whether they arrived.",
            counted(found.unconfirmed, options.endpoint),
        )
    if options.sync is None or not options.sync.takes_back:
        return
    try:
        check_gone(found, options.sync.max_gone)
    except BentoTooManyGone as error:
        if not options.validate_only:
            raise
        log.warning("A push would stop before it sends anything: %s", error)


def _untagged(tags: tuple[str, ...]) -> Callable[[str], Mapping[str, Any]]:
    return lambda email: {"email": email, "remove_tags": list(tags)}


def _unsubscribed(email: str) -> Mapping[str, Any]:
    return {"command": "unsubscribe", "email": email}
