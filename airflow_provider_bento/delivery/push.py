"""The parts of one push, handed in by the caller: an operator, a test, a Python shell."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal

from airflow_provider_bento.api import contract
from airflow_provider_bento.api.contract import Call, Endpoint
from airflow_provider_bento.api.receipt import Created, Receipt
from airflow_provider_bento.delivery.checkpoint.tracker import Checkpoints
from airflow_provider_bento.delivery.clock import Clock, SystemClock
from airflow_provider_bento.delivery.dead_letters import DeadLetterSink, NoDeadLetters
from airflow_provider_bento.delivery.endpoint_facts import FACTS, EndpointFacts
from airflow_provider_bento.delivery.ledger import Ledger, NoLedger
from airflow_provider_bento.delivery.observer import Observer, Silent
from airflow_provider_bento.delivery.pacing import Pacer
from airflow_provider_bento.delivery.request_loop import RequestLoop
from airflow_provider_bento.delivery.source import Source
from airflow_provider_bento.delivery.validated_rows import Parse
from airflow_provider_bento.delivery.values import InDoubt

OnInvalidRecord = Literal["fail", "drop"]

OnEmpty = Literal["success", "skip", "fail"]
"""What a source without a row means: nothing to do, a task to be skipped, or an error."""


@dataclass(frozen=True)
class Push:
    """Everything that :func:`~airflow_provider_bento.delivery.deliver.deliver` needs.

    :param endpoint: which of Bento's endpoints gets the records.
    :param source: where the rows come from.
    :param new_parser: makes a fresh parser for one reading of the source (it may remember names it has seen).
    :param request_loop: sends requests under the outcome table.
    :param pacer: the budget, asked for the least time a push takes.
    :param checkpoints: what earlier attempts of this task did, and where this one writes.
    :param dead_letters: where records go that did not reach Bento.
    :param chunk_size: most records of a request.
    :param max_chunk_bytes: most bytes of a request.
    :param on_invalid_record: ``"fail"``: send nothing from the first chunk with an invalid record on (nothing at all
        if the source is rereadable); ``"drop"``: count it and continue.
    :param on_empty: what a source without a row means: ``"fail"`` raises; the two others are a success, which the
        caller tells apart by :attr:`~airflow_provider_bento.delivery.counts.Report.empty`.
    :param in_doubt: what to do if an outcome stays unknown; ``None``: ``"resend"`` if the chunk is idempotent, else
        ``"hold"``.
    :param max_failed: how many invalid and rejected records are still a success: a count, or a fraction below 1.
    :param max_in_flight: most requests under way at once.
    :param isolate_rejected: whether to find rejected subscribers by halving, if Bento reports only a count.
    :param validate_only: read and validate everything, send nothing.
    :param look_up: finds broadcasts by name.
    :param ledger: what earlier runs sent, if only the difference is to be sent.
    :param durable: whether what the checkpoints keep outlives the process; for the words of errors.
    :param attempt: the task's try number, for the dead letters; 0 for those of a dry run.
    :param dead_letters_path: where the dead letters are, for the report.
    """

    endpoint: Endpoint
    source: Source
    new_parser: Callable[[], Parse]
    request_loop: RequestLoop[Receipt]
    pacer: Pacer
    checkpoints: Checkpoints
    dead_letters: DeadLetterSink = field(default_factory=NoDeadLetters)
    chunk_size: int = 1000
    max_chunk_bytes: int = contract.MAX_CHUNK_BYTES
    on_invalid_record: OnInvalidRecord = "fail"
    on_empty: OnEmpty = "success"
    in_doubt: InDoubt | None = None
    max_failed: float = 0
    max_in_flight: int = 1
    isolate_rejected: bool = False
    validate_only: bool = False
    look_up: LookUp | None = None
    ledger: Ledger = field(default_factory=NoLedger)
    durable: bool = True
    attempt: int = 1
    dead_letters_path: str | None = None
    observer: Observer = field(default_factory=Silent)
    clock: Clock = field(default_factory=SystemClock)
    stop: threading.Event = field(default_factory=threading.Event)

    @property
    def call(self) -> Call:
        """How the endpoint is called."""
        return contract.BATCH[self.endpoint]

    @property
    def facts(self) -> EndpointFacts:
        """What is special about its records."""
        return FACTS[self.endpoint]

    def allowed_failures(self, read: int) -> int:
        """Return how many records may fail."""
        if not 0 < self.max_failed < 1:
            return int(self.max_failed)
        return math.floor(Fraction(str(self.max_failed)) * read)  # 0.29 of 100 is 29, in floats 28


LookUp = Callable[[Sequence[str], float], Mapping[str, Created]]
"""Broadcasts of these names that Bento has, made since this wall-clock time; raises if it cannot tell."""
