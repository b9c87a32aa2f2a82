"""One run of a push: the steps that :func:`~airflow_provider_bento.delivery.deliver.deliver` puts in order."""

from __future__ import annotations

import contextlib
from collections.abc import Generator, Iterator

from airflow_provider_bento.api.records.values.email_and_tags import comparables
from airflow_provider_bento.delivery.checkpoint.state import InFlightChunk
from airflow_provider_bento.delivery.chunk_result import ChunkResult
from airflow_provider_bento.delivery.chunks import Chunk
from airflow_provider_bento.delivery.counts import Report
from airflow_provider_bento.delivery.preflight import Preflight
from airflow_provider_bento.delivery.problems import InvalidRecords, invalid_records
from airflow_provider_bento.delivery.push import Push
from airflow_provider_bento.delivery.replay import chunks_left, raise_if_stopping
from airflow_provider_bento.delivery.run_errors import empty_source, gravity, too_many_failed
from airflow_provider_bento.delivery.sending.in_doubt import several_in_doubt
from airflow_provider_bento.delivery.sending.in_flight import InFlight
from airflow_provider_bento.delivery.sending.sender import ChunkSender
from airflow_provider_bento.delivery.source_progress import SourceProgress
from airflow_provider_bento.exceptions import BentoError, BentoOutcomeUnknown

__all__ = ["Run"]


