"""Outlets of Bento: what is refused before anything is sent, and what Airflow's events say after a push."""

from __future__ import annotations

from typing import Any

import pytest

from airflow_provider_bento.assets.bento import create_asset
from airflow_provider_bento.exceptions import BentoSetupError
from airflow_provider_bento.operators.bento import (
    BentoBatchCommandsOperator,
    BentoBatchEmailsOperator,
    BentoBatchEventsOperator,
    BentoBatchSubscribersOperator,
    BentoBroadcastOperator,
    BentoDataDeletionOperator,
)
from airflow_provider_bento.sandbox.in_thread import RunningSandbox
from airflow_provider_bento.version_compat import AirflowFailException, Asset, AssetAlias

try:
    from airflow.sdk.execution_time.context import OutletEventAccessors
except ImportError:  # Airflow 2.11
    from airflow.utils.context import OutletEventAccessors

PEOPLE = [{"email": "ann@planted.example"}, {"email": "bob@planted.example"}, {"email": "planted"}]
COUNTS = {"read": 3, "accepted": 2, "unchanged": 0, "invalid": 1, "rejected": 0, "skipped": 0, "in_doubt": 0}
BROADCAST = {
    "name": "Planted news",
    "subject": "s",
    "content": "c",
    "type": "plain",
    "from": {"email": "a@planted.example", "name": "A"},
    "inclusive_tags": "t",
}


def asset(bento: RunningSandbox, noun: Any = "subscribers") -> Any:
    """Return an asset of the sandbox's site."""
    return create_asset(site_uuid=bento.connection["schema"], noun=noun)


def push(outlets: Any, **arguments: Any) -> Any:
    """Push three people, one of them invalid; return Airflow's accessors of the events."""
    events = OutletEventAccessors()
    task = BentoBatchSubscribersOperator(
        task_id="push",
        outlets=outlets,
        **{"subscribers": PEOPLE, "on_invalid_record": "drop", "max_failed": 1, **arguments},
    )
    task.execute({"outlet_events": events})
    return events


def added(events: Any, alias: Any) -> list[tuple[str, dict[str, Any]]]:
    """Return URI and extra of each event that an alias got."""
    found = events[alias]
    if hasattr(found, "dataset_alias_events"):  # Airflow 2.11
        return [(one["dest_dataset_uri"], one["extra"]) for one in found.dataset_alias_events]
    return [(one.dest_asset_key.uri, one.extra) for one in found.asset_alias_events]


def test_an_event_says_what_became_of_the_records(bento: RunningSandbox) -> None:
    """Counts, and nothing of a person; other outlets stay as they are."""
    other = Asset(uri="s3://bucket/key")
    events = push([asset(bento), other])
    assert events[asset(bento)].extra == COUNTS
    assert events[other].extra == {}


def test_what_the_author_put_there_stays(bento: RunningSandbox) -> None:
    """The counts are added to it."""
    events = OutletEventAccessors()
    events[asset(bento)].extra = {"batch": 7, "accepted": "many"}
    task = BentoBatchSubscribersOperator(task_id="push", subscribers=PEOPLE[:2], outlets=[asset(bento)])
    task.execute({"outlet_events": events})
    assert events[asset(bento)].extra == COUNTS | {"read": 2, "invalid": 0, "batch": 7, "accepted": "many"}


def test_an_alias_gets_the_asset_of_the_connections_site(bento: RunningSandbox) -> None:
    """The author need not know the site."""
    events = push([AssetAlias("people")])
    assert added(events, AssetAlias("people")) == [(asset(bento).uri, COUNTS)]


@pytest.mark.skipif(not hasattr(Asset, "name"), reason="Airflow 2.11 keeps them in another shape")
def test_an_alias_that_the_author_filled_gets_no_second_event(bento: RunningSandbox) -> None:
    """Of the same asset; the counts are added to the author's."""
    events = OutletEventAccessors()
    events[AssetAlias("people")].add(asset(bento), extra={"batch": 7})
    task = BentoBatchSubscribersOperator(task_id="push", subscribers=PEOPLE[:1], outlets=[AssetAlias("people")])
    task.execute({"outlet_events": events})
    [(uri, extra)] = added(events, AssetAlias("people"))
    assert (uri, extra["batch"], extra["accepted"]) == (asset(bento).uri, 7, 1)


