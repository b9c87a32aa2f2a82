"""A person's answer to a question about chunks in doubt, stored only if exactly these chunks are still in doubt. Pure.

Tested by tests/unit/delivery/checkpoint/test_answer.py.
"""

from __future__ import annotations

from collections.abc import Sequence

from airflow_provider_bento.delivery.checkpoint.fencing import CLAIM, PREFIX
from airflow_provider_bento.delivery.checkpoint.store import KeyValueStore
from airflow_provider_bento.delivery.checkpoint.stored import read
from airflow_provider_bento.delivery.checkpoint.tracker import CHOICE
from airflow_provider_bento.delivery.values import InDoubt

__all__ = ["spans_in_doubt", "store_answer"]


def spans_in_doubt(store: KeyValueStore, try_number: int) -> list[tuple[int, int]]:
    """Return the first and last position of each chunk that is in doubt, as stored; stops no attempt.

    :param store: where the task instance keeps its checkpoint.
    :param try_number: the newest attempt.
    :raises BentoStateError: the checkpoint cannot be read.
    """
    values = (store.get(f"{PREFIX}{number}") for number in range(try_number, 0, -1))
    checkpoint = read(next((value for value in values if value is not None and value != CLAIM), None))
    in_flight = () if checkpoint is None else checkpoint.in_flight
    return [(chunk.span[0], chunk.span[-1]) for chunk in in_flight if chunk.counts is None]


def store_answer(store: KeyValueStore, try_number: int, asked: Sequence[tuple[int, int]], word: InDoubt) -> bool:
    """Store a word for the chunks that a person was asked about; the next run of the push uses it up.

    :param asked: the first and last position of each chunk in the question.
    :returns: whether it was stored; ``False``: other chunks are in doubt now, or none.
    :raises BentoStateError: the store cannot be used.
    """
    if not asked or sorted(asked) != sorted(spans_in_doubt(store, try_number)):
        return False
    store.set(CHOICE, {str(first): word for first, _ in asked})
    return True
