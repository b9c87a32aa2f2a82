"""Proof 8: histories of runs on one snapshot, drawn by a seed, that must obey the laws."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import msgspec
from delivery_law.world import Killed
from sync_law.exact import Exact
from sync_law.law import Law, events_of, want, wanted_of
from sync_law.model import FAULTS
from sync_law.players import Player
from sync_law.runs import Attempt, Task, World

from airflow_provider_bento.exceptions import (
    BentoError,
    BentoOutcomeUnknown,
    BentoSourceChanged,
    BentoStateError,
    BentoTooManyGone,
)

__all__ = ["KINDS", "Kind", "Tried", "run"]

Kind = Literal["calm", "weather", "kills", "broken folder", "damage", "crowd", "everything"]
KINDS: tuple[Kind, ...] = ("calm", "weather", "kills", "broken folder", "damage", "crowd", "everything")
"""What happens in a history; ``calm``: only rejections."""

_MANY = 1000


@dataclass
class Tried:
    """What came of a history.

    :param attempts: attempts in it.
    :param kills: processes that were killed.
    :param ends: how the attempts ended, by the name of the error.
    :param faults: requests and calls of the folder that failed.
    """

    attempts: int = 0
    kills: int = 0
    ends: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)

    @property
    def mishaps(self) -> int:
        """Return kills, and requests and calls of the folder that failed."""
        return self.kills + self.faults.total() - self.faults["none"]


def run(seed: int, kind: Kind | None = None, folder: Any = None) -> Tried:
    """Live through the history of a seed.

    :param kind: ``None``: drawn as well.
    :param folder: where the snapshot is; ``None``: in memory.
    :raises LawBroken: it broke a law.
    """
    luck = random.Random(f"{seed} {kind}")
    history = _People(luck, kind, folder) if luck.random() < 0.6 else _Events(luck, kind, folder)
    for number in range(luck.randint(1, 5)):
        history.happen(number)
    history.end()
    return history.tried()


class _History:
    """One snapshot, and what happens to it.

    :ivar kills: processes that were killed.
    :ivar abandoned: names of tasks that were never green.
    :ivar reported: whose records were in dead letters.
    """

    endpoint: Any

    def __init__(self, luck: random.Random, kind: Kind | None, folder: Any) -> None:
        self.luck = luck
        self.kind: Kind = luck.choice(KINDS) if kind is None else kind
        self.world = World(self.endpoint, luck, folder)
        self.law = Law(self.world)
        self.tasks: list[Task] = []
        self.abandoned: set[str] = set()
        self.reported: set[str] = set()
        self.mishaps: Counter[str] = Counter()
        self.kills = 0
        self.world.bento.names_refused = luck.random() < 0.5
        if self.kind in ("weather", "everything"):
            chance = luck.choice((0.1, 0.4))
            self.world.bento.fault = lambda: luck.choice(FAULTS) if luck.random() < chance else None
        if self.kind in ("broken folder", "everything"):
            self.world.folder_fails = luck.choice((0.01, 0.05))

    def happen(self, number: int) -> None:
        """Let the source change and a run, or several, happen."""
        self.change()
        self.world.clock.now += self.luck.choice((1, 60, 86_400))
        if self.kind == "damage":
            self._damage(number)
        if self.kind in ("crowd", "everything") and self.luck.random() < 0.6:
            self._crowd(number)
        else:
            self._live(self._task(f"dag/run{number}/task/-1"))
        again = [task for task in self.tasks if task.green and task.options.get("full_refresh") != "baseline"]
        if again and self.luck.random() < 0.1:
            self._cleared(self.luck.choice(again))

    def change(self) -> None:
        """Change the source."""
        raise NotImplementedError

    def task(self, name: str) -> Task:
        """Return a new task with the source as it is now."""
        raise NotImplementedError

    def judge(self, one: Attempt, *, alone: bool) -> None:
        """Check the laws after an attempt."""
        if one.error is not None and not isinstance(one.error, BentoError | Killed):
            raise one.error
        self.reported |= one.task.in_letters
        self.law.after(one, alone=alone)

    def tried(self) -> Tried:
        """Return what came of it."""
        ends = Counter(type(one.error).__name__ if one.error else "green" for one in self.world.attempts)
        faults = self.world.bento.faults + self.world.mishaps + self.mishaps
        return Tried(len(self.world.attempts), self.kills, ends, faults)

    def calm_down(self) -> None:
        """Let nothing fail any more."""
        self.world.bento.fault = lambda: None
        self.world.bento.refusing = set()
        self.world.folder_fails = 0.0
        self.kind = "calm"

    def _task(self, name: str) -> Task:
        task = self.task(name)
        task.durable = self.kind == "calm" or self.luck.random() < 0.8
        self.tasks.append(task)
        return task

    def _cleared(self, task: Task) -> None:
        task.clear()
        task.green = False
        self._live(task)

    def _live(self, task: Task, most: int = 6) -> Attempt:
        """Start attempts as Airflow does, until one is green, or nobody cares any more."""
        for _ in range(most):
            player = Player(self.world, self.world.begun(task), self._death())
            player.play()
            one = player.attempt
            self.judge(one, alone=True)
            if one.error is None or not self._goes_on(one):
                return one
        self._abandon(task)
        return one

    def _goes_on(self, one: Attempt) -> bool:
        """Do what Airflow or a person does after an error; return whether there is another attempt."""
        self.kills += isinstance(one.error, Killed)
        gives_up = isinstance(one.error, BentoTooManyGone | BentoSourceChanged)
        if gives_up or (self.kind != "calm" and self.luck.random() < 0.1):
            self._abandon(one.task)
            return False
        if isinstance(one.error, BentoOutcomeUnknown) and one.error.needs_decision:
            self._decide(one, one.error)
        return True

    def _decide(self, one: Attempt, error: BentoOutcomeUnknown) -> None:
        """Look into Bento, as a person does, and say what to do."""
        spans = getattr(error, "spans", None) or [error.positions]
        words = {str(first): self._word(one.task, first) for first, _ in spans}
        word: Any = words if len(set(words.values())) > 1 else next(iter(words.values()))
        one.task.store.set("in_doubt", word)

    def _word(self, task: Task, position: int) -> str:
        key = task.rows[position]["details"]["order_id"]
        sent = [sent for sent in self.world.bento.requests if key in sent.names and sent.by.startswith(task.name)]
        return "skip" if any(self.world.bento.events[name] for one in sent for name in one.names) else "resend"

    def _abandon(self, task: Task) -> None:
        self.abandoned.add(task.name)

    def _death(self) -> int | None:
        dies = self.kind in ("kills", "damage", "everything", "crowd") and self.luck.random() < 0.5
        return self.luck.randint(1, self.luck.choice((20, 60))) if dies else None

    def _damage(self, number: int) -> None:
        """Delete the folder, or change a byte of a file or cut it off; a run finds that out, or it does not matter."""
        files = sorted(self.world.folder.files)
        if not files:
            return
        if self.luck.random() < 0.3:
            self.world.folder.files.clear()
            self.deleted()
            return
        name = self.luck.choice(files)
        whole = self.world.folder.files[name]
        self.world.folder.files[name] = self._damaged(whole)
        player = Player(self.world, self.world.begun(self._task(f"dag/damaged{number}/task/-1")))
        player.play()
        one = player.attempt
        self.tasks.remove(one.task)
        if isinstance(one.error, BentoStateError):
            self.mishaps[f"damaged: {name.partition('/')[0]}"] += 1
            want("start over" in str(one.error), f"no way on: {one.error}")
            want(not [sent for sent in self.world.bento.requests if sent.by == one.label], "sent in spite of a damage")
            self.world.folder.files[name] = whole
        else:
            self.judge(one, alone=True)

    def _damaged(self, whole: bytes) -> bytes:
        place = self.luck.randrange(len(whole))
        if self.luck.random() < 0.3:
            return whole[:place]
        return whole[:place] + bytes([whole[place] ^ self.luck.choice((1, 2, 16, 64))]) + whole[place + 1 :]

    def deleted(self) -> None:
        """The folder is gone: what was sent may be sent once more."""
        self.world.bento.events.clear()
        self.tasks.clear()

    def _crowd(self, number: int) -> None:
        """Let several attempts move in random turns, then each task live on."""
        tasks = [self._task(f"dag/run{number}/task{which}/-1") for which in range(self.luck.randint(1, 2))]
        for task in tasks:
            task.push["max_in_flight"] = 1  # the turns are those of one thread
        players: list[Player] = []
        while len(players) < 3 or any(not player.ended for player in players):
            if len(players) < 3 and self.luck.random() < 0.3:
                self.change()
                task = self.luck.choice(tasks)
                players.append(Player(self.world, self.world.begun(task), self._death()))
            if players:
                self.luck.choice(players).play(self.luck.choice((1, 1, 2, 5, 30)))
        for player in players:
            self.judge(player.attempt, alone=False)
        for player in players:
            self.kills += isinstance(player.attempt.error, Killed)
        for task in tasks:
            last = next((one for one in reversed(self.world.attempts) if one.task is task), None)
            if not task.green and (last is None or self._goes_on_after_crowd(last)):
                self._live(task)

    def _goes_on_after_crowd(self, last: Attempt) -> bool:
        goes_on = self._goes_on(last)
        self.kills -= isinstance(last.error, Killed)
        return goes_on

    def end(self) -> None:
        """Let a last run, in which nothing fails, set everything right; then one that has nothing to do."""
        raise NotImplementedError


class _People(_History):
    """Subscribers."""

    endpoint = "subscribers"

    def __init__(self, luck: random.Random, kind: Kind | None, folder: Any) -> None:
        super().__init__(luck, kind, folder)
        self.people: dict[int, str] = dict.fromkeys(range(luck.randint(0, 8)), "A")
        self.when_gone = luck.choice(("ignore", "untag", "unsubscribe", "any"))
        self.forgotten: set[str] = set()  # by the snapshot: nobody tells Bento that they are gone
        self.exact = Exact(self.world) if self.kind == "calm" else None

    def change(self) -> None:
        """Let people come, change, change back and leave."""
        for number in range(12):
            dice = self.luck.random()
            if dice < 0.25:
                self.people[number] = self.luck.choice("AAB")
            elif dice < 0.35:
                self.people.pop(number, None)
        if self.luck.random() < 0.05:
            self.people.clear()
        if self.luck.random() < 0.5:
            self.world.bento.refusing = {f"p{self.luck.randrange(12)}@x.io"} if self.luck.random() < 0.5 else set()

    def task(self, name: str) -> Task:
        """Return a run with the people of now."""
        gone = self.luck.choice(("ignore", "untag")) if self.when_gone == "any" else self.when_gone
        options: dict[str, Any] = {
            "when_gone": gone,
            "untag": ("customer",) if gone == "untag" else (),
            "max_gone": self.luck.choice((0.3, 0.6, 2, _MANY)),
            "full_refresh": self.luck.choice((False,) * 8 + (True, "baseline")),
        }
        if options["full_refresh"] == "baseline" and self.kind in ("crowd", "everything"):
            options["full_refresh"] = True  # what others send meanwhile would be lost in the import
        push = {"max_in_flight": self.luck.choice((1, 4)), "isolate_rejected": self.luck.random() < 0.3}
        task = Task(name, self._rows(), options, push)
        if options["full_refresh"] == "baseline":
            self._import(task)
        return task

    def _rows(self) -> list[dict[str, Any]]:
        rows = [_person(number, version, self.luck) for number, version in self.people.items()]
        for _ in range(self.luck.choice((0, 0, 0, 1, 2))):
            number = self.luck.randrange(12)
            rows.append(self.luck.choice((_again(number), _invalid(number), {"email": "nobody", "tags": []})))
        if self.luck.random() < 0.3:
            self.luck.shuffle(rows)
        return rows

    def _import(self, task: Task) -> None:
        """Let Bento have everybody already: that is what a baseline is for."""
        for name, body in wanted_of(task.rows).bodies.items():
            known = self.world.bento.people.get(name)
            if known is not None and known.last != body:
                self.law.late.add(name)  # unless the baseline ends, the snapshot does not know of it
            self.world.bento.apply("subscribers", name, msgspec.json.decode(body))
            self.forgotten.add(name)

    def judge(self, one: Attempt, *, alone: bool) -> None:
        """Check the laws after an attempt, also about people who are gone."""
        super().judge(one, alone=alone)
        if self.kind == "calm" and self.exact is not None:
            self.exact.after(one)
        takes_back = one.task.options["when_gone"] != "ignore" and one.task.options["full_refresh"] != "baseline"
        if one.task.options["when_gone"] == "ignore":
            self.forgotten |= set(self.world.bento.people)
        if one.report and takes_back and one is self.world.owner and not one.report.counts.failed:
            self.law.nobody_stays(one, forgotten=self.forgotten)

    def deleted(self) -> None:
        """The folder is gone, and with it who was sent."""
        super().deleted()
        self.forgotten |= set(self.world.bento.people)

    def end(self) -> None:
        """Let a last run set everything right; then one that has nothing to do."""
        self.calm_down()
        gone = "unsubscribe" if self.when_gone == "unsubscribe" else "untag"
        untag = ("customer",) if gone == "untag" else ()
        options = {"when_gone": gone, "untag": untag, "max_gone": _MANY, "full_refresh": False}
        self.people[0] = "A"
        rows = [_person(number, version, self.luck) for number, version in self.people.items()]
        for word in ("right", "again", "idle"):  # an older run may have sent late: then some are sent again
            one = self._live(Task(f"dag/{word}/task/-1", rows, options))
            want(one.report is not None, f"{word}: {one.error}")
        people = self.world.bento.people
        wrong = [name for name, one_record in wanted_of(rows).records.items() if not people[name].has(one_record)]
        want(not wrong, f"in the end, Bento differs from the source about {wrong}", "lost")
        mine = [sent for sent in self.world.bento.requests if sent.by == one.label and not sent.gone]
        want(not mine, f"the idle run sent {mine}")


class _Events(_History):
    """Events, each sent once."""

    endpoint = "events"

    def __init__(self, luck: random.Random, kind: Kind | None, folder: Any) -> None:
        super().__init__(luck, kind, folder)
        self.newest = 0
        self.all_rows: list[dict[str, Any]] = []

    def change(self) -> None:
        """Let events happen."""
        new = [_event(number, self.luck) for number in range(self.newest, self.newest + self.luck.randint(0, 6))]
        self.newest += len(new)
        self.all_rows += new
        if self.luck.random() < 0.3:
            self.world.bento.refusing = {f"o{self.luck.randrange(self.newest + 1)}"}

    def task(self, name: str) -> Task:
        """Return a run with the newest events, and some of those before."""
        window = self.all_rows[-self.luck.randint(3, 12) :]
        rows = window + ([self.luck.choice(window)] if window and self.luck.random() < 0.3 else [])
        return Task(name, rows, {"once_by": "details.order_id"}, {"max_in_flight": self.luck.choice((1, 4))})

    def end(self) -> None:
        """Let a last run send what was never sent; then one that has nothing to do."""
        self.calm_down()
        for word in ("right", "idle"):
            one = self._live(Task(f"dag/{word}/task/-1", self.all_rows, {"once_by": "details.order_id"}))
            want(one.report is not None, f"{word}: {one.error}")
        want(not [sent for sent in self.world.bento.requests if sent.by == one.label], "the idle run sent something")
        never = events_of(self.all_rows) - {name for name, count in self.world.bento.events.items() if count}
        if all(task.durable for task in self.tasks) and not self.abandoned:
            want(never <= self.reported, f"lost: {sorted(never - self.reported)}", "lost")
        unconfirmed = one.comparison.unconfirmed if one.comparison else 0
        want(len(never) <= unconfirmed, f"lost, and not told: {sorted(never)}, {one.comparison}", "lost")


def _person(number: int, version: str, luck: random.Random) -> dict[str, Any]:
    email = f"P{number}@x.io" if luck.random() < 0.05 else f"p{number}@x.io"
    return {"email": email, "tags": ["customer"], "plan": version}


def _again(number: int) -> dict[str, Any]:
    return {"email": f"p{number}@X.io", "tags": ["customer", "vip"], "city": "Rome"}


def _invalid(number: int) -> dict[str, Any]:
    return {"email": f"p{number}@x.io", "tags": [], "plan": {"a": [1]}}


def _event(number: int, luck: random.Random) -> dict[str, Any]:
    details: Mapping[str, Any] = {"order_id": f"o{number}"} if luck.random() < 0.95 else {}
    return {"email": "a@b.co", "type": "order", "details": details}
