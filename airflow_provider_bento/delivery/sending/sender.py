"""Chunks before and after their flight: pace → begin, and what an earlier attempt left behind."""

from __future__ import annotations

import threading

import msgspec

from airflow_provider_bento.api.records.values.email_and_tags import comparable
from airflow_provider_bento.delivery.checkpoint.state import Flight
from airflow_provider_bento.delivery.chunk_result import Account
from airflow_provider_bento.delivery.chunks import Chunk
from airflow_provider_bento.delivery.push import Push
from airflow_provider_bento.delivery.sending.passage import Passage
from airflow_provider_bento.exceptions import BentoError


class Sending:
    """Sends chunks; those that an earlier attempt left in doubt are settled first.

    :param push: the parts.
    :param lock: guards the checkpoint, which several threads share.
    """

    def __init__(self, push: Push, lock: threading.RLock) -> None:
        self._push = push
        self._lock = lock
        self._checkpoints = push.checkpoints
        self._left_behind: dict[int, Flight] = {}

    def take_over(self) -> None:
        """Learn what earlier attempts left behind, and what a person chose about it.

        :raises BentoSetupError: the person's word is not one of the three.
        """
        self._checkpoints.adopt_choice()
        self._left_behind = {flight.number: flight for flight in self._checkpoints.now.flights}

    def people(self, chunk: Chunk) -> frozenset[str]:
        """Return whom the chunk concerns, where another chunk could be under way at the same time."""
        if self._push.max_in_flight == 1 or self._push.endpoint != "subscribers":
            return frozenset()
        return frozenset(comparable(good.record.email) for good in chunk.goods)

    def is_settled(self, chunk: Chunk) -> bool:
        """Whether an earlier attempt confirmed this chunk, although not all before it."""
        flight = self._left_behind.get(chunk.number)
        return flight is not None and flight.books is not None

    def prepare(self, chunk: Chunk) -> float | None:
        """Pace → begin: a permit first, because waiting is not doubt; then the stored intent.

        :returns: when the permit was given, in monotonic seconds; ``None`` if none is needed yet.
        """
        if not chunk.goods or chunk.number in self._left_behind:  # for those left behind nothing may need to be sent
            return None
        permit = self._push.attempts.pace(self._push.call.family)
        self._begin(chunk)
        return permit

    def send(self, chunk: Chunk, permit: float | None) -> Account:
        """Send what the chunk has to send, and return what became of it.

        :param permit: what :meth:`prepare` returned.
        :raises BentoError: its outcome is not known, or it was refused; with the positions.
        """
        account = Account(chunk, self._push.endpoint, self._push.attempt)
        if not chunk.goods:
            return account
        inherited = self._left_behind.get(chunk.number)
        choice = inherited.choice if inherited is not None else None
        if inherited is not None and choice == "hold":  # for this attempt; the next one may be told otherwise
            inherited = msgspec.structs.replace(inherited, choice=None)
        since = self._checkpoints.since(chunk) or self._push.clock.time()
        passage = Passage(self._push, chunk, account, since=since, begin=lambda: self._begin(chunk))
        try:
            if inherited is None:
                passage.transmit(permit=permit)
            else:
                passage.settle(choice or self._push.in_doubt)
        except BaseException as error:  # a time-out of the task, too: what was not sent is no doubt
            if not passage.applied.perhaps:
                with self._lock:
                    self._checkpoints.withdraw(chunk, inherited)
            if isinstance(error, BentoError) and error.positions is None:
                error.positions = chunk.positions
            raise
        return account

    def _begin(self, chunk: Chunk) -> None:
        with self._lock:
            self._checkpoints.begin(chunk, self._push.clock.time())
