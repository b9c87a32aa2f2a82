"""An operator's settings once everything is rendered and judged: typed, frozen, and what a push is made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from airflow_provider_bento.delivery.push import OnInvalidRecord
from airflow_provider_bento.delivery.values import IN_DOUBT, InDoubt
from airflow_provider_bento.operators.arguments import OnEmpty
from airflow_provider_bento.operators.task_run import given

if TYPE_CHECKING:
    from airflow_provider_bento.operators.base import BentoBatchOperator

__all__ = ["Options"]


@dataclass(frozen=True)
class Options:
    """What an operator is to do, apart from where the records come from.

    :param chunk_size: most records of a request.
    :param max_chunk_bytes: most bytes of a request.
    :param on_invalid_record: what a bad record means.
    :param on_empty: what a source without a row means.
    :param in_doubt: what to do if an outcome stays unknown; ``None``: what is harmless.
    :param max_failed: how many records may fail: a count, or a fraction below 1.
    :param max_in_flight: most requests under way at once.
    :param max_attempts: attempts of one request.
    :param release_slot_after: seconds of waiting after which the worker slot is given back; ``None``: never.
    :param validate_only: whether nothing is sent.
    :param isolate_rejected: whether rejected subscribers are looked for by halving.
    :param dead_letters_path: where dead letters go.
    :param checkpoint_path: where checkpoints go on Airflow before 3.3.
    """

    chunk_size: int
    max_chunk_bytes: int
    on_invalid_record: OnInvalidRecord
    on_empty: OnEmpty
    in_doubt: InDoubt | None
    max_failed: float
    max_in_flight: int
    max_attempts: int
    release_slot_after: float | None
    validate_only: bool
    isolate_rejected: bool
    dead_letters_path: str | None
    checkpoint_path: str | None

    @classmethod
    def of(cls, operator: BentoBatchOperator) -> Options:
        """Judge what a rendered operator holds.

        :raises BentoSetupError: names the task and the argument.
        """
        operator._validate_arguments(rendered=True)
        return cls(
            chunk_size=operator.chunk_size,
            max_chunk_bytes=operator.max_chunk_bytes,
            on_invalid_record=operator.on_invalid_record,
            on_empty=operator.on_empty,
            in_doubt=_choice(operator.in_doubt),
            max_failed=operator.max_failed,
            max_in_flight=operator.max_in_flight,
            max_attempts=operator.max_attempts,
            release_slot_after=operator.release_slot_after,
            validate_only=str(operator.validate_only).strip().lower() == "true",
            isolate_rejected=getattr(operator, "isolate_rejected", False),
            dead_letters_path=given(operator.dead_letters_path),
            checkpoint_path=given(operator.checkpoint_path),
        )


def _choice(value: Any) -> InDoubt | None:
    return next((word for word in IN_DOUBT if word == value), None)
