"""The path itself: source → validate → cut → pace → begin → send → account → commit.

The only function that knows all the steps; each step is a method of :class:`~airflow_provider_bento.delivery.run.Run`.
"""

from __future__ import annotations

from contextlib import closing

from airflow_provider_bento.delivery.counts import Report
from airflow_provider_bento.delivery.dry_run import dry_run
from airflow_provider_bento.delivery.push import Push
from airflow_provider_bento.delivery.run import Run

__all__ = ["deliver"]


def deliver(push: Push) -> Report:
    """Send every record of the source to Bento, once and counted; continue from where an earlier attempt stopped.

    :returns: where every record went, over all attempts.
    :raises BentoRecordError: invalid records, and ``on_invalid_record`` is ``"fail"``; or a row that is no mapping.
    :raises BentoEmptySource: no attempt found a row, and ``on_empty`` is ``"fail"``.
    :raises BentoTooManyFailed: all is done, and more records failed than ``max_failed`` allows.
    :raises BentoError: the run stopped; the class says what can be done, the checkpoint what was done.
    """
    if push.validate_only:
        return dry_run(push)
    run = Run(push)
    if run.resume():  # the fence, the checkpoint; false if an earlier attempt sent everything
        run.preflight()  # every invalid record is named before the first request
        with run.in_flight() as in_flight, closing(run.chunks()) as chunks:
            for chunk in chunks:  # source → validate → cut, without what is settled
                run.make_room(chunk, in_flight)
                permit = run.pace(chunk)  # before the intent: waiting is not doubt
                run.begin(chunk)  # the intent is stored before the request leaves
                in_flight.start(run.send_and_commit, chunk, permit)  # send → account → commit
    return run.judge()
