"""One chunk on its way: sent, looked for, sent again, left or held, until each of its records is accounted for."""

from __future__ import annotations

from collections.abc import Sequence

from airflow_provider_bento.api import wire
from airflow_provider_bento.api.receipt import Receipt
from airflow_provider_bento.delivery.accounts import Account
from airflow_provider_bento.delivery.chunks import Chunk, Good
from airflow_provider_bento.delivery.doubt import LOOK_AGAIN_AFTER, chosen, chosen_for_missing, held
from airflow_provider_bento.delivery.push import Push
from airflow_provider_bento.delivery.retry import InDoubt
from airflow_provider_bento.exceptions import BentoError, BentoOutcomeUnknown

MOST_ROUNDS = 3
"""How often broadcasts that a look-up did not find are made again within one run."""


class Passage:
    """The passage of one chunk; its outcome is entered into ``account``.

    :param push: the parts.
    :param chunk: what is sent.
    :param account: where its outcome is entered.
    :param since: when the intent to send it was first stored; seconds since the epoch.
    """

    def __init__(self, push: Push, chunk: Chunk, account: Account, *, since: float) -> None:
        self._push = push
        self._chunk = chunk
        self._account = account
        self._since = since
        self._left: Sequence[Good] = chunk.goods
        self._rounds = 0
        self._tainted = False

    def transmit(self, *, permit: bool = True) -> None:
        """Send what is left of the chunk.

        :param permit: whether the first permit was taken already.
        :raises BentoError: ``tainted`` says whether any of it may have been applied.
        """
        self._rounds += 1
        harmless = self._push.look_up is None and chosen(self._push.in_doubt, self._chunk) == "resend"
        try:
            receipt = self._push.attempts.run(self._request(self._left), harmless=harmless, permit=permit)
        except BentoOutcomeUnknown as error:
            self._tainted = True
            self.settle(self._push.in_doubt, error)
        except BentoError as error:
            error.tainted = error.tainted or self._tainted
            raise
        else:
            self._tainted = True
            self._enter(self._left, receipt)

    def settle(self, choice: InDoubt | None, error: BentoOutcomeUnknown | None = None) -> None:
        """Do what was chosen about records whose outcome is unknown.

        :param choice: the author's or a person's word; ``None``: what is harmless.
        :param error: how this run came to not knowing; ``None``: an earlier attempt left it so.
        :raises BentoOutcomeUnknown: held for a person, or repeated as often as it may be.
        """
        self._tainted = True
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
            error.held = False  # the next attempt goes on with it
            raise error
        else:
            self.transmit(permit=False)

    def _request(self, goods: Sequence[Good]) -> wire.Request:
        return wire.batch(self._push.call, [good.body for good in goods])

    def _held(self, why: str) -> BentoOutcomeUnknown:
        return held(self._left, self._push.endpoint, why, endpoint=self._push.call.path, tainted=True)

    def _look_twice(self) -> None:
        """Enter the broadcasts that Bento has; what is left are those that it has not, after a second look."""
        self._look()
        if self._left:
            self._push.clock.sleep(LOOK_AGAIN_AFTER)
            self._look()

    def _look(self) -> None:
        if self._push.look_up is None:
            return
        try:
            found = self._push.look_up([good.record.name for good in self._left], self._since)
        except BentoError as error:
            raise self._held(f"and looking for them failed: {error}") from error
        self._account.found([found[good.record.name] for good in self._left if good.record.name in found])
        self._left = [good for good in self._left if good.record.name not in found]

    def _enter(self, goods: Sequence[Good], receipt: Receipt) -> None:
        """Account for a reply; where it refuses some without saying which, find them if that is wanted."""
        unnamed = receipt.refused - len(receipt.failures)
        halves = self._push.isolate_refused and self._push.endpoint == "subscribers"
        if not halves or not unnamed or receipt.refused == len(goods):
            self._account.sent(goods, receipt)
            return
        middle = len(goods) // 2
        for half in (goods[:middle], goods[middle:]):
            self._enter(half, self._isolated(half))

    def _isolated(self, half: Sequence[Good]) -> Receipt:
        """Send a half again: harmless, because subscribers are merged by e-mail."""
        try:
            return self._push.attempts.run(self._request(half), harmless=True)
        except BentoError as error:
            error.tainted = True  # the whole chunk was applied in part: its intent must stay
            raise
