"""What is done about records whose outcome is unknown, and what a person may say."""

from __future__ import annotations

from typing import Any

import pytest
from delivery_law.fakes import parse, rows

from airflow_provider_bento.delivery.checkpoint.person_choice import chosen_by_person
from airflow_provider_bento.delivery.checkpoint.state import InFlightChunk
from airflow_provider_bento.delivery.chunks import Chunk, cut
from airflow_provider_bento.delivery.sending.in_doubt import (
    NOT_DURABLE,
    chosen,
    chosen_for_missing,
    in_doubt_error,
    several_in_doubt,
)
from airflow_provider_bento.delivery.source import ListSource
from airflow_provider_bento.delivery.validated_rows import ValidRows
from airflow_provider_bento.delivery.validation import validated
from airflow_provider_bento.delivery.values import Cursor
from airflow_provider_bento.exceptions import BentoOutcomeUnknown, BentoSetupError


def chunk(**values: Any) -> Chunk:
    """Return three records."""
    items = validated(ListSource(rows(3, **values)).rows(Cursor()), parse, max_bytes=10_000)
    return next(cut(items, max_records=9, max_bytes=10_000))


def pending(first: int, last: int) -> InFlightChunk:
    """Return a chunk in doubt."""
    return InFlightChunk(first, Cursor(first), Cursor(last + 1), "d", 0.0)


def test_by_default_only_what_is_harmless_is_sent_again() -> None:
    """One record that is not idempotent decides for its chunk."""
    assert chosen(None, chunk(idempotent=True)) == "resend"
    assert chosen(None, chunk()) == "hold"
    mixed = ValidRows.joined([chunk(idempotent=True).valid[:2], chunk().valid[2:]])
    assert chosen(None, Chunk(0, Cursor(), Cursor(3), mixed, ())) == "hold"


@pytest.mark.parametrize("word", ["hold", "resend", "skip"])
def test_a_word_always_wins(word: Any) -> None:
    """Whether the author's or a person's."""
    assert chosen(word, chunk(idempotent=True)) == word
    assert chosen_for_missing(word, chunk(approved=True).valid) == word


def test_broadcasts_that_are_not_there_are_made_again_only_as_drafts() -> None:
    """One that would be mailed is held: a request may still be worked on."""
    assert chosen_for_missing(None, chunk().valid) == "resend"
    assert chosen_for_missing(None, chunk(approved=True).valid) == "hold"
    assert chosen_for_missing(None, chunk().valid[:0]) == "resend"


def test_a_word_is_for_all_that_is_in_doubt() -> None:
    """As the message said."""
    doubts = [pending(0, 2), pending(9, 11)]
    assert chosen_by_person("skip", doubts) == [(doubts[0], "skip"), (doubts[1], "skip")]
    assert chosen_by_person({"0": "skip", "9": "resend"}, doubts) == [(doubts[0], "skip"), (doubts[1], "resend")]
    assert chosen_by_person({"11": "hold"}, doubts) == [(doubts[1], "hold")]


@pytest.mark.parametrize(
    "value", ["maybe", 1, True, [], ["skip"], {"3": "skip"}, {"x": "skip"}, {"0": "maybe"}, "SKIP",
              {"0": "skip", "2": "resend"}]
)  # fmt: skip
def test_any_other_word_stops_the_task(value: Any) -> None:
    """Nothing is sent on a guess about a person."""
    with pytest.raises(BentoSetupError, match="hold, resend, skip"):
        chosen_by_person(value, [pending(0, 2)])


@pytest.mark.parametrize("value", ["skip", "maybe", {"0": "skip"}, 7])
def test_a_word_for_a_doubt_that_is_gone_says_nothing(value: Any) -> None:
    """It is dropped."""
    assert chosen_by_person(value, []) == []


@pytest.mark.parametrize(("records", "words"), [(1, "It was not sent again"), (3, "They were not sent again")])
def test_one_record_in_doubt_is_it_and_several_are_they(records: int, words: str) -> None:
    """A person reads the message, perhaps at night."""
    valid = chunk().valid[:records]
    assert words in str(in_doubt_error(valid, "events", "a reset", durable=True))


def test_a_held_chunk_is_named_by_positions_and_both_ways_on() -> None:
    """Never by people."""
    error = in_doubt_error(
        chunk().valid, "events", "a reset", durable=True, endpoint="/batch/events", maybe_applied=True
    )
    assert (error.positions, error.endpoint, error.maybe_applied, error.needs_decision) == (
        (0, 2),
        "/batch/events",
        True,
        True,
    )
    assert error.__dict__["count"] == 3
    for words in ("3 events at positions 0 to 2", "a reset", "in_doubt='skip'", "in_doubt='resend'", "key 'in_doubt'"):
        assert words in str(error)
    assert "r0" not in str(error)


def test_one_record_in_doubt_is_said_in_the_singular() -> None:
    """And the sentence that says why is not ended twice."""
    error = in_doubt_error(chunk().valid[:1], "events", "The reply broke off.", durable=True)
    assert str(error).startswith(
        "In doubt: could not confirm whether Bento received 1 event at position 0 (The reply broke off). It was not "
        "sent again. Check Bento, then clear the task with in_doubt='skip' (received)"
    )


def test_several_held_chunks_are_all_named() -> None:
    """With the way to say something else about each."""
    cause = BentoOutcomeUnknown("x", endpoint="/batch/events", status=502)
    error = several_in_doubt([pending(0, 2), pending(9, 11), pending(15, 15)], "events", cause, durable=True)
    assert (error.positions, error.needs_decision, error.maybe_applied) == ((0, 15), True, True)
    assert (error.endpoint, error.status) == ("/batch/events", 502)
    assert error.__dict__["spans"] == ((0, 2), (9, 11), (15, 15))
    for words in (
        "positions 0 to 2, 9 to 11, 15 (3 chunks)",
        "They were not sent again",
        '{"0": "skip", "9": "resend"}',
    ):
        assert words in str(error)


def test_without_a_checkpoint_no_word_helps() -> None:
    """A Clear would send everything, so nothing else is advised."""
    cause = BentoOutcomeUnknown("x", endpoint="/batch/events", status=502)
    for error in (
        in_doubt_error(chunk().valid, "events", "a reset", durable=False),
        several_in_doubt([pending(0, 2), pending(9, 11)], "events", cause, durable=False),
    ):
        assert str(error).endswith(f"Check Bento. {NOT_DURABLE}")
        assert "skip" not in str(error)
