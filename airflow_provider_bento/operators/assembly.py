"""From an operator's arguments to the parts of a push."""

from __future__ import annotations

import math
import threading
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from airflow_provider_bento.api import contract
from airflow_provider_bento.delivery.checkpoints import Checkpoints, MemoryStore, Plan
from airflow_provider_bento.delivery.clock import SystemClock
from airflow_provider_bento.delivery.ledger import Tally
from airflow_provider_bento.delivery.push import Push
from airflow_provider_bento.delivery.retry import IN_DOUBT, MAX_THROTTLES, Backoff, InDoubt
from airflow_provider_bento.exceptions import BentoSetupError
from airflow_provider_bento.hooks.bento import BentoHook
from airflow_provider_bento.operators.keeping import TaskRun, given, own_path, rejects_for, store_for
from airflow_provider_bento.operators.origin import source_for
from airflow_provider_bento.operators.progress import Progress
from airflow_provider_bento.version_compat import HEEDS_RESCHEDULE_DATES

if TYPE_CHECKING:
    from airflow_provider_bento.operators.batch import BentoBatchOperator


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
    """Check the operator's arguments and put the parts together; nothing is sent.

    :raises BentoSetupError: an argument or the connection is wrong; says what is wanted.
    """
    check(operator)
    dry = str(operator.validate_only).lower() == "true"
    run, clock = TaskRun.of(context), SystemClock(stop)
    source = source_for(operator, context)
    store = MemoryStore() if dry else store_for(context, run, given(operator.checkpoint_path))
    durable = not isinstance(store, MemoryStore)
    rejects_path = own_path(given(operator.rejects_path), run.map_index)
    hook = BentoHook(operator.bento_conn_id, connections=operator.max_in_flight, stopped=stop.is_set)
    progress = Progress(operator.log, operator.endpoint, hook.settings.rate_limit, clock)
    options: dict[str, Any] = {
        "clock": clock,
        "stopped": stop.is_set,
        "backoff": Backoff(operator.max_attempts, max_refusals=MAX_THROTTLES * operator.max_in_flight),
        "give_up_after": operator.release_slot_after if durable and HEEDS_RESCHEDULE_DATES else None,
        "observer": progress,
        "tally": Tally(),
    }
    plan = Plan(operator.endpoint, operator.chunk_size, operator.max_chunk_bytes, source.identity())
    push = Push(
        endpoint=operator.endpoint,
        source=source,
        screen=operator.screen(),
        attempts=hook.attempts(hook.send_batch, **options),
        pacer=hook.pacer,
        checkpoints=Checkpoints(store, plan, run.attempt),
        rejects=rejects_for(rejects_path, run),
        chunk_size=operator.chunk_size,
        max_chunk_bytes=operator.max_chunk_bytes,
        on_bad_record=operator.on_bad_record,
        in_doubt=_choice(operator.in_doubt),
        max_failed=operator.max_failed,
        max_in_flight=operator.max_in_flight,
        isolate_refused=getattr(operator, "isolate_refused", False),
        validate_only=dry,
        look_up=partial(hook.find_broadcasts, **options) if operator.endpoint == "broadcasts" else None,
        durable=durable,
        attempt=0 if dry else run.attempt.try_number,
        rejects_path=rejects_path,
        observer=progress,
        clock=clock,
        stop=stop,
    )
    return Parts(push, progress, durable)


def check(operator: BentoBatchOperator) -> None:
    """Refuse arguments that cannot be meant.

    :raises BentoSetupError: says which, and what is wanted.
    """
    most = contract.BATCH[operator.endpoint].max_records
    wanted = {
        f"chunk_size must be a whole number from 1 to {most}": _whole(operator.chunk_size, 1, most),
        "max_chunk_bytes must be a whole number of at least 1000": _whole(operator.max_chunk_bytes, 1000),
        "on_bad_record must be 'fail' or 'skip'": operator.on_bad_record in ("fail", "skip"),
        f"in_doubt must be one of {', '.join(IN_DOUBT)}, or None": given(operator.in_doubt) in (None, *IN_DOUBT),
        "max_failed must be a count of at least 0, or a fraction below 1": _tolerance(operator.max_failed),
        "rejects_path must be another file than dead_letters": operator.dead_letters is None
        or str(operator.rejects_path) != str(operator.dead_letters),
        "validate_only must be True or False": str(operator.validate_only).lower() in ("true", "false"),
        "max_in_flight must be a whole number from 1 to 32": _whole(operator.max_in_flight, 1, 32),
        "max_attempts must be a whole number of at least 1": _whole(operator.max_attempts, 1),
        "release_slot_after must be a number of seconds, or None": _seconds(operator.release_slot_after),
    }
    # The word "False", of a template or a Variable, would count as a yes.
    wanted |= {
        f"{name} must be True or False, and is no template": isinstance(getattr(operator, name, False), bool)
        for name in ("allow_send", "to_everyone", "merge_duplicates", "isolate_refused")
    }
    wrong = [words for words, right in wanted.items() if not right]
    if wrong:
        raise BentoSetupError(f"{operator.task_id}: {'; '.join(wrong)}.")


def _whole(value: Any, least: int, most: int | None = None) -> bool:
    whole = isinstance(value, int) and not isinstance(value, bool)
    return whole and least <= value and (most is None or value <= most)


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value) and value >= 0


def _tolerance(value: Any) -> bool:
    return _number(value) and (value < 1 or value == int(value))


def _seconds(value: Any) -> bool:
    return value is None or _number(value)


def _choice(value: Any) -> InDoubt | None:
    return next((word for word in IN_DOUBT if word == value), None)
