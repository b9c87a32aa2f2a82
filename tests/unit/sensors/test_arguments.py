"""What is wrong with a sensor's arguments is said when the DAG is parsed, if it is known then."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from airflow_provider_bento.exceptions import BentoSetupError
from airflow_provider_bento.sensors.bento import BentoBroadcastSensor, BentoSegmentSensor, BentoSubscriberSensor


@pytest.mark.parametrize(
    ("kind", "arguments", "said"),
    [
        (BentoSubscriberSensor, {}, "pass either email= or uuid=, and only one of them"),
        (BentoSubscriberSensor, {"email": "a@x.io", "uuid": "u"}, "pass either email= or uuid="),
        (BentoSubscriberSensor, {"email": "planted"}, "email "),
        (BentoSubscriberSensor, {"email": "planted@planted@x.io"}, "email "),
        (BentoSubscriberSensor, {"uuid": " "}, "uuid must be a text that is not empty"),
        (BentoSubscriberSensor, {"uuid": "u", "has_tag": ""}, "has_tag must be a text that is not empty"),
        (BentoBroadcastSensor, {}, "pass either name= or broadcast_id="),
        (BentoBroadcastSensor, {"name": ""}, "name must be a text that is not empty"),
        (BentoBroadcastSensor, {"name": "n", "states": ()}, "states must be a list of one or more of draft"),
        (BentoBroadcastSensor, {"name": "n", "states": "sent"}, "states must be a list"),
        (BentoBroadcastSensor, {"name": "n", "states": ["gone"]}, "states must be a list"),
        (BentoSegmentSensor, {"segment_id": "s"}, "pass at_least= or at_most="),
        (BentoSegmentSensor, {"segment_id": "s", "at_least": -1}, "at_least must be a whole number from 0"),
        (BentoSegmentSensor, {"segment_id": "s", "at_most": 1.5}, "at_most must be a whole number from 0"),
        (BentoSegmentSensor, {"segment_id": "s", "at_least": True}, "at_least must be a whole number from 0"),
        (BentoSegmentSensor, {"segment_id": "s", "at_least": 5, "at_most": 4}, "at_least must not be larger"),
        (BentoSegmentSensor, {"segment_id": "s", "at_least": 5, "poke_interval": 119}, "at least 120 seconds"),
        (
            BentoSegmentSensor,
            {"segment_id": "s", "at_least": 5, "poke_interval": timedelta(minutes=1)},
            "30 requests an hour",
        ),
        (
            BentoSegmentSensor,
            {"segment_id": "s", "at_leats": 5},
            "no argument at_leats; did you mean at_least",
        ),
    ],
)
def test_a_wrong_argument_is_named_when_the_dag_is_parsed(kind: Any, arguments: dict[str, Any], said: str) -> None:
    """With the task, and without the value."""
    with pytest.raises(BentoSetupError) as caught:
        kind(task_id="wait", **arguments)
    assert str(caught.value).startswith(f"wait ({kind.__name__}): ")
    assert said in str(caught.value)
    assert "planted" not in str(caught.value)


@pytest.mark.parametrize(
    ("kind", "arguments"),
    [
        (BentoSubscriberSensor, {"email": "{{ params.email }}"}),
        (BentoSubscriberSensor, {"uuid": "{{ params.uuid }}", "has_tag": "{{ params.tag }}"}),
        (BentoBroadcastSensor, {"name": "Digest {{ ds }}"}),
        (BentoBroadcastSensor, {"broadcast_id": 7, "states": ["sent", "canceled"]}),
        (BentoSegmentSensor, {"segment_id": "{{ params.s }}", "at_least": "{{ params.n }}"}),
        (BentoSegmentSensor, {"segment_id": "s", "at_most": 0, "poke_interval": 120}),
    ],
)
def test_what_is_not_known_yet_passes(kind: Any, arguments: dict[str, Any]) -> None:
    """Templates are checked when the task runs."""
    assert kind(task_id="wait", **arguments).task_id == "wait"
