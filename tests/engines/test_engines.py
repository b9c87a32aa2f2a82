"""Airflow as teams run it on several machines: the limit is kept, used and shared; losing a part loses no record."""

from __future__ import annotations

import contextlib
import json
import re
from collections import Counter
from collections.abc import Callable

import pytest
import requests
from engines.load import INVALID, MAPPED, ORDERS, PEOPLE, SIGNUPS, Arrived, Load, names
from engines.object_storage import BUCKET
from engines.running import LIMIT, SECONDS, Engines
from engines.traffic import most_in_a_window, shares, used
from system.local_airflow import DONE, NotReadyError, until

pytestmark = pytest.mark.engines

Tell = Callable[[str, object], None]
DAGS = (ORDERS, SIGNUPS, PEOPLE)
PATIENCE = 900.0  # seconds, for a machine that has more to do


def started(engines: Engines, load: Load) -> dict[str, str]:
    """Start a run of each DAG; return their ids."""
    return {dag: engines.airflow.trigger(dag, {"folder": load.folder}) for dag in DAGS}


def ended(engines: Engines, dag: str, run: str) -> str:
    """Return the state in which a run ended, however often nobody answers meanwhile."""

    def state() -> str | None:
        with contextlib.suppress(requests.RequestException, NotReadyError):
            found = engines.airflow.state(dag, run)
            return found if found in DONE else None
        return None

    return until(f"the end of {dag}", state, seconds=PATIENCE, every=2.0)


def results(engines: Engines, dag: str, run: str) -> Counter[str]:
    """Return the sums of what all pushes of a run returned."""
    total: Counter[str] = Counter()
    for _, _, counts in engines.airflow.results(dag, run):
        total.update({name: count for name, count in counts.items() if type(count) is int})
    return total


def requests_until_now(engines: Engines) -> int:
    """Return how many batches the local Bento was sent."""
    return sum("/batch/" in one["path"] for one in engines.bento.control.journal())


def wait_for_traffic(engines: Engines, count: int, before: str) -> None:
    """Wait until as many requests more have come."""
    wanted = requests_until_now(engines) + count
    until(f"traffic before {before}", lambda: requests_until_now(engines) >= wanted or None, seconds=PATIENCE)


def test_the_limit_is_kept_used_and_shared(engines: Engines, record_property: Tell) -> None:
    """Twenty-two pushes on two workers send every record once, no more than the limit, nearly all of it, in turns."""
    engines.bento.control.reset()
    load = Load(engines.storage, "fair", chunks=15)
    runs = started(engines, load)
    assert {dag: ended(engines, dag, run) for dag, run in runs.items()} == dict.fromkeys(DAGS, "success")
    there = Arrived(engines.bento.control, load.folder)
    assert there.orders == Counter(key for keys in load.orders for key in keys)
    assert there.signups == names(load.signups)
    assert there.people == names(load.people)
    assert (len(there.journal), there.refused) == (load.requests, 0)
    assert most_in_a_window(there.times, SECONDS) <= LIMIT
    assert used(there.times, LIMIT, SECONDS) >= 0.95
    mapped = [count for sender, count in shares(there.senders).items() if sender.count("-") == 1]
    record_property("requests", len(there.journal))
    record_property("most in a window", f"{most_in_a_window(there.times, SECONDS)} of {LIMIT}")
    record_property("used", f"{used(there.times, LIMIT, SECONDS):.1%}")
    record_property("requests of each mapped push while all sent", f"{min(mapped)}-{max(mapped)}")
    assert len(mapped) == MAPPED
    assert max(mapped) - min(mapped) <= 2


