"""The arguments of tasks that send only the difference: what is wrong with them is said before anything is sent."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import ObjectStoragePath

try:
    from airflow.sdk import DAG, task
except ImportError:  # Airflow 2.11
    from airflow.decorators import task
    from airflow.models.dag import DAG

from airflow_provider_bento.decorators.bento import bento_emails_task, bento_events_task, bento_subscribers_task
from airflow_provider_bento.exceptions import BentoSetupError
from airflow_provider_bento.operators.bento import (
    BentoBatchEmailsOperator,
    BentoBatchEventsOperator,
    BentoBatchSubscribersOperator,
)
from airflow_provider_bento.operators.sync_options import SyncOptions
from airflow_provider_bento.version_compat import AirflowFailException

FOLDER: dict[str, Any] = {"snapshot_path": "s3://aws@bucket/customers"}
UNTAG: dict[str, Any] = {"when_gone": "untag", "untag": ["customer"]}
DAY = timedelta(days=1)


def subscribers(**arguments: Any) -> BentoBatchSubscribersOperator:
    """Return a task of subscribers."""
    return BentoBatchSubscribersOperator(task_id="push", subscribers=[], **arguments)


def events(**arguments: Any) -> BentoBatchEventsOperator:
    """Return a task of events."""
    return BentoBatchEventsOperator(task_id="push", events=[], **arguments)


def emails(**arguments: Any) -> BentoBatchEmailsOperator:
    """Return a task of emails."""
    return BentoBatchEmailsOperator(task_id="push", emails=[], transactional=True, **arguments)


SLIPS: list[tuple[dict[str, Any], str]] = [
    ({"snapshot_path": ""}, "snapshot_path must be the path of a folder, or None, not empty text"),
    ({"snapshot_path": " "}, "snapshot_path must be the path of a folder, or None, not empty text"),
    ({"snapshot_path": "None"}, "snapshot_path must be the path of a folder, or None, not text"),
    ({"snapshot_path": 7}, "snapshot_path must be the path of a folder, or None, not 7"),
    ({"snapshot_path": ["a"]}, "snapshot_path must be the path of a folder, or None, not a list"),
    ({"snapshot_path": False}, "snapshot_path must be the path of a folder, or None, not False"),
    (UNTAG, "when_gone needs snapshot_path, which knows who was sent before"),
    ({"max_gone": 3}, "max_gone needs snapshot_path"),
    ({"resend_after": DAY}, "resend_after needs snapshot_path"),
    ({"full_refresh": True}, "full_refresh needs snapshot_path"),
    ({"full_refresh": "{{ params.full }}"}, "full_refresh needs snapshot_path"),
    ({**FOLDER, "when_gone": "untag"}, "when_gone='untag' needs untag, a list of tags"),
    ({**FOLDER, "when_gone": "untag", "untag": []}, "when_gone='untag' needs untag, a list of tags"),
    ({**FOLDER, "untag": ["customer"]}, "untag needs when_gone='untag'"),
    ({**FOLDER, **UNTAG, "when_gone": "unsubscribe", "max_gone": 1}, "untag needs when_gone='untag'"),
    ({**FOLDER, "when_gone": "unsubscribe"}, "when_gone='unsubscribe' needs max_gone: .* such as 0.01 for 1 %"),
    ({**FOLDER, "when_gone": "unsubscribed"}, r"not 'unsubscribed' \(did you mean 'unsubscribe'\?\)"),
    ({**FOLDER, "when_gone": None}, "when_gone must be 'ignore', 'untag' or 'unsubscribe', not None"),
    ({**FOLDER, "when_gone": "{{ params.gone }}"}, "when_gone must be .*, not a template"),
    ({**FOLDER, **UNTAG, "untag": "customer"}, "untag must be a list of tags, without Jinja, not text"),
    ({**FOLDER, **UNTAG, "untag": {"customer"}}, "untag must be a list of tags, without Jinja, not a set"),
    ({**FOLDER, **UNTAG, "untag": [""]}, "untag must be a list of tags, without Jinja, not a list"),
    ({**FOLDER, **UNTAG, "untag": [7]}, "untag must be a list of tags, without Jinja, not a list"),
    ({**FOLDER, **UNTAG, "untag": ["{{ ds }}"]}, "untag must be a list of tags, without Jinja, not a list"),
    ({**FOLDER, **UNTAG, "untag": None}, "untag must be a list of tags, without Jinja, not None"),
    ({**FOLDER, **UNTAG, "untag": ["a", "b,c"]}, r"untag\[1\] .* comma"),
    ({**FOLDER, **UNTAG, "untag": ["a\nb"]}, r"untag\[0\] "),
    ({**FOLDER, "max_gone": 3}, "max_gone needs when_gone='untag' or 'unsubscribe'"),
    ({**FOLDER, **UNTAG, "max_gone": -1}, r"max_gone must be .*\(0\.05 for 5 %\), not -1"),
    ({**FOLDER, **UNTAG, "max_gone": 1.5}, "max_gone must be .*, not 1.5"),
    ({**FOLDER, **UNTAG, "max_gone": float("nan")}, "max_gone must be .*, not nan"),
    ({**FOLDER, **UNTAG, "max_gone": True}, "max_gone must be .*, not True"),
    ({**FOLDER, **UNTAG, "max_gone": "5%"}, "max_gone must be .*, not text"),
    ({**FOLDER, "resend_after": 30}, "resend_after must be a timedelta of more than 0, or None, not 30"),
    ({**FOLDER, "resend_after": timedelta()}, "resend_after must be a timedelta of more than 0, or None, not a time"),
    ({**FOLDER, "resend_after": -DAY}, "resend_after must be a timedelta of more than 0"),
    ({**FOLDER, "full_refresh": "yes"}, 'full_refresh must be True, False or "baseline", not text'),
    ({**FOLDER, "full_refresh": None}, 'full_refresh must be True, False or "baseline", not None'),
    ({**FOLDER, "full_refresh": 1}, 'full_refresh must be True, False or "baseline", not 1'),
    ({**FOLDER, "once_by": "id"}, "there is no argument once_by"),
    ({**FOLDER, "forget_after": DAY}, "there is no argument forget_after"),
    ({"snapshotpath": "x"}, r"there is no argument snapshotpath; did you mean snapshot_path\?"),
]


@pytest.mark.parametrize(
    ("slip", "said"), SLIPS, ids=[f"{number}: {said[:40]}" for number, (_, said) in enumerate(SLIPS)]
)
def test_a_slip_is_refused_when_the_dag_is_parsed(slip: dict[str, Any], said: str) -> None:
    """The message begins with the task and its operator."""
    with pytest.raises(BentoSetupError, match=rf"^push \(BentoBatchSubscribersOperator\): .*{said}"):
        subscribers(**slip)


def test_people_who_left_cannot_be_known_from_a_part_of_the_source() -> None:
    """Neither dead letters nor rows that are new since the last run are everybody."""
    with pytest.raises(BentoSetupError, match="when_gone needs a source with everybody"):
        BentoBatchSubscribersOperator(task_id="push", replay_dead_letters="/a.jsonl", **FOLDER, **UNTAG)
    BentoBatchSubscribersOperator(task_id="push", replay_dead_letters="/a.jsonl", **FOLDER)


def test_dead_letters_are_no_baseline() -> None:
    """What Bento rejected would count as confirmed, and nobody would send it again."""
    with pytest.raises(BentoSetupError, match="that never were"):
        BentoBatchSubscribersOperator(task_id="push", replay_dead_letters="/a.jsonl", full_refresh="baseline", **FOLDER)


@pytest.mark.parametrize("make", [events, emails])
@pytest.mark.parametrize(
    ("slip", "said"),
    [
        (FOLDER, "snapshot_path needs once_by, the field by which a record is known"),
        ({"once_by": "id"}, "once_by needs snapshot_path"),
        ({"forget_after": DAY}, "forget_after needs once_by"),
        ({**FOLDER, "forget_after": DAY}, "snapshot_path needs once_by.*; forget_after needs once_by"),
        ({**FOLDER, "once_by": ""}, "once_by must be the name of a field, .*, not empty text"),
        ({**FOLDER, "once_by": ["id"]}, "once_by must be the name of a field, .*, not a list"),
        ({**FOLDER, "once_by": "{{ params.key }}"}, "once_by must be the name of a field, .*, not a template"),
        ({**FOLDER, "once_by": "id", "forget_after": 30}, "forget_after must be a timedelta of more than 0"),
        ({**FOLDER, "once_by": "id", "when_gone": "untag"}, "there is no argument when_gone"),
        ({**FOLDER, "once_by": "id", "full_refresh": True}, "there is no argument full_refresh"),
        ({**FOLDER, "once_by": "id", "resend_after": DAY}, "there is no argument resend_after"),
    ],
)
def test_events_and_emails_need_a_key_and_a_folder(make: Callable[..., Any], slip: dict[str, Any], said: str) -> None:
    """One without the other would send twice, or never say so."""
    with pytest.raises(BentoSetupError, match=said):
        make(**slip)


@pytest.mark.parametrize(
    "right",
    [
        {"snapshot_path": "/data/customers"},
        {"snapshot_path": Path("/data/customers"), "full_refresh": "baseline"},
        {"snapshot_path": "{{ var.value.folder }}", "full_refresh": "{{ params.full }}"},
        {**FOLDER, **UNTAG, "max_gone": 0, "resend_after": timedelta(seconds=1)},
        {**FOLDER, **UNTAG, "untag": ("a", "b"), "max_gone": 0.5},
        {**FOLDER, "when_gone": "unsubscribe", "max_gone": 0.01},
        {"snapshot_path": None, "when_gone": "ignore", "full_refresh": False},
    ],
)
def test_what_is_right_or_waits_for_the_run_passes(right: dict[str, Any]) -> None:
    """Templates in template fields are validated when they are rendered."""
    assert subscribers(**right).when_gone == right.get("when_gone", "ignore")


def test_a_path_of_object_storage_keeps_its_connection() -> None:
    """Its text is what the run opens."""
    operator = subscribers(snapshot_path=ObjectStoragePath("file://local@/data/customers"))
    options = SyncOptions.of(operator._argument_check(rendered=True).arguments)
    assert options is not None
    assert options.snapshot_path == "file://local@/data/customers"


def rendered(native: bool, **arguments: Any) -> BentoBatchSubscribersOperator:
    """Return a task whose templates were rendered by its DAG."""
    with DAG("d", schedule=None, render_template_as_native_obj=native):
        operator = subscribers(**arguments)
    params = {"full": "baseline", "yes": True, "no": False, "none": None, "folder": "/data/customers", "empty": ""}
    operator.render_template_fields({"params": params})
    return operator


def options_of(operator: BentoBatchSubscribersOperator) -> SyncOptions | None:
    """Return what the run would use."""
    check = operator._argument_check(rendered=True)
    check.check()
    return SyncOptions.of(check.arguments)


@pytest.mark.parametrize("native", [False, True])
@pytest.mark.parametrize(("name", "wanted"), [("full", "baseline"), ("yes", True), ("no", False)])
def test_full_refresh_may_be_a_template(name: str, wanted: bool | str, native: bool) -> None:
    """As text, and as the value itself if the DAG renders native objects."""
    options = options_of(rendered(native, snapshot_path="{{ params.folder }}", full_refresh=f"{{{{ params.{name} }}}}"))
    assert options is not None
    assert (options.snapshot_path, options.full_refresh) == ("/data/customers", wanted)


@pytest.mark.parametrize("native", [False, True])
@pytest.mark.parametrize("name", ["none", "empty"])
def test_a_folder_that_renders_as_nothing_is_no_full_push(name: str, native: bool) -> None:
    """Everything would be sent, and events a second time, if it counted as no snapshot."""
    operator = rendered(native, snapshot_path=f"{{{{ params.{name} }}}}")
    with pytest.raises(AirflowFailException, match=r"^push \(.*\): snapshot_path must be the path of a folder"):
        operator.execute({})


@pytest.mark.parametrize("name", ["none", "empty", "folder"])
def test_full_refresh_that_renders_as_another_word_is_refused(name: str) -> None:
    """It might mean yes as well as no."""
    operator = rendered(False, **FOLDER, full_refresh=f"{{{{ params.{name} }}}}")
    with pytest.raises(AirflowFailException, match='full_refresh must be True, False or "baseline"'):
        operator.execute({})


@pytest.mark.parametrize(
    ("slip", "said"),
    [
        ({"snapshot_path": ""}, "snapshot_path must be"),
        ({"snapshot_path": None, **UNTAG}, "when_gone needs snapshot_path"),
        ({"untag": ["a,b"]}, r"untag\[0\]"),
        ({"resend_after": 1}, "resend_after must be a timedelta"),
        ({"replay_dead_letters": "/a.jsonl", "when_gone": "unsubscribe"}, "needs a source with everybody"),
    ],
)
def test_constants_of_a_mapped_task_are_validated_when_the_dag_is_parsed(slip: dict[str, Any], said: str) -> None:
    """Whatever is expanded, these stay wrong."""
    with pytest.raises(BentoSetupError, match=rf"^push \(BentoBatchSubscribersOperator\): .*{said}"):
        BentoBatchSubscribersOperator.partial(task_id="push", **slip)


def test_arguments_of_a_mapped_task_may_complete_each_other() -> None:
    """What is missing in ``partial`` may be in ``expand``, which only the run knows."""
    partial = BentoBatchSubscribersOperator.partial
    partial(task_id="a", **UNTAG).expand(snapshot_path=["/a", "/b"], subscribers=[[], []])
    partial(task_id="b", **FOLDER, when_gone="untag").expand(untag=[["a"], ["b"]], subscribers=[[], []])
    partial(task_id="c", **FOLDER, when_gone="unsubscribe").expand(max_gone=[1, 2], subscribers=[[], []])
    partial(task_id="d", **FOLDER, max_gone=1).expand_kwargs([{**UNTAG, "subscribers": []}])
    BentoBatchEventsOperator.partial(task_id="e", **FOLDER).expand(once_by=["a", "b"], events=[[], []])
    BentoBatchEventsOperator.partial(task_id="f", forget_after=DAY).expand_kwargs([{**FOLDER, "once_by": "a"}])


def test_expanded_arguments_are_validated_by_the_run() -> None:
    """Before it sends anything, and for good: retrying does not help."""
    mapped = BentoBatchSubscribersOperator.partial(task_id="push", subscribers=[], **UNTAG).expand(
        snapshot_path=["", "/a"]
    )
    with pytest.raises(AirflowFailException, match=r"^push \(BentoBatchSubscribersOperator\): snapshot_path must be"):
        mapped.unmap({"snapshot_path": ""}).execute({})


@pytest.mark.parametrize(
    ("decorate", "slip", "said"),
    [
        (bento_subscribers_task, {"snapshot_path": ""}, r"^read \(@task\.bento_subscribers\): snapshot_path must be"),
        (bento_subscribers_task, {**FOLDER, "once_by": "id"}, "there is no argument once_by"),
        (bento_subscribers_task, {"untag": "customer"}, "untag must be a list of tags"),
        (bento_events_task, {"once_by": "{{ ds }}"}, r"^read \(@task\.bento_events\): once_by must be"),
        (bento_emails_task, {"transactional": True, "forget_after": 3}, "forget_after must be a timedelta"),
    ],
)
def test_a_decorator_refuses_a_slip(decorate: Callable[..., Any], slip: dict[str, Any], said: str) -> None:
    """When the function is decorated, even if nobody calls it."""

    def read() -> list[dict[str, Any]]:
        return []

    with pytest.raises(BentoSetupError, match=said):
        decorate(**slip)(read)


def test_a_decorated_function_needs_all_of_them_when_it_becomes_a_task() -> None:
    """The decorator alone may be completed by ``override`` or ``partial``."""

    @task.bento_subscribers(**UNTAG)
    def read() -> list[dict[str, Any]]:
        return []

    with DAG("d", schedule=None):
        assert read.override(**FOLDER)().operator.untag == ["customer"]
        with pytest.raises(BentoSetupError, match="when_gone needs snapshot_path"):
            read()


@pytest.mark.parametrize("make", [subscribers, events, emails])
def test_one_run_at_a_time_uses_a_folder_unless_the_author_allows_more(make: Callable[..., Any]) -> None:
    """A second one would stop the first; a task without a snapshot has no such limit."""
    keyed: dict[str, Any] = FOLDER if make is subscribers else {**FOLDER, "once_by": "id"}
    assert make(**keyed).max_active_tis_per_dag == 1
    assert make(**keyed, max_active_tis_per_dag=4).max_active_tis_per_dag == 4
    assert make().max_active_tis_per_dag is None


def test_one_run_of_a_decorated_function_at_a_time_uses_a_folder() -> None:
    """As of an operator."""

    @task.bento_subscribers(**FOLDER)
    def read() -> list[dict[str, Any]]:
        return []

    with DAG("d", schedule=None):
        assert read().operator.max_active_tis_per_dag == 1


def test_the_folder_may_come_from_the_dags_defaults() -> None:
    """As any argument may; a kind that has no such argument leaves it out."""
    defaults = {**FOLDER, "resend_after": DAY}
    operator = subscribers(default_args=defaults)
    assert (operator.snapshot_path, operator.resend_after) == (FOLDER["snapshot_path"], DAY)
    assert operator.max_active_tis_per_dag == 1


def test_options_are_numbers_and_words() -> None:
    """Periods in seconds, ``max_gone`` 5 % unless the author says otherwise."""
    options = options_of(subscribers(**FOLDER, **UNTAG, resend_after=DAY, full_refresh=" TRUE "))
    assert options == SyncOptions(
        FOLDER["snapshot_path"], None, "untag", ("customer",), 0.05, 86_400.0, None, full_refresh=True
    )
    assert options is not None
    assert options.takes_back
    assert options_of(subscribers()) is None


def test_a_baseline_takes_nothing_back() -> None:
    """It sends nothing at all."""
    options = options_of(subscribers(**FOLDER, **UNTAG, full_refresh="baseline"))
    assert options is not None
    assert not options.takes_back


def test_a_decimal_is_no_number_of_people() -> None:
    """Numbers are those of Python; a Decimal would be compared without a rule."""
    with pytest.raises(BentoSetupError, match="max_gone must be"):
        subscribers(**FOLDER, **UNTAG, max_gone=Decimal("0.05"))
