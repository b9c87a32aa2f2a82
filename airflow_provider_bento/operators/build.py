"""From an operator's arguments to the parts of a push."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from airflow_provider_bento.delivery.checkpoint.state import Plan
from airflow_provider_bento.delivery.checkpoint.store import MemoryStore
from airflow_provider_bento.delivery.checkpoint.tracker import Checkpoints
from airflow_provider_bento.delivery.clock import SystemClock
from airflow_provider_bento.delivery.counts import RequestStats
from airflow_provider_bento.delivery.push import Push
from airflow_provider_bento.delivery.retry import MAX_THROTTLES, Backoff
from airflow_provider_bento.hooks.bento import BentoHook
from airflow_provider_bento.operators.options import Options
from airflow_provider_bento.operators.progress import Progress
from airflow_provider_bento.operators.record_source import source_for
from airflow_provider_bento.operators.task_run import TaskRun, dead_letters_for, own_path, store_for
from airflow_provider_bento.version_compat import HEEDS_RESCHEDULE_DATES

if TYPE_CHECKING:
    from airflow_provider_bento.operators.base import BentoBatchOperator


@dataclass(frozen=True)
class Parts:
    """A push ready to be delivered.

    :param push: its parts.
    :param progress: what tells Airflow of it.
    :param durable: whether the checkpoint outlives this process.
    """

    push: Push
    progress: Progress
    durable: bool

    def would_double(self) -> bool:
        """Whether another attempt would start from the first record although some were accepted that must not be sent
        twice.
        """
        known = self.push.checkpoints.now
        return not self.durable and self.push.endpoint != "subscribers" and bool(known.chunks or known.flights)


def assemble(operator: BentoBatchOperator, context: Any, stop: threading.Event) -> Parts:
    """Judge the operator's arguments and put the parts together; nothing is sent.

    :raises BentoSetupError: an argument or the connection is wrong; says what is wanted.
    """
    options = Options.of(operator)
    run, clock = TaskRun.of(context), SystemClock(stop)
    source = source_for(operator, context)
    store = MemoryStore() if options.validate_only else store_for(context, run, options.checkpoint_path)
    durable = not isinstance(store, MemoryStore)
    dead_letters_path = own_path(options.dead_letters_path, run.map_index)
    hook = BentoHook(operator.bento_conn_id, connections=options.max_in_flight, stopped=stop.is_set)
    progress = Progress(operator.log, operator.endpoint, hook.settings.rate_limit, clock)
    sending: dict[str, Any] = {
        "clock": clock,
        "stopped": stop.is_set,
        "backoff": Backoff(options.max_attempts, max_refusals=MAX_THROTTLES * options.max_in_flight),
        "give_up_after": options.release_slot_after if durable and HEEDS_RESCHEDULE_DATES else None,
        "observer": progress,
        "tally": RequestStats(),
    }
    plan = Plan(operator.endpoint, options.chunk_size, options.max_chunk_bytes, source.identity())
    push = Push(
        endpoint=operator.endpoint,
        source=source,
        screen=operator._new_parser(),
        attempts=hook.attempts(hook.send_batch, **sending),
        pacer=hook.pacer,
        checkpoints=Checkpoints(store, plan, run.attempt),
        rejects=dead_letters_for(dead_letters_path, run),
        chunk_size=options.chunk_size,
        max_chunk_bytes=options.max_chunk_bytes,
        on_invalid_record=options.on_invalid_record,
        on_empty=options.on_empty,
        in_doubt=options.in_doubt,
        max_failed=options.max_failed,
        max_in_flight=options.max_in_flight,
        isolate_rejected=options.isolate_rejected,
        validate_only=options.validate_only,
        look_up=partial(hook.find_broadcasts, **sending) if operator.endpoint == "broadcasts" else None,
        durable=durable,
        attempt=0 if options.validate_only else run.attempt.try_number,
        dead_letters_path=dead_letters_path,
        observer=progress,
        clock=clock,
        stop=stop,
    )
    return Parts(push, progress, durable)
