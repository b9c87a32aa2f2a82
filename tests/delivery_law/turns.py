"""Several attempts of one task instance at once, each in a thread of its own, which move only when it is their turn."""

from __future__ import annotations

import threading
from collections import Counter

from delivery_law.law import LawBroken, guard
from delivery_law.world import Killed, Process, World

from airflow_provider_bento.delivery.checkpoint.state import TaskAttempt
from airflow_provider_bento.delivery.counts import Report
from airflow_provider_bento.delivery.deliver import deliver
from airflow_provider_bento.exceptions import BentoError

_PATIENCE = 20.0  # seconds; a turn takes a millisecond


class Player:
    """One attempt. It stands still before each of its touches until it is given turns.

    :param world: the task instance.
    :param number: the attempt's number.
    :ivar ended: what became of it; ``None`` while it goes on.
    """

    def __init__(self, world: World, number: int) -> None:
        self.number = number
        self.ended: Report | BaseException | None = None
        self.process = Process(turn=self._wait_for_turn)
        self._world = world
        self._turns: int | None = 0
        self._go, self._stands = threading.Semaphore(0), threading.Semaphore(0)
        self._thread = threading.Thread(target=self._run, name=f"attempt {number}", daemon=True)
        world.tries = max(world.tries, number)

    def play(self, turns: int | None = None) -> None:
        """Let it make so many touches, or go on to its end; return when it stands again."""
        if self.ended is not None:
            return
        self._turns = turns
        if self._thread.ident is None:
            self._thread.start()
        else:
            self._go.release()
        if not self._stands.acquire(timeout=_PATIENCE):
            raise LawBroken(f"attempt {self.number} hangs")

    def kill(self) -> None:
        """End its process where it stands."""
        self.process.dead = True
        self.play()

    def _run(self) -> None:
        try:
            self.ended = deliver(self._world.push(self.process, TaskAttempt(self.number, self._world.max_tries)))
        except (BentoError, Killed, LawBroken) as error:
            self.ended = error
        finally:
            self._stands.release()

    def _wait_for_turn(self, what: str) -> None:
        if self._turns is None:
            return
        if self._turns == 0:
            self._stands.release()
            self._go.acquire()
        if self._turns is not None:
            self._turns -= 1


def watch_older(world: World) -> Counter[int]:
    """Guard the world; count, by attempt, the requests that begin although a newer attempt has begun.

    An older one may finish the one request whose last look at its fence lies before the newer one put it up; the newer
    one found its intent, and may have settled it meanwhile as ``in_doubt`` says.
    """
    guard(world)
    lawful, late = world.bento.watch, Counter[int]()

    def watch(names: list[str]) -> None:
        number = int(threading.current_thread().name.rpartition(" ")[2])
        if world.store.get(f"fence_{number}") is not None:
            late[number] += 1
        if late[number] > 1:
            raise LawBroken(f"attempt {number} sends on although a newer one has begun")
        if not late[number]:
            lawful(names)

    world.bento.watch = watch
    return late


def check_nobody_broke_the_law(players: list[Player]) -> None:
    """Raise what a player raised, if it was the law's."""
    for player in players:
        if isinstance(player.ended, LawBroken):
            raise player.ended