def test_a_trial_run_says_so_and_fills_no_alias(bento: RunningSandbox) -> None:
    """Airflow emits an event of a declared asset for each success; this one says that nothing changed."""
    events = push([asset(bento), AssetAlias("people")], validate_only=True)
    assert events[asset(bento)].extra == COUNTS | {"accepted": 0, "valid": 2, "validate_only": True}
    assert added(events, AssetAlias("people")) == []


def test_unchanged_people_are_counted(bento: RunningSandbox, tmp_path: Any) -> None:
    """A task that sends only the difference."""
    pytest.importorskip("duckdb")
    for unchanged in (0, 2):
        events = push([asset(bento)], subscribers=PEOPLE[:2], snapshot_path=str(tmp_path))
        assert events[asset(bento)].extra["unchanged"] == unchanged


def test_created_broadcasts_are_named_by_their_ids(bento: RunningSandbox) -> None:
    """Not by their names."""
    events = OutletEventAccessors()
    task = BentoBroadcastOperator(task_id="draft", broadcasts=[BROADCAST], outlets=[asset(bento, "broadcasts")])
    summary = task.execute({"outlet_events": events})
    extra = events[asset(bento, "broadcasts")].extra
    assert extra["created"] == [one["id"] for one in summary["broadcasts"]] != []
    assert "Planted" not in str(extra)


def test_a_failed_push_says_nothing(bento: RunningSandbox) -> None:
    """Airflow emits no event for it; the accessor is untouched."""
    events = OutletEventAccessors()
    task = BentoBatchSubscribersOperator(task_id="push", subscribers=PEOPLE, outlets=[asset(bento)])
    with pytest.raises(AirflowFailException):
        task.execute({"outlet_events": events})
    assert events[asset(bento)].extra == {}


def test_an_outlet_of_another_site_is_refused_before_anything_is_sent(bento: RunningSandbox) -> None:
    """With task, outlet and connection; a shell without events is no exception."""
    other = create_asset(site_uuid="another", noun="subscribers")
    for context in ({}, {"outlet_events": OutletEventAccessors()}):
        task = BentoBatchSubscribersOperator(task_id="push", subscribers=PEOPLE[:1], outlets=[asset(bento), other])
        with pytest.raises(AirflowFailException, match=r"^push .*bento://another/subscribers belongs to another site"):
            task.execute(context)
    assert bento.control.journal() == []


def test_the_case_of_a_site_does_not_matter(bento: RunningSandbox) -> None:
    """Airflow keeps it in lower case, the connection as it was written."""
    site = bento.connection["schema"].upper()
    push([Asset(uri=f"bento://{site}/subscribers")])


@pytest.mark.parametrize(
    ("kind", "arguments", "nouns"),
    [
        (BentoBatchSubscribersOperator, {"subscribers": []}, {"subscribers"}),
        (BentoBatchEventsOperator, {"events": []}, {"events", "subscribers"}),
        (BentoBroadcastOperator, {"broadcasts": []}, {"broadcasts"}),
        (BentoBatchCommandsOperator, {"commands": []}, {"subscribers"}),
        (BentoBatchEmailsOperator, {"emails": [], "transactional": True}, {"emails"}),
        (BentoDataDeletionOperator, {"emails": [], "allow_deletion": True}, {"subscribers"}),
    ],
)
def test_an_outlet_that_the_operator_does_not_change_is_refused_at_parse(
    kind: Any, arguments: dict[str, Any], nouns: set[str]
) -> None:
    """Also of a task that will be mapped; the message names what it changes."""
    for noun in ("subscribers", "events", "broadcasts", "emails"):
        outlets = [create_asset(site_uuid="site", noun=noun)]
        if noun in nouns:
            kind(task_id="push", outlets=outlets, **arguments)
            continue
        refused = rf"^push \({kind.__name__}\): the outlet bento://site/{noun} is not what this operator changes"
        with pytest.raises(BentoSetupError, match=refused):
            kind(task_id="push", outlets=outlets, **arguments)
        with pytest.raises(BentoSetupError, match="is not what this operator changes"):
            kind.partial(task_id="push", outlets=outlets, **{**arguments, next(iter(arguments)): []})