class Run:
    """What one attempt does, step by step.

    :param push: the parts.
    """

    def __init__(self, push: Push) -> None:
        self._push = push
        self._began = push.clock.monotonic()
        self._checkpoints = push.checkpoints
        self._inherited: dict[int, InFlightChunk] = {}
        self._progress = SourceProgress(push.source, push.clock)
        self._preflight: Preflight | None = None

    def resume(self) -> bool:
        """Keep older attempts out, learn what they did and what a person chose; return whether anything is left to do.

        :raises BentoSuperseded: a newer attempt has begun.
        :raises BentoSourceChanged: the plan is not the stored one.
        :raises BentoSetupError: the person's choice is not one of the three words.
        """
        checkpoint = self._checkpoints.open()
        if not self._push.ledger.open(resumed=self._checkpoints.resumed):  # also if all was sent: others sent since
            self._checkpoints.restart()
            checkpoint = self._checkpoints.now
        self._push.request_loop.request_stats.restore(checkpoint.request_counts)
        if not checkpoint.done:
            self._checkpoints.adopt_choice()
            self._inherited = {stored.number: stored for stored in self._checkpoints.now.in_flight}
        return not checkpoint.done

    def preflight(self) -> None:
        """Validate everything before the first request, if the source is rereadable.

        :raises BentoRecordError: invalid records, and ``on_invalid_record`` is ``"fail"``.
        """
        checkpoint = self._checkpoints.now
        if self._checkpoints.resumed:
            self._push.observer.resumed(checkpoint.counts.read)
        settled = [(stored.start.position, stored.end.position) for stored in checkpoint.in_flight if stored.counts]
        self._checkpoints.check()
        self._push.dead_letters.reset(keep=[(0, checkpoint.cursor.position), *settled], attempt=self._push.attempt)
        if self._push.source.rereadable:
            preflight = self._preflight = Preflight(self._push)
            preflight.read(checkpoint)
            self._progress.surveyed(checkpoint, preflight.records + preflight.invalid.records)
            seconds = self._push.pacer.minimum_duration(self._push.call.family, preflight.chunks)
            self._push.observer.planned(preflight.records, preflight.chunks, seconds)
        else:
            self._push.observer.planned(None, None, None)

    def chunks(self) -> Generator[Chunk, None, None]:
        """Yield the chunks that are still to be sent.

        :raises BentoRecordError: an invalid record, and ``on_invalid_record`` is ``"fail"``.
        """
        for chunk in self._read():
            if chunk.invalid and self._push.on_invalid_record == "fail":
                raise self._invalid_chunk(chunk)
            if not self._is_settled(chunk):
                yield chunk
                self._progress.ask(self._checkpoints.now)

    def make_room(self, chunk: Chunk, in_flight: InFlight) -> None:
        """Wait until the chunk may start: no chunk in flight concerns the same person, and the checkpoint has room."""
        in_flight.make_room(self._conflict_keys(chunk))
        known = self._checkpoints.now.in_flight_chunk(chunk.number)
        while known is None and in_flight.busy and not self._checkpoints.has_room(self._push.max_in_flight, chunk):
            in_flight.wait_for_one()

    def pace(self, chunk: Chunk) -> float | None:
        """Wait for a permit, if the chunk surely needs one; return when it came, in monotonic seconds."""
        return self._push.request_loop.pace(self._push.call.family) if self._is_new(chunk) else None

    def begin(self, chunk: Chunk) -> None:
        """Store the intent to send the chunk.

        :raises BentoSuperseded: a newer attempt has begun, or a newer run; the chunk must not be sent.
        """
        if self._is_new(chunk):
            with self._checkpoints.lock:
                self._checkpoints.begin(chunk, self._push.clock.time())
                try:
                    self._push.ledger.begin(chunk)
                except BentoError:
                    self._checkpoints.withdraw(chunk, None)  # nothing was sent
                    self._push.ledger.withdraw(chunk)
                    raise

    def send_and_commit(self, chunk: Chunk, permit: float | None) -> None:
        """Send → account → commit.

        :param permit: when :meth:`pace` was granted one.
        :raises BentoError: the chunk has no outcome; the checkpoint says whether it is in doubt.
        """
        with self._push.observer.chunk(chunk.number, len(chunk.valid)):
            result = ChunkSender(self._push, chunk, self._inherited.get(chunk.number)).send(permit)
        with self._checkpoints.lock:
            if result.letters:
                self._checkpoints.check()
                self._push.dead_letters.write(result.letters)
            self._checkpoints.commit(
                chunk, result.counts, self._push.request_loop.request_stats.counts(), result.reasons
            )
            self._push.ledger.settle(chunk, result)
            now = self._checkpoints.now
            self._push.observer.committed(now.counts, self._progress.share(now))

    @contextlib.contextmanager
    def in_flight(self) -> Iterator[InFlight]:
        """Start chunks beside each other; on leaving, none is under way and the checkpoint says what is known.

        :raises BentoError: of all errors, the one that matters most.
        """
        with InFlight(self._push.max_in_flight) as in_flight:
            try:
                yield in_flight
                in_flight.wait_for_all()
                self._push.ledger.flush()
            except BaseException as error:  # noqa: BLE001  (raised again below; a time-out of the task is one)
                if gravity(error):
                    self._push.stop.set()  # otherwise the others would wait for permits and repeats in vain
                worst = max([error, *in_flight.drain()], key=gravity)
                self._store_what_is_known()
                raise self._naming_all_doubts(worst) from worst.__cause__

    def judge(self) -> Report:
        """Return the report of all attempts, or fail.

        :raises BentoEmptySource: no attempt found a row, and ``on_empty`` is ``"fail"``.
        :raises BentoTooManyFailed: more records failed than ``max_failed`` allows.
        """
        now = self._checkpoints.now
        counts = now.counts.balanced()
        if now.untouched:  # not closed, so that every later attempt reads the source again
            self._checkpoints.save(self._push.request_loop.request_stats.counts())
            if self._push.on_empty == "fail":
                raise empty_source()
            return self._report()
        allowed = self._push.allowed_failures(counts.read)
        green = counts.failed <= allowed
        self._checkpoints.finish(green=green, request_counts=self._push.request_loop.request_stats.counts())
        report = self._report()
        if not green:
            raise too_many_failed(report, allowed, durable=self._push.durable)
        return report

    def _read(self) -> Generator[Chunk, None, None]:
        """The chunks that the preflight kept, each released when it is handed on; without one, those of the source."""
        if self._preflight is None:
            yield from chunks_left(self._push, self._checkpoints.now)
            return
        for chunk in self._preflight.kept.taken():
            raise_if_stopping(self._push)
            yield chunk

    def _is_settled(self, chunk: Chunk) -> bool:
        """Whether an earlier attempt confirmed this chunk, although not all before it."""
        inherited = self._inherited.get(chunk.number)
        return inherited is not None and inherited.counts is not None

    def _is_new(self, chunk: Chunk) -> bool:
        """Whether the chunk surely needs a request; one that was left in doubt may need none."""
        return bool(chunk.valid) and chunk.number not in self._inherited

    def _conflict_keys(self, chunk: Chunk) -> frozenset[str]:
        """Return the people whom the chunk concerns, if another chunk could be in flight at the same time."""
        if self._push.max_in_flight == 1 or not self._push.facts.one_request_per_person:
            return frozenset()
        return comparables(chunk.valid.emails)

    def _invalid_chunk(self, chunk: Chunk) -> BentoError:
        result = ChunkResult(chunk, self._push.endpoint, self._push.attempt)
        with self._checkpoints.lock:
            self._push.dead_letters.write(result.letters)
        found = InvalidRecords()
        for row in chunk.invalid:
            found.add(row)
        return invalid_records(found, f"Nothing was sent from position {chunk.start.position} on.")

    def _naming_all_doubts(self, error: BaseException) -> BaseException:
        """A person's choice will be for every chunk in doubt, so they must know of each."""
        doubts = [stored for stored in self._checkpoints.now.in_flight if stored.counts is None]
        if isinstance(error, BentoOutcomeUnknown) and error.needs_decision and len(doubts) > 1:
            return several_in_doubt(doubts, self._push.endpoint, error, durable=self._push.durable)
        return error

    def _store_what_is_known(self) -> None:
        """Keep the counts and the intents that were taken back. If that fails, what is stored is the careful version
        of the truth, and the error that stopped the run matters more.

        The ledger comes first: an intent that only the checkpoint takes back would keep later runs from sending it.
        """
        with self._checkpoints.lock, contextlib.suppress(BentoError):
            self._push.ledger.flush()
            self._checkpoints.save(self._push.request_loop.request_stats.counts())

    def _report(self) -> Report:
        now = self._checkpoints.now
        return Report(
            endpoint=self._push.endpoint,
            counts=now.counts,
            request_counts=self._push.request_loop.request_stats.counts(),
            seconds=self._push.clock.monotonic() - self._began,
            resumed=self._checkpoints.resumed,
            dead_letters_path=self._push.dead_letters_path,
            reasons=now.reasons,
            comparison=self._push.ledger.comparison,
        )
