"""Mistakes and failures that end in each public error, made through the code that users run."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from airflow_provider_bento.delivery.counts import RecordCounts
from airflow_provider_bento.hooks.bento import BentoHook
from airflow_provider_bento.operators.bento import (
    BentoBatchEventsOperator,
    BentoBatchSubscribersOperator,
    BentoBroadcastOperator,
    BentoReconcileOperator,
)
from airflow_provider_bento.sandbox.control.client import Control
from airflow_provider_bento.sandbox.in_thread import RunningSandbox, running_sandbox

Mistake = Callable[[RunningSandbox, Path, pytest.MonkeyPatch], object]
EVENTS: list[Any] = [{"type": "seen", "email": f"p{number}@shop.example"} for number in range(6)]
PEOPLE: list[Any] = [{"email": f"p{number}@shop.example"} for number in range(6)]


def run(operator: Any, attempt: int = 1) -> Any:
    """Execute an attempt of a task."""
    ti = SimpleNamespace(
        dag_id="dag", run_id="run", task_id="push", map_index=-1, try_number=attempt, xcom_push=lambda **_: None
    )
    return operator.execute({"ti": ti})


def events(**arguments: Any) -> BentoBatchEventsOperator:
    """Return a push of six events in chunks of two."""
    return BentoBatchEventsOperator(**{"task_id": "push", "events": EVENTS, "chunk_size": 2, **arguments})


def connected(patch: pytest.MonkeyPatch, bento: RunningSandbox, **changes: Any) -> None:
    """Change the default connection."""
    patch.setenv("AIRFLOW_CONN_BENTO_DEFAULT", json.dumps({**bento.connection, **changes}))


def wrong_argument(*_: Any) -> object:
    """A word that the argument does not know."""
    return events(in_doubt="retry")


def too_large_chunk(*_: Any) -> object:
    """More records than Bento takes at once."""
    return events(chunk_size=5000)


def unknown_connection(*_: Any) -> object:
    """A connection that nobody added."""
    return run(events(bento_conn_id="bento_prod"))


def no_secret_key(bento: RunningSandbox, _: Path, patch: pytest.MonkeyPatch) -> object:
    """A connection without a key."""
    connected(patch, bento, password="")
    return run(events())


def misspelled_extra(bento: RunningSandbox, _: Path, patch: pytest.MonkeyPatch) -> object:
    """A setting of the connection with a letter too few."""
    connected(patch, bento, extra={"rate_limt": "60/minute"})
    return run(events())


def rows_without_keys(*_: Any) -> object:
    """Rows as a database cursor returns them."""
    return run(events(events=[["seen", "p@shop.example"]]))


def no_such_file(_: RunningSandbox, folder: Path, __: pytest.MonkeyPatch) -> object:
    """A path that leads nowhere."""
    return run(events(events=f"{folder}/orders.jsonl"))


def wrong_key(bento: RunningSandbox, _: Path, patch: pytest.MonkeyPatch) -> object:
    """A key of another site."""
    connected(patch, bento, password="sk_of_another_site")
    return run(events())


def invalid_records(*_: Any) -> object:
    """An address that is none, and an event without its name."""
    return run(events(events=[{"type": "seen", "email": "nobody"}, {"email": "p@shop.example"}]))


def approved_broadcast(*_: Any) -> object:
    """A broadcast that would be mailed, without permission."""
    record = {"name": "n", "subject": "s", "content": "c", "type": "plain", "inclusive_tags": "t", "approved": True}
    record["from"] = {"email": "shop@shop.example", "name": "Shop"}
    return run(BentoBroadcastOperator(task_id="push", broadcasts=[record | {"send_at": "2030-01-01T00:00:00Z"}]))


def refused(bento: RunningSandbox, *_: Any) -> object:
    """Bento rejects the request for good."""
    bento.control.inject("status", "/fetch/tags", method="POST", status=422)
    return BentoHook().create_tag("reader")


def limited(bento: RunningSandbox, *_: Any) -> object:
    """Bento answers 429 to everything."""
    bento.control.inject("status", "/batch/events", status=429, headers={"Retry-After": "0"}, count=100)
    return run(events())


def unreachable(bento: RunningSandbox, _: Path, patch: pytest.MonkeyPatch) -> object:
    """Nobody listens at the address."""
    connected(patch, bento, host="http://127.0.0.1:9/api/v1")
    return run(events(max_attempts=1))


def lost_reply(bento: RunningSandbox, *_: Any) -> object:
    """Bento applies a chunk, and the connection breaks."""
    bento.control.inject("apply_then_reset", "/batch/events", nth=2)
    return run(events())


def changed_source(bento: RunningSandbox, folder: Path, _: pytest.MonkeyPatch) -> object:
    """A retry reads other records."""
    bento.control.inject("status", "/batch/events", nth=2, status=503, headers={"Retry-After": "0"})
    with pytest.raises(Exception, match="503"):
        run(events(checkpoint_path=str(folder), max_attempts=1))
    others = [record | {"type": "bought"} for record in EVENTS]
    return run(events(events=others, checkpoint_path=str(folder)), attempt=2)


def superseded(bento: RunningSandbox, folder: Path, _: pytest.MonkeyPatch) -> object:
    """An older attempt wakes up after a newer one."""
    bento.control.inject("status", "/batch/events", nth=2, status=503, headers={"Retry-After": "0"})
    with pytest.raises(Exception, match="503"):
        run(events(checkpoint_path=str(folder), max_attempts=1), attempt=2)
    return run(events(checkpoint_path=str(folder)), attempt=1)


def stopped(*_: Any) -> object:
    """The task is stopped while it reads."""

    def read() -> Iterator[Any]:
        yield from EVENTS[:3]
        push.on_kill()
        yield from EVENTS[3:]

    from airflow_provider_bento.sources.functions import GeneratorSource

    push = events(events=GeneratorSource(read))
    return run(push)


def checkpoint_is_a_file(_: RunningSandbox, folder: Path, __: pytest.MonkeyPatch) -> object:
    """A file is in the way of the folder."""
    (folder / "checkpoints").write_text("")
    return run(events(checkpoint_path=f"{folder}/checkpoints"))


def no_rows(*_: Any) -> object:
    """A source without rows."""
    return run(events(events=[], on_empty="fail"))


def counts_that_do_not_add_up(*_: Any) -> object:
    """A count that a bug would leave out."""
    return RecordCounts(read=10, accepted=9).balanced()


def too_many_failed(*_: Any) -> object:
    """One invalid record more than allowed."""
    return run(events(events=[*EVENTS, {"type": "seen", "email": "nobody"}], on_invalid_record="drop"))


def out_of_step(*_: Any) -> object:
    """Bento has nobody of the source."""
    return run(BentoReconcileOperator(task_id="check", records=PEOPLE, sample="all"))


def too_many_gone(_: RunningSandbox, folder: Path, __: pytest.MonkeyPatch) -> object:
    """A query that lost most of its rows."""

    def push(people: list[Any]) -> Any:
        settings: dict[str, Any] = {"snapshot_path": str(folder), "when_gone": "unsubscribe", "max_gone": 0.1}
        return BentoBatchSubscribersOperator(task_id="push", subscribers=people, **settings)

    run(push(PEOPLE))
    return run(push(PEOPLE[:2]))


def sandbox_not_running(*_: Any) -> object:
    """No sandbox listens."""
    return Control("http://127.0.0.1:9").stats()


def state_file_of_something_else(_: RunningSandbox, folder: Path, __: pytest.MonkeyPatch) -> object:
    """A state file that is none."""
    (folder / "state").write_text("not a database, but a text of some length" * 100)
    with running_sandbox(state=folder / "state"):
        return None


def unknown_fault(bento: RunningSandbox, *_: Any) -> object:
    """A fault of no known kind."""
    kind: Any = "explode"
    return bento.control.inject(kind)


MISTAKES: tuple[Mistake, ...] = (
    wrong_argument,
    too_large_chunk,
    unknown_connection,
    no_secret_key,
    misspelled_extra,
    rows_without_keys,
    no_such_file,
    wrong_key,
    invalid_records,
    approved_broadcast,
    refused,
    limited,
    unreachable,
    lost_reply,
    changed_source,
    superseded,
    stopped,
    checkpoint_is_a_file,
    no_rows,
    counts_that_do_not_add_up,
    too_many_failed,
    out_of_step,
    too_many_gone,
    sandbox_not_running,
    state_file_of_something_else,
    unknown_fault,
)
