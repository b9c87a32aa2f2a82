"""Which requests a question takes, and what it makes of the answers; no request is sent here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from airflow_provider_bento.api.responses import Audience, ListedBroadcast, Person, Tag
from airflow_provider_bento.triggers.questions import (
    MOST_PAGES,
    TAGS_STAY,
    Answer,
    BroadcastQuestion,
    Question,
    SegmentQuestion,
    SubscriberQuestion,
    question_of,
)


class Bento:
    """A hook that answers from lists, and remembers what it was asked."""

    def __init__(self, *, person: Person | None = None, tags: Sequence[Tag] = (), pages: Any = None) -> None:
        self.person, self.tags, self.pages = person, tags, pages or {}
        self.audience = Audience(users=12, subscribed=10, unsubscribed=2)
        self.asked: list[Any] = []

    def get_subscriber(self, **who: Any) -> Person | None:
        """Return the person."""
        self.asked.append(who)
        return self.person

    def list_tags(self) -> Sequence[Tag]:
        """Return the tags."""
        self.asked.append("tags")
        return self.tags

    def list_broadcasts(self, state: str, page: int) -> Sequence[ListedBroadcast]:
        """Return a page; the last one again beyond the end, as Bento may."""
        self.asked.append((state, page))
        pages = self.pages.get(state, [[]])
        return list(pages[min(page, len(pages)) - 1])

    def segment_stats(self, segment_id: str) -> Audience:
        """Return the numbers."""
        self.asked.append(segment_id)
        return self.audience


def ask(question: Question, bento: Any) -> Answer:
    """Drive the question's steps."""
    steps = question.steps()
    step = next(steps)
    while True:
        try:
            step = steps.send(step(bento, {}))
        except StopIteration as ended:
            return ended.value  # type: ignore[no-any-return]  # a generator's result has no type here


def person(*tags: str, unsubscribed: str | None = None) -> Person:
    """Return a person with tags of these ids."""
    return Person("7", "u7", "ann@planted.example", {}, tags, unsubscribed, None)


def test_nobody_is_not_yet() -> None:
    """The words name what was looked for, never its value."""
    assert ask(SubscriberQuestion(email="ann@planted.example"), Bento()) == Answer(
        missing="Bento has nobody with this email"
    )
    assert ask(SubscriberQuestion(uuid="u7"), Bento()).missing == "Bento has nobody with this uuid"


def test_a_person_is_an_id_a_number_of_tags_and_whether_subscribed() -> None:
    """No address; one request."""
    bento = Bento(person=person("1", "2", unsubscribed="2026-01-01T00:00:00Z"))
    answer = ask(SubscriberQuestion(email="ann@planted.example"), bento)
    assert answer.found == {"id": "7", "tags": 2, "subscribed": False}
    assert bento.asked == [{"email": "ann@planted.example"}]


def test_the_names_of_tags_are_asked_for_once() -> None:
    """Again only if the person has a tag whose name is not known: somebody created it in between."""
    bento = Bento(person=person("1"), tags=[Tag("1", "lead")])
    question = SubscriberQuestion(uuid="u7", has_tag="vip")
    assert ask(question, bento).missing == "Bento has the person, but without the tag 'vip'"
    assert ask(question, bento).found is None
    assert bento.asked.count("tags") == 1
    bento.person, bento.tags = person("1", "2"), [Tag("1", "lead"), Tag("2", "vip")]
    assert ask(question, bento).found == {"id": "7", "tags": 2, "subscribed": True}
    assert ask(question, bento).found is not None
    assert bento.asked.count("tags") == 2


def test_a_tag_that_was_renamed_is_found_after_some_questions() -> None:
    """Its id stays, so a person's ids do not show it."""
    bento = Bento(person=person("1"), tags=[Tag("1", "lead")])
    question = SubscriberQuestion(uuid="u7", has_tag="vip")
    assert ask(question, bento).found is None
    bento.tags = [Tag("1", "vip")]
    answers = [ask(question, bento).found for _ in range(TAGS_STAY)]
    assert answers[:-1] == [None] * (TAGS_STAY - 1)
    assert answers[-1] is not None


