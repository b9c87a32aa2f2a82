"""The path itself: source → validate → cut → pace → begin → send → account → commit.

The only module that knows all the steps; each step is somebody else's.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Generator
from functools import partial

from airflow_provider_bento.delivery.chunk_result import Account
from airflow_provider_bento.delivery.chunks import Chunk
from airflow_provider_bento.delivery.counts import Books, Report
from airflow_provider_bento.delivery.preflight import Survey
from airflow_provider_bento.delivery.problems import FaultCount, bad_records
from airflow_provider_bento.delivery.push import Push
from airflow_provider_bento.delivery.replay import as_seen, chunks_left, interrupt_if_told
from airflow_provider_bento.delivery.run_errors import empty_source, too_many_failed
from airflow_provider_bento.delivery.sending.in_doubt import held_together
from airflow_provider_bento.delivery.sending.in_flight import Crew
from airflow_provider_bento.delivery.sending.sender import Sending
from airflow_provider_bento.delivery.source_progress import Extent
from airflow_provider_bento.exceptions import BentoError, BentoOutcomeUnknown


def deliver(push: Push) -> Report:
    """Push every record of the source to Bento, once and counted, going on where an earlier attempt stopped.

    :returns: where every record went, over all attempts.
    :raises BentoRecordError: bad records, and ``on_bad_record`` is ``"fail"``; or a row that is no mapping.
    :raises BentoEmptySource: no attempt found a row, and ``on_empty`` is ``"fail"``.
    :raises BentoTooManyFailed: all is done, and more records failed than ``max_failed`` allows.
    :raises BentoError: the run stopped; the class says what can be done, the checkpoint what was done.
    """
    return _Run(push).run()


class _Run:
    def __init__(self, push: Push) -> None:
        self._push = push
        self._began = push.clock.monotonic()
        self._lock = threading.RLock()  # guards the checkpoint and the dead letters
        self._checkpoints = push.checkpoints
        self._sending = Sending(push, self._lock)
        self._extent = Extent(push.source, push.clock)
        self._survey: Survey | None = None

    def run(self) -> Report:
        if self._push.validate_only:
            return self._dry_run()
        checkpoint = self._checkpoints.open()
        self._push.attempts.tally.restore(checkpoint.wire)
        if not checkpoint.done:
            self._prepare()
            self._deliver_all()
        return self._judge()

    def _prepare(self) -> None:
        """Look before the first request, as far as the source allows."""
        self._sending.take_over()
        checkpoint = self._checkpoints.now
        if self._checkpoints.resumed:
            self._push.observer.resumed(checkpoint.books.read)
        settled = [(flight.start.position, flight.end.position) for flight in checkpoint.flights if flight.books]
        self._checkpoints.check()
        self._push.rejects.reset(keep=[(0, checkpoint.mark.position), *settled], attempt=self._push.attempt)
        if self._push.source.rereadable:
            survey = self._survey = Survey(self._push)
            survey.read(checkpoint)
            self._extent.surveyed(checkpoint, survey.records + survey.faults.records)
            seconds = self._push.pacer.least_seconds(self._push.call.family, survey.chunks)
            self._push.observer.planned(survey.records, survey.chunks, seconds)
        else:
            self._push.observer.planned(None, None, None)

    def _deliver_all(self) -> None:
        with Crew(self._push.max_in_flight) as crew, contextlib.closing(self._chunks()) as chunks:
            try:
                for chunk in chunks:
                    if self._sending.is_settled(chunk):
                        continue
                    people = self._sending.people(chunk)
                    crew.make_room(people)
                    self._stay_close(chunk, crew)
                    permit = self._sending.prepare(chunk)  # pace → begin
                    crew.launch(people, partial(self._fly, chunk, permit))
                    self._extent.ask(self._checkpoints.now)
                crew.wait_for_all()
            except BaseException as error:  # noqa: BLE001  (raised again below; a time-out of the task is one)
                if _gravity(error):
                    self._push.stop.set()  # else the others would wait for permits and repeats, for nothing
                gravest = max([error, *crew.let_land()], key=_gravity)
                self._store_what_is_known()
                raise self._naming_all_doubts(gravest) from gravest.__cause__

    def _stay_close(self, chunk: Chunk, crew: Crew) -> None:
        """Run no further ahead of the slowest chunk than the checkpoint has room for."""
        known = self._checkpoints.now.flight(chunk.number)
        while known is None and crew.busy and not self._checkpoints.has_room(self._push.max_in_flight, chunk):
            crew.wait_for_one()

    def _naming_all_doubts(self, error: BaseException) -> BaseException:
        """A person's word will be for every chunk that is in doubt, so they must know of each."""
        doubts = [flight for flight in self._checkpoints.now.flights if flight.books is None]
        if isinstance(error, BentoOutcomeUnknown) and error.held and len(doubts) > 1:
            return held_together(doubts, self._push.endpoint, error, durable=self._push.durable)
        return error

    def _fly(self, chunk: Chunk, permit: float | None) -> None:
        """Send → account → commit."""
        with self._push.observer.chunk(chunk.number, len(chunk.goods)):
            account = self._sending.send(chunk, permit)
        with self._lock:
            if account.letters:
                self._checkpoints.check()
                self._push.rejects.write(account.letters)
            self._checkpoints.commit(chunk, account.books, self._push.attempts.tally.counts(), account.reasons)
            now = self._checkpoints.now
            self._push.observer.committed(now.books, self._extent.share(now))

    def _chunks(self) -> Generator[Chunk, None, None]:
        """Source → validate → cut, of all that is not sent yet."""
        for chunk in self._read():
            if chunk.bads and self._push.on_bad_record == "fail":
                raise self._bad_chunk(chunk)
            yield chunk

    def _read(self) -> Generator[Chunk, None, None]:
        """The chunks that the survey has kept, each let go when it is handed on; else the source, once more."""
        if self._survey is None:
            yield from chunks_left(self._push, self._checkpoints.now)
        elif self._survey.kept is None:
            yield from as_seen(chunks_left(self._push, self._checkpoints.now), self._survey.digests)
        else:
            while self._survey.kept:
                interrupt_if_told(self._push)
                yield self._survey.kept.popleft()

    def _bad_chunk(self, chunk: Chunk) -> BentoError:
        account = Account(chunk, self._push.endpoint, self._push.attempt)
        with self._lock:
            self._push.rejects.write(account.letters)
        faults = FaultCount()
        for bad in chunk.bads:
            faults.add(bad)
        return bad_records(faults, f"Nothing was sent from position {chunk.start.position} on.")

    def _store_what_is_known(self) -> None:
        """Keep the counts and the intents that were taken back. If that fails, what is stored is the careful version
        of the truth, and the error that stopped the run matters more.
        """
        with self._lock, contextlib.suppress(BentoError):
            self._checkpoints.save(self._push.attempts.tally.counts())

    def _judge(self) -> Report:
        """Green or red, over everything that all attempts did."""
        now = self._checkpoints.now
        books = now.books.balanced()
        if now.untouched:
            return self._nothing_read()
        allowed = self._push.allowed_failures(books.read)
        green = books.failed <= allowed
        self._checkpoints.finish(green=green, wire=self._push.attempts.tally.counts())
        report = self._report()
        if not green:
            raise too_many_failed(report, allowed, durable=self._push.durable)
        return report

    def _nothing_read(self) -> Report:
        """The checkpoint is not closed, so that every later attempt reads the source again."""
        self._checkpoints.save(self._push.attempts.tally.counts())
        self._check_empty()
        return self._report()

    def _check_empty(self) -> None:
        if self._push.on_empty == "fail":
            raise empty_source()

    def _report(self) -> Report:
        now = self._checkpoints.now
        return Report(
            endpoint=self._push.endpoint,
            books=now.books,
            wire=self._push.attempts.tally.counts(),
            seconds=self._push.clock.monotonic() - self._began,
            resumed=self._checkpoints.resumed,
            rejects_path=self._push.rejects_path,
            reasons=now.reasons,
        )

    def _dry_run(self) -> Report:
        self._push.rejects.reset(attempt=self._push.attempt)
        survey = Survey(self._push)
        survey.read()
        good, bad = survey.records, survey.faults.records
        if not good + bad:
            self._check_empty()
        return Report(
            endpoint=self._push.endpoint,
            books=Books(read=good + bad, rejected=bad, skipped=good),
            wire=self._push.attempts.tally.counts(),
            seconds=self._push.clock.monotonic() - self._began,
            rejects_path=self._push.rejects_path,
            reasons=survey.faults.reasons,
            dry=True,
            chunks=survey.chunks,
            minutes=survey.minutes(),
        )


def _gravity(error: BaseException) -> int:
    """Of several errors the one that says most: a defect or the task's end, then what retrying cannot help."""
    if not isinstance(error, BentoError):
        return 2
    passing = error.recovery == "retry" or (isinstance(error, BentoOutcomeUnknown) and not error.held)
    return 0 if passing else 1
