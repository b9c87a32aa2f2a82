"""One chunk on its way: sent, looked for, sent again, left or held, until each of its records is accounted for."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from airflow_provider_bento.api import wire
from airflow_provider_bento.api.receipt import Receipt
from airflow_provider_bento.delivery.chunk_result import Account
from airflow_provider_bento.delivery.chunks import Chunk, Good
from airflow_provider_bento.delivery.push import Push
from airflow_provider_bento.delivery.request_loop import Applied
from airflow_provider_bento.delivery.sending.in_doubt import LOOK_AGAIN_AFTER, chosen, chosen_for_missing, held
from airflow_provider_bento.delivery.values import InDoubt
from airflow_provider_bento.exceptions import BentoError, BentoInterrupted, BentoOutcomeUnknown, BentoRefusedError

MOST_ROUNDS = 3
"""How often broadcasts that a look-up did not find are made again within one run."""


class Passage:
    """The passage of one chunk; its outcome is entered into ``account``.

    :param push: the parts.
    :param chunk: what is sent.
    :param account: where its outcome is entered.
    :param since: when the intent to send it was first stored; seconds since the epoch.
    :param begin: stores the intent, or makes sure that it stands; called before each request but the first of a chunk
        that was just begun.
    :ivar applied: whether a request of this passage may have been applied.
    """

    def __init__(self, push: Push, chunk: Chunk, account: Account, *, since: float, begin: Callable[[], None]) -> None:
        self._push = push
        self._chunk = chunk
        self._account = account
        self._since = since
        self._begin = begin
        self._left: Sequence[Good] = chunk.goods
        self._rounds = 0
        self._in_doubt = False
        self.applied = Applied()

    def transmit(self, *, permit: float | None) -> None:
        """Send what is left of the chunk.

        :param permit: when the first permit was given, if it was and the intent is stored already; monotonic seconds.
        :raises BentoError: ``tainted`` says whether any of it may have been applied, now or earlier.
        """
        self._rounds += 1
        harmless = self._push.look_up is None and chosen(self._push.in_doubt, self._chunk) == "resend"
        try:
            receipt = self._run(self._left, harmless=harmless, permit=permit)
        except BentoOutcomeUnknown as error:
            self.settle(self._push.in_doubt, error)
        else:
            self._enter(self._left, receipt)

    def settle(self, choice: InDoubt | None, error: BentoOutcomeUnknown | None = None) -> None:
        """Do what was chosen about records whose outcome is unknown.

        :param choice: the author's or a person's word; ``None``: what is harmless.
        :param error: how this run came to not knowing; ``None``: an earlier attempt left it so.
        :raises BentoOutcomeUnknown: held for a person, or repeated as often as it may be.
        """
        self._in_doubt = True
        decision = chosen(choice, self._chunk)
        if self._push.look_up is not None:
            self._look_twice()
            decision = chosen_for_missing(choice, self._left)
        if not self._left:
            return
        if decision == "skip":
            self._account.skipped(self._left)
        elif decision == "hold":
            raise self._held(str(error) if error else "an earlier attempt stopped before it knew")
        elif error is not None and (self._push.look_up is None or self._rounds >= MOST_ROUNDS):
            error.held = False  # the next attempt looks, or sends it, again
            raise error
        else:
            self.transmit(permit=None)

    def _run(self, goods: Sequence[Good], *, harmless: bool, permit: float | None = None) -> Receipt:
        request = wire.batch(self._push.call, [good.body for good in goods])
        try:
            return self._push.attempts.run(
                request, harmless=harmless, permit=permit, before=self._begin, applied=self.applied
            )
        except BentoError as error:
            error.tainted = self.applied.perhaps or self._in_doubt
            if harmless and isinstance(error, BentoOutcomeUnknown):
                error.held = False  # the next attempt sends it again
            raise

    def _held(self, why: str) -> BentoOutcomeUnknown:
        return held(
            self._left,
            self._push.endpoint,
            why,
            durable=self._push.durable,
            endpoint=self._push.call.path,
            tainted=True,
        )

    def _look_twice(self) -> None:
        """Enter the broadcasts that Bento has; what is left are those that it has not, after a second look."""
        self._look()
        if self._left:
            self._push.clock.sleep(LOOK_AGAIN_AFTER)
            if self._push.stop.is_set():  # the sleep was cut short: what is missing now may still appear
                raise BentoInterrupted("Told to stop before the second look; the next attempt looks again.")
            self._look()

    def _look(self) -> None:
        if self._push.look_up is None:
            return
        try:
            found = self._push.look_up([good.record.name for good in self._left], self._since)
        except (BentoOutcomeUnknown, BentoRefusedError) as error:
            raise self._held(f"and looking for them failed: {error}") from error
        except BentoError as error:  # not able to look now: a later attempt looks again
            error.tainted = True
            raise
        self._account.found([found[good.record.name] for good in self._left if good.record.name in found])
        self._left = [good for good in self._left if good.record.name not in found]

    def _enter(self, goods: Sequence[Good], receipt: Receipt) -> None:
        for some, said in self._isolated(goods, receipt):
            self._account.sent(some, said)

    def _isolated(self, goods: Sequence[Good], receipt: Receipt) -> list[tuple[Sequence[Good], Receipt]]:
        """Return what a reply says; where it refuses some without naming them, what is said of each half, if wanted."""
        unnamed = receipt.refused - len(receipt.failures)
        wanted = self._push.isolate_refused and self._push.endpoint == "subscribers"
        if not wanted or not unnamed or receipt.refused == len(goods):
            return [(goods, receipt)]
        harmless = chosen(self._push.in_doubt, self._chunk) == "resend"
        middle = len(goods) // 2
        said: list[tuple[Sequence[Good], Receipt]] = []
        for half in (goods[:middle], goods[middle:]):
            try:
                said += self._isolated(half, self._run(half, harmless=harmless))
            except BentoOutcomeUnknown:  # what the whole was answered still counts
                return [(goods, receipt)]
        return said
