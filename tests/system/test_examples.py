"""Every example DAG, run by a real scheduler; what it claims is looked up in the sandbox."""

from __future__ import annotations

import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import requests
from system.local_airflow import LocalAirflow

from airflow_provider_bento.sandbox.in_thread import RunningSandbox

pytestmark = pytest.mark.system

CHINOOK = Path(__file__).resolve().parents[3] / "shared" / "data" / "chinook.sqlite"


def run(airflow: LocalAirflow, dag: str, conf: dict[str, Any] | None = None) -> dict[str, dict[str, Any]]:
    """Run the DAG to its success; return the summaries of its pushes."""
    run_id = airflow.trigger(dag, conf)
    assert airflow.wait_for_run(dag, run_id) == "success"
    return {f"{task}[{index}]" if index >= 0 else task: found for task, index, found in airflow.results(dag, run_id)}


def have(bento: RunningSandbox, wrapper: str, records: list[dict[str, Any]]) -> None:
    """Let Bento have these records before a run begins."""
    connection = bento.connection
    requests.post(
        f"{connection['host']}/batch/{wrapper}",
        json={wrapper: records},
        params={"site_uuid": connection["schema"]},
        auth=(connection["login"], connection["password"]),
        headers={"User-Agent": "airflow-provider-bento-tests"},
        timeout=30,
    ).raise_for_status()


def emails(records: list[Any]) -> Counter[str]:
    """Count the addresses."""
    return Counter(record["email"] for record in records)


def test_shop_brings_customers_and_purchases(airflow: LocalAirflow, fresh_bento: RunningSandbox) -> None:
    """Each customer arrives once with tag and fields, each invoice once, in cents."""
    pushes = run(airflow, "bento_shop")
    people, events = fresh_bento.control.records("subscribers"), fresh_bento.control.records("events")
    assert [pushes[task]["accepted"] for task in ("push_customers", "push_purchases")] == [4, 5]
    assert set(emails(people).values()) == {1}
    assert next(one for one in people if one["email"].startswith("luis")) == {
        "email": "luis@shop.example",
        "first_name": "Luís",
        "last_name": "Gonçalves",
        "country": "Brazil",
        "customer_id": 1,
        "tags": "customer",
    }
    assert sum(one["details"]["value"]["amount"] for one in events) == 198 + 396 + 1999 + 891 + 99
    assert len({one["details"]["unique"]["key"] for one in events}) == 5


def test_shop_takes_a_real_database(airflow: LocalAirflow, fresh_bento: RunningSandbox) -> None:
    """The same DAG brings the Chinook shop to the cent, but for one customer whose address is no valid one."""
    if not CHINOOK.exists():
        pytest.skip(f"the Chinook database is not at {CHINOOK}: real input was NOT tried")
    pushes = run(airflow, "bento_shop", {"database": str(CHINOOK)})
    with closing(sqlite3.connect(f"file:{CHINOOK}?mode=ro", uri=True)) as shop:
        people = Counter(row[0] for row in shop.execute("SELECT Email FROM Customer") if row[0].isascii())
        bought = shop.execute("SELECT Total, Email FROM Invoice JOIN Customer USING (CustomerId)").fetchall()
    assert emails(fresh_bento.control.records("subscribers")) == people
    events = fresh_bento.control.records("events")
    assert sum(one["details"]["value"]["amount"] for one in events) == sum(
        round(total * 100) for total, email in bought if email.isascii()
    )
    counts = [pushes[task][name] for task in ("push_customers", "push_purchases") for name in ("accepted", "invalid")]
    assert counts == [58, 1, len(events), 412 - len(events)]


def test_backfill_starts_no_automation(airflow: LocalAirflow, fresh_bento: RunningSandbox) -> None:
    """Old events arrive with their own dates, and nobody would have been mailed."""
    pushes = run(airflow, "bento_backfill", {"days": 25})
    events = fresh_bento.control.records("events")
    assert pushes["push_history"] | {"seconds": 0, "wait_seconds": 0} == {
        "endpoint": "events",
        "read": 25,
        "accepted": 25,
        "invalid": 0,
        "rejected": 0,
        "skipped": 0,
        "in_doubt": 0,
        "requests": 3,
        "retries": 0,
        "throttled": 0,
        "wait_seconds": 0,
        "seconds": 0,
        "resumed": False,
        "dead_letters_path": None,
        "reasons": {},
    }
    assert Counter(one["date"][:10] for one in events).most_common(1)[0][1] == 1
    assert list(fresh_bento.control.everything("/automations")) == []


