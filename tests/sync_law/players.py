"""Attempts that move only when it is their turn, so that several run at once in any order."""

from __future__ import annotations

import threading

from delivery_law.law import LawBroken
from delivery_law.world import Killed, Process
from sync_law.runs import Attempt, World

from airflow_provider_bento.exceptions import BentoError

__all__ = ["Player"]

_PATIENCE = 60.0  # seconds; a turn takes milliseconds


class Player:
    """One attempt, in a thread; it stands still before each crash point until it is given turns.

    :param world: where.
    :param attempt: the attempt.
    :param dies_at: the crash point at which its process is killed.
    :ivar ended: whether it has ended.
    """

    def __init__(self, world: World, attempt: Attempt, dies_at: int | None = None) -> None:
        self.attempt = attempt
        self.ended = False
        self.process = Process(dies_at, turn=self._wait_for_turn)
        self._world = world
        self._turns: int | None = 0
        self._go, self._stands = threading.Semaphore(0), threading.Semaphore(0)
        self._thread = threading.Thread(target=self._run, name=attempt.label, daemon=True)

    def play(self, turns: int | None = None) -> None:
        """Let it pass so many crash points, or go on to its end; return when it stands again."""
        if self.ended:
            return
        self._turns = turns
        if self._thread.ident is None:
            self._thread.start()
        else:
            self._go.release()
        if not self._stands.acquire(timeout=_PATIENCE):
            raise LawBroken(f"{self.attempt.label} hangs")
        if self.ended:
            self._thread.join()

    def _run(self) -> None:
        try:
            self._world.play(self.attempt, self.process)
        except (BentoError, Killed, LawBroken) as error:
            self.attempt.error = error.with_traceback(None)  # which would keep its database open
            error.__context__ = error.__cause__ = None
        except BaseException as error:  # noqa: BLE001 - a mistake of the package or of this suite, raised by the driver
            self.attempt.error = error
        finally:
            self.ended = True
            self._stands.release()

    def _wait_for_turn(self, what: str) -> None:
        if self._turns is None:
            return
        if self._turns == 0:
            self._stands.release()
            self._go.acquire()
        if self._turns is not None:
            self._turns -= 1