def test_a_person_without_tags_costs_no_list_of_tags() -> None:
    """There is nothing to look up."""
    bento = Bento(person=person())
    assert ask(SubscriberQuestion(uuid="u7", has_tag="vip"), bento).found is None
    assert "tags" not in bento.asked


def test_a_deleted_tag_does_not_count_until_it_is_restored() -> None:
    """Bento keeps deleted tags in its list, and may keep their ids with people."""
    bento = Bento(person=person("2"), tags=[Tag("2", "vip", discarded_at="2026-01-01T00:00:00Z")])
    question = SubscriberQuestion(uuid="u7", has_tag="vip")
    assert ask(question, bento).found is None
    bento.tags = [Tag("2", "vip")]
    assert ask(question, bento).found is not None


def listed(*names: str) -> list[ListedBroadcast]:
    """Return a page."""
    return [ListedBroadcast(f"id-{name}", name, url="https://b.example/1", open_rate=40.5) for name in names]


def test_a_broadcast_is_looked_for_state_by_state_and_page_by_page() -> None:
    """The page that shows it is the last one."""
    bento = Bento(pages={"sending": [listed("a")], "sent": [listed("b"), listed("c"), listed("d")]})
    answer = ask(BroadcastQuestion(name="c", states=("sending", "sent")), bento)
    assert answer.found == {"id": "id-c", "url": "https://b.example/1", "state": "sent", "open_rate": 40.5}
    assert bento.asked == [("sending", 1), ("sending", 2), ("sent", 1), ("sent", 2)]


def test_an_id_is_compared_with_ids_only() -> None:
    """A broadcast may be named like another one's id."""
    bento = Bento(pages={"sent": [listed("id-b", "b")]})
    assert (ask(BroadcastQuestion(broadcast_id="id-b"), bento).found or {})["id"] == "id-b"
    assert ask(BroadcastQuestion(broadcast_id="b"), bento).missing == "Bento lists no such broadcast as sent"


def test_a_list_without_an_end_is_left() -> None:
    """After fifty pages."""

    class Endless(Bento):
        def list_broadcasts(self, state: str, page: int) -> Sequence[ListedBroadcast]:
            self.asked.append((state, page))
            return listed(f"n{page}")

    bento = Endless()
    assert ask(BroadcastQuestion(name="never"), bento).found is None
    assert len(bento.asked) == MOST_PAGES


@pytest.mark.parametrize(
    ("limits", "missing"),
    [
        ({"at_least": 10}, ""),
        ({"at_least": 11}, "the segment has 10 subscribed people, fewer than 11"),
        ({"at_most": 10}, ""),
        ({"at_most": 9}, "the segment has 10 subscribed people, more than 9"),
        ({"at_least": 1, "at_most": 9}, "the segment has 10 subscribed people, more than 9"),
    ],
)
def test_a_segment_is_counted_by_its_subscribed_people(limits: dict[str, int], missing: str) -> None:
    """Both limits belong to the range."""
    answer = ask(SegmentQuestion("s", **limits), Bento())
    assert answer.missing == missing
    assert (answer.found is None) == bool(missing)
    assert answer.found in (None, {"users": 12, "subscribed": 10, "unsubscribed": 2})


def test_a_segment_without_a_number_is_not_yet() -> None:
    """No number is not zero."""
    bento = Bento()
    bento.audience = Audience(users=12, subscribed=None, unsubscribed=None)
    assert ask(SegmentQuestion("s", at_most=5), bento).found is None


def test_a_question_travels_as_json_and_shows_nobody() -> None:
    """Its repr has no address."""
    question = question_of("subscriber", {"email": "ann@planted.example", "has_tag": "vip"})
    assert "planted" not in repr(question)
    assert question_of("segment", {"segment_id": "s", "at_least": 2}) == SegmentQuestion("s", at_least=2)
