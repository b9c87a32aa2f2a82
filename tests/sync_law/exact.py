"""Who is sent in a history without faults: exactly those whose encoded record differs from what was confirmed last."""

from __future__ import annotations

from sync_law.law import want, wanted_of
from sync_law.model import Sent
from sync_law.runs import Attempt, World

from airflow_provider_bento.exceptions import BentoTooManyGone
from airflow_provider_bento.sync.gone import allowed_gone

__all__ = ["Exact"]


class Exact:
    """A second snapshot, kept by the simplest means: a dict from person to the record that was confirmed.

    :param world: where nothing but rejections happens.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self._known: dict[str, bytes | None] = {}

    def after(self, one: Attempt) -> None:
        """Compare one attempt with what it should have done.

        :raises LawBroken: it sent somebody else, or nobody although somebody changed.
        """
        wanted, options = wanted_of(one.task.rows), one.task.options
        mine = [sent for sent in self._world.bento.requests if sent.by == one.label]
        gone = set(self._known) - wanted.mentioned
        takes_back = options["when_gone"] != "ignore" and options["full_refresh"] != "baseline"
        allowed = allowed_gone(options["max_gone"], len(self._known))
        stops = takes_back and (len(gone) > allowed or (not one.task.rows and bool(self._known)))
        want(isinstance(one.error, BentoTooManyGone) == stops, f"{one.label}: {len(gone)} gone, {one.error!r}")
        if one.error is not None:
            want(not mine, f"{one.label} sent something")
            return
        forced = options["full_refresh"] is True
        sends = {name for name, body in wanted.bodies.items() if forced or self._known.get(name) != body}
        sends = set() if options["full_refresh"] == "baseline" else sends
        sent = [name for request in mine if not request.gone for name in request.names]
        want(set(sent) == sends, f"{one.label} sent {sorted(sent)} instead of {sorted(sends)}")
        want(one.report is not None and one.report.counts.unchanged == len(wanted.bodies) - len(sends), "unchanged")
        if options["full_refresh"] == "baseline":
            self._known |= wanted.bodies
        for request in mine:
            self._learn(request, {name: wanted.bodies.get(name) for name in request.names})
        if takes_back:
            self._forget_the_unnamed(one, gone)

    def _learn(self, request: Sent, bodies: dict[str, bytes | None]) -> None:
        """Take what a reply said; whoever is in a request of which some were rejected without a name is unknown."""
        refused = self._world.bento.refusing & set(request.names)
        named = self._world.bento.names_refused
        surely_not = refused if named or refused == set(request.names) else set()
        for name, body in bodies.items():
            if name in surely_not - self._known.keys() and not request.gone:
                continue  # nothing of this person is in Bento
            fine = name not in refused and (named or not refused)
            if request.gone and fine:
                self._known.pop(name, None)
            else:
                self._known[name] = body if fine else None

    def _forget_the_unnamed(self, one: Attempt, gone: set[str]) -> None:
        """Whoever is gone and was not told to Bento, had no address; unless not all others were accepted."""
        told = {name for sent in self._world.bento.requests if sent.by == one.label for name in sent.names}
        if one.report is not None and not one.report.counts.failed:
            for name in gone - told:
                self._known.pop(name, None)
