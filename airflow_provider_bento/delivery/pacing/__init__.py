"""At the limit, never over it: permits for requests from one shared budget."""

from __future__ import annotations

from typing import Protocol

from airflow_provider_bento.api.contract import Family


class Pacer(Protocol):
    """A budget of requests. One conformance suite runs over every implementation."""

    def try_acquire(self, family: Family) -> float:
        """Take a permit without waiting: ``0.0`` when it was given, else the seconds after which to ask again
        (an estimate; ask again even if somebody else was faster). Never blocks for longer than a moment.

        :raises BentoStateError: the shared budget cannot be reached; no permit was given.
        """
        ...

    def restamp(self, family: Family, age: float) -> float:
        """A permit that was taken ``age`` seconds ago is used only now: move its time to now on the store's clock.

        :returns: ``0.0`` if it was moved. Else the permit has left the window, or the budget was paused meanwhile:
            none is held any more, and this is the number of seconds after which to :meth:`try_acquire` a new one.
        :raises BentoStateError: the shared budget cannot be reached; the permit is as old as it was.
        """
        ...

    def slack(self, family: Family) -> float:
        """Return the seconds that may pass between a permit and its request without :meth:`restamp`: a quarter of what
        the shortest window is longer than Bento's.
        """
        ...

    def pause(self, family: Family, retry_after: float | None) -> float:
        """Close the budget for everybody who shares it, because Bento answered 429 to a request that held a permit.

        :param retry_after: seconds that Bento asked for; ``None``: for the rest of the window.
        :returns: for how many seconds from now it is paused.
        """
        ...

    def minimum_duration(self, family: Family, requests: int) -> float:
        """Return the least time that the requests take on an idle budget, in seconds."""
        ...