def test_broadcast_stays_a_draft_with_its_liquid(airflow: LocalAirflow, fresh_bento: RunningSandbox) -> None:
    """The name is rendered, the content is not, nobody is mailed, and the task's page links to the draft."""
    run_id = airflow.trigger("bento_broadcast")
    assert airflow.wait_for_run("bento_broadcast", run_id) == "success"
    [sent] = fresh_bento.control.records("broadcasts")
    assert sent["name"] == f"Weekly digest {run_id}"
    assert "{{ visitor.first_name" in sent["content"]
    [made] = list(fresh_bento.control.everything("/broadcasts"))
    assert made["status"] == "draft"
    link = airflow.call("GET", f"dags/bento_broadcast/dagRuns/{run_id}/taskInstances/draft_digest/links")
    summary = airflow.xcom("bento_broadcast", run_id, "draft_digest")
    assert link["extra_links"]["Open in Bento"] == summary["broadcasts"][0]["dashboard_url"]


def test_form_makes_the_broadcast_it_asks_for(airflow: LocalAirflow, fresh_bento: RunningSandbox) -> None:
    """What the form says is what arrives; with a dry run nothing does."""
    dry = run(airflow, "bento_trigger_form", {"subject": "Sale", "tag": "lead", "dry_run": True})
    assert fresh_bento.control.records("broadcasts") == []
    assert dry["draft"]["validate_only"] is True
    assert dry["draft"]["chunks"] == 1
    run(airflow, "bento_trigger_form", {"subject": "Sale", "tag": "lead", "dry_run": False})
    [sent] = fresh_bento.control.records("broadcasts")
    assert (sent["subject"], sent["inclusive_tags"]) == ("Sale", "lead")


def test_mapped_tasks_bring_everything_once(airflow: LocalAirflow, fresh_bento: RunningSandbox) -> None:
    """One push takes all mapped results, and a mapped push has a summary for each."""
    pushes = run(airflow, "bento_mapped")
    people = {f"{region}{number}@region.example" for region in ("north", "south", "west") for number in range(4)}
    assert pushes["push_all_people"]["accepted"] == 12
    assert [pushes[f"push_visits[{index}]"]["accepted"] for index in range(3)] == [4, 4, 4]
    assert emails(fresh_bento.control.records("subscribers")) == Counter(people)
    assert emails(fresh_bento.control.records("events")) == Counter(people)


def test_queries_bring_customers_and_purchases_without_a_task_between(
    airflow: LocalAirflow, fresh_bento: RunningSandbox
) -> None:
    """Columns become fields, nested ones too; each row arrives once."""
    run(airflow, "bento_sql")
    people, events = fresh_bento.control.records("subscribers"), fresh_bento.control.records("events")
    assert emails(people) == Counter(["ann@sql.example", "bo@sql.example"])
    assert {one["details"]["unique"]["key"]: one["details"]["value"]["amount"] for one in events} == {
        10: 1999,
        11: 500,
        12: 20,
    }


def test_generator_brings_each_person_once(airflow: LocalAirflow, fresh_bento: RunningSandbox) -> None:
    """What a decorated function yields arrives, three chunks of it."""
    pushes = run(airflow, "bento_generator", {"count": 2500})
    assert emails(fresh_bento.control.records("subscribers")) == Counter(
        f"person{number}@generator.example" for number in range(2500)
    )
    assert pushes["push_people"]["requests"] == 3


def test_parquet_files_bring_history_that_starts_nothing(airflow: LocalAirflow, fresh_bento: RunningSandbox) -> None:
    """A folder of Parquet files arrives whole, and no automation would have fired."""
    run(airflow, "bento_parquet", {"rows": 90})
    assert emails(fresh_bento.control.records("events")) == Counter(
        f"reader{number}@parquet.example" for number in range(90)
    )
    assert list(fresh_bento.control.everything("/automations")) == []


def test_receipts_are_sent_once_with_their_liquid_filled_in(airflow: LocalAirflow, fresh_bento: RunningSandbox) -> None:
    """Each buyer gets one, with the number of their own order."""
    pushes = run(airflow, "bento_emails", {"orders": 61})
    receipts = list(fresh_bento.control.everything("/emails"))
    assert {email["to"]: email["subject"] for email in receipts} == {
        f"buyer{number}@shop.example": f"Your order A-{number:04}" for number in range(61)
    }
    assert (len(receipts), pushes["email_receipts"]["requests"]) == (61, 2)
    assert "You paid 5 dollars for order A-0000" in receipts[0]["html_body"]


def test_commands_close_accounts_and_then_change_an_address(airflow: LocalAirflow, fresh_bento: RunningSandbox) -> None:
    """All are unsubscribed, and the address changes after the other commands of that person."""
    pushes = run(airflow, "bento_commands", {"people": 40})
    assert [pushes[task]["accepted"] for task in ("close_accounts", "change_addresses")] == [120, 1]
    people = list(fresh_bento.control.everything("/people"))
    assert {person["email"] for person in people} == {
        "member0@new.example",
        *(f"member{number}@club.example" for number in range(1, 40)),
    }
    assert all(person["unsubscribed_at"] for person in people)


