"""What only Bento's app can make: the segment, report, sequence, workflow and form that clients ask for."""

from __future__ import annotations

from typing import Any, Final

from airflow_provider_bento.sandbox.control.client import Control

_EMAIL: Final = {"subject": "Welcome", "html": "<p>{{ visitor.unsubscribe_url }}</p>"}


def make(control: Control) -> dict[str, Any]:
    """Make one of each through the control API; return their ids by the names that ``calls.mjs`` uses."""
    control.add_segment("segment_123456789", name="Gold", fields={"plan": "gold"})
    control.add_report("report_1", "People", data=[{"g": "2021-01-02", "x": "all", "y": 3}], chart_style="column_chart")
    control.add_response("form_1", "ann@example.com", first_name="Ann", colours=["red", "green"])
    sequence = control.add_sequence("Welcome", emails=[_EMAIL])["id"]
    workflow = control.add_workflow("First purchase", status="draft", emails=[_EMAIL])["id"]
    return {
        "segment": "segment_123456789",
        "report": "report_1",
        "form": "form_1",
        "sequence": str(sequence),
        "workflow": str(workflow),
    }
