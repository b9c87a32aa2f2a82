"""A push that sends nothing: it validates every record and says what sending them would take.

Tested by tests/unit/delivery/test_deliver_facts.py.
"""

from __future__ import annotations

from airflow_provider_bento.delivery.counts import RecordCounts, Report
from airflow_provider_bento.delivery.preflight import Preflight
from airflow_provider_bento.delivery.push import Push
from airflow_provider_bento.delivery.run_errors import empty_source


def dry_run(push: Push) -> Report:
    """Validate everything, send nothing; return what a push would do.

    :raises BentoRecordError: invalid records, and ``on_invalid_record`` is ``"fail"``.
    :raises BentoEmptySource: the source has no row, and ``on_empty`` is ``"fail"``.
    """
    began = push.clock.monotonic()
    push.dead_letters.reset(attempt=push.attempt)
    preflight = Preflight(push)
    preflight.read()
    compared = push.ledger.comparison
    unchanged = compared.unchanged if compared else 0
    valid, invalid = preflight.records, preflight.invalid.records
    if not valid + invalid + unchanged and push.on_empty == "fail":
        raise empty_source()
    return Report(
        endpoint=push.endpoint,
        counts=RecordCounts(read=valid + invalid + unchanged, invalid=invalid, valid=valid, unchanged=unchanged),
        request_counts=push.request_loop.request_stats.counts(),
        seconds=push.clock.monotonic() - began,
        dead_letters_path=push.dead_letters_path,
        reasons=preflight.invalid.reasons,
        dry=True,
        chunks=preflight.chunks,
        minutes=preflight.minutes(),
        comparison=compared,
    )