def test_losing_a_part_loses_and_doubles_nothing(engines: Engines, record_property: Tell) -> None:
    """A worker's machine, Redis, PostgreSQL and the scheduler are killed in mid-push; every record arrives once."""
    engines.bento.control.reset()
    engines.bento.control.set(reply_delay=3.0)  # so that some requests are under way whenever something is killed
    load = Load(engines.storage, "lost", chunks=15)
    runs = started(engines, load)
    losses = parts(engines)
    for part, lose in losses.items():
        wait_for_traffic(engines, load.requests // 6, part)
        lose()
    decisions = decided_until_the_end(engines, runs, load)
    there = Arrived(engines.bento.control, load.folder)
    again = [one["try_number"] for one in engines.airflow.tasks(ORDERS, runs[ORDERS]) if one["try_number"] > 1]
    facts = {
        "parts killed": len(losses),
        "requests": len(there.journal),
        "over the limit": there.refused,
        "most in a window": most_in_a_window(there.times, SECONDS),
        "mapped pushes that needed another try": len(again),
        "decisions of a person": decisions,
        "lost": there.lost(load),
        "doubled": there.signups.total() - len(there.signups),
        "purchases repeated with their key": there.orders.total() - len(there.orders),
        "people repeated": there.people.total() - len(there.people),
    }
    for name, fact in facts.items():
        record_property(name, fact)
    assert (facts["lost"], facts["doubled"], facts["over the limit"]) == (0, 0, 0)
    assert facts["most in a window"] <= LIMIT
    assert len(again) > 2, "the worker had no pushes"
    assert [engines.airflow.services[name].starts for name in ("worker-1", "scheduler")] == [2, 2]
    assert results(engines, ORDERS, runs[ORDERS])["accepted"] == len(there.orders)
    counts = results(engines, SIGNUPS, runs[SIGNUPS])
    assert (counts["read"], counts["invalid"], counts["in_doubt"]) == (len(load.signups), INVALID, 0)


def decided_until_the_end(engines: Engines, runs: dict[str, str], load: Load) -> int:
    """Wait until all runs succeeded; return how often a person had to decide about sign-ups in doubt."""
    for dag in (ORDERS, PEOPLE):  # harmless to repeat
        assert ended(engines, dag, runs[dag]) == "success"
    decisions = 0
    while ended(engines, SIGNUPS, runs[SIGNUPS]) == "failed":
        decide(engines, runs[SIGNUPS], load)
        decisions += 1
    return decisions


def parts(engines: Engines) -> dict[str, Callable[[], None]]:
    """Return what is lost, and how."""
    return {
        "a worker's machine": lambda: engines.airflow.lose("worker-1"),
        "Redis": engines.redis.restart,
        "PostgreSQL": engines.postgres.restart,
        "the scheduler": engines.airflow.services["scheduler"].kill,
    }


def decide(engines: Engines, run: str, load: Load) -> None:
    """Decide about the chunk in doubt as a person does who reads the log and asks Bento; then clear the task."""
    tries = engines.airflow.task(SIGNUPS, run, "push")["try_number"]
    found = re.search(r"positions? (\d+)", engines.airflow.log(SIGNUPS, run, "push", try_number=tries))
    assert found, "it failed, and nothing is in doubt"
    there = Arrived(engines.bento.control, load.folder).signups
    arrived = next(email.partition("@")[0] for email in load.signups[int(found[1]) :] if email) in there
    path = f"dags/{SIGNUPS}/dagRuns/{run}/taskInstances/push/state-store/in_doubt"
    engines.airflow.call("PUT", path, json={"value": "skip" if arrived else "resend"})
    body = {"dry_run": False, "task_ids": ["push"], "dag_run_id": run, "only_failed": False}
    engines.airflow.call("POST", f"dags/{SIGNUPS}/clearTaskInstances", json=body)


def test_what_was_pushed_is_known_to_the_next_run(engines: Engines) -> None:
    """The snapshot in object storage, written by whichever worker had the push, spares the next run every request."""
    engines.bento.control.reset()
    load = Load(engines.storage, "again", chunks=1)
    for wanted in ({"accepted": 40, "unchanged": 0}, {"accepted": 0, "unchanged": 40}):
        run = engines.airflow.trigger(PEOPLE, {"folder": load.folder})
        assert ended(engines, PEOPLE, run) == "success"
        counts = results(engines, PEOPLE, run)
        assert {name: counts[name] for name in wanted} == wanted
    assert Arrived(engines.bento.control, load.folder).people == names(load.people)


def test_dead_letters_are_in_object_storage(engines: Engines) -> None:
    """Each row that was not sent is there, with its reason, and no machine has a copy."""
    load = Load(engines.storage, "dead", chunks=1)
    run = engines.airflow.trigger(SIGNUPS, {"folder": load.folder})
    assert ended(engines, SIGNUPS, run) == "success"
    body = engines.storage.client().get_object(Bucket=BUCKET, Key="dead/dead.jsonl")["Body"].read()
    letters = [json.loads(line) for line in body.splitlines()]
    without_address = [at for at, email in enumerate(load.signups) if email is None]
    assert sorted(letter["position"] for letter in letters) == without_address
    assert list(engines.airflow.home.rglob("dead.jsonl")) == []
