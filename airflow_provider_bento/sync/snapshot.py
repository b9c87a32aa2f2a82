"""The ledger of runs that send only the difference: opened by one run at a time, written to before each request.

::

    generations/000000007.json    which files count, and whose turn it is; each is created once
    segments/000000007-000000.jsonl   what the run that took over at 7 noted: before each request, and at its end
    base-000000008.parquet        what was known when a run ended: keyed hashes

Before a request its records are noted as sent, so that nothing that may be in Bento is taken for unsent; after it they
are noted as confirmed. A run that is killed leaves segments, which the next one reads. The newest run to begin owns the
snapshot: an older one that still runs finds that out before its next request, and stops.

Tested by tests/unit/sync/test_snapshot.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from airflow_provider_bento.delivery.chunk_result import ChunkResult
from airflow_provider_bento.delivery.chunks import Chunk
from airflow_provider_bento.delivery.clock import Clock
from airflow_provider_bento.delivery.counts import Comparison
from airflow_provider_bento.delivery.validated_rows import ValidRow
from airflow_provider_bento.exceptions import BentoStateError
from airflow_provider_bento.sync import generations
from airflow_provider_bento.sync.bases import forget_unused, stored
from airflow_provider_bento.sync.engine import Engine, Unchanged
from airflow_provider_bento.sync.entries import Entry, Hasher, encoded_segment, segment_name
from airflow_provider_bento.sync.folder import Folder
from airflow_provider_bento.sync.loading import loaded
from airflow_provider_bento.sync.manifest import Manifest, Owner
from airflow_provider_bento.sync.terms import Terms

__all__ = ["Snapshot"]

_TRIES: Final = 20


class Snapshot:
    """A :class:`~airflow_provider_bento.delivery.ledger.Ledger` of one run.

    :param folder: where it is kept.
    :param terms: what it is about.
    :param run: ``dag_id/run_id/task_id/map_index``.
    :param clock: time.
    :ivar comparison: set when the source has been compared.
    """

    def __init__(self, folder: Folder, terms: Terms, *, run: str, clock: Clock) -> None:
        self.terms = terms
        self.comparison: Comparison | None = None
        self._folder = folder
        self._run = run
        self._clock = clock
        self._manifest: Manifest | None = None
        self._owner: Owner | None = None
        self._engine: Engine | None = None
        self._hasher: Hasher | None = None
        self._resumed = False
        self._segments = 0
        self._begun: set[str | None] = set()
        self._waiting: list[Entry] = []
        self._late: set[str] = set()

    @property
    def is_open(self) -> bool:
        """Whether this run has taken it."""
        return self._owner is not None

    @property
    def engine(self) -> Engine:
        """What compares; opened for reading only, unless :meth:`open` was called before."""
        if self._engine is None:
            self._load(self._stored() or Manifest.first(self.terms.made_for, self.terms.site))
        return self._loaded()

    @property
    def hasher(self) -> Hasher:
        """What makes the hashes; opened for reading only, unless :meth:`open` was called before."""
        if self._hasher is None:
            self._load(self._stored() or Manifest.first(self.terms.made_for, self.terms.site))
            return self.hasher
        return self._hasher

    def open(self, *, resumed: bool) -> bool:
        """Take the snapshot for this run.

        :raises BentoSetupError: it is about something else.
        :raises BentoStateError: it is damaged, or cannot be read or written.
        """
        self._resumed = resumed
        for _ in range(_TRIES):
            before = self._stored() or Manifest.first(self.terms.made_for, self.terms.site)
            ours = before.owner is not None and before.owner.run == self._run
            self._resumed = self._resumed and (ours or self.terms.once)  # "ours" may be the last turn of this loop
            self._owner = self._as_owner(before)
            manifest = before.taken_by(self._owner)
            if generations.commit(self._folder, manifest):
                self._load(manifest)
                return self._resumed or not resumed
        raise BentoStateError("Other runs write the snapshot all the time. Nothing was sent. Retry.")

    def compare(self) -> Comparison:
        """Compare the source, which the engine has seen, with what is known.

        :raises BentoStateError: a disk is full.
        """
        if self.is_open and not self.terms.once:
            self._late = self.engine.unsettled(but_by=self._tag())
        self.comparison = self.engine.compare(self.unchanged())
        return self.comparison

    def unchanged(self) -> Unchanged:
        """Return when a row of the source need not be sent."""
        owner = self._owner
        return Unchanged(
            once=self.terms.once,
            not_by=owner.tag if owner and self._resumed else None,
            began=owner.began if owner else self._clock.time(),
            resend_after=self.terms.resend_after,
            forced=self.terms.forced,
        )

    def begin(self, chunk: Chunk) -> None:
        """Note that the chunk may be sent from now on."""
        if chunk.valid.rows[0].key not in self._begun:
            self._begun.add(chunk.valid.rows[0].key)  # also if the write fails: it may have taken effect
            self._write([*self._waiting, *(self._entry(row) for row in chunk.valid)])
            self._waiting.clear()
        # after the write: a newer run reads this segment, or we see the newer run
        generations.check_newest(self._folder, self._opened())

    def withdraw(self, chunk: Chunk) -> None:
        """Forget that the chunk may have been sent; people who were known are sent again anyway."""
        first = chunk.valid.rows[0].key
        if first in self._begun:
            self._forget_unsent(chunk.valid)
        self._begun.discard(first)

    def settle(self, chunk: Chunk, result: ChunkResult) -> None:  # noqa: ARG002  (the protocol's)
        """Note which records Bento confirmed, and forget which it rejected.

        If a request of an older run may still arrive, after ours, the next run sends the record once more.
        """
        sure = [row for row in result.confirmed if row.row.key not in self._late]
        self._waiting += [self._entry(row, record=self.hasher(row.body)) for row in sure]
        self._forget_unsent(result.rejected)

    def release(self, keys: Iterator[str] | list[str]) -> None:
        """Forget these people: they are gone, and Bento knows it."""
        sure = (key for key in keys if key not in self._late)  # as in settle()
        self._waiting += [Entry(key, self._seconds(), self._tag(), released=True) for key in sure]

    def flush(self) -> None:
        """Write what was noted.

        :raises BentoStateError: it could not be written.
        """
        if self._waiting:
            self._write(self._waiting)
            self._waiting.clear()

    def close(self) -> None:
        """End the run: write all that is known as a new base, if anything was noted.

        :raises BentoSuperseded: a newer run has taken the snapshot; it has read what was noted here.
        :raises BentoStateError: the snapshot cannot be written; what was noted stays in the segments.
        """
        self.flush()
        generations.check_newest(self._folder, self._opened(), salt=self._now().salt)
        manifest, engine = self._now(), self.engine
        base = manifest.base
        baseline = self.terms.forced == "baseline"
        wrong = engine.lacks_addresses if self.terms.addresses else engine.has_addresses
        if engine.noted or base is None or baseline or wrong():
            seen_as = Entry("", self._seconds(), self._tag()) if baseline else None
            file = engine.folder / "base.parquet"
            rows = engine.write_base(file, addresses=self.terms.addresses, seen_as=seen_as)
            base = stored(self._folder, file, rows=rows, generation=manifest.generation + 1)
        ended = manifest.ended(base)
        if not generations.commit(self._folder, ended):
            raise generations.superseded()
        self._manifest = ended
        forget_unused(self._folder, ended, manifest.base)

    def leave(self) -> None:
        """Remove what is on this machine's disk, at the end of an attempt, whatever that was."""
        if self._engine is not None:
            self._engine.close()

    def _stored(self) -> Manifest | None:
        found = generations.latest(self._folder)
        if found is not None:
            found.check(self.terms.made_for, self.terms.site)
        return found

    def _as_owner(self, before: Manifest) -> Owner:
        opened = before.generation + 1
        known = before.unfinished.get(self._run) if self._resumed else None
        tag, began = known or (opened, self._clock.time())
        return Owner(self._run, tag, opened, began)

    def _load(self, manifest: Manifest) -> None:
        """Read what is known; after the commit, so that nothing is noted unseen."""
        began = self._owner.began if self._owner else self._clock.time()
        forget = self.terms.forget_after
        self._engine = loaded(self._folder, manifest, forget_before=None if forget is None else began - forget)
        self._manifest, self._hasher = manifest, Hasher(manifest.salt)

    def _entry(self, row: ValidRow, *, record: str | None = None, released: bool = False) -> Entry:
        email = row.record.email if self.terms.addresses else None
        return Entry(str(row.row.key), self._seconds(), self._tag(), record, email, released)

    def _forget_unsent(self, rows: Iterable[ValidRow]) -> None:
        """Forget keys of which Bento has nothing; a person taken for gone would otherwise be created to be untagged."""
        self._waiting += [self._entry(row, released=True) for row in rows if self.terms.once or row.row.added]

    def _write(self, entries: list[Entry]) -> None:
        self._loaded().note(entries)
        self._folder.write(segment_name(self._opened(), self._segments, self._now().salt), encoded_segment(entries))
        self._segments += 1

    def _loaded(self) -> Engine:
        if self._engine is None:
            raise BentoStateError("Internal error: the snapshot was used before it was opened. Please report this.")
        return self._engine

    def _now(self) -> Manifest:
        if self._manifest is None:
            raise BentoStateError("Internal error: the snapshot was used before it was opened. Please report this.")
        return self._manifest

    def _opened(self) -> int:
        return self._owner.opened if self._owner else 0

    def _tag(self) -> int:
        return self._owner.tag if self._owner else 0

    def _seconds(self) -> int:
        return int(self._clock.time())