def test_people_who_asked_for_it_are_deleted(airflow: LocalAirflow, fresh_bento: RunningSandbox) -> None:
    """And nobody else; those whom Bento does not have are counted as absent."""
    known = ("leaver0@club.example", "leaver3@club.example", "stayer@club.example")
    have(fresh_bento, "subscribers", [{"email": email} for email in known])
    summary = run(airflow, "bento_deletion")["delete_people"]
    assert (summary["accepted"], summary["absent"]) == (5, 3)
    fresh_bento.control.drain()
    assert [person["email"] for person in fresh_bento.control.everything("/people")] == ["stayer@club.example"]


def test_open_rates_come_back_as_a_file(airflow: LocalAirflow, fresh_bento: RunningSandbox, tmp_path: Path) -> None:
    """With the broadcast that was sent, and not with the draft."""
    broadcast = {"subject": "s", "content": "c", "type": "plain", "from": {"email": "a@x.io", "name": "A"}}
    sent = {"approved": True, "send_at": "2020-01-01T00:00:00Z", "inclusive_tags": "t"}
    have(fresh_bento, "broadcasts", [{"name": "Digest", **broadcast, **sent}, {"name": "Draft", **broadcast}])
    run_id = airflow.trigger("bento_open_rates", {"folder": str(tmp_path)})
    assert airflow.wait_for_run("bento_open_rates", run_id) == "success"
    exported = airflow.xcom("bento_open_rates", run_id, "export")
    assert (exported["what"], exported["rows"]) == ("broadcasts", 1)
    assert airflow.xcom("bento_open_rates", run_id, "rank") == [{"name": "Digest", "open_rate": 0.0}]


def test_a_failed_load_is_told_and_the_run_goes_on(airflow: LocalAirflow, fresh_bento: RunningSandbox) -> None:
    """One email about the task that failed, none about the one that tidied up; none if nothing fails."""
    run(airflow, "bento_alert", {"rows": 3})
    assert list(fresh_bento.control.everything("/emails")) == []
    run(airflow, "bento_alert")
    [email] = fresh_bento.control.everything("/emails")
    assert (email["to"], email["subject"]) == ("alerts@told.example", "Airflow: bento_alert.load failed")


def test_a_welcome_follows_as_soon_as_bento_shows_the_person(
    airflow: LocalAirflow, fresh_bento: RunningSandbox
) -> None:
    """The person of the form, found by tag without a trip to the triggerer, and one event."""
    run_id = airflow.trigger("bento_wait", {"email": "new@wait.example", "tag": "fresh"})
    assert airflow.wait_for_run("bento_wait", run_id) == "success"
    assert airflow.xcom("bento_wait", run_id, "wait_for_person") == {"id": "1", "tags": 1, "subscribed": True}
    [event] = fresh_bento.control.records("events")
    assert (event["email"], event["type"]) == ("new@wait.example", "welcome")


PUSH_CHANGES = ("bento_customers_in_step", "push_changes")


def test_a_second_run_sends_only_what_changed(
    airflow: LocalAirflow, fresh_bento: RunningSandbox, tmp_path: Path
) -> None:
    """Those who changed are sent, those who left lose their tag, and nobody else is touched."""
    dag, task = PUSH_CHANGES
    form = {"people": 60, "folder": str(tmp_path / "snapshot")}
    first = run(airflow, dag, form)[task]
    assert [first[name] for name in ("read", "accepted", "unchanged", "gone")] == [60, 60, 0, 0]
    second = run(airflow, dag, {**form, "changed": 3, "left": 2})[task]
    assert [second[name] for name in ("read", "accepted", "unchanged")] == [58, 3, 55]
    assert [second[name] for name in ("gone", "untagged", "requests")] == [2, 2, 2]
    sent = fresh_bento.control.records("subscribers")[60:]
    assert [(one["email"], one["plan"]) for one in sent[:3]] == [
        (f"customer{n}@step.example", "gold") for n in range(3)
    ]
    assert {(one["email"], one["remove_tags"]) for one in sent[3:]} == {
        (f"customer{n}@step.example", "customer") for n in (58, 59)
    }
    assert run(airflow, dag, {**form, "changed": 3, "left": 2})[task]["requests"] == 0


def test_a_wrong_query_is_red_and_sends_nothing(
    airflow: LocalAirflow, fresh_bento: RunningSandbox, tmp_path: Path
) -> None:
    """Half of the people are missing: the log says so and what to do, and nobody loses a tag."""
    dag, task = PUSH_CHANGES
    form = {"people": 60, "folder": str(tmp_path / "snapshot")}
    run(airflow, dag, form)
    before = len(fresh_bento.control.journal())
    run_id = airflow.trigger(dag, {**form, "wrong_query": True})
    assert airflow.wait_for_run(dag, run_id) == "failed"
    assert len(fresh_bento.control.journal()) == before
    log = airflow.log(dag, run_id, task)
    assert "What to do: check why the source lacks people, or raise max_gone for one run." in log
    assert "Gone from the source: 30 of 60 people." in log
    assert "step.example" not in log
    assert run(airflow, dag, form)[task]["requests"] == 0
