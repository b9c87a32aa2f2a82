"""Two runs push into one snapshot at the same time, each in a process of its own: the newer one goes on."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest

from airflow_provider_bento.sandbox.in_thread import RunningSandbox

pytestmark = pytest.mark.slow


def push(folder: str, run: str, plan: str) -> str:
    """Push thirty people in three requests; return how that ended."""
    from airflow_provider_bento.operators.bento import BentoBatchSubscribersOperator

    people = [{"email": f"p{number}@shop.example", "plan": plan} for number in range(30)]
    operator = BentoBatchSubscribersOperator(
        task_id="push", subscribers=people, snapshot_path=folder, chunk_size=10, max_in_flight=1, retries=1
    )
    ti = SimpleNamespace(dag_id="dag", run_id=run, task_id="push", map_index=-1, try_number=1, max_tries=1)
    try:
        summary = operator.execute({"ti": ti})
    except Exception as failure:
        if "A newer run has taken over the snapshot" not in str(failure):
            raise
        return "superseded"  # an error of Airflow by now, which no retry follows
    return f"accepted {summary['accepted']}, unchanged {summary['unchanged']}"


def pause_before(method: str, part: str) -> None:
    """Let this process wait for a line of its input before it first writes such a file."""
    from airflow_provider_bento.stores.sync_folder import SyncFolder

    write = getattr(SyncFolder, method)

    def paused(self: SyncFolder, name: str, content: object) -> None:
        if part in name:
            setattr(SyncFolder, method, write)
            print("paused", flush=True)  # noqa: T201 - the test waits for it
            sys.stdin.readline()
        write(self, name, content)

    setattr(SyncFolder, method, paused)


if __name__ == "__main__":
    pause_before(*sys.argv[4:6])
    print(push(*sys.argv[1:4]))  # noqa: T201 - the test reads it


@contextmanager
def paused_run(folder: Path, step: str, run: str = "older") -> Iterator[subprocess.Popen[str]]:
    """Yield a run in another process, paused at a step."""
    command = [sys.executable, __file__, str(folder), run, "old", *step.split()]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(command, text=True, env=dict(os.environ), **pipes) as process:
        try:
            assert process.stdout is not None
            assert "paused\n" in iter(process.stdout.readline, "")  # Airflow prints, too
            yield process
        finally:
            process.kill()


def plans(bento: RunningSandbox) -> set[str]:
    """Return what people in Bento have as their plan."""
    bento.control.drain()
    return {row["fields"]["plan"] for row in bento.control.everything("/people")}


def requests(bento: RunningSandbox) -> int:
    """Return how many requests Bento got."""
    return len([one for one in bento.control.journal() if one["path"].endswith("/batch/subscribers")])


@pytest.mark.parametrize(
    ("step", "sent_before", "ends", "once_more"),
    [
        ("write segments/000000001-000000", 0, "superseded", 0),
        ("write segments/000000001-000001", 1, "superseded", 10),
        ("put bases/", 3, "accepted 30, unchanged 0", 0),
    ],
    ids=["before its first request", "between two requests", "before it ends"],
)
def test_the_older_run_sends_nothing_more(
    bento: RunningSandbox, tmp_path: Path, step: str, sent_before: int, ends: str, once_more: int
) -> None:
    """Once a newer one has begun; if it had sent all before, it succeeds. Afterwards Bento has what the newer one sent,
    and the snapshot knows it, but for what the older one had sent last: that is sent once more, and then never again.
    """
    with paused_run(tmp_path / "snapshot", step) as older:
        assert requests(bento) == sent_before
        assert push(str(tmp_path / "snapshot"), "newer", "new") == "accepted 30, unchanged 0"
        assert requests(bento) == sent_before + 3
        out, _ = older.communicate("go on\n", timeout=300)
    assert out.splitlines()[-1] == ends
    assert requests(bento) == sent_before + 3
    assert plans(bento) == {"new"}
    again = push(str(tmp_path / "snapshot"), "again", "new")
    assert again == f"accepted {once_more}, unchanged {30 - once_more}"
    assert push(str(tmp_path / "snapshot"), "last", "new") == "accepted 0, unchanged 30"


def test_the_newer_run_is_not_disturbed_by_what_the_older_one_does(bento: RunningSandbox, tmp_path: Path) -> None:
    """The older one ends first, while the newer one has not sent anything yet: its turn is its own."""
    folder = tmp_path / "snapshot"
    with (
        paused_run(folder, "write segments/000000001-000001") as older,
        paused_run(folder, "write segments/000000002-000000", "newer") as newer,
    ):
        out, _ = older.communicate("go on\n", timeout=300)
        assert out.splitlines()[-1] == "superseded"
        out, _ = newer.communicate("go on\n", timeout=300)
    assert out.splitlines()[-1] == "accepted 30, unchanged 0"
    assert (requests(bento), plans(bento)) == (4, {"old"})
    assert push(str(folder), "again", "old") == "accepted 10, unchanged 20"  # what the older one had sent last
    assert push(str(folder), "last", "old") == "accepted 0, unchanged 30"
