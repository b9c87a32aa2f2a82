"""What a person chose about chunks in doubt, as they left it in the task's state store. Pure.

Tested by tests/unit/delivery/sending/test_in_doubt.py.
"""

from __future__ import annotations

from collections.abc import Sequence

from airflow_provider_bento.delivery.checkpoint.state import InFlightChunk
from airflow_provider_bento.delivery.values import IN_DOUBT, InDoubt, JsonValue
from airflow_provider_bento.exceptions import BentoSetupError


def chosen_by_person(value: JsonValue, doubts: Sequence[InFlightChunk]) -> list[tuple[InFlightChunk, InDoubt]]:
    """Return what a person chose for each chunk in doubt.

    :param value: one of the three words, for all of them; or such a word for each of some positions.
    :raises BentoSetupError: it is neither, or contains two choices for one chunk.
    """
    if not doubts:
        return []  # it was for a doubt that is gone
    if not isinstance(value, dict):
        return [(chunk, _word(value)) for chunk in doubts]
    words: dict[int, tuple[InFlightChunk, InDoubt]] = {}
    for position, said in value.items():
        chunk, word = _at(position, doubts), _word(said)
        if words.setdefault(chunk.number, (chunk, word))[1] != word:
            raise _no_word()
    return list(words.values())


def _at(position: str, doubts: Sequence[InFlightChunk]) -> InFlightChunk:
    for chunk in doubts:
        if position.isdecimal() and int(position) in chunk.span:
            return chunk
    raise _no_word()


def _word(value: JsonValue) -> InDoubt:
    for word in IN_DOUBT:
        if value == word:
            return word
    raise _no_word()


def _no_word() -> BentoSetupError:
    return BentoSetupError(
        f"The state store's key 'in_doubt' must be one of {', '.join(IN_DOUBT)}, or an object with one such word for "
        "the first position of each chunk in doubt. Nothing was sent."
    )
