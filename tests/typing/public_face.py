"""What users write, checked by mypy --strict and never run: if this stops type-checking, their code does too."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import assert_type

from airflow_provider_bento.api.field_error import FieldError
from airflow_provider_bento.api.receipt import Receipt
from airflow_provider_bento.api.records import Command, Email, Event, email_parser, parse_command, parse_event
from airflow_provider_bento.api.responses import Person, Tag
from airflow_provider_bento.assets.bento import create_asset
from airflow_provider_bento.delivery.counts import Report
from airflow_provider_bento.delivery.deliver import deliver
from airflow_provider_bento.delivery.push import Push
from airflow_provider_bento.exceptions import BentoError, BentoOutcomeUnknown, Recovery
from airflow_provider_bento.hooks.bento import BentoHook
from airflow_provider_bento.operators.bento import BentoReconcileOperator
from airflow_provider_bento.sensors.bento import BentoBroadcastSensor, BentoSegmentSensor, BentoSubscriberSensor
from airflow_provider_bento.transfers.bento import BentoToObjectStorageOperator


def a_hook_has_typed_answers(hook: BentoHook) -> None:
    """Answers are values with fields, or ``None`` where nobody was found."""
    assert_type(hook.get_subscriber(email="a@x.io"), Person | None)
    assert_type(hook.list_tags(), tuple[Tag, ...])
    assert_type(hook.add_tag("a@x.io", "t"), Receipt)


def a_transfer_has_typed_arguments() -> None:
    """Its kinds and formats are literals, its path is a text or a path."""
    BentoToObjectStorageOperator(task_id="a", what="broadcasts", path="/x.parquet", filters={"status": "sent"})
    BentoToObjectStorageOperator(task_id="a", what="tags", path=Path("/x"), file_format="jsonl", on_empty="skip")
    BentoToObjectStorageOperator(task_id="a", what="tag", path="/x.jsonl")  # type: ignore[arg-type]
    BentoToObjectStorageOperator(task_id="a", what="tags", path="/x.jsonl", on_emtpy="skip")  # type: ignore[call-arg]


def a_comparison_has_typed_arguments() -> None:
    """A sample is a number or "all", a wait is a timedelta."""
    BentoReconcileOperator(task_id="a", records=[], sample="all", tolerate=0.01, after=timedelta(minutes=10))
    BentoReconcileOperator(task_id="a", sql="SELECT 1", sql_conn_id="b", sample=20, dead_letters_path=Path("/x"))
    BentoReconcileOperator(task_id="a", records=[], sample="some")  # type: ignore[arg-type]
    BentoReconcileOperator(task_id="a", records=[], after=600)  # type: ignore[arg-type]
    BentoReconcileOperator(task_id="a", records=[], tolerte=1)  # type: ignore[call-arg]


def a_sensor_has_typed_arguments() -> None:
    """States are literals; intervals are seconds or timedeltas."""
    BentoSubscriberSensor(task_id="a", email="a@x.io", has_tag="t", deferrable=True, poke_interval=timedelta(minutes=1))
    BentoBroadcastSensor(task_id="a", name="n", states=["sent", "canceled"], soft_fail=True, mode="reschedule")
    BentoSegmentSensor(task_id="a", segment_id="s", at_least=1)
    BentoBroadcastSensor(task_id="a", name="n", states=["gone"])  # type: ignore[list-item]
    BentoBroadcastSensor(task_id="a", name="n", mode="defer")  # type: ignore[arg-type]
    BentoSegmentSensor(task_id="a", segment_id="s", at_leats=1)  # type: ignore[call-arg]


def records_are_parsed_or_faulty(row: object) -> str:
    """A type checker knows which of the two it is."""
    found = parse_event(row)
    if isinstance(found, tuple):
        assert_type(found, tuple[FieldError, ...])
        return found[0].reason
    assert_type(found, Event)
    assert_type(parse_command(row), Command | tuple[FieldError, ...])
    assert_type(email_parser(transactional=True)(row), Email | tuple[FieldError, ...])
    return found.type


def errors_carry_fields(push: Push) -> Report | Recovery:
    """What can be done stands in the class, evidence in fields."""
    try:
        return deliver(push)
    except BentoOutcomeUnknown as error:
        assert_type(error.positions, tuple[int, int] | None)
        raise
    except BentoError as error:
        return error.recovery


def an_asset_has_a_site_and_a_noun() -> None:
    """A noun that Bento does not have is reported."""
    create_asset(site_uuid="site", noun="subscribers", name="people")
    create_asset(site_uuid="site", noun="people")  # type: ignore[arg-type]  # no noun of Bento
