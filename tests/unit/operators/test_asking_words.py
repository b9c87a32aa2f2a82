"""The words of a question, which people read before they decide."""

from __future__ import annotations

import pytest

from airflow_provider_bento.delivery.checkpoint.state import Checkpoint, InFlightChunk, Plan, TaskAttempt
from airflow_provider_bento.delivery.counts import RecordCounts
from airflow_provider_bento.delivery.values import Cursor
from airflow_provider_bento.exceptions import BentoOutcomeUnknown
from airflow_provider_bento.operators.asking.question import ARRIVED, MISSING, STOP, Doubt, escaped
from airflow_provider_bento.operators.task_run import TaskRun

RUN = TaskRun("shop_dag", "manual__2026-11-27T10:00:00+00:00", "push", -1, TaskAttempt(2, 3))
PLAN = Plan("events", 5, 5_000_000, "list")


def checkpoint(*starts: int, settled: int | None = None) -> Checkpoint:
    """Return one with chunks of five in doubt, and one more that has its outcome."""
    chunks = [
        InFlightChunk(start // 5, Cursor(start), Cursor(start + 5), "d", 1_790_000_000.0 + start) for start in starts
    ]
    if settled is not None:
        counts = RecordCounts(read=5, accepted=5)
        chunks.append(InFlightChunk(settled // 5, Cursor(settled), Cursor(settled + 5), "d", 1.0, counts))
    counts = RecordCounts(read=5, accepted=4, invalid=1)
    return Checkpoint(PLAN, TaskAttempt(), Cursor(5), in_flight=tuple(chunks), counts=counts)


def doubt(*starts: int, why: str = "no reply", **evidence: object) -> Doubt:
    """Return what a person is asked about."""
    error = BentoOutcomeUnknown("…", why=why, **evidence)  # type: ignore[arg-type]  # any of its fields
    found = Doubt.of(error, checkpoint(*starts, settled=100), "events")
    assert found
    return found


def test_one_chunk_is_named_by_count_and_positions() -> None:
    """Of broadcasts some of the chunk may have been found; those that are left are shown, the chunk is asked about."""
    found = doubt(5, positions=(7, 9), count=3)
    assert found.subject() == "Bento: did 3 events at positions 7 to 9 arrive?"
    assert found.spans == ((5, 9),)
    assert doubt(5, positions=(7, 7), count=1).subject() == "Bento: did 1 event at position 7 arrive?"


def test_several_chunks_are_all_named_up_to_ten() -> None:
    """The subject stays readable however many requests were under way."""
    assert doubt(5, 15, positions=(5, 19)).subject() == "Bento: did events at positions 5 to 9, 15 to 19 arrive?"
    assert doubt(*range(5, 65, 5)).subject().endswith("50 to 54 and 2 more chunks arrive?")


def test_the_body_says_what_when_why_where_and_what_each_button_does() -> None:
    """In UTC; the oldest of several requests counts."""
    body = doubt(5, 10, why="HTTP status 502").body(RUN)
    for words in (
        *("events at positions 5 to 9, 10 to 14", "HTTP status 502", "2026-09-21 14:13:25 UTC", "try 2"),
        *("shop\\_dag\\.push", "read 5 = accepted 4 + invalid 1", ARRIVED, MISSING, STOP),
    ):
        assert words in body
    assert "an earlier attempt of the task ended before the reply came" in doubt(5, why="").body(RUN)


def test_a_mapped_task_says_which_one_asks() -> None:
    """Each of them asks a question of its own."""
    assert ", map index 3, run" in doubt(5).body(TaskRun("d", "r", "t", 3, TaskAttempt()))


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("<b>[a](http://x.io)</b>", r"\<b\>\[a\]\(http\://x\.io\)\</b\>"),
        ("two\n\n# lines", r"two \# lines"),
        ("`_*~|!&@", r"\`\_\*\~\|\!\&\@"),
    ],
)
def test_words_of_others_are_no_markdown(words: str, shown: str) -> None:
    """Neither links nor headings come of an id or of a server's words."""
    assert escaped(words) == shown


def test_a_long_reason_is_cut() -> None:
    """It may contain a page of a proxy."""
    assert len(doubt(5, why="x" * 5000).body(RUN)) < 2000


def test_without_a_stored_intent_there_is_nothing_to_ask_about() -> None:
    """No answer could be bound to it."""
    assert Doubt.of(BentoOutcomeUnknown("…"), checkpoint(settled=100), "events") is None
