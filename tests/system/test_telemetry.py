"""What a monitored Airflow shows of a push: its metrics, and a span for each chunk below the task's."""

from __future__ import annotations

from collections import Counter

import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from system.local_airflow import LocalAirflow, until
from system.telemetry import Telemetry

from airflow_provider_bento.sandbox.in_thread import RunningSandbox

pytestmark = pytest.mark.system


def test_a_push_is_measured_and_traced(
    airflow: LocalAirflow, telemetry: Telemetry, fresh_bento: RunningSandbox
) -> None:
    """Requests and records are counted by endpoint and outcome; chunks sent by other threads know their task."""
    telemetry.metrics.clear()
    run = airflow.trigger("bento_generator", conf={"count": 2500})
    assert airflow.wait_for_run("bento_generator", run) == "success"
    assert len(fresh_bento.control.records("subscribers")) == 2500

    chunks = until("three spans", lambda: three(telemetry.spans), seconds=60)
    assert Counter(value(span, "bento.records").int_value for span in chunks) == Counter([1000, 1000, 500])
    assert {value(span, "bento.endpoint").string_value for span in chunks} == {"subscribers"}
    [task] = [span for span in telemetry.spans if span.span_id == chunks[0].parent_span_id]
    assert task.name == "worker.push_people"
    assert {span.parent_span_id for span in chunks} == {task.span_id}

    tags = "endpoint=/batch/subscribers,outcome=accepted"
    counts = Counter(line for line in telemetry.metrics if line.startswith("airflow.bento."))
    assert counts[f"airflow.bento.requests,{tags}:1|c"] == 3
    assert counts[f"airflow.bento.records,{tags}:1000|c"] == 2
    assert counts[f"airflow.bento.records,{tags}:500|c"] == 1
    assert sum(line.startswith(f"airflow.bento.request_duration,{tags}:") for line in counts.elements()) == 3


def three(spans: list[Span]) -> list[Span] | None:
    """Return the chunks' spans, once all three are there and their task's is."""
    chunks = [span for span in spans if span.name == "bento.chunk" and value(span, "bento.endpoint").string_value]
    newest = chunks[-3:]
    ids = {span.span_id for span in spans}
    return newest if len(newest) == 3 and all(span.parent_span_id in ids for span in newest) else None


def value(span: Span, name: str):
    """Return an attribute of a span."""
    return next(pair.value for pair in span.attributes if pair.key == name)
