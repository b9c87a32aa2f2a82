"""What a sensor asks Bento, as steps of one request each: the caller decides where and when a request is sent.

A step is a function of the hook; what it returns is sent back into the generator. Nothing here sends or waits, so the
same question is asked by a task in a worker and by a trigger in an event loop.

Tested by tests/unit/triggers/test_questions.py.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Literal, Protocol, TypeAlias

from airflow_provider_bento.api.contract import BroadcastStatus

if TYPE_CHECKING:
    from airflow_provider_bento.api.responses import Audience, ListedBroadcast, Person, Tag
    from airflow_provider_bento.hooks.bento import BentoHook

__all__ = ["Answer", "BroadcastQuestion", "Kind", "Question", "SegmentQuestion", "SubscriberQuestion", "question_of"]

MOST_PAGES: Final = 50  # of one status; a request each
TAGS_STAY: Final = 10  # questions for which the names of tags are taken as known: a tag can be renamed

Kind = Literal["subscriber", "broadcast", "segment"]


@dataclass(frozen=True, slots=True)
class Answer:
    """What Bento says now.

    :param found: what the sensor returns as its XCom, without an address; ``None``: not yet.
    :param missing: what is missing, as a sentence without an address; empty if nothing is.
    """

    found: dict[str, Any] | None = None
    missing: str = ""


Step: TypeAlias = "Callable[[BentoHook, Mapping[str, Any]], Any]"
"""One request: called with a hook, and options of its request loop."""

Steps: TypeAlias = Generator[Step, Any, Answer]


class Question(Protocol):
    """Something that Bento is asked until the answer is yes."""

    def steps(self) -> Steps:
        """Ask once: yield each request, and return the answer."""
        ...


@dataclass
class SubscriberQuestion:
    """Does Bento have this person, and with this tag? One request, and one for the names of tags if one is new, or if
    they were read ten questions ago.

    :param email: an address; or
    :param uuid: Bento's visitor id.
    :param has_tag: the name of a tag; Bento shows only the ids of a person's tags.
    """

    email: str | None = field(default=None, repr=False)
    uuid: str | None = field(default=None, repr=False)
    has_tag: str | None = None
    _tags: dict[str, Tag] = field(default_factory=dict, repr=False)
    _used: int = field(default=0, repr=False)

    def steps(self) -> Steps:
        """Ask once."""
        who = {"email": self.email} if self.email is not None else {"uuid": self.uuid}
        person: Person | None = yield lambda hook, options: hook.get_subscriber(**who, **options)
        if person is None:
            return Answer(missing=f"Bento has nobody with this {next(iter(who))}")
        if self.has_tag is not None and not self._tagged(person):
            self._used += 1
            if not self._all_known(person) or (self._used >= TAGS_STAY and person.tag_ids):
                tags: Sequence[Tag] = yield lambda hook, options: hook.list_tags(**options)
                self._tags, self._used = {tag.id: tag for tag in tags}, 0
            if not self._tagged(person):
                return Answer(missing=f"Bento has the person, but without the tag {self.has_tag!r}")
        subscribed = person.unsubscribed_at is None
        return Answer({"id": person.id, "tags": len(person.tag_ids), "subscribed": subscribed})

    def _tagged(self, person: Person) -> bool:
        return any(tag.name == self.has_tag and tag.discarded_at is None for tag in self._of(person))

    def _all_known(self, person: Person) -> bool:
        """Whether the list of tags cannot have changed for this person: a deleted tag may have been restored."""
        known = self._of(person)
        return len(known) == len(person.tag_ids) and all(tag.discarded_at is None for tag in known)

    def _of(self, person: Person) -> list[Tag]:
        return [self._tags[one] for one in person.tag_ids if one in self._tags]


@dataclass
class BroadcastQuestion:
    """Is there a broadcast of this name or id in one of these states? One request for each page of each state's list.

    :param name: its name; the newest one of this name counts; or
    :param broadcast_id: its id.
    :param states: Bento lists broadcasts by state.
    """

    name: str | None = None
    broadcast_id: str | None = None
    states: Sequence[BroadcastStatus] = ("sent",)

    def steps(self) -> Steps:
        """Ask once; stop at the page that shows it."""
        for state in self.states:
            known = set[tuple[str, str]]()
            for page in range(1, MOST_PAGES + 1):
                listed: Sequence[ListedBroadcast] = yield partial(_page, state, page)
                if (found := next(filter(self._is_it, listed), None)) is not None:
                    open_rate = found.open_rate
                    return Answer({"id": found.id, "url": found.url, "state": state, "open_rate": open_rate})
                fresh = {(one.id, one.name) for one in listed} - known
                if not fresh:  # an empty page, or the last one again
                    break
                known |= fresh
        return Answer(missing=f"Bento lists no such broadcast as {' or '.join(self.states)}")

    def _is_it(self, listed: ListedBroadcast) -> bool:
        return listed.id == self.broadcast_id if self.name is None else listed.name == self.name


def _page(state: BroadcastStatus, page: int, hook: BentoHook, options: Mapping[str, Any]) -> Any:
    return hook.list_broadcasts(state, page, **options)


@dataclass
class SegmentQuestion:
    """Has a segment this many people who can receive broadcasts? One request, of the stats' own budget.

    :param segment_id: Bento's id of the segment.
    :param at_least: fewest subscribed people.
    :param at_most: most subscribed people.
    """

    segment_id: str
    at_least: int | None = None
    at_most: int | None = None

    def steps(self) -> Steps:
        """Ask once."""
        audience: Audience = yield lambda hook, options: hook.segment_stats(self.segment_id, **options)
        count = audience.subscribed
        if count is None:
            return Answer(missing="Bento reports no number of subscribed people for the segment")
        if self.at_least is not None and count < self.at_least:
            return Answer(missing=f"the segment has {count:,} subscribed people, fewer than {self.at_least:,}")
        if self.at_most is not None and count > self.at_most:
            return Answer(missing=f"the segment has {count:,} subscribed people, more than {self.at_most:,}")
        return Answer({"users": audience.users, "subscribed": count, "unsubscribed": audience.unsubscribed})


_KINDS: Final[Mapping[Kind, Callable[..., Question]]] = {
    "subscriber": SubscriberQuestion,
    "broadcast": BroadcastQuestion,
    "segment": SegmentQuestion,
}


def question_of(kind: Kind, arguments: Mapping[str, Any]) -> Question:
    """Return a question by its kind; its arguments are JSON, so that they can travel to the triggerer."""
    return _KINDS[kind](**arguments)
