"""All state of a running sandbox and the passage of its time; knows no requests or replies.

Tested by tests/sandbox/test_sandbox_control.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import msgspec

from airflow_provider_bento.sandbox.clock import SandboxClock
from airflow_provider_bento.sandbox.fault_injection import FaultScript
from airflow_provider_bento.sandbox.settings import Settings
from airflow_provider_bento.sandbox.store import (
    broadcasts,
    deletions,
    effects,
    events,
    forms,
    journal,
    journeys,
    ledger,
    outbox,
    people,
    queues,
    reports,
    segments,
    stats,
)
from airflow_provider_bento.sandbox.store.examples import add_examples
from airflow_provider_bento.sandbox.store.storage import Row, Storage

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS sites (id INTEGER PRIMARY KEY, uuid TEXT NOT NULL UNIQUE);
CREATE TABLE IF NOT EXISTS memory (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
"""


class State:
    """The state of one sandbox; used from one thread only.

    :param settings: its settings at the start.
    :param path: a file that survives restarts; ``None``: in memory.
    :param clock: the sandbox's time.
    """

    def __init__(self, settings: Settings, path: Path | None = None, clock: SandboxClock | None = None) -> None:
        nouns = (
            people,
            events,
            broadcasts,
            journal,
            ledger,
            queues,
            outbox,
            deletions,
            segments,
            reports,
            journeys,
            forms,
        )
        self.storage = Storage(path, _SCHEMA + ";".join(noun.SCHEMA for noun in nouns))
        self.clock = clock or SandboxClock()
        self.faults = FaultScript()
        self.people = people.People(self.storage)
        self.events = events.Events(self.storage)
        self.broadcasts = broadcasts.Broadcasts(self.storage)
        self.journal = journal.Journal(self.storage)
        self.ledger = ledger.Ledger(self.storage)
        self.queues = queues.Queues(self.storage)
        self.segments = segments.Segments(self.storage)
        self.reports = reports.Reports(self.storage)
        self.stats = stats.Stats(self.storage)
        self.journeys = journeys.Journeys(self.storage)
        self.forms = forms.Forms(self.storage)
        self.outbox = outbox.Outbox(self.storage)
        self.deletions = deletions.Deletions(self.storage)
        self.started_with = settings
        self.settings = settings
        self.limiter = settings.limiter()
        self.base_url = ""
        self._restore_clock()
        self._open_sites()
        self.pass_time()

    def change(self, changes: dict[str, Any]) -> None:
        """Change settings.

        :raises ValueError: an unknown name or an invalid value.
        """
        self._set(self.settings.changed(changes))

    def _set(self, settings: Settings) -> None:
        limiter = settings.limiter()
        if not limiter.same_rules(self.limiter):
            self.limiter = limiter
        self.settings = settings

    def reset(self) -> None:
        """Delete all received data, faults and changed settings; return to the system time."""
        self.storage.clear()
        self.journal.restart()
        self.faults.clear()
        self.clock.restore(0, None)
        self.limiter.clear()
        self._set(self.started_with)
        self._open_sites()

    def _open_sites(self) -> None:
        """Create the sites that are new, with their examples."""
        known = {uuid for (uuid,) in self.storage.tuples("SELECT uuid FROM sites")}
        with self.storage.transaction():
            for uuid in self.settings.sites:
                if uuid not in known:
                    add_examples(self.journeys, self.forms, self.site(uuid), self.clock.now())

    def site(self, uuid: str) -> int:
        """Return the number of a site."""
        found = self.storage.value("SELECT id FROM sites WHERE uuid = ?", (uuid,))
        return int(found) if found else self.storage.insert("INSERT INTO sites (uuid) VALUES (?)", (uuid,))

    def pass_time(self) -> int:
        """Do everything that is due, in the order of time; return the number of steps."""
        done, now = 0, self.clock.now()
        while self._next_step(now):
            done += 1
        return done

    def drain(self) -> int:
        """Process everything in the queues, due or not; return the number of requests."""
        done, now = 0, self.clock.now()
        while (job := self.queues.next()) is not None:
            self._run_job(job, min(job["due"], now))
            done += 1
        return done

    def _next_step(self, now: int) -> bool:
        job, broadcast = self.queues.next(), self.broadcasts.next()
        job_due = job["due"] if job else now + 1
        batch_due = broadcast["next_batch_at"] if broadcast else now + 1
        if min(job_due, batch_due) > now:
            return False
        if job and job_due <= batch_due:
            self._run_job(job, job_due)
        elif broadcast:
            with self.storage.transaction():
                self.broadcasts.send_batch(broadcast)
        return True

    def _run_job(self, job: Row, at: int) -> None:
        with self.storage.transaction():
            values = msgspec.json.decode(self.ledger.parcel(job["first_record"]))
            self.apply(job["queue"], job["site"], list(enumerate(values, job["first_record"])), at)
            self.queues.done(job["id"])

    def accept(self, queue: queues.QueueName, site: int, first: int, values: Sequence[effects.Record], at: int) -> None:
        """Let accepted records take effect after the delay of their queue.

        In 2021 commands were synchronous: the reply showed the person.

        :param first: number of the first of ``values`` in the ledger.
        """
        synchronous = queue == "commands" and self.settings.profile == "2021"
        delay = 0 if synchronous else self.settings.delay.get(queue, 0)
        if delay:
            self.queues.put(queue, site, first, len(values), at + round(delay * 1000))
        else:
            self.apply(queue, site, list(enumerate(values, first)), at)

    def apply(self, queue: queues.QueueName, site: int, records: effects.Numbered, at: int) -> None:
        """Let accepted records take effect as of ``at``."""
        if queue == "subscribers":
            effects.import_subscribers(self.people, site, records, at)
        elif queue == "events":
            effects.record_events(self.people, self.events, site, records, at)
        elif queue == "emails":
            self.outbox.send(self.people, site, records, at)
        elif queue == "deletions":
            self.deletions.carry_out(records, at)
        else:
            effects.run_commands(self.people, self.events, site, records, at)

    def remember_clock(self) -> None:
        """Store where the clock is, for a restart."""
        self.storage.run(
            "INSERT OR REPLACE INTO memory (name, value) VALUES ('clock', ?)",
            (msgspec.json.encode(self.clock.memory()).decode(),),
        )

    def _restore_clock(self) -> None:
        stored = self.storage.value("SELECT value FROM memory WHERE name = 'clock'")
        if stored:
            self.clock.restore(*msgspec.json.decode(stored, type=tuple[int, int | None]))

    def close(self) -> None:
        """Write what is pending and let the file go."""
        self.storage.close()
