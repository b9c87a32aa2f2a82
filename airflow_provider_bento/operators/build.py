"""Build the parts of a push from an operator's options: its source, its store, its sender.

Tested by tests/unit/operators/test_careful_runs.py.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from airflow_provider_bento.api import contract
from airflow_provider_bento.delivery.checkpoint.state import Plan
from airflow_provider_bento.delivery.checkpoint.store import MemoryStore
from airflow_provider_bento.delivery.checkpoint.tracker import Checkpoints
from airflow_provider_bento.delivery.clock import SystemClock
from airflow_provider_bento.delivery.counts import RequestStats
from airflow_provider_bento.delivery.endpoint_facts import FACTS
from airflow_provider_bento.delivery.ledger import NoLedger
from airflow_provider_bento.delivery.push import Push
from airflow_provider_bento.delivery.retry import MAX_THROTTLES, Backoff
from airflow_provider_bento.filesystem.own_path import own_path
from airflow_provider_bento.hooks.bento import BentoHook
from airflow_provider_bento.operators.endpoint_words import WORDS
from airflow_provider_bento.operators.options import Options
from airflow_provider_bento.operators.progress import Progress
from airflow_provider_bento.operators.sync import Sync
from airflow_provider_bento.operators.task_run import TaskRun, dead_letters_for, store_for
from airflow_provider_bento.version_compat import HEEDS_RESCHEDULE_DATES

if TYPE_CHECKING:
    import logging
    from collections.abc import Callable

    from airflow_provider_bento.delivery.source import Source
    from airflow_provider_bento.delivery.validated_rows import Parse
    from airflow_provider_bento.operators.watermark.lifecycle import Watermark


@dataclass(frozen=True)
class Parts:
    """A push ready to be delivered.

    :param push: its parts.
    :param progress: what reports to Airflow.
    :param durable: whether the checkpoint outlives this process.
    :param site: the connection's site, its UUID.
    :param sync: what sends only the difference; ``None``: everything is sent.
    """

    push: Push
    progress: Progress
    durable: bool
    site: str
    sync: Sync | None = None

    def would_double(self) -> bool:
        """Whether another attempt would start over and resend accepted records that are not idempotent."""
        known = self.push.checkpoints.now
        if self.durable or self.sync is not None or self.push.facts.idempotent:
            return False
        return bool(known.chunks or known.in_flight)


def build(
    options: Options,
    records: Any,
    new_parser: Callable[[], Parse],
    *,
    context: Any,
    stop: threading.Event,
    log: logging.Logger,
    watermark: Watermark | None = None,
) -> Parts:
    """Put the parts of a push together; nothing is sent.

    :param options: the validated arguments.
    :param records: what the records argument contains, or a source of them.
    :param new_parser: makes a parser for one reading of the source.
    :param context: Airflow's.
    :param stop: set to let no further request start.
    :param log: the task's log.
    :param watermark: what a run that reads only what is new begins with; ``None``: it reads everything.
    :raises BentoSetupError: the source or the connection is wrong; says what is expected.
    """
    run, clock = TaskRun.of(context), SystemClock(stop)
    source = source_for(options, records, watermark)
    store = MemoryStore() if options.validate_only else store_for(context, run, options.labels.checkpoint_path)
    durable = not isinstance(store, MemoryStore)
    dead_letters_path = own_path(options.labels.dead_letters_path, run.map_index)
    hook = BentoHook(options.labels.conn_id, connections=options.max_in_flight, stopped=stop.is_set)
    site = hook.settings.site_uuid
    sync = Sync.of(options, source, new_parser, site=site, run=run, clock=clock, log=log) if options.sync else None
    source = sync.source if sync else source
    progress = Progress(log, options.endpoint, _limit(options, hook.settings.rate_limit), clock)
    sending: dict[str, Any] = {
        "clock": clock,
        "stopped": stop.is_set,
        "backoff": Backoff(options.max_attempts, max_refusals=MAX_THROTTLES * options.max_in_flight),
        "give_up_after": options.release_slot_after if durable and HEEDS_RESCHEDULE_DATES else None,
        "observer": progress,
        "request_stats": RequestStats(),
    }
    plan = Plan(options.endpoint, options.chunk_size, options.max_chunk_bytes, source.identity())
    push = Push(
        endpoint=options.endpoint,
        source=source,
        new_parser=new_parser,
        request_loop=hook.request_loop(hook.get_conn().send_batch, **sending),
        pacer=hook.pacer,
        checkpoints=Checkpoints(store, plan, run.attempt),
        dead_letters=dead_letters_for(dead_letters_path, run),
        chunk_size=options.chunk_size,
        max_chunk_bytes=options.max_chunk_bytes,
        on_invalid_record=options.on_invalid_record,
        on_empty=options.on_empty,
        in_doubt=options.in_doubt,
        max_failed=options.max_failed,
        max_in_flight=options.max_in_flight,
        isolate_rejected=options.isolate_rejected,
        validate_only=options.validate_only,
        ledger=sync.snapshot if sync else NoLedger(),
        look_up=partial(hook.find_broadcasts, **sending) if FACTS[options.endpoint].looked_up else None,
        durable=durable,
        attempt=0 if options.validate_only else run.attempt.try_number,
        dead_letters_path=dead_letters_path,
        observer=progress,
        clock=clock,
        stop=stop,
    )
    return Parts(push, progress, durable, site, sync)


def _limit(options: Options, of_connection: str) -> str:
    """Return the limit that matters, for the log."""
    deletes = contract.BATCH[options.endpoint].family == "deletion"
    return contract.DELETION_RATE_LIMIT if deletes else of_connection


def source_for(options: Options, records: Any, watermark: Watermark | None = None) -> Source:
    """Return the source that the options mean: records, a query or dead letters; mapped and merged.

    :param records: what the records argument contains, or a source of them.
    :param watermark: what watches a column of the rows.
    :raises BentoSetupError: the source cannot be used.
    """
    source = _plain_source(options, records, watermark)
    if watermark is not None:
        source = watermark.around(source)
    if (field := WORDS[options.endpoint].text_is) is not None:
        from airflow_provider_bento.sources.text_rows import TextRowsSource

        source = TextRowsSource(source, field)
    mapped = options.columns is not None or bool(options.constants)
    if mapped and options.replay_dead_letters is None:  # a dead letter contains what mapping made of its row
        from airflow_provider_bento.sources.mapping import MappedSource

        source = MappedSource(source, options.columns, options.constants)
    if options.merge_duplicates and options.sync is None:  # a comparison merges them itself
        from airflow_provider_bento.sources.merging import MergedSource

        source = MergedSource(source)
    return source


def _plain_source(options: Options, records: Any, watermark: Watermark | None) -> Source:
    if options.sql is not None:
        from airflow_provider_bento.sources.sql.source import SqlSource

        return SqlSource(
            options.sql,
            conn_id=options.sql_conn_id,
            parameters=watermark.put_into(options.sql_parameters) if watermark else options.sql_parameters,
            resume_key=options.resume_key,
        )
    if options.replay_dead_letters is not None:
        from airflow_provider_bento.sources.dead_letters import DeadLetterSource

        return DeadLetterSource(options.replay_dead_letters, endpoint=options.endpoint)
    from airflow_provider_bento.sources.argument import source_of

    return source_of(records, WORDS[options.endpoint].argument, file_options=options.file_options)
